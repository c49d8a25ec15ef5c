/** The time as the gateway has it: a device's own clock may be days off, and what ends does not wait for it. */

/** What answers take on their way is no difference. */
const tolerableMs = 60_000;

let aheadMs = 0;

/** Takes note of what time the gateway said it is; one of another release may not say. */
export function learn(theirMs: number | undefined): void {
  if (theirMs === undefined) return;
  const differsMs = theirMs - Date.now();
  aheadMs = Math.abs(differsMs) < tolerableMs ? 0 : differsMs;
}

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now() + aheadMs;
}
