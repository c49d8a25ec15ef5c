/**
 * The load: HTTP/1.1 over sockets that are kept open, with as little work per answer as possible, since
 * it shares the machine with what is measured.
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

/** Takes the framing off a chunked body (RFC 9112 §7.1), whatever the pieces it comes in. */
class Chunks {
  private rest = '';
  private left = 0;
  ended = false;

  /** The content in the next piece. */
  push(text: string): string {
    let content = '';
    this.rest += text;
    while (this.rest !== '' && !this.ended) {
      if (this.left > 0) {
        // Two of what is left are the line end after the chunk.
        const data = this.rest.slice(0, Math.max(this.left - 2, 0));
        const taken = Math.min(this.left, this.rest.length);
        content += data;
        this.left -= taken;
        this.rest = this.rest.slice(taken);
      } else {
        const end = this.rest.indexOf('\r\n');
        if (end < 0) break;
        const size = Number.parseInt(this.rest.slice(0, end), 16);
        this.rest = this.rest.slice(end + 2);
        this.left = size + 2;
        // The empty line after the last chunk has to be here as well.
        if (size === 0) {
          this.ended = this.rest === '\r\n';
          if (!this.ended) this.rest = `0\r\n${this.rest}`;
          this.left = 0;
          break;
        }
      }
    }
    return content;
  }
}

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
      const chunks = new Chunks();
      const delaysMs: number[] = [];
      let firstByteMs = 0;
      let head: string | undefined;
      let length: number | undefined;
      let body = '';
      let scanned = 0;

      const settle = (): void => {
        this.receive = undefined;
        this.fail = undefined;
      };
      this.fail = (error) => {
        settle();
        reject(error);
      };
      this.receive = (data) => {
        const now = nowMs();
        let text = data.toString('latin1');
        if (head === undefined) {
          body += text;
          const end = body.indexOf('\r\n\r\n');
          if (end < 0) return;
          head = body.slice(0, end);
          text = body.slice(end + 4);
          body = '';
          const declared = /^content-length: *(\d+)/im.exec(head);
          length = declared ? Number(declared[1]) : undefined;
        }
        body += length === undefined ? chunks.push(text) : text;
        if (body !== '' && firstByteMs === 0) firstByteMs = now;
        if (length === undefined) {
          STAMP.lastIndex = scanned;
          for (let found = STAMP.exec(body); found; found = STAMP.exec(body)) {
            scanned = STAMP.lastIndex;
            delaysMs.push(now - Number(found[1]) / 1000);
          }
        }
        if (length === undefined ? !chunks.ended : body.length < length) return;
        settle();
        const status = Number(head.slice(9, 12));
        resolve({ status, head, body, startedMs, firstByteMs, endedMs: nowMs(), delaysMs });
      };
      socket.write(request);
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket?.destroy();
  }
}

/** The events of a streamed body. */
export function events(body: string): string[] {
  return body.split('\n\n').filter((event) => event.startsWith('data: '));
}
