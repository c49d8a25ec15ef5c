/**
 * A played control plane: the built pages, and canned answers in the shapes of `/api/*`.
 *
 * In scope: what the real one cannot be brought to say at will, such as 402, 429, a version that moved, a
 * failure; and a month full of usage to look at. Out of scope: whether the real one speaks like this, which
 * the other tests of the dashboard say.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type * as T from '../../dashboard/src/types.ts';
import * as monitoring from './played_monitoring.ts';

const assets = join(import.meta.dirname, '..', '..', 'build', 'assets');
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const policy = /Content-Security-Policy: (.*)/.exec(
  readFileSync(join(import.meta.dirname, '..', '..', 'dashboard', 'public', '_headers'), 'utf8'),
)?.[1];

const dayMs = 86_400_000;
const now = Date.now();
const ago = (days: number): number => Math.round(now - days * dayMs);
const limits = {
  free: { rpm: 60, tpm: 40_000, concurrency: 5, budgetUsd: 5 },
  pro: { rpm: 1000, tpm: 1_000_000, concurrency: 50, budgetUsd: 500 },
  scale: { rpm: 10_000, tpm: 10_000_000, concurrency: 500, budgetUsd: 10_000 },
  enterprise: { rpm: 30_000, tpm: 60_000_000, concurrency: 2000 },
} satisfies Record<T.Plan, T.Limits>;

function key(id: string, name: string, over: Partial<T.Key> = {}): T.Key {
  return {
    id: `key_${id}`,
    type: 'nru',
    name,
    role: 'developer',
    effectiveRole: 'developer',
    preview: `nru_${id.slice(0, 2)}…${id.slice(-4)}`,
    creator: { id: 'usr_1', name: 'Ada Lovelace' },
    createdAtMs: ago(40),
    lastUsedAtMs: ago(0.01),
    limits: {},
    models: [],
    origins: [],
    own: true,
    version: 1,
    ...over,
  };
}

const model = (
  id: string,
  input: number,
  output: number,
  contextWindow: number,
  capabilities: string[],
  over: Partial<T.Model> = {},
): T.Model => ({
  id,
  aliases: [],
  kind: 'chat',
  contextWindow,
  maxOutput: 8192,
  capabilities,
  price: { input, output },
  ...over,
});

const names = ['gpt-4o', 'claude-sonnet-4-6', 'meta-llm', 'gpt-4o-mini', 'bge-base-en'];

/** The month until today, busier on weekdays. */
function usage(by: T.UsageBy): T.UsageRow[] {
  const row = (weight: number): T.UsageRow => ({
    requests: Math.round(900 * weight),
    inputTokens: Math.round(610_000 * weight),
    outputTokens: Math.round(148_000 * weight),
    cachedTokens: 0,
    costUsd: 4.113 * weight,
    estimatedRequests: weight > 1.2 ? 2 : 0,
  });
  if (by === 'model') return names.map((name, at) => ({ model: name, ...row(9 / (at * at + 1)) }));
  if (by === 'key')
    return ['aa', 'bb', 'cc'].map((id, at) => ({ key: `key_${id}`, ...row(12 / (at + 1)) }));
  const first = Date.parse(`${new Date(now).toISOString().slice(0, 8)}01`);
  const rows: T.UsageRow[] = [];
  for (let ms = first; ms <= now; ms += dayMs) {
    const weekday = new Date(ms).getUTCDay() % 6 !== 0;
    const weight = (weekday ? 1 : 0.25) * (1 + Math.sin(ms / dayMs) / 3);
    rows.push({ day: new Date(ms).toISOString().slice(0, 10), ...row(weight) });
  }
  return rows;
}

export type Play = {
  session?: T.Session;
  role?: T.Role;
  /** Nothing was used, nothing was made. */
  empty?: boolean;
};

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
type Handler = (ask: { body: Record<string, unknown>; url: URL }) => Answer;

export class Played {
  url = '';
  /** `METHOD /path`: what is said instead. */
  readonly faults = new Map<string, Answer>();
  /** `METHOD /path` of each call, with its `If-Match`. */
  readonly asked: { call: string; version: string | undefined }[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #routes: Map<string, Handler>;

  constructor(play: Play = {}) {
    this.#routes = routesOf(play);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://localhost:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const call = `${request.method} ${url.pathname}`;
    const route = this.faults.has(call)
      ? () => this.faults.get(call) as Answer
      : this.#routes.get(call);
    if (!/^\/(api|ai|monitoring)\//.test(url.pathname)) return this.#asset(url.pathname, response);
    this.asked.push({ call, version: request.headers['if-match'] });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    const answer = route?.({ body, url }) ?? {
      status: 404,
      body: { error: 'NOT_FOUND', message: 'There is no such thing' },
    };
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      'x-request-id': 'req_0aZ3kQ9dXw2Rf7TbLm5cYu',
      ...answer.headers,
    });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  #asset(path: string, response: ServerResponse): void {
    for (const file of [path, `${path}.html`, join(path, 'index.html')]) {
      try {
        const content = readFileSync(join(assets, file));
        response.writeHead(200, {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          ...(policy ? { 'content-security-policy': policy } : {}),
        });
        response.end(content);
        return;
      } catch {
        // Not this one.
      }
    }
    response.writeHead(404).end();
  }
}

