/**
 * What the sandbox was asked and how each answer ended, for tests to read.
 *
 * Bounded: the last 1000 requests, and of each body at most 256 KiB. Credentials are kept only as
 * the first 8 hex digits of their SHA-256, enough to tell two keys apart.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const MAX_ENTRIES = 1000;
const MAX_BODY_BYTES = 256 * 1024;
const SECRET_HEADERS = ['authorization', 'proxy-authorization', 'x-api-key', 'cookie'];

/**
 * - `open`: not answered yet, or still being answered; `held`: waiting for its release.
 * - `complete`: sent to its end. `refused`: an error or a redirect was the answer.
 * - `stalled`, `cut`, `ended`, `failed`: the fault of that directive happened.
 * - `client-left`: the caller closed the connection before the end.
 */
export type Outcome =
  'open' | 'held' | 'complete' | 'refused' | 'stalled' | 'cut' | 'ended' | 'failed' | 'client-left';

/** Times are milliseconds since the epoch. */
export interface Entry {
  id: string;
  method: string;
  path: string;
  model: string | null;
  headers: IncomingHttpHeaders;
  /** The JSON sent, or its text when it was not JSON or too long to keep whole. */
  body: unknown;
  /** HTTP status of the answer; null until there is one. */
  status: number | null;
  startedAt: number;
  firstByteAt: number | null;
  endedAt: number | null;
  /** Bytes of body handed to the socket, without HTTP's own framing. */
  bytesSent: number;
  /** Deltas of a stream handed to the socket; 0 for a plain answer. */
  deltasSent: number;
  outcome: Outcome;
  clientLeftAt: number | null;
}

export class Journal {
  #entries: Entry[] = [];
  #open = new Set<Entry>();
  #ids = 0;
  #total = 0;

  /** The last 1000 requests, oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Requests not ended yet, and all since the start or the last `clear`. */
  get counts(): { open: number; total: number } {
    return { open: this.#open.size, total: this.#total };
  }

  begin(method: string, path: string, headers: IncomingHttpHeaders): Entry {
    this.#ids += 1;
    this.#total += 1;
    const entry: Entry = {
      id: String(this.#ids).padStart(6, '0'),
      method,
      path,
      model: null,
      headers: redacted(headers),
      body: null,
      status: null,
      startedAt: Date.now(),
      firstByteAt: null,
      endedAt: null,
      bytesSent: 0,
      deltasSent: 0,
      outcome: 'open',
      clientLeftAt: null,
    };
    this.#open.add(entry);
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    return entry;
  }

  end(entry: Entry): void {
    entry.endedAt ??= Date.now();
    this.#open.delete(entry);
  }

  clear(): void {
    this.#entries = [];
    this.#total = 0;
  }
}

/** What to keep of a body: its JSON if it is short enough, else the start of its text. */
export function keptBody(bytes: Buffer, parsed: unknown): unknown {
  if (bytes.length > MAX_BODY_BYTES) return bytes.toString('utf8', 0, MAX_BODY_BYTES);
  return parsed === undefined ? bytes.toString() : parsed;
}

function redacted(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = { ...headers };
  for (const name of SECRET_HEADERS) {
    const value = kept[name];
    if (typeof value !== 'string') continue;
    const [, scheme = '', secret = ''] = /^(bearer |basic )?(.*)$/is.exec(value) ?? [];
    kept[name] = `${scheme}sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;
  }
  return kept;
}
