/**
 * The local gateway: finding one that runs, starting one on real workerd, and its operator API.
 */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry } from '../build.ts';
import { Failure, onExit, root, start } from './process.ts';
import { writeEnvironmentFile } from './secrets.ts';
import { command, environment, state, wrangler } from './wrangler.ts';

/** The port that is asked for, or 8787. */
export function port(): number {
  const named = process.env['PORT'] ?? '8787';
  const number = Number(named);
  if (!/^\d+$/.test(named) || number < 1 || number > 65535) {
    throw new Failure(`PORT is a number from 1 to 65535, not "${named}".`, 2);
  }
  return number;
}

/** Whether a Neureus gateway answers at this address. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/health', url), { signal: AbortSignal.timeout(2000) });
    const body = (await response.json()) as { product?: unknown };
    return response.ok && body.product === 'neureus';
  } catch {
    return false;
  }
}

const record = join(root, '.wrangler', 'gateway.json');

/** The address of the gateway that owns this clone's state, if one runs. */
export async function running(): Promise<string | undefined> {
  if (!existsSync(record)) return undefined;
  const { pid, url } = JSON.parse(readFileSync(record, 'utf8')) as { pid: number; url: string };
  return isAlive(pid) && (await answers(url)) ? url : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Two gateways on one state would each hold their own copy of every Durable Object, so one owns it. A
 * record whose process has ended, or does not answer, is left from a crash.
 */
async function own(url: string): Promise<void> {
  const other = await running();
  if (other) {
    const local = other.replace('127.0.0.1', 'localhost');
    throw new Failure(`a gateway of this clone is already running on ${local}; stop it first.`);
  }
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ pid: process.pid, url }));
  onExit(async () => rmSync(record, { force: true }));
}

/** Fails with a clear sentence when the port cannot be had. */
export async function requirePort(number: number): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host: '127.0.0.1', port: number }, () => probe.close(() => resolve(undefined)));
  });
  if (!error) return;
  if (error.code !== 'EADDRINUSE')
    throw new Failure(`port ${number} cannot be used: ${error.message}.`);
  const ours = await answers(`http://127.0.0.1:${number}`);
  throw new Failure(
    ours
      ? `a gateway is already running on http://localhost:${number}; stop it, or choose another port with PORT.`
      : `port ${number} is taken by another program; choose another one with PORT (PORT=8790 npm start).`,
  );
}

/** Applies the D1 migrations to the local database, when there are new ones. */
export async function migrate(): Promise<void> {
  const directory = join(root, 'migrations');
  const hash = createHash('sha256');
  const names = existsSync(directory)
    ? readdirSync(directory).filter((name) => name.endsWith('.sql'))
    : [];
  for (const name of names.sort())
    hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
  const wanted = hash.digest('hex');
  const stamp = join(state, 'migrations.stamp');
  if (names.length === 0 || (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)) return;
  const result = await wrangler(
    'd1',
    'migrations',
    'apply',
    'DB',
    '--local',
    '--persist-to',
    state,
  );
  if (result.code !== 0)
    throw new Failure(`the database migrations failed:\n${result.output.trim()}`);
  mkdirSync(state, { recursive: true });
  writeFileSync(stamp, wanted);
}

/** A gateway that this process started. */
export type Gateway = {
  url: string;
  /** Ends when workerd and wrangler have. */
  exited: Promise<void>;
  stop: () => Promise<void>;
};

/** Starts the built Worker (dev profile) and waits until it answers. */
export async function launch(number: number, variables: Record<string, string>): Promise<Gateway> {
  const url = `http://127.0.0.1:${number}`;
  await own(url);
  const file = join(root, '.wrangler', `local-${process.pid}.env`);
  // The variables go through a file that only this user can read, never over the command line. LOCAL is
  // set here and nowhere else: it is what makes a gateway a local one.
  writeEnvironmentFile(file, { ...variables, LOCAL: '1' });
  const forget = async (): Promise<void> => rmSync(file, { force: true });
  onExit(forget);

  const [executable, args] = command([
    'dev',
    entry('dev'),
    '--local',
    '--ip=127.0.0.1',
    `--port=${number}`,
    '--inspector-port=0',
    `--persist-to=${state}`,
    `--env-file=${file}`,
    `--log-level=${process.env['NEUREUS_LOG'] ?? 'warn'}`,
    '--show-interactive-dev-session=false',
  ]);
  const child = start(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment() });
  let said = '';
  let ready = false;
  const listen = (chunk: Buffer): void => {
    if (ready) process.stderr.write(chunk);
    else said += chunk.toString();
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const deadline = Date.now() + 60_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await stop(child, exited);
      throw new Failure(`the gateway did not start:\n${said.trim()}`);
    }
    await sleep(50);
  }
  ready = true;
  const notable = said.trim();
  if (notable !== '') console.error(notable);
  return { url, exited, stop: () => stop(child, exited) };
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
  await Promise.race([exited, sleep(4000)]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await exited;
}

/** What a new key is made from; see `POST /operator/keys`. */
export type KeyRequest = {
  tenant: string;
  type: 'nru' | 'pk';
  role: string;
  name?: string;
  profile?: string;
  rpm?: number;
  tpm?: number;
  concurrency?: number;
  budgetUsd?: number;
  origins?: string[];
};

/** A new key as the gateway answers it; `key` is never shown again. */
export type NewKey = { key: string; keyId: string; tenantId: string } & Record<string, unknown>;

/** Makes a key through a gateway's operator API. */
export async function makeKey(url: string, token: string, request: KeyRequest): Promise<NewKey> {
  return (await operate(url, token, 'POST', '/keys', request)) as NewKey;
}

/** What a one-time link is made from; see `POST /operator/tenants/:tenant/links`. */
export type LinkRequest = { role?: string; user?: string; note?: string; expiresInS?: number };

/** A new link as the gateway answers it; `url` is never shown again. */
export type NewLink = { id: string; kind: string; url: string; expiresAtMs: number };

/** Makes a one-time link. Browsers offer passkeys at the name of the local host, not at its address. */
export async function makeLink(
  url: string,
  token: string,
  tenant: string,
  request: LinkRequest,
): Promise<NewLink> {
  const made = await operate(url, token, 'POST', `/tenants/${tenant}/links`, request);
  const link = made as NewLink;
  return { ...link, url: link.url.replace('//127.0.0.1', '//localhost') };
}

/** One call of a gateway's operator API. */
export async function operate(
  url: string,
  token: string,
  method: string,
  path: string,
  request?: object,
): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await fetch(new URL(`/operator${path}`, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(request ? { 'content-type': 'application/json' } : {}),
      },
      ...(request ? { body: JSON.stringify(request) } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Failure(
      `${url} cannot be reached (${cause instanceof Error ? cause.message : String(cause)}).`,
    );
  }
  const text = await response.text();
  const body = parse(text);
  if (response.ok) return body;
  const message = typeof body['message'] === 'string' ? body['message'] : text.slice(0, 300);
  if (response.status === 404 && message === 'There is no such path') {
    throw new Failure(`the gateway at ${url} has no operator API: its OPERATOR_TOKEN is not set.`);
  }
  if (response.status === 401) {
    throw new Failure(`the gateway at ${url} does not take this OPERATOR_TOKEN.`);
  }
  const details = body['details'] === undefined ? '' : ` ${JSON.stringify(body['details'])}`;
  throw new Failure(`the gateway refused (${response.status}): ${message}${details}`);
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
