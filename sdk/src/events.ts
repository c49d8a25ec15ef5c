/**
 * Reads event streams: bytes in, the data of events out. Pure, and the same for any split of the bytes.
 *
 * Out of scope: event names, ids and retry times, which the gateway does not send.
 */

import { ConnectionError } from './error.ts';

/** More than any event of the gateway. */
const LONGEST_EVENT = 4 << 20;

export class EventReader {
  readonly #decoder = new TextDecoder();
  #line = '';
  #data: string[] = [];
  #size = 0;

  /** The data of the events that end in these bytes. */
  push(bytes: Uint8Array): string[] {
    // The decoder drops a byte order mark. A CR at the very end waits for the LF that may follow it.
    const text = this.#line + this.#decoder.decode(bytes, { stream: true });
    const whole = text.endsWith('\r') ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#line = (lines.pop() ?? '') + text.slice(whole.length);
    const events: string[] = [];
    for (const line of lines) {
      if (line !== '') this.#take(line);
      else if (this.#data.length > 0) {
        events.push(this.#data.join('\n'));
        this.#data = [];
        this.#size = 0;
      }
    }
    if (this.#size + this.#line.length > LONGEST_EVENT) {
      throw new ConnectionError('An event of the stream is too long');
    }
    return events;
  }

  #take(line: string): void {
    if (!line.startsWith('data:')) return;
    const value = line.slice(line[5] === ' ' ? 6 : 5);
    this.#size += value.length;
    this.#data.push(value);
  }
}
