/**
 * `npm start`: everything from a fresh clone to a gateway that answers, then a rebuild at every change.
 *
 * 1. Set up, build (dev profile), write missing secrets, apply migrations.
 * 2. Choose the model backend: MODEL_BACKEND_URL from the environment or .dev.vars, else the sandbox.
 * 3. Serve on 127.0.0.1 and, the first time, make the demo tenant's key.
 */
import { existsSync, mkdirSync, readdirSync, statSync, watch, writeFileSync } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { build, watched } from './build.ts';
import { launch, makeKey, makeLink, migrate, port, requirePort } from './lib/gateway.ts';
import { Failure, isStopping, main, onExit, root } from './lib/process.ts';
import { duration } from './lib/progress.ts';
import { readSecrets, writeMissingSecrets } from './lib/secrets.ts';
import { state } from './lib/wrangler.ts';
import { setup, type Toolchain } from './setup.ts';

const backendNames = ['MODEL_BACKEND_URL', 'MODEL_BACKEND_KEY', 'MODEL_BACKEND_MODEL'] as const;

type Sandbox = {
  startSandbox: (options: { port: number }) => Promise<{ url: string; close?: () => unknown }>;
};

/** The Worker's variables: the local secrets, and a backend. */
export async function localVariables(
  withBackend: boolean,
): Promise<{ variables: Record<string, string>; backend: string }> {
  const variables = writeMissingSecrets();
  for (const name of backendNames) {
    const value = process.env[name];
    if (value) variables[name] = value;
  }
  const url = variables['MODEL_BACKEND_URL'];
  if (url) {
    if (!URL.canParse(url)) throw new Failure('MODEL_BACKEND_URL is not a URL.', 2);
    return { variables, backend: new URL(url).origin };
  }
  if (!withBackend) return { variables, backend: 'none' };
  const module = (await import(join(root, 'sandbox', 'server.ts'))) as Sandbox;
  const sandbox = await module.startSandbox({ port: 0 });
  onExit(async () => void (await sandbox.close?.()));
  return {
    variables: { ...variables, SANDBOX_URL: sandbox.url },
    backend:
      'the bundled sandbox, which is no model (set MODEL_BACKEND_URL in .dev.vars for a real one)',
  };
}

/** Rebuilds at every change of a source; wrangler reloads the result. */
function rebuildOnChange(toolchain: Toolchain): void {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  let broken = false;
  const rebuild = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      const built = await build('dev', toolchain);
      if (broken && !built) console.error('The sources are those of the running build again.');
      broken = false;
    } catch (error) {
      broken = true;
      if (!isStopping()) {
        console.error(error instanceof Error ? error.message : error);
        console.error('The gateway keeps serving the last good build.');
      }
    }
    running = false;
    if (again && !isStopping()) {
      again = false;
      void rebuild();
    }
  };
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void rebuild(), 150);
  };
  for (const source of watched) watchTree(join(root, source), changed);
  // Files at the root are watched through it: editors replace a file rather than write to it.
  watch(root, (_event, name) => {
    if (name && watched.includes(name)) changed();
  });
}

/**
 * Watches each directory of a tree: Node's own recursive mode loses files that are replaced. A directory that comes, goes or
 * is replaced is watched anew with all that is in it. What an editor makes and takes away again may be gone before it is
 * looked at.
 */
function watchTree(
  path: string,
  changed: () => void,
  watchers = new Map<string, FSWatcher>(),
): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const forget = (tree: string): void => {
    for (const [place, watcher] of watchers) {
      if (place !== tree && !place.startsWith(tree + sep)) continue;
      watcher.close();
      watchers.delete(place);
    }
  };
  try {
    const watcher = watch(path, (event, name) => {
      if (name && event === 'rename') {
        const renamed = join(path, name);
        forget(renamed);
        watchTree(renamed, changed, watchers);
      }
      changed();
    });
    watcher.on('error', () => forget(path));
    watchers.set(path, watcher);
    for (const name of readdirSync(path)) watchTree(join(path, name), changed, watchers);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    forget(path);
  }
}

async function greet(url: string, token: string, backend: string, took: string): Promise<void> {
  const say = (line = ''): void => console.log(line);
  say();
  say(`  Neureus gateway   ${url}   (ready in ${took}, Ctrl-C stops it)`);
  say(`  Model backend     ${backend}`);
  const stamp = join(state, 'demo.json');
  if (existsSync(stamp)) {
    say('  Keys              `npm run key` makes another one');
    say('  Dashboard         `npm run admin -- link` makes another link to it');
    say();
    return;
  }
  const made = await makeKey(url, token, {
    tenant: 'demo',
    type: 'nru',
    role: 'owner',
    name: 'demo',
  });
  const link = await makeLink(url, token, 'demo', { role: 'owner' });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${JSON.stringify({ keyId: made.keyId, tenantId: made.tenantId })}\n`);
  say(`  Demo key          ${made.key}`);
  say('                    (shown once; `npm run key` makes another one)');
  say(`  Dashboard         ${link.url}`);
  say('                    (good once, for a day; `npm run admin -- link` makes another one)');
  say();
  say('  Try it:');
  say();
  say(`    curl -N ${url}/ai/chat \\`);
  say(`      -H 'Authorization: Bearer ${made.key}' \\`);
  say("      -H 'Content-Type: application/json' \\");
  say(`      -d '{"stream":true,"messages":[{"role":"user","content":"Hello!"}]}'`);
  say();
}

if (import.meta.main) {
  main(async () => {
    if (process.argv.length > 2)
      throw new Failure('npm start takes no arguments; the port is set with PORT.', 2);
    const number = port();
    await requirePort(number);
    const toolchain = await setup();
    const started = performance.now();
    await build('dev', toolchain);
    await migrate();
    const { variables, backend } = await localVariables(true);
    const gateway = await launch(number, variables);
    onExit(gateway.stop);
    const took = duration(performance.now() - started);
    await greet(`http://localhost:${number}`, readSecrets()['OPERATOR_TOKEN'] ?? '', backend, took);
    rebuildOnChange(toolchain);
    await gateway.exited;
    if (isStopping()) return new Promise(() => {});
    throw new Failure('the gateway ended by itself; its last messages are above.');
  });
}
