// Promises: how Wasm hears of them, and how long they may take.

let settle;

// Takes the function that is told of settled promises. Each Wasm instance gives its own.
export function install(closure) {
  settle = closure;
}

// Notes that this module's instance has trapped and must be made anew. The build gives each module a name
// of its own for worker-build's note of it.
export function trapped(error) {
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

// Rejects with 'timeout' when the promise takes longer than this.
export function within(ms, promise) {
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

// What an answer that has begun is rejected with.
export const CUT = 'cut';

// How often the tenant's object hears that a request is still going on.
export const BEAT_MS = 15_000;

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
