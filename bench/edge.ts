/**
 * What is measured: one workerd with every variant in it, each on a socket of its own, and the backend.
 *
 * The sockets lead straight to the Workers, without the entry Worker in JavaScript that Miniflare puts
 * in front. KV, D1 and Analytics Engine are Miniflare's, which run as Workers inside the same process.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { makeKey } from '../scripts/lib/gateway.ts';
import { Failure, onExit, root, start } from '../scripts/lib/process.ts';
import { Connection, post } from './client.ts';

/** What can be sent a request. */
export type Variant =
  'direct' | 'passthrough' | 'loop' | 'transform' | 'js-kv' | 'js-cached' | 'gateway';

/** The variants' ports, and what to send them. */
export type Edge = {
  ports: Record<Variant, number>;
  /** The port of the caller of objects, if it was asked for. */
  admission: number | undefined;
  key: string;
  /** CPU that the workerd process has used, in milliseconds. */
  cpuMs: () => number;
};

const WORKERS = join(root, 'bench', 'workers');
const OPERATOR_TOKEN = 'bench-operator-token';
const TENANT = 'bench';
/** High enough never to refuse, so that limits are counted and their headers sent. */
const RPM = 1_000_000;

/** The date in wrangler.toml. */
export function compatibilityDate(): string {
  const found = /^compatibility_date *= *"([^"]+)"/m.exec(
    readFileSync(join(root, 'wrangler.toml'), 'utf8'),
  );
  if (!found?.[1]) throw new Failure('wrangler.toml has no compatibility_date.');
  return found[1];
}

/** The modules of a build, the entry first. */
export function modulesOf(
  build: 'release' | 'empty',
): { type: 'ESModule' | 'CompiledWasm'; path: string }[] {
  const folder = join(root, 'build', build);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(js|mjs|wasm)$/.test(name))
    .sort((a, b) => Number(b === 'entry.js') - Number(a === 'entry.js'));
  return names.map((name) => ({
    type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: join(folder, name),
  }));
}

function javascriptParts(): string[] {
  return readdirSync(join(WORKERS, 'javascript')).map((name) => join('javascript', name));
}

