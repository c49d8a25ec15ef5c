/**
 * Whether a call that failed is worth another attempt, and when. Pure: chance is passed in.
 *
 * Caveat: a wait above a minute is not sat out; the error says how long it is.
 */
import { ApiError, ConnectionError } from './error.ts';

/**
 * What a second attempt may do. `safe`: the same again (GET, PUT, DELETE). `keyed`: nothing, since the gateway
 * knows the `Idempotency-Key`. `priced`: at worst it is charged twice. `once`: make a second thing, so only a
 * refusal is tried again.
 */
export type Repeat = 'safe' | 'keyed' | 'priced' | 'once';

const LONGEST_WAIT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const JITTER = 0.25;
const LONGEST_JITTER_MS = 1_000;

/**
 * How many milliseconds to wait before attempt `attempt + 1`, or undefined: do not.
 *
 * `random` is in [0, 1).
 */
export function pauseBefore(
  failure: unknown,
  attempt: number,
  repeat: Repeat,
  random: number,
  nowMs: number,
): number | undefined {
  if (failure instanceof ConnectionError) {
    return repeat === 'once' ? undefined : pause(attempt, random);
  }
  if (!(failure instanceof ApiError) || !isWorthwhile(failure, repeat)) return undefined;
  const asked = askedFor(failure, nowMs);
  if (asked === undefined) return pause(attempt, random);
  if (asked > LONGEST_WAIT_MS) return undefined;
  // Never sooner than asked, and not all at once.
  return asked + random * Math.min(Math.max(asked, FIRST_PAUSE_MS) * JITTER, LONGEST_JITTER_MS);
}

function isWorthwhile({ status, headers }: ApiError, repeat: Repeat): boolean {
  const word = headers['x-should-retry'];
  if (word === 'false') return false;
  if (status === 429) return true;
  if (repeat === 'once') return false;
  if (word === 'true') return true;
  // The first attempt of the same request is still running.
  if (status === 409) return repeat === 'keyed' && headers['retry-after'] !== undefined;
  return status === 408 || status >= 500;
}

function askedFor({ headers }: ApiError, nowMs: number): number | undefined {
  const exact = Number(headers['retry-after-ms'] ?? NaN);
  if (exact >= 0) return exact;
  const said = headers['retry-after'];
  if (said === undefined) return undefined;
  const seconds = Number(said);
  const ms = Number.isNaN(seconds) ? Date.parse(said) - nowMs : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}

function pause(attempt: number, random: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + random / 2);
}
