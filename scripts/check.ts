/**
 * `npm run check`: what can be said about the code without running it. Every check runs even when one
 * before it has failed; a failure shows what its program said.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { capture, main, root } from './lib/process.ts';
import { duration, Progress } from './lib/progress.ts';
import { setup, type Toolchain } from './setup.ts';

/** Undefined: all is well. `skipped` says why nothing could be said. */
type Verdict = { problem: string } | { skipped: string } | undefined;
type Check = { name: string; run: (toolchain: Toolchain) => Promise<Verdict> };

const wasm = ['--target', 'wasm32-unknown-unknown'];

/** What the core may not reach, not even through another crate. */
const foreign = ['getrandom', 'js-sys', 'tokio', 'wasm-bindgen', 'web-sys', 'web-time', 'worker'];

async function verdict(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Verdict> {
  const result = await capture(command, args, { env });
  return result.code === 0 ? undefined : { problem: result.output.trim() };
}

function cargo(name: string, args: string[], extra: NodeJS.ProcessEnv = {}): Check {
  return { name, run: ({ env }) => verdict('cargo', args, { ...env, ...extra }) };
}

function npmProgram(name: string, program: string, ...args: string[]): Check {
  return {
    name,
    run: ({ env }) => verdict(join(root, 'node_modules', '.bin', program), args, env),
  };
}

async function boundary({ env }: Toolchain): Promise<Verdict> {
  const args = ['tree', '--package', 'neureus-core', '--edges', 'normal', '--target', 'all'];
  const tree = await capture('cargo', [...args, '--prefix', 'none', '--format', '{p}'], { env });
  if (tree.code !== 0) return { problem: tree.output.trim() };
  const names = new Set(tree.stdout.split('\n').map((line) => line.split(' ')[0]));
  const found = foreign.filter((name) => names.has(name));
  return found.length > 0 ? { problem: `core reaches ${found.join(', ')}` } : undefined;
}

async function denied({ env, cargoDeny }: Toolchain): Promise<Verdict> {
  return verdict(
    cargoDeny ?? 'cargo-deny',
    ['--offline', 'check', 'bans', 'licenses', 'sources'],
    env,
  );
}

async function advisories({ env, cargoDeny }: Toolchain): Promise<Verdict> {
  const result = await capture(cargoDeny ?? 'cargo-deny', ['check', 'advisories'], {
    env,
    timeoutMs: 60_000,
  });
  if (result.code === 0) return undefined;
  if (/advisories FAILED/.test(result.output)) return { problem: result.output.trim() };
  return { skipped: 'the advisory database cannot be reached' };
}

async function npmAudit({ env }: Toolchain): Promise<Verdict> {
  const args = ['audit', '--audit-level=high', '--json'];
  const result = await capture('npm', args, { env, timeoutMs: 30_000 });
  if (result.code === 0) return undefined;
  try {
    const report = JSON.parse(result.stdout) as {
      vulnerabilities?: Record<string, { severity: string }>;
    };
    if (report.vulnerabilities) {
      const found = Object.entries(report.vulnerabilities).map(
        ([name, { severity }]) => `${name}: ${severity}`,
      );
      return { problem: found.join('\n') };
    }
  } catch {
    // Not a report: the registry did not answer.
  }
  return { skipped: "the registry's audit cannot be reached" };
}

/** Files that would not work, or would say too much, on another machine. */
async function portable({ env }: Toolchain): Promise<Verdict> {
  const list = await capture(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { env },
  );
  if (list.code !== 0) return { skipped: 'this is not a git checkout' };
  const here = [root, homedir()].filter((path) => path !== '/').map((path) => `${path}/`);
  const problems: string[] = [];
  for (const file of list.stdout.split('\0').filter(Boolean)) {
    let text: string;
    try {
      text = readFileSync(join(root, file), 'utf8');
    } catch {
      continue;
    }
    if (here.some((path) => text.includes(path)))
      problems.push(`${file} names a path of this machine`);
    if (file === 'package-lock.json' && text.includes('"resolved"')) {
      problems.push('package-lock.json names a registry: keep omit-lockfile-registry-resolved on');
    }
    if (
      file === 'Cargo.lock' &&
      /^source = "(?!registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index")/m.test(text)
    ) {
      problems.push('Cargo.lock names a source other than crates.io');
    }
  }
  return problems.length > 0 ? { problem: problems.join('\n') } : undefined;
}

const checks: Check[] = [
  { name: 'no machine in the files', run: portable },
  npmProgram('format (prettier)', 'prettier', '--check', '--log-level=warn', '.'),
  npmProgram('types (tsc)', 'tsc', '--noEmit'),
  npmProgram('types of the dashboard (tsc)', 'tsc', '--noEmit', '--project', 'dashboard'),
  npmProgram(
    'types of the SDK (tsc)',
    'tsc',
    '--noEmit',
    '--emitDeclarationOnly',
    'false',
    '-p',
    'sdk',
  ),
  npmProgram('types of the widget (tsc)', 'tsc', '--noEmit', '--project', 'widget'),
  cargo('lockfile', ['metadata', '--locked', '--format-version=1']),
  cargo('format (rustfmt)', ['fmt', '--all', '--check']),
  { name: 'boundary of the core', run: boundary },
  { name: 'licences, duplicates, sources', run: denied },
  { name: 'advisories (Rust)', run: advisories },
  { name: 'advisories (npm)', run: npmAudit },
  cargo('lints (native)', [
    'clippy',
    '--quiet',
    '--workspace',
    '--all-targets',
    '--',
    '-D',
    'warnings',
  ]),
  cargo('lints (wasm32)', [
    ...[
      'clippy',
      '--quiet',
      '--package',
      'neureus-edge',
      '--package',
      'neureus-control',
      '--package',
      'neureus-shell',
      '--package',
      'neureus-durable-objects',
      ...wasm,
    ],
    ...['--', '-D', 'warnings'],
  ]),
  cargo(
    'documentation',
    ['doc', '--quiet', '--workspace', '--no-deps', '--document-private-items', ...wasm],
    {
      RUSTDOCFLAGS: '-D warnings',
    },
  ),
];

/** Runs all checks; says how many failed. */
export async function check(toolchain: Toolchain): Promise<number> {
  let failed = 0;
  for (const { name, run } of checks) {
    const started = performance.now();
    const progress = process.stderr.isTTY ? new Progress(name) : undefined;
    const result = await run(toolchain);
    progress?.done();
    const took = duration(performance.now() - started);
    if (result === undefined) console.log(`  ok       ${name} (${took})`);
    else if ('skipped' in result) console.log(`  skipped  ${name}: ${result.skipped}`);
    else {
      failed += 1;
      console.log(`  FAILED   ${name} (${took})\n${result.problem}\n`);
    }
  }
  return failed;
}

if (import.meta.main) {
  main(async () => {
    const failed = await check(await setup({ cargoDeny: true }));
    if (failed > 0) console.error(`${failed} of ${checks.length} checks failed.`);
    return failed > 0 ? 1 : 0;
  });
}
