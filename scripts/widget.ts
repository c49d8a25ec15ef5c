/** The chat for other people's pages: widget.js, one script with nothing beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Failure, root } from './lib/process.ts';

/** What it is made from. */
export const widgetSources: readonly string[] = ['widget', 'sdk/src', 'scripts/widget.ts'];

/** Compressed: every visitor of every page loads it. */
const LARGEST_BYTES = 15 << 10;

export async function widget(folder: string): Promise<void> {
  const { build } = await import('esbuild');
  const outfile = join(folder, 'widget.js');
  try {
    await build({
      absWorkingDir: root,
      bundle: true,
      entryPoints: ['widget/src/main.ts'],
      format: 'iife',
      logLevel: 'silent',
      minify: true,
      outfile,
      // Sheets made by script, and `await` in all of them.
      target: ['chrome100', 'firefox101', 'safari16.4'],
    });
  } catch (error) {
    throw new Failure(
      `the widget does not build:\n${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const bytes = gzipSync(readFileSync(outfile), { level: 9 }).length;
  if (bytes > LARGEST_BYTES) {
    throw new Failure(`widget.js has ${bytes} bytes compressed, above ${LARGEST_BYTES}.`);
  }
}
