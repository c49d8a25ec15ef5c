/**
 * Builds what is served as it is into build/assets: the dashboard's pages first, then whatever else is a
 * static file. Does nothing when no source has changed.
 *
 * Caveat: a gateway may be serving from build/assets meanwhile, so it is changed file by file once all are
 * there, and a failing build leaves the last good one in place.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Failure, main, root } from './lib/process.ts';
import { Progress } from './lib/progress.ts';
import { reference, referenceSources } from './reference.ts';
import { widget, widgetSources } from './widget.ts';

/** What the static files are made from. */
export const assetSources: readonly string[] = [
  'dashboard',
  ...referenceSources,
  ...widgetSources,
  'scripts/assets.ts',
  'package-lock.json',
];

/** The folder that wrangler serves. */
export const assetsFolder: string = join(root, 'build', 'assets');

/** Puts files into a folder; the next one finds those of the ones before. */
type Step = (folder: string) => Promise<void>;

const steps: readonly Step[] = [dashboard, reference, widget];

async function dashboard(folder: string): Promise<void> {
  // Only when it is needed: loading it takes longer than seeing that nothing has changed.
  const { build } = await import('vite');
  try {
    await build({
      configFile: join(root, 'dashboard', 'vite.config.ts'),
      build: { outDir: folder, emptyOutDir: true },
    });
  } catch (error) {
    throw new Failure(
      `the dashboard does not build:\n${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function filesIn(folder: string): string[] {
  return globSync('**', { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const source of assetSources) {
    const full = join(root, source);
    if (!existsSync(full)) continue;
    const files = statSync(full).isDirectory()
      ? filesIn(full).map((file) => join(full, file))
      : [full];
    for (const file of files)
      hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Makes `to` hold exactly the files of `from`, touching only those that differ. */
function mirror(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const wanted = filesIn(from);
  for (const file of wanted) {
    const [source, target] = [join(from, file), join(to, file)];
    if (existsSync(target) && readFileSync(target).equals(readFileSync(source))) continue;
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, target);
  }
  const keep = new Set(wanted);
  for (const file of filesIn(to)) if (!keep.has(file)) rmSync(join(to, file));
}

/** Compressed size of all scripts, in bytes: more than any one page loads. */
export function scriptBytes(): number {
  return globSync('**/*.js', { cwd: assetsFolder })
    .map((file) => gzipSync(readFileSync(join(assetsFolder, file)), { level: 9 }).length)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Builds the static files if need be; says whether it did. */
export async function buildAssets(): Promise<boolean> {
  const stamp = join(root, 'build', 'assets.stamp');
  const wanted = fingerprint();
  const built = existsSync(join(assetsFolder, 'index.html'));
  if (built && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;

  const progress = new Progress('Building the dashboard');
  const folder = join(root, 'build', 'assets.next');
  try {
    for (const step of steps) await step(folder);
    mirror(folder, assetsFolder);
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    progress.done();
    throw error;
  }
  writeFileSync(stamp, wanted);
  progress.done(`Built the dashboard (scripts ${(scriptBytes() / 1024).toFixed(0)} KB gzip)`);
  return true;
}

if (import.meta.main) {
  main(async () => {
    if (!(await buildAssets())) console.error('build/assets is up to date.');
    return 0;
  });
}
