/**
 * `npm test`: set-up, checks, native tests, the release build, and the tests against it on workerd.
 *
 * `npm test -- --only checks|native|worker|<file>` runs one part; the exit code says whether all passed.
 */
import { existsSync, globSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { check } from './check.ts';
import { findChromium } from './lib/chromium.ts';
import { dryRun } from './deploy.ts';
import { Failure, main, root, show } from './lib/process.ts';
import { duration } from './lib/progress.ts';
import { setup, type Toolchain } from './setup.ts';

type Stage = { name: string; part: string; run: (toolchain: Toolchain) => Promise<boolean> };

/** Files run side by side; each has a workerd of its own, and machines have few cores. */
const concurrency = 2;

function nodeTests(files: string[], { env }: Toolchain): Promise<boolean> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    `--test-concurrency=${concurrency}`,
  ];
  // A test that hangs fails; nothing here takes minutes.
  return show(process.execPath, [...args, '--test-timeout=180000', ...files], { env }).then(
    (code) => code === 0,
  );
}

function stages(files: string[]): Stage[] {
  return [
    { name: 'checks', part: 'checks', run: async (toolchain) => (await check(toolchain)) === 0 },
    {
      name: 'native tests',
      part: 'native',
      run: async ({ env }) => {
        const args = [
          'test',
          '--quiet',
          '--workspace',
          '--exclude',
          'neureus-edge',
          '--exclude',
          'neureus-control',
          '--exclude',
          'neureus-durable-objects',
          '--no-fail-fast',
        ];
        return (await show('cargo', args, { env })) === 0;
      },
    },
    {
      name: 'release build',
      part: 'worker',
      run: async (toolchain) => {
        await build('release', toolchain);
        await dryRun();
        return true;
      },
    },
    { name: 'tests on workerd', part: 'worker', run: (toolchain) => nodeTests(files, toolchain) },
  ];
}

function parse(args: string[]): { parts: Set<string>; files: string[] } {
  const all = globSync(['tests/**/*.test.ts', 'sandbox/**/*.test.ts', 'scripts/**/*.test.ts'], {
    cwd: root,
  }).sort();
  let only: string | undefined;
  try {
    only = parseArgs({ args, options: { only: { type: 'string' } } }).values.only;
  } catch {
    throw new Failure('usage: npm test [-- --only checks|native|worker|<file>]', 2);
  }
  if (only === undefined) return { parts: new Set(['checks', 'native', 'worker']), files: all };
  if (['checks', 'native', 'worker'].includes(only)) return { parts: new Set([only]), files: all };
  const file = resolve(root, only);
  if (!existsSync(file))
    throw new Failure(`--only is checks, native, worker or a test file, not "${only}".`, 2);
  return { parts: new Set(['worker']), files: [relative(root, file)] };
}

main(async () => {
  const { parts, files } = parse(process.argv.slice(2));
  // What cannot work is said before minutes have gone into building.
  if (parts.has('worker') && files.some((file) => file.startsWith('tests/dashboard/')))
    findChromium();
  const started = performance.now();
  const toolchain = await setup({ cargoDeny: parts.has('checks') });
  const lines: string[] = [`set-up ${duration(performance.now() - started)}`];
  let passed = true;
  for (const stage of stages(files).filter(({ part }) => parts.has(part))) {
    console.log(`\n== ${stage.name}`);
    const from = performance.now();
    const good = await stage.run(toolchain).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      console.error(error.message);
      return false;
    });
    lines.push(`${stage.name} ${duration(performance.now() - from)}${good ? '' : ' FAILED'}`);
    passed &&= good;
    // Nothing can be tested on a Worker that does not build.
    if (!good && stage.name === 'release build') break;
  }
  console.log(
    `\n${passed ? 'Passed' : 'FAILED'} in ${duration(performance.now() - started)}: ${lines.join(', ')}.`,
  );
  return passed ? 0 : 1;
});
