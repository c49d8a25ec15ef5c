// Answers of model backends, as they come.
import { EMPTY, headersOf, readBody, usual } from './exchange.js';
import { BEAT_MS, CUT, trapped, Turns } from './promise.js';

// A body that was not taken must not hold its connection.
function discard(response) {
  response.body?.cancel().catch(() => {});
}

// How a stream ended, as the sink is told.
const BYTES = 0;
const ENDED = 1;
const BROKEN = 2;
const IDLE = 3;
const OVERDUE = 4;
const LEFT = 5;
const BEAT = 6;

// While nothing comes from the backend, a comment goes to the client this often: only a write shows
// whether it has left. Two of them fit in a second.
const HEARTBEAT_MS = 400;
const HEARTBEAT = new TextEncoder().encode(':\n\n');

// So many reads with less than this between them are a steady flow and not a coincidence.
const STEADY = 3;
const STEADY_MS = 10;
// In a steady flow chunks are asked for only this often: a wake costs more than what is done with a chunk.
// The first bytes and whatever comes after a pause are never held back. More would save more, but what has
// not been read when the client leaves is not charged.
const PACE_MS = 20;
// So much at once: 1.6 MB a second, far more than a model writes.
const READ_BYTES = 32768;
const DRAIN_BYTES = 65536;
// How far the draining branch may run ahead of the client, in bytes.
const AHEAD = 1 << 20;

// A reader that wakes as rarely as it may.
//
// A read of the fetched body gives one HTTP chunk, however many have arrived. In a steady flow the body
// is therefore split: one branch is pumped natively into nothing, which makes the platform keep for the
// other branch whatever arrives between two reads. Where chunks are rare, that costs more than it saves.
class Collected {
  #stream;
  #reader;
  #drain;
  #buffer;
  #kept = 0;
  #wake;
  #lastMs = 0;
  #quick = 0;

  constructor(stream) {
    this.#stream = stream;
    this.#reader = stream.getReader();
  }

  #split() {
    this.#reader.releaseLock();
    const [kept, drained] = this.#stream.tee();
    const sink = new IdentityTransformStream();
    drained.pipeTo(sink.writable).catch(() => {});
    this.#drain = sink.readable.getReader({ mode: 'byob' });
    this.#reader = kept.getReader({ mode: 'byob' });
    this.#buffer = new ArrayBuffer(READ_BYTES);
    this.#pump().catch(() => {});
  }

  async #pump() {
    let buffer = new ArrayBuffer(DRAIN_BYTES);
    let drained = 0;
    for (;;) {
      const { done, value } = await this.#drain.readAtLeast(DRAIN_BYTES, new Uint8Array(buffer));
      if (done) return;
      buffer = value.buffer;
      drained += value.length;
      while (drained - this.#kept > AHEAD) await new Promise((wake) => (this.#wake = wake));
    }
  }

  // What was read holds until the next read.
  async read() {
    if (this.#drain === undefined) {
      const result = await this.#reader.read();
      if (this.#steady(this.#lastMs) >= STEADY && !result.done) this.#split();
      return result;
    }
    let since = this.#lastMs;
    if (this.#quick > 0) {
      await scheduler.wait(PACE_MS);
      // A wait that took longer says nothing of the flow.
      since = Date.now();
    }
    const result = await this.#reader.readAtLeast(1, new Uint8Array(this.#buffer));
    this.#steady(since);
    if (result.done) return result;
    this.#buffer = result.value.buffer;
    this.#kept += result.value.length;
    this.#wake?.();
    return result;
  }

  // How many reads have now found something soon after they could.
  #steady(since) {
    const now = Date.now();
    this.#quick = now - since < STEADY_MS ? this.#quick + 1 : 0;
    this.#lastMs = now;
    return this.#quick;
  }

  cancel() {
    this.#reader.cancel().catch(() => {});
    this.#drain?.cancel().catch(() => {});
    this.#wake?.();
  }
}

// An answer of a model backend whose headers are here.
export class Upstream {
  #response;
  #abort;
  #exchange;
  #reader;

  constructor(response, abort, exchange) {
    this.#response = response;
    this.#abort = abort;
    this.#exchange = exchange;
  }

