/**
 * Checks for what a build needs beyond the npm packages, and installs only what is missing: Rust's Wasm
 * target, wasm-bindgen's command line at the version of the library, worker-build, and for the checks
 * cargo-deny. Programs built here go to a cache that all clones of one user share.
 */
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { capture, Failure, main, root } from './lib/process.ts';
import { compiling, Progress } from './lib/progress.ts';

/** What a build runs with. */
export type Toolchain = {
  /** The environment for cargo and worker-build. */
  env: NodeJS.ProcessEnv;
  /** Path of worker-build. */
  workerBuild: string;
  /** Path of cargo-deny, when it was asked for. */
  cargoDeny: string | undefined;
  /** `rustc --version`: part of what a build depends on. */
  rustc: string;
};

const target = 'wasm32-unknown-unknown';
const binaries = join(root, 'node_modules', '.bin');
const cargoHome = process.env['CARGO_HOME'] ?? join(homedir(), '.cargo');
// rustup's installer puts its programs here; a shell opened before it ran does not have them on its path.
const path = [binaries, process.env['PATH'], join(cargoHome, 'bin')]
  .filter(Boolean)
  .join(delimiter);
const baseEnv: NodeJS.ProcessEnv = { ...process.env, PATH: path };

function matchIn(file: string, pattern: RegExp): string {
  const found = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1];
  if (!found) throw new Failure(`${file} does not say what it should (${pattern.source}).`);
  return found;
}

type Tool = { crate: string; program: string; version: string; flags: string[] };

/** A tool that scripts/tools.json pins. */
function pinned(program: string): Tool {
  const pins = JSON.parse(readFileSync(join(import.meta.dirname, 'tools.json'), 'utf8')) as Record<
    string,
    string
  >;
  const version = pins[program];
  if (!version) throw new Failure(`scripts/tools.json does not name ${program}.`);
  return { crate: program, program, version, flags: ['--locked'] };
}

/** wasm-bindgen's command line, which has to be of the library's version to the digit. */
function bindgenTool(): Tool {
  const version = matchIn('Cargo.toml', /^wasm-bindgen = "=([\d.]+)"/m);
  return { crate: 'wasm-bindgen-cli', program: 'wasm-bindgen', version, flags: [] };
}

async function checkRust(): Promise<string> {
  const [rustc, cargo] = await Promise.all([
    capture('rustc', ['--version'], { env: baseEnv }),
    capture('cargo', ['--version'], { env: baseEnv }),
  ]);
  if (rustc.code !== 0 || cargo.code !== 0) {
    throw new Failure(
      'Rust is not installed: get rustup from https://rustup.rs (the stable toolchain), then run this again.',
    );
  }
  const wanted = matchIn('Cargo.toml', /^rust-version = "([\d.]+)"/m);
  const found = /(\d+)\.(\d+)/.exec(rustc.stdout)?.[0] ?? '0.0';
  const minor = (version: string): number => Number(version.split('.')[1]);
  if (minor(found) < minor(wanted)) {
    throw new Failure(
      `Rust ${found} is too old, ${wanted} or newer is needed: run \`rustup update stable\`.`,
    );
  }
  return rustc.stdout.trim();
}

async function checkTarget(): Promise<void> {
  const has = async (): Promise<boolean> => {
    const libraries = await capture('rustc', ['--target', target, '--print', 'target-libdir'], {
      env: baseEnv,
    });
    return libraries.code === 0 && existsSync(libraries.stdout.trim());
  };
  if (await has()) return;
  const progress = new Progress(`Installing Rust's ${target} target`);
  const added = await capture('rustup', ['target', 'add', target], { env: baseEnv });
  progress.done(added.code === 0 ? `Installed Rust's ${target} target` : undefined);
  if (added.code === 127) {
    throw new Failure(
      `this Rust has no ${target} target and does not come from rustup: install the target with the package ` +
        'manager that Rust came with, or use rustup (docs/development.md).',
    );
  }
  if (added.code !== 0 || !(await has())) {
    throw new Failure(`\`rustup target add ${target}\` failed:\n${added.output.trim()}`);
  }
}

export function cacheDirectory(): string {
  const named = process.env['NEUREUS_TOOLS'];
  const shared =
    named ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'neureus-edge', 'tools');
  try {
    mkdirSync(shared, { recursive: true });
    accessSync(shared, constants.W_OK);
    return shared;
  } catch (error) {
    if (named) throw new Failure(`NEUREUS_TOOLS (${named}) cannot be written: ${String(error)}`);
    return join(root, '.tools');
  }
}

async function hasVersion(program: string, version: string): Promise<boolean> {
  const answer = await capture(program, ['--version'], { env: baseEnv, timeoutMs: 10_000 });
  return answer.code === 0 && answer.stdout.trim().split(/\s+/).includes(version);
}

/** The path of the tool at exactly its version, installed if need be. */
async function provide({ crate, program, version, flags }: Tool): Promise<string> {
  const cache = cacheDirectory();
  const home = join(cache, `${crate}-${version}`);
  const own = join(home, 'bin', program);
  const candidates = [own, ...path.split(delimiter).map((directory) => join(directory, program))];
  for (const candidate of candidates) {
    if (existsSync(candidate) && (await hasVersion(candidate, version))) return candidate;
  }
  const progress = new Progress(
    `Building ${crate} ${version} (once on this machine, a few minutes)`,
  );
  const build = join(cache, 'build');
  const args = [
    'install',
    crate,
    '--version',
    `=${version}`,
    '--root',
    home,
    '--target-dir',
    build,
  ];
  const result = await capture('cargo', [...args, ...flags], {
    // They run for a second at a time: what counts is how long they take to build.
    env: {
      ...baseEnv,
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
      CARGO_PROFILE_RELEASE_DEBUG: 'false',
      CARGO_PROFILE_RELEASE_LTO: 'false',
      CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
    },
    cwd: tmpdir(),
    onLine: compiling(progress),
  });
  progress.done(result.code === 0 ? `Built ${crate} ${version}` : undefined);
  if (result.code !== 0 || !(await hasVersion(own, version))) {
    const tail = result.output.trimEnd().split('\n').slice(-30).join('\n');
    throw new Failure(`\`cargo ${args.slice(0, 4).join(' ')}\` failed:\n${tail}`);
  }
  return own;
}

function fromNpm(program: string): string {
  const file = join(binaries, program);
  if (!existsSync(file))
    throw new Failure(`node_modules has no ${program}: remove node_modules and run this again.`);
  return file;
}

/** Makes sure that everything a build needs is there; quick when it is. */
export async function setup(wants: { cargoDeny?: boolean } = {}): Promise<Toolchain> {
  const rustc = await checkRust();
  await checkTarget();
  const bindgen = await provide(bindgenTool());
  const workerBuild = await provide(pinned('worker-build'));
  const cargoDeny = wants.cargoDeny ? await provide(pinned('cargo-deny')) : undefined;
  rmSync(join(cacheDirectory(), 'build'), { recursive: true, force: true });
  return {
    env: {
      ...baseEnv,
      // worker-build downloads what these do not name.
      WASM_BINDGEN_BIN: bindgen,
      WASM_OPT_BIN: fromNpm('wasm-opt'),
      ESBUILD_BIN: fromNpm('esbuild'),
    },
    workerBuild,
    cargoDeny,
    rustc,
  };
}

if (import.meta.main) {
  main(async () => {
    const { rustc } = await setup({ cargoDeny: true });
    console.error(`Everything is there (${rustc}).`);
    return 0;
  });
}
