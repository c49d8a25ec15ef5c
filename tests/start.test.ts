/**
 * `npm start`, as somebody runs it who has just cloned the repository: what it prints is tried out as it stands.
 *
 * On a copy of the tree with the Worker that the tests have built, so that nothing is compiled and no state is touched.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from './harness/wait.ts';

const root = join(import.meta.dirname, '..');
const clone = mkdtempSync(join(tmpdir(), 'neureus-clone-'));
const running = new Set<ChildProcess>();
after(async () => {
  await Promise.all([...running].map(interrupt));
  rmSync(clone, { recursive: true, force: true });
});

/** What is of this machine, and not of the repository. */
const OWN = ['node_modules', 'target', 'build', '.git', '.wrangler', '.dev.vars', 'bench/results'];
cpSync(root, clone, {
  recursive: true,
  filter: (source) => !OWN.includes(relative(root, source)),
});
symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
mkdirSync(join(clone, 'build'));
const profile = process.env['NEUREUS_PROFILE'] ?? 'release';
for (const [from, to] of [
  [profile, 'dev'],
  [`${profile}.stamp`, 'dev.stamp'],
  ['assets', 'assets'],
  ['assets.stamp', 'assets.stamp'],
] as const) {
  cpSync(join(root, 'build', from), join(clone, 'build', to), { recursive: true });
}

const PATIENCE_MS = 120_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Ctrl-C of a terminal reaches the whole group; resolves when all of it is gone. */
async function interrupt(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await closed;
}

interface Started {
  child: ChildProcess;
  /** What it has said so far, on both channels. */
  said: () => string;
  /** Its exit code, once it is gone. */
  ended: Promise<number | null>;
}

const port = await freePort();
const environment = { ...process.env, PORT: `${port}`, npm_config_loglevel: 'error' };

function npm(...args: string[]): Started {
  const child = spawn('npm', args, { cwd: clone, env: environment, detached: true });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, said: () => text, ended };
}

/** `npm start`, until it says what is awaited. */
async function start(awaited: RegExp): Promise<Started> {
  const started = npm('start');
  await eventually(
    'npm start is ready',
    () => {
      if (started.child.exitCode !== null) throw new Error(`it ended: ${started.said()}`);
      return awaited.test(started.said()) ? true : undefined;
    },
    PATIENCE_MS,
  );
  return started;
}

async function shell(command: string): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], { cwd: clone });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, text);
  return text;
}

test('npm start serves, says how to begin, and goes on where it was', async () => {
  const first = await start(/Try it:[^]*-d '.*'\n/);
  const said = first.said();
  assert.match(said, new RegExp(`Neureus gateway +http://localhost:${port} `));
  assert.match(said, /Model backend +the bundled sandbox, which is no model/);
  assert.equal(statSync(join(clone, '.dev.vars')).mode & 0o777, 0o600);

  const curl = /Try it:\s+(curl [^]*?\}')\n/.exec(said)?.[1] ?? '';
  const stream = await shell(curl);
  assert.match(stream, /data: \{"delta":\{"content":/);
  assert.match(stream, /data: \{"done":true,.*"finishReason":"stop"\}/);

  const link = new URL(/Dashboard +(http:\S+)/.exec(said)?.[1] ?? '');
  assert.equal(`${link.origin}${link.pathname}`, `http://localhost:${port}/join`);
  assert.match(await (await fetch(link)).text(), /<!doctype html>/i);

  // Another key, and another link, of the gateway that runs.
  const made = npm('run', '--silent', 'key', '--', '--json', '--role', 'developer');
  assert.equal(await made.ended, 0, made.said());
  const { key } = JSON.parse(made.said()) as { key: string };
  const linked = npm('run', '--silent', 'admin', '--', 'link');
  assert.equal(await linked.ended, 0, linked.said());
  assert.match(linked.said(), new RegExp(`http://localhost:${port}/join#`));

  // A second one of the same clone would hold another copy of its state.
  const second = npm('start');
  assert.equal(await second.ended, 1);
  assert.match(second.said(), /already running on http:\/\/localhost/);

  await interrupt(first.child);
  await assert.rejects(fetch(`http://localhost:${port}/health`), 'nobody listens any more');

  const again = await start(/`npm run admin -- link` makes another link/);
  assert.doesNotMatch(again.said(), /Demo key/);
  const models = await fetch(`http://localhost:${port}/ai/models`, {
    headers: { authorization: `Bearer ${key}` },
  });
  assert.equal(models.status, 200);
  await models.arrayBuffer();
  await interrupt(again.child);
});
