/**
 * Calls over HTTP: the URL, the headers, attempts and their deadline.
 *
 * 1. Each attempt has a deadline of its own; the caller's signals end all of it.
 * 2. A status other than 2xx becomes the error of its class.
 * 3. What is worth it is tried again (`retry.ts`), under the same `Idempotency-Key`.
 */
import { Deadline, leftOf, sleep } from './deadline.ts';
import { ConnectionError, errorOf } from './error.ts';
import { headersOf } from './headers.ts';
import { pauseBefore } from './retry.ts';
import type { Repeat } from './retry.ts';

/** What is used of `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What a single call may have otherwise than its client. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason, and the model is stopped. */
  signal?: AbortSignal | undefined;
  /** Milliseconds of one attempt; see `NeureusOptions.timeout`. */
  timeout?: number | undefined;
  /** How many attempts may follow the first. */
  maxRetries?: number | undefined;
  /** More headers. */
  headers?: Record<string, string> | undefined;
  /** Tags the request in the metrics: up to 32 letters, digits, `-`, `_`, `.` and `/`. */
  surface?: string | undefined;
}

/** Of calls that the gateway remembers. */
export interface ChatOptions extends CallOptions {
  /** Names the request, so that a repeat is not run again. A new random one by default. */
  idempotencyKey?: string | undefined;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined> | undefined;
  body?: unknown;
  repeat: Repeat;
  /** The version that is meant to be changed. */
  ifVersion?: number | undefined;
}

/** An answer with a good status, whose body is still to be read under its deadline. */
export interface Exchange {
  response: Response;
  deadline: Deadline;
}

export interface TransportOptions {
  apiKey: string | undefined;
  baseURL: string;
  timeout: number;
  maxRetries: number;
  fetch: Fetch;
}

export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** The JSON of an answer; undefined where it has no body. */
  json<T>(call: Call, options: ChatOptions = {}): Promise<T> {
    return this.run(call, options, async ({ response, deadline }) => {
      const text = await response.text();
      deadline.end();
      if (text === '') return undefined as T;
      try {
        return JSON.parse(text) as T;
      } catch (error) {
        throw new ConnectionError('The answer is not JSON', { cause: error });
      }
    });
  }

  /** Calls, as often as is worth it, and reads. `read` belongs to the attempt: when it fails, so does that. */
  async run<T>(
    call: Call,
    options: ChatOptions,
    read: (exchange: Exchange) => Promise<T> | T,
    hangUp?: AbortSignal,
  ): Promise<T> {
    const signals = [options.signal, hangUp].filter((signal) => signal !== undefined);
    const { timeout = this.#options.timeout, maxRetries = this.#options.maxRetries } = options;
    const url = this.#url(call);
    const init = this.#init(call, options);
    for (let attempt = 0; ; attempt += 1) {
      const left = leftOf(signals);
      if (left) throw left.reason;
      const deadline = new Deadline(timeout, signals);
      try {
        return await this.#attempt(url, init, deadline, read);
      } catch (error) {
        deadline.end(true);
        const pause = pauseBefore(error, attempt, call.repeat, Math.random(), Date.now());
        if (pause === undefined || attempt >= maxRetries) throw error;
        await sleep(pause, signals);
      }
    }
  }

  async #attempt<T>(
    url: string,
    init: RequestInit,
    deadline: Deadline,
    read: (exchange: Exchange) => Promise<T> | T,
  ): Promise<T> {
    let failed: Error;
    try {
      const response = await this.#options.fetch(url, { ...init, signal: deadline.signal });
      if (response.ok) return await read({ response, deadline });
      failed = errorOf(response.status, await response.text(), headersOf(response.headers));
    } catch (error) {
      throw error instanceof ConnectionError ? error : deadline.failure(error);
    }
    throw failed;
  }

  #url({ path, query = {} }: Call): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    const text = parameters.toString();
    return this.#options.baseURL + path + (text === '' ? '' : `?${text}`);
  }

  #init(call: Call, options: ChatOptions): RequestInit {
    const { apiKey } = this.#options;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (apiKey !== undefined) headers['authorization'] = `Bearer ${apiKey}`;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.ifVersion !== undefined) headers['if-match'] = `"${call.ifVersion}"`;
    if (call.method === 'POST') headers['idempotency-key'] = options.idempotencyKey ?? randomName();
    if (options.surface !== undefined) headers['x-neureus-surface'] = options.surface;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      headers[name.toLowerCase()] = value;
    }
    return {
      method: call.method,
      headers,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    };
  }
}

/** The segment of a path. */
export function segment(name: string): string {
  if (name === '') throw new TypeError('an id must not be empty');
  return encodeURIComponent(name);
}

/**
 * 128 bits of chance, in letters: digits might look like somebody's card to a gateway that scans for them. Node 18
 * may have no `crypto`; a name has to be new, not secret.
 */
function randomName(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as { crypto?: { getRandomValues(into: Uint8Array): unknown } };
  if (crypto) crypto.getRandomValues(bytes);
  else bytes.forEach((_, at) => (bytes[at] = Math.random() * 256));
  let name = '';
  for (const byte of bytes) name += String.fromCharCode(97 + (byte >> 4), 97 + (byte & 15));
  return name;
}
