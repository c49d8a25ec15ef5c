/**
 * `npm run test:clients`: the client libraries themselves, against a running gateway with the sandbox behind it.
 *
 * 1. Installs them where that was not done yet (scripts/clients/install.ts).
 * 2. Runs a program of each (tests/clients), which tells for each check whether the client got what it expects. What
 *    a client cannot see is looked up here: that a backend was stopped, that a request was sent once.
 * 3. Runs the programs of docs/migration.md that need these libraries.
 * 4. Writes the table of docs/compatibility.md. Fails when a check failed, or when the table was another.
 *
 * `-- --only openai-js,litellm,docs` runs some, and leaves the table as it is.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { startSandbox } from '../sandbox/server.ts';
import { Gateway } from '../tests/harness/gateway.ts';
import { eventually } from '../tests/harness/wait.ts';
import { blocksOf } from '../tests/documents/blocks.ts';
import { build } from './build.ts';
import { clients, commandOf, installed, python, versionOf } from './clients/client.ts';
import type { Client } from './clients/client.ts';
import { install } from './clients/install.ts';
import { capture, Failure, main, root } from './lib/process.ts';
import { Progress } from './lib/progress.ts';
import { setup } from './setup.ts';

const page = join(root, 'docs', 'compatibility.md');
const migration = join(root, 'docs', 'migration.md');
/** Why tests/docs.test.ts leaves a block to this command. */
const left = 'npm run test:clients does';
const [begin, end] = ['<!-- clients: begin -->', '<!-- clients: end -->'];

/** One of OpenAI's dialect behind it, and one of Anthropic's. */
const models = ['gpt-4o-mini', 'claude-haiku-4-5'];
/** Nobody's. */
const wrongKey = 'nru_00000000000000000000000000000000004RgbVV';

const checks = [
  'chat',
  'stream',
  'tools',
  'streamed tools',
  'structured',
  'embeddings',
  'models',
  'errors',
  'abort',
] as const;
type Check = (typeof checks)[number];

/** How long a backend may take to hear that a client has left. */
const PATIENCE_MS = 30_000;

type Results = Map<Check, string | null>;

/** What only the runner can see. */
async function lookUp(client: Client, gateway: Gateway): Promise<Partial<Record<Check, string>>> {
  const wrong: Partial<Record<Check, string>> = {};
  const holding = (mark: string) =>
    gateway.sandbox.requests.filter(({ body }) => JSON.stringify(body).includes(mark));
  for (const model of models) {
    const mark = `${client.id}-${model}`;
    const stopped = (): true | undefined =>
      holding(`${mark}-left`)[0]?.outcome === 'client-left' ? true : undefined;
    await eventually(`${mark} to be stopped`, stopped, PATIENCE_MS).catch(() => {
      wrong.abort = `${model}: the backend was not stopped`;
    });
    const tries = holding(`once=${mark}`).map(({ status }) => status);
    if (tries[0] !== 500 || tries.at(-1) !== 200)
      wrong.errors = `${model}: after a 500 came ${tries.slice(1).join(', ') || 'nothing'}`;
  }
  const points = (await (await fetch(`${gateway.url}/_harness/points`)).json()) as {
    dataset: string;
    point: { blobs: string[] };
  }[];
  const sent = points.filter(
    ({ dataset, point }) => dataset === 'requests' && point.blobs[2] === `${client.id}/402`,
  ).length;
  if (sent !== models.length) wrong.errors = `a 402 was asked for ${sent} times, not once a model`;
  return wrong;
}

/** Runs a client's program; what it found, or why it found nothing. */
async function tryOut(
  client: Client,
  gateway: Gateway,
  keys: Record<string, string>,
  env: NodeJS.ProcessEnv,
): Promise<Results | string> {
  const [command, args] = commandOf(client);
  const result = await capture(command, args, {
    env: {
      ...env,
      ...keys,
      GATEWAY: gateway.url,
      CLIENT: client.id,
      MODELS: models.join(','),
      WRONG_KEY: wrongKey,
      PYTHONDONTWRITEBYTECODE: '1',
    },
    timeoutMs: 480_000,
  });
  const results: Results = new Map();
  for (const line of result.stdout.split('\n')) {
    if (!line.startsWith('{"check"') && !line.startsWith('{"check":')) continue;
    const { check, error } = JSON.parse(line) as { check: Check; error: string | null };
    results.set(check, error);
  }
  if (result.code !== 0 || results.size === 0) {
    return `  did not come to its end:\n${result.output.slice(-3000)}`;
  }
  const wrong = await lookUp(client, gateway);
  for (const check of checks) {
    const seen = wrong[check];
    if (seen !== undefined && results.get(check) === null) results.set(check, seen);
  }
  return results;
}

