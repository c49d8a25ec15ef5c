/** Random choices of a test, that can be made again: `NEUREUS_SEED` sets where they begin. */

import { after } from 'node:test';

export interface Random {
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
}

/** Says at the end of the tests where its choices began. */
export function random(): Random {
  const given = process.env['NEUREUS_SEED'];
  const seed = given === undefined ? Date.now() % 2 ** 32 : Number(given);
  after(() => console.log(`# NEUREUS_SEED=${seed}`));
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number): number =>
    least + Math.floor(next() * (most - least + 1));
  return { int, pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0] };
}

/** Whether a run may take many minutes. */
export const SOAK = process.env['NEUREUS_SOAK'] === '1';
