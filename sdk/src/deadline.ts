/** The end of one attempt: a timeout and the caller's signals in one signal, with everything undone after it. */
import { ConnectionError, TimeoutError } from './error.ts';

/** The caller's, any of which ends a call. */
export type Signals = readonly AbortSignal[];

/** The one that is aborted, if one is. */
export function leftOf(signals: Signals): AbortSignal | undefined {
  return signals.find(({ aborted }) => aborted);
}

export class Deadline {
  readonly #controller = new AbortController();
  readonly #outer: Signals;
  readonly #leave = (): void => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ms: number;
  #until: number;
  #timedOut = false;

  /** `ms` from now on; `Infinity` for none. */
  constructor(ms: number, outer: Signals) {
    this.#outer = outer;
    this.#ms = ms;
    this.#until = Date.now() + ms;
    for (const signal of outer) signal.addEventListener('abort', this.#leave, { once: true });
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts anew, with another length where one is given. */
  extend(ms = this.#ms): void {
    this.#ms = ms;
    // The timer looks at this when it fires, so that a chunk costs no new timer.
    const earlier = Date.now() + ms < this.#until;
    this.#until = Date.now() + ms;
    if (earlier) this.#arm();
  }

  /** Nothing more is awaited. `abort` also hangs up. */
  end(abort = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#until = Infinity;
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#leave);
    if (abort) this.#controller.abort();
  }

  /** What to throw for an error that `fetch` or a reader gave. */
  failure(error: unknown): unknown {
    const left = leftOf(this.#outer);
    if (left) return left.reason;
    if (this.#timedOut) {
      return new TimeoutError(`There was no answer within ${this.#ms} ms`, { cause: error });
    }
    const why = error instanceof Error ? error.message : String(error);
    return new ConnectionError(`The connection failed: ${why}`, { cause: error });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#until === Infinity) return;
    // Longer than a timer can be is as good as for ever.
    const ms = Math.min(this.#until - Date.now(), 2 ** 31 - 1);
    this.#timer = setTimeout(() => {
      if (Date.now() < this.#until) return this.#arm();
      this.#timedOut = true;
      this.#controller.abort();
    }, ms);
  }
}

/** Waits, or rejects with the reason of a signal as soon as it is aborted. */
export function sleep(ms: number, signals: Signals): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      end();
      reject(leftOf(signals)?.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', leave);
    };
    for (const signal of signals) signal.addEventListener('abort', leave, { once: true });
  });
}
