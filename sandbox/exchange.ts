/**
 * One request and its answer on the socket: the only place that writes, waits and keeps the record.
 *
 * Every wait ends at once when the connection closes; what waited then gets `ConnectionClosed`.
 */
import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Journal, Outcome } from './journal.ts';

export class ConnectionClosed extends Error {}

export class Exchange {
  readonly entry: Entry;
  #response: ServerResponse;
  #closed = new AbortController();
  #written: Promise<void> = Promise.resolve();

  constructor(response: ServerResponse, entry: Entry, journal: Journal, ended: () => void) {
    this.entry = entry;
    this.#response = response;
    response.on('error', () => {}); // a write after the caller has left; `close` tells the rest
    response.on('close', () => {
      if (!response.writableFinished && entry.outcome !== 'cut') {
        entry.clientLeftAt = Date.now();
        const unsent = response.writableEnded; // ended here, but the caller did not take it all
        const unfinished = entry.outcome === 'open' || entry.outcome === 'held';
        if (unsent || unfinished) entry.outcome = 'client-left';
      }
      journal.end(entry);
      this.#closed.abort();
      ended();
    });
  }

  /** Aborts when the connection closes, whoever closes it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Milliseconds; 0 lets what was written go out and nothing more. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds <= 0) await immediate();
    else await sleep(milliseconds, undefined, { signal: this.closed }).catch(() => {});
    this.#requireOpen();
  }

  head(status: number, headers: OutgoingHttpHeaders): void {
    this.#requireOpen();
    this.entry.status = status;
    this.#response.writeHead(status, { 'x-request-id': `req_${this.entry.id}`, ...headers });
  }

  /** Sends the headers now instead of with the first byte. */
  flushHead(): void {
    this.#response.flushHeaders();
  }

  /** Hands one piece to the socket. False when the caller reads more slowly than we write. */
  write(piece: Buffer): boolean {
    this.#requireOpen();
    this.entry.firstByteAt ??= Date.now();
    this.entry.bytesSent += piece.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#written = promise;
    return this.#response.write(piece, () => resolve());
  }

  /** Resolves when the socket takes more again. */
  async drained(): Promise<void> {
    await once(this.#response, 'drain', { signal: this.closed }).catch(() => {});
    this.#requireOpen();
  }

  end(outcome: Outcome): void {
    this.#requireOpen();
    this.entry.outcome = outcome;
    this.#response.end();
  }

  /** Closes the socket in the middle of the answer, after what was written has gone out. */
  async cut(): Promise<void> {
    await Promise.race([this.#written, this.#untilClosed()]);
    this.#requireOpen();
    this.destroy();
  }

  /** Sends nothing more and never ends; resolves when the caller gives up. */
  async hang(outcome: Outcome): Promise<void> {
    this.entry.outcome = outcome;
    await this.#untilClosed();
  }

  /** Closes the socket now. */
  destroy(): void {
    this.entry.outcome = 'cut';
    this.#response.destroy();
    this.#closed.abort();
  }

  async #untilClosed(): Promise<void> {
    if (!this.closed.aborted) await once(this.closed, 'abort');
  }

  #requireOpen(): void {
    if (this.closed.aborted) throw new ConnectionClosed();
  }
}
