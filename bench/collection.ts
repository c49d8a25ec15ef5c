/** What counting a request costs as Wasm in V8: the ledger's work with and without its metrics. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, Failure, root } from '../scripts/lib/process.ts';
import type { Toolchain } from '../scripts/setup.ts';
import { median } from './statistics.ts';

declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ instance: { exports: Record<string, (...args: number[]) => number> } }>;
};

/** ns per request. */
export interface Collection {
  without: number;
  with: number;
}

/** As in the crate. */
const TOGETHER = 16;
const ROUNDS = 200;
const SAMPLES = 60;
const PACKAGE = 'neureus-collection-bench';

export async function measureCollection({ env }: Toolchain): Promise<Collection> {
  const target = 'wasm32-unknown-unknown';
  const args = ['build', '--quiet', '--release', '--package', PACKAGE, '--target', target];
  const { code, output } = await capture('cargo', args, { env });
  if (code !== 0) throw new Failure(`the measurement of collection was not built:\n${output}`);
  const file = `${PACKAGE.replaceAll('-', '_')}.wasm`;
  const bytes = readFileSync(join(root, 'target', target, 'release', file));
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const { rounds } = instance.exports;
  if (!rounds) throw new Failure('the measurement of collection has no rounds');
  const ns: [number[], number[]] = [[], []];
  for (let sample = -5; sample < SAMPLES; sample++) {
    for (const counted of [0, 1] as const) {
      const begun = performance.now();
      if (rounds(ROUNDS, counted) === 0) throw new Failure('a request was refused');
      const took = performance.now() - begun;
      // The first samples warm the compilers and count for nothing.
      if (sample >= 0) ns[counted].push((took * 1e6) / (ROUNDS * TOGETHER));
    }
  }
  return { without: median(ns[0]), with: median(ns[1]) };
}