function routesOf({ session, role = 'owner', empty = false }: Play): Map<string, Handler> {
  const ok =
    (body: unknown): Handler =>
    () => ({ body });
  const some = <Value>(values: Value[]): Value[] => (empty ? [] : values);
  const tenant: T.Tenant = {
    id: 'acme',
    name: 'Acme Robotics',
    plan: 'pro',
    profile: 'general',
    createdAtMs: ago(220),
    version: 3,
    role,
    suspended: false,
    shadow: false,
  };
  const billing: T.Billing = {
    plan: 'pro',
    plans: (Object.keys(limits) as T.Plan[]).map((id) => ({
      id,
      limits: limits[id],
      current: id === 'pro',
    })),
    limits: {
      plan: limits.pro,
      operator: {},
      own: { budgetUsd: 120 },
      effective: { ...limits.pro, budgetUsd: 120 },
    },
    month: {
      startMs: Date.parse(`${new Date(now).toISOString().slice(0, 8)}01`),
      endMs: ago(-8),
      spentUsd: empty ? 0 : 88.412,
      reservedUsd: empty ? 0 : 1.27,
      forecastUsd: empty ? 0 : 117.9,
    },
    upgrade: { how: 'For a higher plan, write to the operator of this gateway.' },
    shadow: false,
    version: 7,
  };
  const member = (id: string, name: string, its: T.Role, you = false): T.Member => ({
    id: `usr_${id}`,
    name,
    role: its,
    joinedAtMs: ago(200),
    lastSeenAtMs: ago(you ? 0 : 2.2),
    you,
    version: 1,
  });
  const event = (at: number, action: string, target: string, details: object): T.AuditEvent => ({
    id: `aud_${at}`,
    atMs: ago(at),
    actor: { kind: 'member', id: 'usr_1', name: 'Ada Lovelace' },
    action,
    target,
    details: details as Record<string, unknown>,
    ip: '203.0.113.9',
    requestId: 'req_0aZ3kQ9dXw2Rf7TbLm5cYu',
  });
  const keys = some([
    key('aa71bQ', 'Production backend', { id: 'key_aa', limits: { rpm: 600, budgetUsd: 80 } }),
    key('bb82cR', 'Nightly report', { id: 'key_bb', models: ['gpt-4o-mini', 'meta-llm'] }),
    key('cc93dS', 'تقرير ربع سنوي', {
      id: 'key_cc',
      own: false,
      role: 'admin',
      creator: { id: 'usr_2', name: 'Grace Hopper' },
      expiresAtMs: ago(-3),
    }),
    key('dd04eT', '<b>Old laptop</b>', { revokedAtMs: ago(1), lastUsedAtMs: ago(33) }),
  ]);
  const widgets = some([
    key('ww15fU', 'Help centre', {
      type: 'pk',
      preview: 'pk_ww…15fU',
      origins: ['https://help.acme.example', 'https://*.acme.example'],
      limits: { rpm: 30 },
    }),
  ]);
  const made =
    (type: T.KeyType): Handler =>
    ({ body }) => ({
      status: 201,
      body: {
        ...key('zz99zZ', String(body['name'] ?? 'New'), {
          type,
          origins: (body['origins'] as string[]) ?? [],
        }),
        key: `${type}_4fJq0sT8mVbXw2Rf7TbLm5cYu0aZ3kQ9dXK1n7Yp`,
      },
    });
  return new Map<string, Handler>([
    [
      'GET /api/session',
      ok(
        session ?? {
          signedIn: true,
          user: { id: 'usr_1', name: 'Ada Lovelace' },
          tenants: [{ id: 'acme', name: 'Acme Robotics', role }],
          tenant: 'acme',
        },
      ),
    ],
    ['POST /api/signout', () => ({ status: 204 })],
    [
      'POST /api/links/look',
      ok({
        kind: 'invitation',
        tenant: { id: 'acme', name: 'Acme Robotics' },
        role: 'developer',
        expiresAtMs: ago(-3),
      }),
    ],
    ['GET /api/tenant', ok(tenant)],
    ['PATCH /api/tenant', ({ body }) => ({ body: { ...tenant, ...body, version: 4 } })],
    [
      'GET /api/keys',
      ({ url }) => ({ body: { keys: url.searchParams.get('kind') === 'pk' ? widgets : keys } }),
    ],
    ['POST /api/keys', (ask) => made(ask.body['type'] === 'pk' ? 'pk' : 'nru')(ask)],
    ['PATCH /api/keys/key_aa', ({ body }) => ({ body: { ...keys[0], ...body } })],
    ['DELETE /api/keys/key_aa', ok({ id: 'key_aa', revokedAtMs: now })],
    ['POST /api/keys/key_aa/rotate', made('nru')],
    [
      'GET /api/members',
      ok({
        members: [
          member('1', 'Ada Lovelace', role, true),
          member('2', 'Grace Hopper', 'admin'),
          member('3', 'Katherine Johnson', 'developer'),
          member('4', 'Лиза', 'viewer'),
        ],
      }),
    ],
    [
      'GET /api/invitations',
      ok({
        invitations: some([
          {
            id: 'inv_1',
            role: 'developer',
            note: 'Margaret, flight software',
            createdBy: { id: 'usr_1', name: 'Ada Lovelace' },
            createdAtMs: ago(1),
            expiresAtMs: ago(-2),
          },
        ]),
      }),
    ],
    [
      'POST /api/invitations',
      () => ({
        status: 201,
        body: {
          id: 'inv_2',
          role: 'viewer',
          createdAtMs: now,
          url: 'http://localhost:8787/join#4fJq0sT8mVbXw2Rf7TbLm5cYu0aZ3kQ9dXw2Rf7',
          expiresAtMs: ago(-3),
        },
      }),
    ],
    ['GET /api/billing', ok(billing)],
    [
      'PATCH /api/billing',
      ({ body }) => ({
        body: { ...billing, limits: { ...billing.limits, own: body['limits'] }, version: 8 },
      }),
    ],
    [
      'GET /api/usage',
      ({ url }) => ({
        body: { rows: some(usage((url.searchParams.get('by') ?? 'day') as T.UsageBy)) },
      }),
    ],
    [
      'GET /api/privacy',
      ok({
        profile: 'healthcare',
        answers: 'redact',
        patterns: some([
          { name: 'member_number', labels: ['member no', 'member id'], shape: 'AB-999999' },
        ]),
        version: 2,
      }),
    ],
    [
      'POST /api/privacy/scan',
      ok({
        findings: [{ kind: 'mrn' }, { kind: 'person_name' }],
        blocked: true,
      }),
    ],
    [
      'GET /api/audit',
      ok({
        events: some([
          event(0.02, 'key.created', 'key_aa71bQ', {
            name: 'Production backend',
            role: 'developer',
          }),
          event(0.4, 'member.role_changed', 'usr_3', { from: 'viewer', to: 'developer' }),
          event(3, 'billing.limits_changed', 'acme', { budgetUsd: 120 }),
        ]),
      }),
    ],
    ['GET /monitoring/metrics', ok(monitoring.metrics(empty, now))],
    ['GET /monitoring/alerts', ok(monitoring.alerts(empty, now))],
    ['GET /api/alerts/rules', ok({ rules: monitoring.rules })],
    ['GET /api/alerts/webhooks', ok(monitoring.webhooks(empty, now))],
    ['GET /api/logs', ok(monitoring.logs(empty, now))],
    [
      'GET /api/passkeys',
      ok({
        passkeys: [
          {
            id: 'pky_1',
            name: 'Chrome on Linux',
            createdAtMs: ago(200),
            lastUsedAtMs: ago(0),
            current: true,
          },
          { id: 'pky_2', name: 'Security key', createdAtMs: ago(100) },
        ],
      }),
    ],
    [
      'GET /api/sessions',
      ok({
        sessions: [
          {
            id: 'ses_1',
            createdAtMs: ago(1),
            lastSeenAtMs: now,
            userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0 Safari/537.36',
            current: true,
          },
          {
            id: 'ses_2',
            createdAtMs: ago(5),
            lastSeenAtMs: ago(1),
            userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 20_1) Version/20.1 Safari/604.1',
            current: false,
          },
        ],
      }),
    ],
    [
      'GET /api/models',
      ok({
        default: 'meta-llm',
        defaultEmbedding: 'bge-base-en',
        models: [
          model('meta-llm', 0.282, 0.827, 7968, ['tools', 'json_schema', 'streaming'], {
            aliases: ['auto', 'meta/llama-3.1-8b'],
          }),
          model('gpt-4o', 2.5, 10, 128_000, ['tools', 'vision', 'json_schema', 'streaming'], {
            price: { input: 2.5, output: 10, cached_input: 1.25 },
          }),
          model('claude-sonnet-4-6', 3, 15, 200_000, [
            'tools',
            'vision',
            'json_schema',
            'reasoning',
            'streaming',
          ]),
          model('bge-base-en', 0.067, 0, 512, [], { kind: 'embedding', maxOutput: 0 }),
        ],
      }),
    ],
    [
      'POST /api/playground/key',
      () => ({ status: 201, body: { key: 'nru_played', expiresAtMs: now + 3_600_000 } }),
    ],
  ]);
}

export async function startPlayed(play: Play = {}): Promise<Played> {
  return new Played(play).start();
}