  // An answer whose headers are here; where `limit` is not 0 and it is a success, its whole body, or
  // null when that is longer. Rejects with 'timeout', with 'network' before there are headers, and with
  // 'cut' after that. Redirects are never followed.
  static #begin(start, exchange, limit, ms) {
    const abort = new AbortController();
    exchange.onLeave(() => abort.abort());
    const begin = async () => {
      const response = await start(abort.signal);
      const whole = limit > 0 && response.ok;
      if (!whole) return new Upstream(response, abort, exchange);
      return readBody(response, limit).catch(() => Promise.reject(CUT));
    };
    return new Turns(ms, begin(), () => abort.abort()).next();
  }

  // More headers come as lines: name, value, name, value. `secret` ones are kept for no other call.
  static fetch(url, lines, secret, content, exchange, limit, ms) {
    const all = `content-type\napplication/json\n${lines}`;
    const start = (signal) => {
      const headers = secret ? headersOf(all) : usual(all);
      return fetch(url, { method: 'POST', headers, body: content, redirect: 'manual', signal });
    };
    return Upstream.#begin(start, exchange, limit, ms);
  }

  static run(ai, model, inputs, exchange, limit, ms) {
    const start = (own) =>
      ai.run(model, JSON.parse(inputs), { returnRawResponse: true, signal: own });
    return Upstream.#begin(start, exchange, limit, ms);
  }

  get status() {
    return this.#response.status;
  }

  header(name) {
    return this.#response.headers.get(name) ?? '';
  }

  // The next bytes before the answer has begun; null at the end. Rejects with 'timeout' or 'cut'.
  next(ms) {
    this.#reader ??= new Collected(this.#response.body);
    const read = async () => {
      const { done, value } = await this.#reader.read();
      return done ? null : value;
    };
    const cut = read().catch(() => Promise.reject(CUT));
    return new Turns(ms, cut, () => this.stop()).next();
  }

  // The rest of the answer. `sink(event, bytes)` gives what to send on, after a first byte that says
  // whether that was the last; it is called with exactly one event that is not BYTES.
  //
  // The body is the platform's own pipe: a chunk written to it goes out without another promise.
  stream(head, sink, idleMs, totalMs) {
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const begun = Date.now();
    let heardMs = begun;
    let sentMs = begun;
    let beatMs = begun;
    let writing = false;
    let over = false;

    const finish = (event) => {
      if (over) return undefined;
      over = true;
      clearTimeout(timer);
      const last = sink(event, EMPTY);
      this.stop();
      return last.subarray(1);
    };
    const close = (event) => {
      const last = finish(event);
      if (last === undefined) return;
      if (last.length > 0) writer.write(last).catch(() => {});
      writer.close().catch(() => {});
    };
    const left = () => void finish(LEFT);
    const write = async (bytes) => {
      writing = true;
      await writer.write(bytes);
      writing = false;
    };
    // One timer, set anew only when it rings: most chunks come before anything is due.
    const look = () => {
      const now = Date.now();
      if (now - beatMs >= BEAT_MS) {
        beatMs = now;
        sink(BEAT, EMPTY);
      }
      if (now - heardMs >= idleMs) return close(IDLE);
      if (now - begun >= totalMs) return close(OVERDUE);
      if (now - sentMs >= HEARTBEAT_MS && !writing) {
        sentMs = now;
        write(HEARTBEAT).catch(left);
      }
      const beat = HEARTBEAT_MS + (writing ? now : sentMs);
      const due = Math.min(beat, heardMs + idleMs, begun + totalMs);
      timer = setTimeout(look, Math.max(due - now, 1));
      return undefined;
    };
    let timer = setTimeout(look, Math.min(HEARTBEAT_MS, idleMs, totalMs));

    const relay = async () => {
      if (head.length > 0) await write(head);
      while (!over) {
        let result;
        try {
          result = await this.#reader.read();
        } catch {
          return close(BROKEN);
        }
        if (over) return undefined;
        if (result.done) return close(ENDED);
        heardMs = Date.now();
        const out = sink(BYTES, result.value);
        if (out[0] === 1) {
          over = true;
          clearTimeout(timer);
          this.stop();
        }
        if (out.length > 1) {
          sentMs = heardMs;
          await write(out.subarray(1));
        }
      }
      return writer.close();
    };
    // Of a caller that leaves the signal tells at once, while the context is still there.
    this.#exchange.onLeave(left);
    writer.closed.catch(left);
    relay().catch((error) => {
      if (!(error instanceof WebAssembly.RuntimeError)) return left();
      trapped(error);
      this.stop();
      return writer.abort(error);
    });
    return readable;
  }

  // Ends the backend's call. What it still sends is lost.
  stop() {
    this.#abort.abort();
    if (this.#reader) this.#reader.cancel();
    else discard(this.#response);
  }
}
