/**
 * The built Worker on real workerd, with the sandbox behind it.
 *
 * In scope: start, restart, kill, the operator's calls, recorded data points, faults of bindings. The
 * bindings are those of wrangler.toml. Caveat: `AI` has no local emulation and is replaced by the
 * sandbox where a test asks for it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from 'wrangler';
import { startSandbox } from '../../sandbox/server.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { differences } from './document.ts';
import { eventually } from './wait.ts';

const root = join(import.meta.dirname, '..', '..');
const built = join(root, 'build', process.env['NEUREUS_PROFILE'] ?? 'release');

export const OPERATOR_TOKEN = 'operator-token-of-the-tests-0123456789abcdefghijklmnopqrstuv';

export const PROVIDER_MASTER_KEY = 'a1'.repeat(32);

export interface GatewayOptions {
  /** Variables of the Worker over the defaults; `undefined` takes one away. */
  variables?: Record<string, string | undefined>;
  /** The model backend behind it; one of its own by default. */
  sandbox?: Sandbox;
  /** Whether the sandbox also plays Workers AI, behind the `AI` binding. */
  workersAi?: boolean;
  /** Whether the static files are served, too, as in a deployment: at `site`. */
  assets?: boolean;
}

export interface NewKey {
  tenant?: string;
  type?: 'nru' | 'pk';
  role?: string;
  name?: string;
  profile?: string;
  rpm?: number;
  tpm?: number;
  concurrency?: number;
  budgetUsd?: number;
  origins?: string[];
  visitorRpm?: number;
  models?: string[];
  expiresAtMs?: number;
}

export interface Settings {
  plan?: string;
  rpm?: number;
  tpm?: number;
  concurrency?: number;
  budgetUsd?: number;
  shadow?: boolean;
  profile?: string;
}

export interface MadeKey {
  key: string;
  keyId: string;
  tenantId: string;
  keyPreview: string;
}

export type Dataset = 'requests' | 'tokens' | 'auth';

export interface DataPoint {
  indexes: string[];
  blobs: string[];
  doubles: number[];
}

/** `hang` never answers, `throw` fails at once, `lose` does it and then fails. */
export type Faults = Partial<
  Record<
    | 'objects'
    | 'changes'
    | 'acknowledgements'
    | 'keys'
    | 'database'
    | 'projection'
    | 'brake'
    | 'points',
    'hang' | 'throw' | 'lose'
  > &
    // Objects do not know of ends that go along with other messages.
    Record<'ends', 'unknown'>
>;

export interface Calls {
  /** Every key asked of KV. */
  keys: string[];
  database: number;
  objects: number;
}

let starting: Promise<void> = Promise.resolve();

/** What the tests use of the KV namespace. */
export interface KeyStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  list(): Promise<{ keys: { name: string }[] }>;
}

export class Gateway {
  /** The Worker alone. Without a slash at the end. */
  url = '';
  /** Static files and Worker, as browsers meet them; a name, since passkeys belong to one. */
  site = '';
  /** Where answers were others than the API document says; looked at when the file ends. */
  readonly undocumented: Promise<string[]>[] = [];
  /** All that the Worker logged, and the runtime said of it. */
  readonly logged: string[] = [];
  readonly sandbox: Sandbox;
  readonly state: string;
  #variables: Record<string, string>;
  readonly #assets: boolean;
  #miniflare: Miniflare | undefined;
  #pid = 0;
  #restarted: () => void = () => {};
  #tenants = 0;

  constructor(sandbox: Sandbox, state: string, options: GatewayOptions) {
    this.sandbox = sandbox;
    this.state = state;
    this.#assets = options.assets === true;
    const variables = {
      OPERATOR_TOKEN,
      PROVIDER_MASTER_KEY,
      LOCAL: '1',
      SANDBOX_URL: sandbox.url,
      // One call a request, so that what a backend does shows; tests/resilience.test.ts has the rest.
      RESILIENCE: 'retries=0 fallbacks=0 breaker=0',
      WORKERS_AI_URL: options.workersAi ? sandbox.url : undefined,
      ...options.variables,
    };
    this.#variables = Object.fromEntries(
      Object.entries(variables).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
  }

