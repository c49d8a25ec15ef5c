// What `npm pack` and `npm publish` run first: one file for `import`, one for `require`, and the types of
// both, into dist or the folder that is named. esbuild and tsc are those of the repository. Needs Node 18 and nothing else.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const dist = resolve(here, process.argv[2] ?? 'dist');
rmSync(dist, { recursive: true, force: true });

for (const format of ['esm', 'cjs']) {
  await build({
    absWorkingDir: here,
    bundle: true,
    entryPoints: ['src/index.ts'],
    format,
    outfile: join(dist, format, 'index.js'),
    platform: 'neutral',
    target: 'es2022',
  });
}

const package_ = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = join(dirname(package_), 'bin', 'tsc');
const types = spawnSync(process.execPath, [tsc, '--project', here, '--outDir', join(dist, 'esm')], {
  stdio: 'inherit',
});
if (types.status !== 0) process.exit(types.status ?? 1);
// The types of the one and of the other package are the same text, read under another rule.
for (const name of readdirSync(join(dist, 'esm')).filter((file) => file.endsWith('.d.ts'))) {
  const file = join(dist, 'esm', name);
  const text = readFileSync(file, 'utf8').replace(/(from '\.\/\w+)\.ts';/g, "$1.js';");
  writeFileSync(file, text);
  cpSync(file, join(dist, 'cjs', name));
}
writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
