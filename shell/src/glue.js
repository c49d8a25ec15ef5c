// The border between Wasm and the platform's JavaScript: each function is one crossing.
//
// Why by hand: a crossing through generic bindings makes a JavaScript object per header, promise and
// stream chunk, which costs more than all that the Worker decides. Here nothing is decided.

let settle;

// Takes the function that is told of settled promises. Each Wasm instance gives its own.
export function install(closure) {
  settle = closure;
}

// Notes that this module's instance has trapped and must be made anew. The build gives each module a name
// of its own for worker-build's note of it.
function trapped(error) {
  if (error instanceof WebAssembly.RuntimeError)
    globalThis.__worker_init_state.criticalError = true;
  console.error(error);
}

// Has the Wasm instance told when a promise settles.
export function wait(promise, id) {
  const own = settle;
  const tell = (fulfilled, value) => {
    try {
      own(id, fulfilled, value);
    } catch (error) {
      trapped(error);
    }
  };
  promise.then(
    (value) => tell(true, value),
    (error) => tell(false, error),
  );
}

const HEADERS = [
  'authorization',
  'content-type',
  'content-encoding',
  'origin',
  'x-neureus-surface',
  'cf-connecting-ip',
  'anthropic-version',
  'idempotency-key',
  'x-neureus-fallback',
  'x-api-key',
];

const EMPTY = new Uint8Array(0);

// Reads on before an answer that refuses a body: many clients read an answer only once they have sent
// everything, and see a broken connection otherwise. Neither long nor much: some send nothing at all.
const DRAINED_MAX = 16 << 20;
const DRAIN_MS = 500;
async function drain(stream) {
  const reader = stream?.getReader();
  const readOn = async () => {
    for (let length = 0; length < DRAINED_MAX;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
    }
  };
  if (reader === undefined) return;
  await within(DRAIN_MS, readOn()).catch(() => {});
  reader.cancel().catch(() => {});
}