  /** Starts workerd on the state as it is. One after the other, to tell which process is whose. */
  start(): Promise<void> {
    starting = starting.catch(() => {}).then(() => this.#start());
    return starting;
  }

  async #start(): Promise<void> {
    const before = runtimes();
    this.#miniflare = new Miniflare(
      optionsOf(this.#variables, this.state, this.#assets, {
        log: (line) => this.logged.push(line),
        restarted: () => this.#restarted(),
      }),
    );
    await this.#miniflare.ready;
    await this.#meet(before);
    await this.#migrate();
  }

  async stop(): Promise<void> {
    await this.#miniflare?.dispose();
    this.#miniflare = undefined;
  }

  /** Ends workerd and starts another on the same state, with these variables changed. */
  async restart(variables: Record<string, string> = {}): Promise<void> {
    await this.stop();
    this.#variables = { ...this.#variables, ...variables };
    await this.start();
  }

  /** Kills workerd in the middle of whatever it does; resolves when another runs on the same state. */
  async kill(): Promise<void> {
    const restarted = new Promise<void>((resolve) => {
      this.#restarted = resolve;
    });
    const before = runtimes();
    process.kill(this.#pid, 'SIGKILL');
    await restarted;
    await this.#meet(before);
  }

  get miniflare(): Miniflare {
    if (!this.#miniflare) throw new Error('the gateway is stopped');
    return this.#miniflare;
  }

  /** The process of workerd. */
  get pid(): number {
    return this.#pid;
  }

  /** A tenant that no other test uses. */
  newTenant(): string {
    this.#tenants += 1;
    return `tenant-${this.#tenants}`;
  }

  async call(path: string, init: RequestInit & { key?: string } = {}): Promise<Response> {
    const { key, ...rest } = init;
    const headers = new Headers(rest.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(this.url + path, { redirect: 'manual', ...rest, headers });
    this.judge(path, rest, response);
    return response;
  }

  /** Holds an answer against the API document, without keeping anybody waiting. */
  judge(path: string, { method = 'GET', body }: RequestInit, response: Response): void {
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const text = isJson ? response.clone().text() : Promise.resolve(undefined);
    const sent = typeof body === 'string' ? body : undefined;
    const found = text.then(
      (text) => differences({ method, path, sent, response, text }),
      () => [], // It was left.
    );
    this.undocumented.push(found);
  }

  /** Sends a body, if there is one, as JSON; text is sent as it is. */
  send(
    key: string,
    method: string,
    path: string,
    body?: unknown,
    init: RequestInit = {},
  ): Promise<Response> {
    if (body === undefined) return this.call(path, { method, ...init, key });
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    const content = typeof body === 'string' ? body : JSON.stringify(body);
    return this.call(path, { method, body: content, ...init, headers, key });
  }

  /** A chat; `body` is sent as it is when it is text. */
  chat(key: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    return this.send(key, 'POST', '/ai/chat', body, init);
  }

  /** What D1 says to a query. */
  async rows<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]> {
    const database = await this.miniflare.getD1Database('DB');
    const { results } = await database
      .prepare(sql)
      .bind(...values)
      .all();
    return results as Row[];
  }

  operator(
    method: string,
    path: string,
    body?: unknown,
    token = OPERATOR_TOKEN,
  ): Promise<Response> {
    return this.send(token, method, `/operator${path}`, body);
  }

  /** Makes a key; of a tenant of its own when none is named. */
  async makeKey(options: NewKey = {}): Promise<MadeKey> {
    const body = { tenant: options.tenant ?? this.newTenant(), ...options };
    const response = await this.operator('POST', '/keys', body);
    if (response.status !== 201) {
      throw new Error(`no key: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as MadeKey;
  }

  async putTenant(tenant: string, settings: Settings): Promise<void> {
    const response = await this.operator('PUT', `/tenants/${tenant}`, settings);
    if (!response.ok) throw new Error(`not put: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }

  async revoke({ tenantId, keyId }: MadeKey): Promise<void> {
    const response = await this.operator('DELETE', `/tenants/${tenantId}/keys/${keyId}`);
    if (!response.ok) throw new Error(`not revoked: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }

  /** KV itself, past the Worker. */
  async keyStore(): Promise<KeyStore> {
    return (await this.miniflare.getKVNamespace('KEYS')) as unknown as KeyStore;
  }

  async faults(faults: Faults): Promise<void> {
    await this.#control('/_harness/faults', { method: 'PUT', body: JSON.stringify(faults) });
  }

  /** Makes the Wasm instance trap; says whether it did. */
  async trap(): Promise<boolean> {
    return (await this.#control('/_harness/trap')) as boolean;
  }

  /** Makes the instance of the objects trap, so that each loses its memory; says whether it did. */
  async forget(): Promise<boolean> {
    return (await this.#control('/_harness/forget')) as boolean;
  }

  /** Bytes of the memories of all Wasm instances. */
  async wasmBytes(): Promise<number> {
    return (await this.#control('/_harness/memory')) as number;
  }

  /** What the Worker asked of its bindings since workerd started. */
  async calls(): Promise<Calls> {
    return (await this.#control('/_harness/calls')) as Calls;
  }

  /** The data points of a request, by its id, once there is one for `requests`. */
  points(requestId: string | null): Promise<Record<Dataset, DataPoint[]>> {
    return this.#points(({ blobs }) => blobs[0] === requestId, `${requestId}`);
  }

  /** The same by its surface tag, for a caller that never got the id. */
  async pointsOfSurface(surface: string): Promise<Record<Dataset, DataPoint[]>> {
    const tagged = await this.#points(({ blobs }) => blobs[2] === surface, surface);
    return this.points(tagged.requests[0]?.blobs[0] ?? null);
  }

  #points(
    wanted: (point: DataPoint) => boolean,
    what: string,
  ): Promise<Record<Dataset, DataPoint[]>> {
    return eventually(`the points of ${what}`, async () => {
      const all = (await this.#control('/_harness/points')) as {
        dataset: Dataset;
        point: DataPoint;
      }[];
      const own = all.filter(({ point }) => wanted(point));
      const of = (kind: Dataset): DataPoint[] =>
        own.filter(({ dataset }) => dataset === kind).map(({ point }) => point);
      const found = { requests: of('requests'), tokens: of('tokens'), auth: of('auth') };
      return found.requests.length > 0 ? found : undefined;
    });
  }

  /** Finds where the workerd that was not there before listens, and its process. */
  async #meet(before: readonly number[]): Promise<void> {
    const direct = await this.miniflare.unsafeGetDirectURL();
    this.url = direct.href.replace(/\/$/, '');
    this.site = `http://localhost:${(await this.miniflare.ready).port}`;
    const [pid, ...more] = runtimes().filter((other) => !before.includes(other));
    if (pid === undefined || more.length > 0) throw new Error('cannot tell which workerd is ours');
    this.#pid = pid;
  }

  async #control(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(this.url + path, init);
    return response.json();
  }

  async #migrate(): Promise<void> {
    const database = await this.miniflare.getD1Database('DB');
    const present = await database
      .prepare("SELECT name FROM sqlite_master WHERE name = 'tenants'")
      .first();
    if (present) return;
    const folder = join(root, 'migrations');
    for (const file of readdirSync(folder).sort()) {
      for (const statement of unstable_splitSqlQuery(readFileSync(join(folder, file), 'utf8'))) {
        await database.prepare(statement).run();
      }
    }
  }
}

/** What answers of this file's gateways had that the API's document does not say. */
const undocumented = new Set<string>();

// Not in a hook: one that throws keeps the hooks after it from running, and their gateways would keep the process alive.
process.on('exit', () => {
  if (undocumented.size === 0) return;
  console.error(`docs/openapi.json says otherwise:\n${[...undocumented].join('\n')}`);
  process.exitCode = 1;
});

/** A gateway for the tests of a file, and its own state, both gone at the end. */
export async function gatewayForTests(options: GatewayOptions = {}): Promise<Gateway> {
  const state = await mkdtemp(join(tmpdir(), 'neureus-test-'));
  const sandbox = options.sandbox ?? (await startSandbox());
  const gateway = new Gateway(sandbox, state, options);
  after(async () => {
    await gateway.stop();
    await sandbox.close();
    await rm(state, { recursive: true, force: true });
    for (const said of (await Promise.all(gateway.undocumented)).flat()) undocumented.add(said);
  });
  await gateway.start();
  return gateway;
}

class Recorder extends Log {
  readonly #keep: (line: string) => unknown;

  constructor(keep: (line: string) => unknown) {
    super(LogLevel.WARN);
    this.#keep = keep;
  }

  override logWithLevel(_level: LogLevel, message: string): void {
    this.#keep(message);
  }
}

function optionsOf(
  variables: Record<string, string>,
  state: string,
  withAssets: boolean,
  on: { log: (line: string) => unknown; restarted: () => void },
): ConstructorParameters<typeof Miniflare>[0] {
  process.env['WRANGLER_LOG'] ??= 'warn'; // It would tell of the local secrets, which are not used.
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'wrangler.toml'));
  // The rules for modules belong to a bundler; there is none.
  const { modulesRules: _rules, ai: _ai, assets, ...bindings } = workerOptions;
  return convertV4MiniflareOptions({
    ...bindings,
    ...(withAssets ? { assets: assets as { directory: string } } : {}),
    name: 'gateway',
    rootPath: root,
    bindings: variables,
    stripCfConnectingIp: false,
    modulesRoot: built,
    modules: [
      ...['shim.js', 'memories.js'].map((file) => ({
        type: 'ESModule' as const,
        path: join(built, file),
        contents: readFileSync(join(import.meta.dirname, file), 'utf8'),
      })),
      ...['entry.js', 'modules.js', 'tenant.js', 'monitor.js'].map((file) => ({
        type: 'ESModule' as const,
        path: join(built, file),
      })),
      ...['.', 'objects', 'control'].flatMap((folder) => [
        { type: 'ESModule' as const, path: join(built, folder, 'index.js') },
        { type: 'CompiledWasm' as const, path: join(built, folder, 'index_bg.wasm') },
      ]),
    ],
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    log: new Recorder(on.log),
    handleStructuredLogs: ({ level, message }) => void on.log(`${level}: ${message}`),
    unsafeHandleRuntimeRestart: on.restarted,
    resourcePersistencePath: state,
  });
}

/** The workerd processes that this process started. */
function runtimes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return (
          stat.includes('(workerd)') && stat.split(') ')[1]?.split(' ')[1] === `${process.pid}`
        );
      } catch {
        return false; // It ended meanwhile.
      }
    })
    .map(Number);
}
