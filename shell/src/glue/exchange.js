// A request and its answer.
import { call, insist } from './binding.js';
import { within } from './promise.js';

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

function append(headers, lines) {
  const flat = lines.split('\n');
  for (let i = 0; i + 1 < flat.length; i += 2) headers.append(flat[i], flat[i + 1]);
  return headers;
}

// Headers from lines: name, value, name, value.
export function headersOf(lines) {
  return append(new Headers(), lines);
}

// Sets of headers that come again and again, by their lines. To copy a set costs a tenth of setting each.
const USUAL_MAX = 256;
const sets = new Map();

export function usual(lines) {
  let headers = sets.get(lines);
  if (headers === undefined) {
    if (sets.size >= USUAL_MAX) sets.clear();
    sets.set(lines, (headers = headersOf(lines)));
  }
  return headers;
}

export const EMPTY = new Uint8Array(0);

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
export async function readBody(message, limit) {
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
    request.signal.onabort = () => {
      if (this.#answer) context.waitUntil(new Promise((end) => (this.#end = end)));
      this.#leave?.();
    };
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

  // Asks an object, and has the platform wait for what follows from its answer.
  ask(namespace, name, message, deadlineMs) {
    const answer = call(namespace, name, message, deadlineMs);
    const follow = () => scheduler.wait(0);
    this.#context.waitUntil(answer.then(follow, follow));
    return answer;
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

  // Response headers come as lines: those that many answers have, and this answer's own. These are set
  // one by one: a list of pairs in the constructor costs 18 µs more.
  respond(status, shared, own, content) {
    const response = new Response(content, { status, headers: usual(shared) });
    const { headers } = response;
    append(headers, own);
    if (this.#cookie !== undefined) headers.append('set-cookie', this.#cookie);
    this.#answer(response);
    this.#answer = undefined;
    this.#end?.();
  }
}