// The whole of a stream, or null when it is longer than the limit.
async function readCapped(stream, limit) {
  if (stream === null) return EMPTY;
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.releaseLock();
      await drain(stream);
      return null;
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

// A body of a declared length within the limit needs no counting: the platform holds it to its word.
async function readBody(message, limit) {
  const declared = message.headers.get('content-length');
  if (declared === null) return readCapped(message.body, limit);
  if (!(Number(declared) <= limit)) {
    await drain(message.body);
    return null;
  }
  return new Uint8Array(await message.arrayBuffer());
}

// A request, and the way to answer it.
export class Exchange {
  #request;
  #context;
  #answer;
  #leave;
  #end;
  #cookie;

  // When the caller leaves, the platform ends all that was begun for it. What was done has to be
  // recorded all the same, so this holds the context until there is an answer.
  constructor(request, context, answer) {
    this.#request = request;
    this.#context = context;
    this.#answer = answer;
    request.signal.addEventListener(
      'abort',
      () => {
        if (this.#answer) context.waitUntil(new Promise((end) => (this.#end = end)));
        this.#leave?.();
      },
      { once: true },
    );
  }

  // Method, URL and the headers that the Worker reads, one per line: no header value holds a line end.
  head() {
    const { headers, method, url } = this.#request;
    let text = `${method}\n${url}`;
    for (const name of HEADERS) text += `\n${headers.get(name) ?? ''}`;
    return text;
  }

  // Any other header; empty where there is none.
  header(name) {
    return this.#request.headers.get(name) ?? '';
  }

  // Has the answer set a cookie, whatever it will be.
  setCookie(value) {
    this.#cookie = value;
  }

  // The body after decompression, or null when it is longer than the limit either way.
  body(limit, encoding) {
    const request = this.#request;
    if (encoding === '') return readBody(request, limit);
    if (request.body === null) return Promise.resolve(EMPTY);
    return readCapped(request.body.pipeThrough(new DecompressionStream(encoding)), limit);
  }

  get left() {
    return this.#request.signal.aborted;
  }

  // Tells an object something that nobody waits for, until it has heard. The answer goes out first.
  tell(namespace, name, message) {
    this.#context.waitUntil(scheduler.wait(0).then(() => insist(namespace, name, message)));
  }

  // Waits, unless the caller leaves.
  waitHere(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.onLeave(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  // Waits, and has the platform wait a little longer than that: what follows may have something to tell.
  pause(ms) {
    const pause = scheduler.wait(ms);
    this.#context.waitUntil(pause.then(() => scheduler.wait(0)));
    return pause;
  }

  // Calls `leave` when the caller leaves, or at once if it has left.
  onLeave(leave) {
    this.#leave = leave;
    if (this.left) leave();
  }

  // Response headers come as lines: name, value, name, value. They are set one by one: a list of pairs
  // in the constructor costs 18 µs more.
  respond(status, lines, content) {
    const response = new Response(content, { status });
    const { headers } = response;
    const flat = lines.split('\n');
    for (let i = 0; i + 1 < flat.length; i += 2) headers.append(flat[i], flat[i + 1]);
    if (this.#cookie !== undefined) headers.append('set-cookie', this.#cookie);
    this.#answer(response);
    this.#answer = undefined;
    this.#end?.();
  }
}

// Rejects with 'timeout' when the promise takes longer than this.
function within(ms, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, ms, 'timeout');
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

// How long an object may take to hear, and how long to wait before saying it again, in ms.
const HEARD_MS = 5000;
const PAUSES_MS = [100, 1000, 5000];

async function insist(namespace, name, message) {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await call(namespace, name, message, HEARD_MS);
    } catch {
      await scheduler.wait(pauseMs);
    }
  }
  return call(namespace, name, message, HEARD_MS).catch((error) => {
    console.error(`an object has not heard the end of a request: ${error}`);
  });
}

// A promise that is awaited in turns, so that something can be done meanwhile: each turn gives the
// value, or this object when a beat has passed. Rejects with 'network' when the promise does, or with
// 'cut' when it does, and with 'timeout' when all of it takes too long.
export class Turns {
  #leftMs;
  #giveUp;
  #timer;
  #turn;
  #settled;

  constructor(ms, promise, giveUp) {
    this.#leftMs = ms;
    this.#giveUp = giveUp;
    promise.then(
      (value) => this.#end('resolve', value),
      (why) => this.#end('reject', why === CUT ? CUT : 'network'),
    );
  }

  next() {
    const turn = Promise.withResolvers();
    if (this.#settled) {
      turn[this.#settled.how](this.#settled.value);
      return turn.promise;
    }
    const ms = Math.min(this.#leftMs, BEAT_MS);
    this.#turn = turn;
    this.#timer = setTimeout(() => this.#beat(ms), ms);
    return turn.promise;
  }

  #beat(ms) {
    this.#leftMs -= ms;
    if (this.#leftMs > 0) {
      this.#turn.resolve(this);
      this.#turn = undefined;
    } else {
      this.#end('reject', 'timeout');
      this.#giveUp();
    }
  }

  #end(how, value) {
    clearTimeout(this.#timer);
    this.#settled ??= { how, value };
    this.#turn?.[how](value);
    this.#turn = undefined;
  }
}

// What an answer that has begun is rejected with.
const CUT = 'cut';

// How often the tenant's object hears that a request is still going on.
const BEAT_MS = 15_000;

// One message to an object and its answer, as text.
export function call(namespace, name, message, deadlineMs) {
  return within(deadlineMs, namespace.getByName(name).step(message));
}

export function kvGet(namespace, key, deadlineMs) {
  return within(deadlineMs, namespace.get(key));
}

export function kvPut(namespace, key, value, deadlineMs) {
  return within(deadlineMs, namespace.put(key, value));
}

export function kvDelete(namespace, key, deadlineMs) {
  return within(deadlineMs, namespace.delete(key));
}

// The first row of a query as JSON, or null.
export async function d1First(database, sql, values, deadlineMs) {
  const row = await within(
    deadlineMs,
    database
      .prepare(sql)
      .bind(...values)
      .first(),
  );
  return row === null ? null : JSON.stringify(row);
}

// Statements, `[[sql, value, …], …]` as JSON, all or none; each one's rows, as JSON.
export async function d1Batch(database, statements, deadlineMs) {
  const prepared = JSON.parse(statements).map(([sql, ...values]) =>
    database.prepare(sql).bind(...values),
  );
  const results = await within(deadlineMs, database.batch(prepared));
  return JSON.stringify(results.map((result) => result.results));
}

export async function brake(limiter, key, deadlineMs) {
  return (await within(deadlineMs, limiter.limit({ key }))).success === true;
}

// The data points of one request: {requests, tokens?, auth}. Writing waits for nothing.
export function writePoints(requests, tokens, auth, json) {
  const points = JSON.parse(json);
  requests.writeDataPoint(points.requests);
  if (points.tokens) tokens.writeDataPoint(points.tokens);
  auth.writeDataPoint(points.auth);
}

// One line of the log, as JSON already.
export function logLine(line) {
  console.log(line);
}

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

  // More headers come as lines: name, value, name, value.
  static fetch(url, lines, content, exchange, limit, ms) {
    const headers = { 'content-type': 'application/json' };
    const flat = lines.split('\n');
    for (let i = 0; i + 1 < flat.length; i += 2) headers[flat[i]] = flat[i + 1];
    const init = { method: 'POST', headers, body: content, redirect: 'manual' };
    return Upstream.#begin((own) => fetch(url, { ...init, signal: own }), exchange, limit, ms);
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
