/**
 * The load: HTTP/1.1 over sockets that are kept open, with as little work per answer as possible, since
 * it shares the machine with what is measured.
 *
 * Caveat: it reads just the answers that are measured here: a declared length, or chunks whose content
 * never holds the bytes that end a chunked body.
 */
import { connect, type Socket } from 'node:net';

/** Milliseconds of a clock that every process of this machine shares. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** An answer, with times in milliseconds of {@link nowMs}. */
export type Answer = {
  status: number;
  head: string;
  body: string;
  startedMs: number;
  firstByteMs: number;
  endedMs: number;
  /** For each time stamp in a streamed body, how long after it the chunk was here. */
  delaysMs: number[];
};

/** The bytes of a POST. */
export function post(path: string, body: string, headers: Record<string, string> = {}): Buffer {
  const lines = Object.entries({
    host: '127.0.0.1',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

const STAMP = /@(\d{15})/g;
const END_OF_CHUNKS = '\r\n0\r\n\r\n';

/** One socket: one request at a time. */
export class Connection {
  private readonly port: number;
  private socket: Socket | undefined;
  private receive: ((data: Buffer) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  constructor(port: number) {
    this.port = port;
  }

  private async open(): Promise<Socket> {
    if (this.socket && !this.socket.destroyed && this.socket.writable) return this.socket;
    const socket = connect({ host: '127.0.0.1', port: this.port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('data', (data) => this.receive?.(data));
    const closed = (): void => this.fail?.(new Error(`port ${this.port} closed the connection`));
    socket.on('error', closed);
    socket.on('close', closed);
    this.socket = socket;
    return socket;
  }

  async send(request: Buffer): Promise<Answer> {
    const socket = await this.open();
    return new Promise<Answer>((resolve, reject) => {
      const startedMs = nowMs();
      let firstByteMs = 0;
      let head: string | undefined;
      let length: number | undefined;
      let body = '';
      let scanned = 0;
      const delaysMs: number[] = [];

      const finish = (): void => {
        this.receive = undefined;
        this.fail = undefined;
        const status = Number(head?.slice(9, 12));
        const endedMs = nowMs();
        resolve({
          status,
          head: head ?? '',
          body,
          startedMs,
          firstByteMs,
          endedMs,
          delaysMs,
        });
      };
      this.fail = (error) => {
        this.receive = undefined;
        this.fail = undefined;
        reject(error);
      };
      this.receive = (data) => {
        const now = nowMs();
        body += data.toString('latin1');
        if (head === undefined) {
          const end = body.indexOf('\r\n\r\n');
          if (end < 0) return;
          head = body.slice(0, end);
          body = body.slice(end + 4);
          const declared = /^content-length: *(\d+)/im.exec(head);
          length = declared ? Number(declared[1]) : undefined;
        }
        if (body.length > 0 && firstByteMs === 0) firstByteMs = now;
        if (length !== undefined) {
          if (body.length >= length) finish();
          return;
        }
        STAMP.lastIndex = scanned;
        for (let found = STAMP.exec(body); found; found = STAMP.exec(body)) {
          scanned = STAMP.lastIndex;
          delaysMs.push(now - Number(found[1]) / 1000);
        }
        if (body.endsWith(END_OF_CHUNKS)) finish();
      };
      socket.write(request);
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket?.destroy();
  }
}

/** The events of a streamed body, without the chunks' framing. */
export function events(body: string): string[] {
  const text = body.replace(/(^|\r\n)[0-9a-f]+\r\n/gi, '');
  return text.split('\n\n').filter((event) => event.startsWith('data: '));
}
