/** What the tests of the sandbox share: a running one, and callers that see the raw bytes. */
import { connect } from 'node:net';
import { after, afterEach } from 'node:test';
import { startSandbox } from './server.ts';
import type { Sandbox, SandboxOptions } from './server.ts';
import type { Entry } from './journal.ts';
import { objectOf } from './json.ts';
import type { JsonObject } from './json.ts';

/** A sandbox for all tests of a file, with a clean record for each. */
export async function sandboxForTests(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());
  return sandbox;
}

export function post(
  sandbox: Sandbox,
  path: string,
  body: unknown,
  init: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(sandbox.url + path, {
    method: 'POST',
    redirect: 'manual',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
}

/** A chat request whose user message is `text`. */
export function chatBody(text: string, extra: object = {}): JsonObject {
  return { model: 'gpt-4o', messages: [{ role: 'user', content: text }], ...extra };
}

export function chat(sandbox: Sandbox, text: string, extra: object = {}): Promise<Response> {
  return post(sandbox, '/v1/chat/completions', chatBody(text, extra));
}

export async function chatJson(sandbox: Sandbox, text: string, extra: object = {}): Promise<any> {
  return (await chat(sandbox, text, extra)).json();
}

/** The `data` of each event of a stream, parsed; `[DONE]` stays text. */
export function eventsOf(stream: string): any[] {
  return stream
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice('data: '.length))
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}

export async function chatEvents(sandbox: Sandbox, text: string, extra = {}): Promise<any[]> {
  return eventsOf(await (await chat(sandbox, text, { stream: true, ...extra })).text());
}

/** The non-empty content deltas among the events of a chat stream. */
export function deltasOf(events: readonly any[]): string[] {
  return events
    .map((event) => objectOf(event?.choices?.[0]?.delta).content)
    .filter((content): content is string => typeof content === 'string' && content !== '');
}

export interface RawAnswer {
  head: string;
  /** Each chunk as HTTP framed it. */
  chunks: Buffer[];
  body: string;
  /** Whether the answer ended as HTTP says it must, or the socket just closed. */
  ended: boolean;
  /** Milliseconds from the request to the headers, and to the first byte of the body. */
  headAfter: number;
  bodyAfter: number;
}

/** Calls over a bare socket. `until` stops to read early, when it is true of the bytes so far. */
export function rawChat(
  sandbox: Sandbox,
  text: string,
  extra: object = { stream: true },
  until: (sofar: string) => boolean = () => false,
): Promise<RawAnswer> {
  const body = JSON.stringify(chatBody(text, extra));
  const socket = connect(sandbox.port, '127.0.0.1');
  const startedAt = performance.now();
  let headAfter = NaN;
  let bodyAfter = NaN;
  let bytes = Buffer.alloc(0);
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return new Promise((resolve, reject) => {
    socket.on('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      const headEnd = bytes.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      if (Number.isNaN(headAfter)) headAfter = performance.now() - startedAt;
      if (Number.isNaN(bodyAfter) && bytes.length > headEnd + 4) {
        bodyAfter = performance.now() - startedAt;
      }
      if (until(bytes.toString())) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const headEnd = bytes.indexOf('\r\n\r\n');
      const head = bytes.toString('utf8', 0, Math.max(headEnd, 0));
      const rest = bytes.subarray(headEnd + 4);
      resolve({ head, ...unframed(head, rest), headAfter, bodyAfter });
    });
  });
}

function unframed(head: string, rest: Buffer): { chunks: Buffer[]; body: string; ended: boolean } {
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    return { chunks: [rest], body: rest.toString(), ended: rest.length === Number(length) };
  }
  const chunks: Buffer[] = [];
  let ended = false;
  for (let at = 0; at < rest.length && !ended;) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) break;
    const size = parseInt(rest.toString('latin1', at, line), 16);
    ended = size === 0;
    if (!ended) chunks.push(rest.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return { chunks, body: Buffer.concat(chunks).toString(), ended };
}

/** The newest record, once `ready` is true of it. Fails after 5 seconds. */
export async function recorded(
  sandbox: Sandbox,
  ready: (entry: Entry) => boolean = (entry) => entry.endedAt !== null,
): Promise<Entry> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const entry = sandbox.requests.at(-1);
    if (entry && ready(entry)) return entry;
    if (Date.now() > deadline) throw new Error(`never recorded: ${JSON.stringify(entry)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
