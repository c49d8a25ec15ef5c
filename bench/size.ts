/** The bundle's size, and what an isolate takes to start. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { capture, end, Failure, root, start } from '../scripts/lib/process.ts';
import { Connection } from './client.ts';
import { compatibilityDate, modulesOf } from './edge.ts';
import { median } from './statistics.ts';

/** Sizes in bytes; `gzip` at level 9, as it is uploaded. */
export type Size = { raw: number; gzip: number };

/** Times in milliseconds, medians over rounds. */
export type Start = {
  /** From the start of the workerd process to its first answer. */
  emptyMs: number;
  gatewayMs: number;
  /** The difference between the two: what this Worker adds to a start. */
  addedMs: number;
  /** The first request of a new isolate, less a later one: empty Worker and gateway. */
  emptyFirstMs: number;
  gatewayFirstMs: number;
  /** In V8 of Node, without the platform. */
  compileMs: number;
  instantiateMs: number;
};

/** Raw and compressed sizes: the module that every isolate loads, those of objects and control plane, and all JavaScript. */
export type Sizes = { gateway: Size; objects: Size; control: Size; javascript: Size };

/** Sizes of the release build. */
export function measureSize(): Sizes {
  const of = (type: string, within: (path: string) => boolean = () => true): Size => {
    const files = modulesOf('release')
      .filter((module) => module.type === type && within(module.path))
      .map(({ path }) => readFileSync(path));
    const sum = (size: (file: Buffer) => number): number =>
      files.reduce((total, file) => total + size(file), 0);
    return { raw: sum((file) => file.length), gzip: sum((f) => gzipSync(f, { level: 9 }).length) };
  };
  const module = (folder: string): Size => {
    const parent = join(root, 'build', 'release', folder);
    return of('CompiledWasm', (path) => dirname(path) === parent);
  };
  return {
    gateway: module('.'),
    objects: module('objects'),
    control: module('control'),
    javascript: of('ESModule'),
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Failure('no free port.');
  return address.port;
}

/** A workerd configuration with one Worker and nothing else. */
function configuration(folder: string, modules: { name: string; path: string }[]): string {
  const list = modules.map(({ name, path }) => {
    const kind = name.endsWith('.wasm') ? 'wasm' : 'esModule';
    return `(name = "${name}", ${kind} = embed "${relative(folder, path)}")`;
  });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${list.join(', ')}],
    compatibilityDate = "${compatibilityDate()}",
  ))],
  sockets = [(name = "http", http = (), service = "main")],
);
`;
}

const GET = Buffer.from('GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');

/** Starts a workerd and asks it twice: the time to the first answer, and the first less a later one. */
async function coldStart(config: string): Promise<{ answeredMs: number; firstMs: number }> {
  const port = await freePort();
  const workerd = join(root, 'node_modules', '.bin', 'workerd');
  const started = performance.now();
  const child = start(
    workerd,
    ['serve', config, `--socket-addr=http=127.0.0.1:${port}`, '--control-fd=3'],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] },
  );
  const gone = new Promise<never>((_, reject) =>
    child.once('exit', () => reject(new Failure('workerd ended by itself.'))),
  );
  gone.catch(() => {});
  const listening = new Promise((resolve) => child.stdio[3]?.once('data', resolve));
  await Promise.race([listening, gone]);
  const connection = new Connection(port);
  const first = await Promise.race([connection.send(GET), gone]);
  const answeredMs = performance.now() - started;
  if (first.status !== 200) throw new Failure(`a cold Worker answered ${first.status}.`);
  const later: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { startedMs, endedMs } = await connection.send(GET);
    later.push(endedMs - startedMs);
  }
  connection.close();
  await end(child, 500);
  return { answeredMs, firstMs: first.endedMs - first.startedMs - median(later) };
}

/** Starts the empty Worker and the gateway in turns, each in a workerd of its own. */
export async function measureStart(
  rounds: number,
  progress: (detail: string) => void,
): Promise<Start> {
  const folder = mkdtempSync(join(tmpdir(), 'neureus-bench-'));
  const write = (name: string, modules: { name: string; path: string }[]): string => {
    const path = join(folder, `${name}.capnp`);
    writeFileSync(path, configuration(folder, modules));
    return path;
  };
  try {
    const empty = write('empty', [
      { name: 'empty.js', path: join(root, 'bench', 'workers', 'empty.js') },
    ]);
    const release = join(root, 'build', 'release');
    const gateway = write(
      'gateway',
      modulesOf('release').map(({ path }) => ({ name: relative(release, path), path })),
    );
    const emptyMs: number[] = [];
    const gatewayMs: number[] = [];
    const emptyFirstMs: number[] = [];
    const gatewayFirstMs: number[] = [];
    const compileMs: number[] = [];
    const instantiateMs: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      progress(`start-up, round ${round} of ${rounds}`);
      const [cold, own] = [await coldStart(empty), await coldStart(gateway)];
      const { stdout } = await capture(process.execPath, [join(import.meta.dirname, 'compile.ts')]);
      const node = JSON.parse(stdout) as { compileMs: number; instantiateMs: number };
      // The first round fills the page cache.
      if (round === 0) continue;
      emptyMs.push(cold.answeredMs);
      gatewayMs.push(own.answeredMs);
      emptyFirstMs.push(cold.firstMs);
      gatewayFirstMs.push(own.firstMs);
      compileMs.push(node.compileMs);
      instantiateMs.push(node.instantiateMs);
      await sleep(50);
    }
    return {
      emptyMs: median(emptyMs),
      gatewayMs: median(gatewayMs),
      addedMs: median(gatewayMs.map((ms, i) => ms - (emptyMs[i] ?? NaN))),
      emptyFirstMs: median(emptyFirstMs),
      gatewayFirstMs: median(gatewayFirstMs),
      compileMs: median(compileMs),
      instantiateMs: median(instantiateMs),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
