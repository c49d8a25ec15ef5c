/** Waiting for what happens by itself, with an end. */
import { SOAK } from './random.ts';

/**
 * How soon is soon, in ms: a second, as is promised, where somebody runs this by hand on a quiet machine. Elsewhere so long
 * that a machine which stands still is not what fails, and far from the minute after which a lease ends by itself.
 */
export const SOON_MS = SOAK ? 1_000 : 15_000;

/** So long that a machine which stood still for a while is not what fails. */
const PATIENCE_MS = 30_000;

/** The first value that is not `undefined`. Fails after half a minute. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
