/** A request over a bare socket: exactly the bytes that a test wants to send, and when. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

const PATIENCE_MS = 10_000;

/**
 * Sends the head and then the pieces of the body, and gives what is answered. A server may answer and
 * close before all is sent. Fails when there is no whole answer within ten seconds.
 */
export function rawCall(
  url: string,
  head: readonly string[],
  pieces: Iterable<Uint8Array | string> = [],
): Promise<RawAnswer> {
  const socket = open(url);
  let bytes = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const finish = (end: boolean): void => {
      const answer = parsed(bytes, end);
      if (!answer) return;
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      finish(false);
    });
    socket.on('error', () => finish(true));
    socket.on('close', () => {
      finish(true);
      reject(new Error(`no answer: ${bytes.toString().slice(0, 200)}`));
    });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    for (const piece of pieces) if (!socket.destroyed) socket.write(piece);
  });
}

/** A socket to a server, for tests that hang up. */
export function open(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port), noDelay: true });
}

/** The head of a chat request. */
export function chatHead(key: string, ...more: string[]): string[] {
  return [
    'POST /ai/chat HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    ...more,
  ];
}

/** A piece in HTTP's chunked framing. */
export function chunk(piece: string | Uint8Array): Buffer {
  const bytes = Buffer.from(piece);
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

function parsed(bytes: Buffer, end: boolean): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.subarray(headEnd + 4);
  const length = Number(headers.get('content-length') ?? NaN);
  if (!(body.length >= length) && !end) return undefined;
  return { status: Number(first.split(' ')[1]), headers, body: body.toString() };
}