/** The programs of docs/migration.md that were left to this command; gives what failed. */
async function runDocumented(
  gateway: Gateway,
  key: string,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { language, text, line, reason } of blocksOf(readFileSync(migration, 'utf8'))) {
    if (reason !== left) continue;
    const program = text.replaceAll('https://app.neureus.ai', gateway.url).replaceAll('nru_…', key);
    const bin = join(installed, 'python', 'venv', 'bin');
    const file = join(installed, 'js', 'documented.mjs');
    if (language === 'js') writeFileSync(file, program);
    const [command, args] = {
      js: [process.execPath, [file]] as const,
      python: [python(), ['-c', program]] as const,
      sh: ['bash', ['-euc', program]] as const,
    }[language] ?? ['false', []];
    const { code, output } = await capture(command, [...args], {
      env: { ...env, PATH: `${bin}:${env['PATH'] ?? ''}` },
      timeoutMs: 240_000,
    });
    if (code !== 0 || output.trim() === '') {
      wrong.push(`docs/migration.md, line ${line}:\n${output.slice(-2000)}`);
    }
  }
  return wrong;
}

function table(rows: [Client, Results][]): string {
  const cell = (error: string | null | undefined): string =>
    error === undefined ? '–' : error === null ? '✓' : '✗';
  const lines = rows.map(([client, results]) => {
    const cells = checks.map((check) => cell(results.get(check)));
    return `| ${[versionOf(client), ...cells].join(' | ')} |`;
  });
  const heads = ['client', ...checks];
  return [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** Writes the table; whether it was the same. */
async function write(rows: [Client, Results][]): Promise<boolean> {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Failure(`${page} has no ${begin}`);
  const whole = `${before}${begin}\n\n${table(rows)}\n\n${end}${after}`;
  const written = await format(whole, { ...(await resolveConfig(page)), filepath: page });
  writeFileSync(page, written);
  return written === text;
}

main(async () => {
  let only: string | undefined;
  try {
    only = parseArgs({ options: { only: { type: 'string' } } }).values.only;
  } catch {
    throw new Failure('usage: npm run test:clients [-- --only <client>,<client>]', 2);
  }
  const names = only?.split(',');
  const chosen = clients.filter(({ id }) => names?.includes(id) ?? true);
  const withDocs = names?.includes('docs') ?? true;
  if (chosen.length === 0 && !withDocs) {
    throw new Failure(`the clients are ${clients.map(({ id }) => id).join(', ')}, and docs`, 2);
  }
  const toolchain = await setup();
  const { env } = toolchain;
  await build(process.env['NEUREUS_PROFILE'] === 'dev' ? 'dev' : 'release', toolchain);
  const kinds = new Set(chosen.map((client) => client.kind));
  if (withDocs) for (const kind of ['js', 'python'] as const) kinds.add(kind);
  for (const kind of kinds) await install(kind, env);

  const state = mkdtempSync(join(tmpdir(), 'neureus-clients-'));
  const sandbox = await startSandbox();
  const gateway = new Gateway(sandbox, state, {});
  const rows: [Client, Results][] = [];
  const broken: string[] = [];
  let documented: string[] = [];
  try {
    await gateway.start();
    const key = async (limits: object): Promise<string> => (await gateway.makeKey(limits)).key;
    for (const client of chosen) {
      const progress = new Progress(client.id);
      const keys = {
        KEY: await key({}),
        POOR_KEY: await key({ budgetUsd: 0.000001 }),
        FEW_KEY: await key({ rpm: 30 }),
      };
      const tried = await tryOut(client, gateway, keys, env).finally(() => progress.done());
      if (typeof tried === 'string') {
        broken.push(client.id);
        console.log(`✗ ${client.id}\n${tried}`);
        continue;
      }
      const results = tried;
      rows.push([client, results]);
      const failed = [...results].filter(([, error]) => error !== null);
      console.log(`${failed.length === 0 ? '✓' : '✗'} ${client.id}`);
      for (const [check, error] of failed) console.log(`  ${check}: ${error}`);
    }
    if (withDocs) {
      documented = await runDocumented(gateway, await key({}), env);
      console.log(`${documented.length === 0 ? '✓' : '✗'} docs/migration.md`);
      for (const what of documented) console.log(`  ${what}`);
    }
  } finally {
    await gateway.stop();
    await sandbox.close();
    rmSync(state, { recursive: true, force: true });
  }
  const good = rows.every(([, results]) => [...results.values()].every((error) => error === null));
  const whole = names === undefined && broken.length === 0;
  const same = !whole || (await write(rows));
  if (!same) console.error('The table of docs/compatibility.md was another; it has been written.');
  return good && same && broken.length === 0 && documented.length === 0 ? 0 : 1;
});
