/**
 * Builds the static files (assets.ts) and the Worker: `dev` into build/dev for the local gateway, `release`
 * into build/release for tests, measurements and deployment. Does nothing when nothing it depends on has
 * changed.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { assetSources, buildAssets } from './assets.ts';
import { capture, Failure, main, root } from './lib/process.ts';
import { compiling, Progress } from './lib/progress.ts';
import { setup, type Toolchain } from './setup.ts';

export type Profile = 'dev' | 'release';

/** What goes into the Wasm module and its JavaScript. */
export const sources: readonly string[] = [
  'Cargo.toml',
  'Cargo.lock',
  'control',
  'core',
  'durable_objects',
  'shell',
  'src',
  'config',
  'scripts/build.ts',
  'scripts/tools.json',
  'package-lock.json',
];

/** What a change of makes a new build worth while. */
export const watched: readonly string[] = [...sources, ...assetSources];

/** The module that wrangler serves. */
export function entry(profile: Profile): string {
  return join('build', profile, 'entry.js');
}

/** A hash of every source and of the compiler. */
function fingerprint(rustc: string): string {
  const hash = createHash('sha256').update(rustc);
  const add = (path: string): void => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) add(join(path, name));
    } else {
      hash.update(`\0${path}\0`).update(readFileSync(full));
    }
  };
  sources.forEach(add);
  return hash.digest('hex');
}

function size(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KB`;
}

/** The Wasm modules: the gateway's, and those that are loaded when they are asked, in folders of their own. */
const modules = [
  { name: 'gateway', crate: '.', folder: '.' },
  { name: 'objects', crate: 'durable_objects', folder: 'objects' },
  { name: 'control', crate: 'control', folder: 'control' },
] as const;

/** The JavaScript around them, beside the gateway's module. */
const scripts = [
  'src/entry.js',
  'src/modules.js',
  'durable_objects/monitor.js',
  'durable_objects/tenant.js',
];

/** Where worker-build's part of a module notes that the instance has trapped. */
const NOTE = 'globalThis.__worker_init_state';

type Module = (typeof modules)[number];

/** Size of a module as it is and as it is uploaded. */
export function sizes(profile: Profile, { folder }: Module): { raw: number; gzip: number } {
  const wasm = readFileSync(join(root, 'build', profile, folder, 'index_bg.wasm'));
  return { raw: wasm.length, gzip: gzipSync(wasm, { level: 9 }).length };
}

/** Builds one module into a folder where nothing is served from. */
async function compile(
  profile: Profile,
  { name, crate }: Module,
  toolchain: Toolchain,
  onLine: (line: string) => void,
): Promise<string> {
  const out = join(root, 'build', 'modules', profile, name);
  const result = await capture(toolchain.workerBuild, [`--${profile}`, '--out-dir', out], {
    cwd: join(root, crate),
    env: {
      ...toolchain.env,
      RUST_BACKTRACE: '0',
      ...(process.stderr.isTTY ? { CARGO_TERM_COLOR: 'always' } : {}),
    },
    onLine,
  });
  if (result.code !== 0) {
    rmSync(join(out, '.tmp'), { recursive: true, force: true });
    // What cargo said, without what it compiled and without worker-build's own account of it.
    const said = result.output
      .replace(/^Error: Compiling your crate[^]*/m, '')
      .split('\n')
      .filter(
        (line) => !/^\W*(?:\d+m)?(?:Compiling|Downloaded|Downloading|Blocking|INFO)\b/.test(line),
      )
      .join('\n');
    throw new Failure(`the Worker does not build:\n${said.trim()}`);
  }
  if (profile === 'release') {
    // Function names serve nothing but stack traces, and are an eighth of what is uploaded. The build
    // for development keeps them.
    const module = join(out, 'index_bg.wasm');
    const strip = ['--strip-debug', module, '--output', module];
    const stripped = await capture(String(toolchain.env['WASM_OPT_BIN']), strip, {});
    if (stripped.code !== 0)
      throw new Failure(`the module cannot be stripped:\n${stripped.output}`);
  }
  return out;
}

/**
 * Puts a file where a running gateway may be looking: all of it at once, since half a module ends wrangler, and only if
 * it is another.
 */
export function place(content: Buffer, path: string): void {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.next`, content);
  renameSync(`${path}.next`, path);
}

/** Refuses a catalog or plans with which the gateway would refuse every request. */
export async function checkConfig(toolchain: Toolchain, folder = 'config'): Promise<void> {
  const run = [
    'run',
    '--quiet',
    '--locked',
    '--package',
    'neureus-core',
    '--example',
    'check_config',
  ];
  const { code, output } = await capture('cargo', [...run, '--', folder], {
    cwd: root,
    env: toolchain.env,
  });
  if (code !== 0) throw new Failure(`the configuration is wrong:\n${output.trim()}`);
}

/**
 * Builds the Worker and the static files, each if need be; says whether it did. A failing build leaves the
 * last good one in place.
 */
export async function build(profile: Profile, toolchain: Toolchain): Promise<boolean> {
  const assets = await buildAssets();
  return (await buildWorker(profile, toolchain)) || assets;
}

async function buildWorker(profile: Profile, toolchain: Toolchain): Promise<boolean> {
  const stamp = join(root, 'build', `${profile}.stamp`);
  const wanted = fingerprint(toolchain.rustc);
  const output = join(root, entry(profile));
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
    return false;

  const progress = new Progress(`Building the Worker (${profile})`);
  try {
    // The tests do so for development.
    if (profile === 'release') await checkConfig(toolchain);
    const built: [Module, string][] = [];
    for (const module of modules) {
      built.push([module, await compile(profile, module, toolchain, compiling(progress))]);
    }
    const served = join(root, 'build', profile);
    for (const [{ name, folder }, out] of built) {
      place(readFileSync(join(out, 'index_bg.wasm')), join(served, folder, 'index_bg.wasm'));
      const script = readFileSync(join(out, 'index.js'), 'utf8');
      if (!script.includes(NOTE)) throw new Failure(`the module ${name} does not note its traps.`);
      // One for each module: a trap in one must not have the others made anew.
      const noted = script.replaceAll(NOTE, `${NOTE}_${name}`);
      place(Buffer.from(noted), join(served, folder, 'index.js'));
    }
    for (const file of scripts) place(readFileSync(join(root, file)), join(served, basename(file)));
  } catch (error) {
    progress.done();
    throw error;
  }
  // Taken before the build: sources that changed while the compiler ran are built next time.
  writeFileSync(stamp, wanted);
  const said = modules.map((module) => {
    const { raw, gzip } = sizes(profile, module);
    return `${module.name} ${size(raw)}, gzip ${size(gzip)}`;
  });
  progress.done(
    `Built the Worker (${profile}${profile === 'release' ? `; ${said.join('; ')}` : ''})`,
  );
  return true;
}

if (import.meta.main) {
  main(async () => {
    const named =
      process.env['NEUREUS_PROFILE'] ?? process.argv[2]?.replace(/^--/, '') ?? 'release';
    if (named !== 'dev' && named !== 'release') {
      throw new Failure(`NEUREUS_PROFILE is dev or release, not ${named}.`, 2);
    }
    if (!(await build(named, await setup()))) console.error(`build/${named} is up to date.`);
    return 0;
  });
}
