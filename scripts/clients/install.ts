/**
 * Installs the client libraries where that was not done yet: npm's and cargo's by their lock files, Python's by
 * constraints.txt in a virtual environment, all under build/clients.
 *
 * Registries may be slow or away for a moment: what asks one is tried three times. What cannot be helped is said in a
 * sentence.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { capture, Failure, isStopping } from '../lib/process.ts';
import { compiling, Progress } from '../lib/progress.ts';
import { installed, python, registries, sources } from './client.ts';
import type { Kind } from './client.ts';

/** The waits before the second and the third try, in ms. */
const PAUSES_MS = [5_000, 20_000];
const STEP_MS = 600_000;
/** What the libraries from PyPI need. */
const PYTHON = [3, 10] as const;

interface Step {
  command: string;
  args: string[];
  cwd?: string;
  onLine?: (line: string) => void;
}

/** Runs a step that asks a registry; again after a pause if it fails. */
async function fetching(kind: Kind, env: NodeJS.ProcessEnv, step: Step): Promise<void> {
  const { command, args, ...options } = step;
  const registry = registries[kind];
  for (const pause of [...PAUSES_MS, undefined]) {
    const result = await capture(command, args, { ...options, env, timeoutMs: STEP_MS });
    if (result.code === 0) return;
    const end = result.output.trim().split('\n').slice(-15).join('\n');
    if (pause === undefined || isStopping()) {
      throw new Failure(
        `the clients from ${registry} could not be installed; is ${registry} reachable from here?\n${end}`,
      );
    }
    console.error(`${registry}: did not work, again in ${pause / 1_000} s …`);
    await sleep(pause);
  }
}

/** Runs `install` unless it was done for exactly these files and is still there. */
async function once(
  kind: Kind,
  files: string[],
  proof: string,
  install: () => Promise<void>,
): Promise<void> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(sources, kind, file)));
  const stamp = join(installed, `${kind}.stamp`);
  const wanted = hash.digest('hex');
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (done && existsSync(proof)) return;
  // What fails half-way is not what was there before.
  rmSync(stamp, { force: true });
  await install();
  writeFileSync(stamp, wanted);
}

async function fromNpm(to: string, env: NodeJS.ProcessEnv): Promise<void> {
  await once(
    'js',
    ['package-lock.json'],
    join(to, 'node_modules', '.package-lock.json'),
    async () => {
      const progress = new Progress('Installing the clients from npm');
      cpSync(join(sources, 'js'), to, { recursive: true });
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
      const step = { command: 'npm', args, cwd: to };
      await fetching('js', env, step).finally(() => progress.done());
    },
  );
  cpSync(join(sources, 'js'), to, { recursive: true });
}

/** Fails where there is no Python that can make a virtual environment. */
async function checkPython(env: NodeJS.ProcessEnv): Promise<void> {
  const needed = PYTHON.join('.');
  const program = 'import sys; print(*sys.version_info[:2])';
  const found = await capture('python3', ['-c', program], { env });
  const [major = 0, minor = 0] = found.stdout.trim().split(' ').map(Number);
  if (found.code !== 0 || major !== PYTHON[0] || minor < PYTHON[1]) {
    const what = found.code === 0 ? `this one is ${major}.${minor}` : 'there is none';
    throw new Failure(`the clients from PyPI need Python ${needed} or newer as python3; ${what}.`);
  }
  const { code } = await capture('python3', ['-c', 'import ensurepip, venv'], { env });
  if (code === 0) return;
  throw new Failure(
    'this Python cannot make virtual environments, which the clients from PyPI go into: install its venv module ' +
      '(Debian and Ubuntu: apt-get install python3-venv).',
  );
}

async function fromPypi(to: string, env: NodeJS.ProcessEnv): Promise<void> {
  await once('python', ['requirements.txt', 'constraints.txt'], python(), async () => {
    await checkPython(env);
    const progress = new Progress('Installing the clients from PyPI');
    const list = (name: string): string => join(sources, 'python', `${name}.txt`);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const files = ['--requirement', list('requirements'), '--constraint', list('constraints')];
    const environment = join(to, 'venv');
    const steps = [
      { command: 'python3', args: ['-m', 'venv', '--clear', environment] },
      { command: python(), args: [...pip, ...files] },
    ];
    try {
      for (const step of steps) await fetching('python', env, step);
    } finally {
      progress.done();
    }
  });
}

async function fromCrates(to: string, env: NodeJS.ProcessEnv): Promise<void> {
  const manifest = ['--locked', '--manifest-path', join(sources, 'rust', 'Cargo.toml')];
  const progress = new Progress('Compiling async-openai');
  try {
    await fetching('rust', env, { command: 'cargo', args: ['fetch', ...manifest] });
    const args = ['build', '--offline', ...manifest, '--target-dir', to];
    const onLine = compiling(progress);
    const { code, output } = await capture('cargo', args, { env, onLine, timeoutMs: 2 * STEP_MS });
    if (code === 0) return;
    const end = output.trim().split('\n').slice(-15).join('\n');
    throw new Failure(`the program of async-openai could not be compiled:\n${end}`);
  } finally {
    progress.done();
  }
}

export async function install(kind: Kind, env: NodeJS.ProcessEnv): Promise<void> {
  const to = join(installed, kind);
  mkdirSync(to, { recursive: true });
  if (kind === 'js') await fromNpm(to, env);
  else if (kind === 'python') await fromPypi(to, env);
  else await fromCrates(to, env);
}