async function startBackend(): Promise<number> {
  const child = start(process.execPath, [join(root, 'bench', 'backend.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = child.stdout;
  if (!output) throw new Failure('the backend has no output.');
  for await (const line of createInterface({ input: output })) return Number(line);
  throw new Failure('the backend did not start.');
}

/** The workerd processes that this process started. */
function workerds(): number[] {
  const own = (pid: string): boolean => {
    try {
      const [, name, rest] = /\((.*)\) \S (.*)/.exec(stat(pid)) ?? [];
      return name === 'workerd' && rest?.split(' ')[0] === String(process.pid);
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && own(name))
    .map(Number);
}

function stat(pid: number | string): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8');
}

/**
 * CPU that a process has used, user and system, in milliseconds: the sum over its threads in nanoseconds
 * where the kernel keeps that, else in steps of 10 ms.
 */
function cpuMs(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return threads.reduce((sum, ns) => sum + ns, 0) / 1e6;
  } catch {
    // The name, in brackets, may hold anything; utime and stime are fields 14 and 15.
    const fields = stat(pid)
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
}

/** Statements of the migrations, for a database that has none. */
function statements(): string[] {
  const folder = join(root, 'migrations');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').replace(/--.*$/gm, '').split(';'))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/**
 * Starts the backend and the workerd, makes a key in every variant, and forgets nothing until the end.
 * With `admission`, a Worker that calls objects is there as well, and the empty object of build/empty.
 */
export async function startEdge(admission: boolean): Promise<Edge> {
  const backend = await startBackend();
  const before = new Set(workerds());
  const common = {
    compatibilityDate: compatibilityDate(),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  };
  const script = (name: string) => ({ modules: true, scriptPath: join(WORKERS, name) });
  const url = `http://127.0.0.1:${backend}/v1/chat/completions`;
  const datasets = Object.fromEntries(
    ['AE_REQUESTS', 'AE_TOKENS', 'AE_AUTH'].map((name) => [name, { dataset: name.toLowerCase() }]),
  );
  const javascript = (name: string, cacheKeys: boolean) => ({
    ...common,
    name,
    modules: ['javascript.js', ...javascriptParts()].map((path) => ({
      type: 'ESModule' as const,
      path: join(WORKERS, path),
    })),
    modulesRoot: WORKERS,
    bindings: { BACKEND: url, CACHE_KEYS: cacheKeys },
    kvNamespaces: { KEYS: name },
    durableObjects: { TENANTS: { className: 'Tenant', useSQLite: true } },
    analyticsEngineDatasets: datasets,
  });
  const callers = () => [
    {
      ...common,
      name: 'empty-object',
      rootPath: root,
      modules: modulesOf('empty'),
      modulesRoot: join(root, 'build', 'empty'),
      durableObjects: { TENANTS: { className: 'Tenant', useSQLite: true } },
    },
    {
      ...common,
      ...script('admission.js'),
      name: 'admission',
      durableObjects: Object.fromEntries(
        Object.entries({ EMPTY: 'empty-object', JAVASCRIPT: 'js-cached', GATEWAY: 'gateway' }).map(
          ([name, scriptName]) => [name, { className: 'Tenant', scriptName, useSQLite: true }],
        ),
      ),
    },
  ];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        { ...common, ...script('passthrough.js'), name: 'passthrough', bindings: { BACKEND: url } },
        { ...common, ...script('loop.js'), name: 'loop', bindings: { BACKEND: url } },
        { ...common, ...script('transform.js'), name: 'transform', bindings: { BACKEND: url } },
        javascript('js-kv', false),
        javascript('js-cached', true),
        {
          ...common,
          name: 'gateway',
          rootPath: root,
          modules: modulesOf('release'),
          modulesRoot: join(root, 'build', 'release'),
          bindings: {
            LOCAL: '1',
            OPERATOR_TOKEN,
            MODEL_BACKEND_URL: `http://127.0.0.1:${backend}/v1`,
            // The JavaScript logs nothing either.
            LOG_LEVEL: 'warn',
          },
          kvNamespaces: { KEYS: 'gateway' },
          d1Databases: { DB: 'gateway' },
          durableObjects: {
            TENANTS: { className: 'Tenant', useSQLite: true },
            MONITORS: { className: 'Monitor', useSQLite: true },
          },
          analyticsEngineDatasets: datasets,
          ratelimits: {
            AUTH_BRAKE: { namespace_id: '1001', simple: { limit: 60, period: 60 as const } },
          },
        },
        ...(admission ? callers() : []),
      ],
    }),
  );
  onExit(() => miniflare.dispose());
  await miniflare.ready;
  const pid = workerds().find((candidate) => !before.has(candidate));
  if (pid === undefined) throw new Failure('the workerd process was not found in /proc.');

  const port = async (name: string): Promise<number> =>
    Number((await miniflare.unsafeGetDirectURL(name)).port);
  const ports: Record<Variant, number> = {
    direct: backend,
    passthrough: await port('passthrough'),
    loop: await port('loop'),
    transform: await port('transform'),
    'js-kv': await port('js-kv'),
    'js-cached': await port('js-cached'),
    gateway: await port('gateway'),
  };

  const database = await miniflare.getD1Database('DB', 'gateway');
  for (const statement of statements()) await database.prepare(statement).run();
  const key = await provision(ports);
  return {
    ports,
    admission: admission ? await port('admission') : undefined,
    key,
    cpuMs: () => cpuMs(pid),
  };
}

/** Makes one key known everywhere: through the gateway's operator API, then in the plain JavaScript. */
async function provision(ports: Record<Variant, number>): Promise<string> {
  const gateway = `http://127.0.0.1:${ports.gateway}`;
  const made = await makeKey(gateway, OPERATOR_TOKEN, {
    tenant: TENANT,
    type: 'nru',
    role: 'owner',
    rpm: RPM,
  });
  const settings = { rpm: RPM };
  const put = await fetch(`${gateway}/operator/tenants/${TENANT}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  if (!put.ok) throw new Failure(`the gateway took no limits (${put.status}): ${await put.text()}`);

  const hash = createHash('sha256').update(made.key).digest('hex');
  const record = { id: made.keyId, hash, kind: 'nru', role: 'owner', rpm: RPM };
  for (const name of ['js-kv', 'js-cached'] as const) {
    const connection = new Connection(ports[name]);
    const body = JSON.stringify({ tenant: TENANT, hash, settings, key: record });
    const { status } = await connection.send(post('/setup', body));
    connection.close();
    if (status !== 200) throw new Failure(`${name} could not be set up (${status}).`);
  }
  return made.key;
}
