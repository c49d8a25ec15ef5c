/**
 * `npm run test:contract`: what docs/openapi.json says, tried out by Schemathesis on a running gateway.
 *
 * It needs Python 3 and, once, its package index. Other arguments go to Schemathesis (`-- --max-examples 500`).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { capture, Failure, main, root, show } from './lib/process.ts';
import { cacheDirectory, setup } from './setup.ts';

const requirements = join(root, 'tests', 'contract', 'requirements.txt');

/** A Python environment with exactly what is required, made once. */
async function environment(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheDirectory(), `contract-${hash}`);
  const done = join(folder, 'complete');
  if (existsSync(done)) return folder;
  console.error('Installing Schemathesis (once) …');
  rmSync(folder, { recursive: true, force: true });
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [join(folder, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '-r', requirements]],
  ];
  for (const [command, args] of steps) {
    const { code, output } = await capture(command, args);
    if (code !== 0) throw new Failure(`Schemathesis could not be installed:\n${output.trim()}`);
  }
  writeFileSync(done, '');
  return folder;
}

main(async () => {
  const toolchain = await setup();
  const folder = await environment();
  const profile = process.env['NEUREUS_PROFILE'] === 'dev' ? 'dev' : 'release';
  await build(profile, toolchain);
  return show(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--test', join('tests', 'contract', 'contract.ts')],
    {
      env: {
        ...toolchain.env,
        NEUREUS_SCHEMATHESIS: join(folder, 'bin', 'schemathesis'),
        NEUREUS_SCHEMATHESIS_ARGS: JSON.stringify(process.argv.slice(2)),
      },
    },
  );
});
