/** Monitoring: metrics equal the ledger, the request log, alerts over webhooks, the status page. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { chromium } from 'playwright-core';
import { startSandbox } from '../sandbox/server.ts';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import type { MadeKey } from './harness/gateway.ts';
import type { Usage } from './harness/usage.ts';
import { personOf } from './harness/person.ts';
import { eventually } from './harness/wait.ts';

/** How often monitors look, in ms. */
const INTERVAL_MS = 600;
const PATIENCE_MS = 30_000;
const soak = process.env['NEUREUS_SOAK'] === '1';
const REQUESTS = soak ? 10_000 : 60;

const sandbox = await startSandbox();
const gateway = await gatewayForTests({
  sandbox,
  variables: { MONITOR_INTERVAL_MS: `${INTERVAL_MS}`, PROBES: 'all' },
});

interface Sums {
  requests: number;
  charged: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  errors: Record<string, number>;
  limited: Record<string, number>;
  auth: Record<string, number>;
  latencyMs: { count: number; p50: number | null; p95: number | null };
  timeToFirstTokenMs: { count: number };
}

interface Metrics extends Sums {
  steps: (Sums & { atMs: number })[];
  models: (Sums & { model: string })[];
  keys: (Sums & { key: string })[];
  backends: (Sums & { backend: string })[];
  inFlight: number;
}

async function json<T>(path: string, key: string, init: RequestInit = {}): Promise<T> {
  const response = await gateway.call(path, { key, ...init });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

const metricsOf = (key: string, query = ''): Promise<Metrics> =>
  json(`/monitoring/metrics${query}`, key);

async function answered(response: Response): Promise<string | null> {
  await response.arrayBuffer().catch(() => {});
  return requestId(response);
}

describe('metrics', () => {
  test('count a request as soon as it is answered', async () => {
    const made = await gateway.makeKey();
    for (let n = 1; n <= 3; n++) {
      await answered(await gateway.chat(made.key, say('hello')));
      assert.equal((await metricsOf(made.key)).requests, n);
    }
    const metrics = await metricsOf(made.key);
    assert.equal(metrics.steps.length, 60);
    assert.equal(metrics.models[0]?.model, 'meta-llm');
    assert.equal(metrics.keys[0]?.key, made.keyId);
    for (const query of ['?window=24h', '?window=30d', '?window=30d&step=1h', '?step=5m']) {
      assert.equal((await metricsOf(made.key, query)).requests, 3, query);
    }
  });

  test('equal the ledger after mixed requests with restarts in between', async () => {
    const tenant = gateway.newTenant();
    const limited = await gateway.makeKey({ tenant, rpm: 5 });
    const open = await gateway.makeKey({ tenant });
    const one = async (n: number): Promise<void> => {
      const made = n % 9 === 0 ? limited : open;
      const model = n % 2 === 0 ? 'meta-llm' : 'gpt-4o-mini';
      const kinds = [
        () => gateway.chat(made.key, { ...say(`question ${n}`), model }),
        () => gateway.chat(made.key, { ...stream(`question ${n}`), model }),
        () => gateway.chat(made.key, { ...say(`[[sandbox:status=500]] question ${n}`), model }),
        () => gateway.chat(made.key, { nonsense: true }),
      ];
      const response = await kinds[n % 7 < 4 ? n % 4 : 0]?.();
      if (response) await answered(response);
    };
    const lanes = 8;
    for (let begun = 0; begun < REQUESTS; begun += REQUESTS / 2) {
      const next = { n: begun };
      const lane = async (): Promise<void> => {
        while (next.n < begun + REQUESTS / 2) await one(next.n++);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      // What nobody waits for is told again after a restart, or is on its way already.
      await settledOf(open);
      await gateway.restart();
    }
    await settledOf(open);
    const usage = await json<Usage>('/ai/usage', open.key);
    const metrics = await metricsOf(open.key, '?window=24h');
    const sum = (pick: (row: Usage['days'][number]) => number): number =>
      usage.days.reduce((total, row) => total + pick(row), 0);
    assert.equal(
      metrics.charged,
      sum((row) => row.requests),
    );
    assert.equal(
      metrics.inputTokens,
      sum((row) => row.input_tokens),
    );
    assert.equal(
      metrics.outputTokens,
      sum((row) => row.output_tokens),
    );
    const nano = (usd: number): number => Math.round(usd * 1e9);
    assert.equal(
      nano(metrics.costUsd),
      sum((row) => nano(row.cost_usd)),
    );
    for (const { model, charged } of metrics.models.filter((row) => row.charged > 0)) {
      const rows = usage.days.filter((row) => row.model === model);
      assert.equal(
        charged,
        rows.reduce((total, row) => total + row.requests, 0),
      );
    }
    assert.ok(metrics.requests >= metrics.charged);
    assert.equal(metrics.inFlight, 0);
  });

  /** Waits until nothing is reserved any more. */
  async function settledOf(made: MadeKey): Promise<void> {
    await eventually(
      'everything is settled',
      async () => {
        const usage = await json<Usage>('/ai/usage', made.key);
        return usage.in_flight === 0 ? true : undefined;
      },
      PATIENCE_MS,
    );
  }

  test('tell errors by code, limits and refused keys', async () => {
    const tenant = gateway.newTenant();
    const reader = await gateway.makeKey({ tenant });
    const few = await gateway.makeKey({ tenant, rpm: 1 });
    const gone = await gateway.makeKey({ tenant });
    await gateway.revoke(gone);
    await answered(await gateway.chat(few.key, say('one')));
    await errorOf(await gateway.chat(few.key, say('two')), 429);
    await errorOf(await gateway.chat(gone.key, say('three')), 401);
    await errorOf(await gateway.chat(reader.key, { messages: 5 }), 400);
    const metrics = await eventually(
      'the isolate told what it counted',
      async () => {
        const metrics = await metricsOf(reader.key);
        return metrics.errors['BAD_REQUEST'] ? metrics : undefined;
      },
      PATIENCE_MS,
    );
    assert.equal(metrics.errors['RATE_LIMITED'], 1);
    assert.equal(metrics.errors['UNAUTHORIZED'], 1);
    assert.equal(metrics.limited['key-requests'], 1);
    assert.equal(metrics.auth['revoked'], 1);
    assert.equal(metrics.requests, 1);
  });

  test('of the whole deployment are for the operator, by backend', async () => {
    const made = await gateway.makeKey();
    await answered(await gateway.chat(made.key, say('hello')));
    const metrics = await eventually(
      'the isolate told what it counted',
      async () => {
        const metrics = await metricsOf(OPERATOR_TOKEN);
        return metrics.requests > 0 ? metrics : undefined;
      },
      PATIENCE_MS,
    );
    assert.deepEqual(
      metrics.backends.map(({ backend }) => backend),
      ['sandbox'],
    );
    assert.ok(!JSON.stringify(metrics).includes(made.keyId));
  });

  test('name the parameter that is wrong, and need a key', async () => {
    const made = await gateway.makeKey({ role: 'viewer' });
    for (const query of ['?window=2h', '?step=7s', '?format=xml']) {
      await errorOf(await gateway.call(`/monitoring/metrics${query}`, { key: made.key }), 400);
    }
    await errorOf(await gateway.call('/monitoring/metrics'), 401);
  });

  test('as Prometheus text have every head once and buckets that add up', async () => {
    const made = await gateway.makeKey();
    await answered(await gateway.chat(made.key, stream('hello')));
    const response = await gateway.call('/monitoring/metrics', {
      key: made.key,
      headers: { accept: 'text/plain;version=0.0.4' },
    });
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).trimEnd().split('\n');
    const sample = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[\d.]+)$/;
    const types = new Map<string, string>();
    const buckets: number[] = [];
    for (const line of lines) {
      const head = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
      if (head) {
        assert.ok(!types.has(head[1] ?? ''), line);
        types.set(head[1] ?? '', head[2] ?? '');
      }
      if (line.startsWith('#')) continue;
      const [, name = '', labels = '', value = ''] = sample.exec(line) ?? assert.fail(line);
      const base = name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(name) || types.get(base) === 'histogram', line);
      if (types.get(name) === 'counter') assert.match(name, /_total$/);
      if (name === 'neureus_request_duration_seconds_bucket') {
        assert.match(labels, /le="/);
        buckets.push(Number(value));
      }
    }
    assert.ok(lines.some((line) => /^neureus_requests_total\{.*\} 1$/.test(line)));
    assert.deepEqual(
      buckets,
      buckets.toSorted((a, b) => a - b),
    );
    assert.equal(buckets.at(-1), 1);
  });
});

describe('the request log', () => {
  test('has a receipt by logId, and nothing of what was said', async () => {
    const made = await gateway.makeKey();
    const response = await gateway.chat(made.key, say('a very private question'), {
      headers: { 'x-neureus-surface': 'docs' },
    });
    const answer = (await response.json()) as { logId: string; costUsd: number };
    const entry = await eventually('the log', async () => {
      const found = await gateway.call(`/api/logs/${answer.logId}`, { key: made.key });
      const text = await found.text();
      return found.ok ? (JSON.parse(text) as Record<string, any>) : undefined;
    });
    assert.equal(entry['logId'], requestId(response));
    assert.equal(entry['outcome'], 'complete');
    assert.equal(entry['status'], 200);
    assert.equal(entry['surface'], 'docs');
    assert.equal(entry['backend'], 'sandbox');
    assert.equal(entry['receipt'].costUsd, answer.costUsd);
    assert.match(entry['receipt'].priceVersion, /^\d{4}-\d{2}-\d{2}$/);
    assert.ok(!JSON.stringify(entry).includes('private'));
    const other = await gateway.makeKey();
    await errorOf(await gateway.call(`/api/logs/${answer.logId}`, { key: other.key }), 404);
  });

  test('is read page by page, and by how a request ended', async () => {
    const made = await gateway.makeKey();
    for (let n = 0; n < 5; n++) await answered(await gateway.chat(made.key, say(`number ${n}`)));
    const failed = await answered(await gateway.chat(made.key, say('[[sandbox:status=500]]')));
    interface Page {
      logs: { logId: string; outcome: string; status: number }[];
      next?: string;
    }
    const read = (query: string): Promise<Page> => json(`/api/logs?${query}`, made.key);
    await eventually('six rows', async () =>
      (await read('')).logs.length === 6 ? true : undefined,
    );
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: Page = await read(`limit=2${next ? `&cursor=${next}` : ''}`);
      assert.ok(page.logs.length <= 2);
      seen.push(...page.logs.map(({ logId }) => logId));
      next = page.next;
    }
    assert.equal(new Set(seen).size, 6);
    const errors = await read('status=error');
    assert.deepEqual(
      errors.logs.map(({ logId, outcome, status }) => [logId, outcome, status]),
      [[failed, 'UPSTREAM_ERROR', 502]],
    );
    await errorOf(await gateway.call('/api/logs?limit=0', { key: made.key }), 400);
  });
});

/** A receiver of webhooks on a socket. */
class Receiver {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  down = false;
  tries = 0;
  url = '';

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      receiver.tries += 1;
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        if (!receiver.down) receiver.received.push({ headers: request.headers, body });
        response.writeHead(receiver.down ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    after(() => new Promise((resolve) => server.close(resolve)));
    return receiver;
  }
}

describe('alerts', () => {
  test('reach a webhook once each, signed, also through its own outage', async () => {
    const receiver = await Receiver.start();
    receiver.down = true;
    const made = await gateway.makeKey();
    const put = (path: string, method: string, body: unknown): Promise<any> =>
      json(path, made.key, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
    const hook = await put('/api/alerts/webhooks', 'POST', { url: receiver.url });
    assert.match(hook.secret, /^whsec_/);
    await put('/api/alerts/rules', 'PUT', {
      rules: [{ kind: 'error_rate', threshold: 5, windowMinutes: 1, minimumRequests: 3 }],
    });
    for (let n = 0; n < 6; n++)
      await answered(await gateway.chat(made.key, say('[[sandbox:status=500]]')));
    const firing = await eventually(
      'an alert',
      async () => {
        const { firing } = await json<{ firing: { kind: string; value: number }[] }>(
          '/monitoring/alerts',
          made.key,
        );
        return firing.some(({ kind }) => kind === 'error_rate') ? firing : undefined;
      },
      PATIENCE_MS,
    );
    assert.equal(firing.find(({ kind }) => kind === 'error_rate')?.value, 100);
    await eventually('a try', () => (receiver.tries > 0 ? true : undefined), PATIENCE_MS);
    const { deliveries } = await json<any>('/api/alerts/webhooks', made.key);
    assert.ok(deliveries.waiting.length > 0);
    receiver.down = false;
    const kinds = (): string[] => receiver.received.map(({ body }) => JSON.parse(body).alert.kind);
    await eventually(
      'what was tried again',
      () => (kinds().includes('error_rate') ? true : undefined),
      PATIENCE_MS,
    );
    // Nothing comes twice.
    await new Promise((resolve) => setTimeout(resolve, 5 * INTERVAL_MS));
    assert.equal(new Set(kinds()).size, kinds().length);
    for (const { headers, body } of receiver.received) {
      const timestamp = `${headers['x-neureus-timestamp']}`;
      const mac = createHmac('sha256', hook.secret).update(`${timestamp}.${body}`).digest('hex');
      assert.equal(headers['x-neureus-signature'], `v1=${mac}`);
      assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60);
      assert.equal(headers['x-neureus-event'], 'alert.fired');
    }
    assert.ok(!JSON.stringify(await json('/api/alerts/webhooks', made.key)).includes('whsec_'));
  });

  test('are tested, listed and removed by admins, and lead nowhere private', async () => {
    const tenant = gateway.newTenant();
    const admin = await gateway.makeKey({ tenant, role: 'admin' });
    const viewer = await gateway.makeKey({ tenant, role: 'viewer' });
    const receiver = await Receiver.start();
    const init = (method: string, body?: unknown): RequestInit => ({
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const path = '/api/alerts/webhooks';
    const post = init('POST', { url: receiver.url, shape: 'slack' });
    await errorOf(await gateway.call(path, { key: viewer.key, ...post }), 403);
    const hook = await json<{ id: string }>(path, admin.key, post);
    await json(`${path}/${hook.id}/test`, admin.key, init('POST'));
    await eventually('a test', () => (receiver.received.length > 0 ? true : undefined));
    assert.match(JSON.parse(receiver.received[0]?.body ?? '').text, /test of a webhook/);
    await json(`${path}/${hook.id}`, admin.key, init('DELETE'));
    await errorOf(
      await gateway.call(`${path}/${hook.id}`, { key: admin.key, ...init('DELETE') }),
      404,
    );
    for (const url of ['ftp://x.com', 'https://user:pw@x.com/', 'nonsense']) {
      await errorOf(await gateway.call(path, { key: admin.key, ...init('POST', { url }) }), 400);
    }
    const wrong = { rules: [{ kind: 'error_rate', threshold: -1, windowMinutes: 5 }] };
    await errorOf(
      await gateway.call('/api/alerts/rules', { key: admin.key, ...init('PUT', wrong) }),
      400,
    );
  });
});

describe('a signed-in person', () => {
  test('reads what their tenant counted, and changes alerts by their role, for the audit log', async () => {
    const owner = await personOf(gateway);
    const made = await gateway.makeKey({ tenant: owner.tenant });
    await answered(await gateway.chat(made.key, say('hello')));
    const metrics = await owner.ask<Metrics>('GET', '/monitoring/metrics');
    assert.equal(metrics.requests, 1);
    const rules = [{ kind: 'error_rate', threshold: 7, windowMinutes: 5 }];
    await owner.ask('PUT', '/api/alerts/rules', { rules });
    const database = await gateway.miniflare.getD1Database('DB');
    await eventually('the audit log', async () => {
      const { results } = await database
        .prepare("SELECT * FROM audit_log WHERE tenant_id = ? AND action = 'alert_rules.changed'")
        .bind(owner.tenant)
        .all();
      return results.length === 1 ? true : undefined;
    });
    const viewer = await personOf(gateway, { tenant: owner.tenant, role: 'viewer' });
    await viewer.ask('GET', '/monitoring/alerts');
    await viewer.ask('PUT', '/api/alerts/rules', { rules }, 403);
    const stranger = await personOf(gateway);
    const strange = await stranger.ask<Metrics>('GET', '/monitoring/metrics');
    assert.equal(strange.requests, 0);
  });
});

describe('the status page', () => {
  interface Status {
    status: string;
    components: { id: string; status: string; days: { uptime: number | null }[] }[];
    incidents: { id: string; component: string; endedAt: string | null; notes: unknown[] }[];
  }
  /** A screenshot, where `NEUREUS_SCREENSHOTS` names a folder and there is a browser. */
  async function picture(url: string, name: string, t: TestContext): Promise<void> {
    const folder = process.env['NEUREUS_SCREENSHOTS'];
    const executablePath = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
    if (folder === undefined || !existsSync(executablePath)) return;
    const browser = await chromium.launch({ executablePath });
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, javaScriptEnabled: false });
      await page.goto(`${url}/monitoring/status`);
      await page.screenshot({ path: join(folder, `status-${name}-${colorScheme}.png`) });
    }
    await browser.close();
    t.diagnostic(`a picture of ${name} is in ${folder}`);
  }

  test('turns with a backend that fails for real, and back, with one incident', async (t) => {
    const backend = await startSandbox();
    const own = await gatewayForTests({
      sandbox: backend,
      variables: { MONITOR_INTERVAL_MS: `${INTERVAL_MS}`, PROBES: 'off' },
    });
    const made = await own.makeKey();
    const chats = async (count: number, text: string): Promise<void> => {
      for (let n = 0; n < count; n++) await answered(await own.chat(made.key, say(text)));
    };
    const status = (): Promise<Status> =>
      own.call('/monitoring/status').then((response) => response.json() as Promise<Status>);
    const becomes = async (state: string, overall: string): Promise<Status> => {
      const found = await eventually(
        state,
        async () => {
          const now = await status();
          const is = now.components.find(({ id }) => id === 'sandbox')?.status;
          return is === state && now.status === overall ? now : undefined;
        },
        PATIENCE_MS,
      );
      await picture(own.url, state, t);
      return found;
    };
    await chats(10, 'hello');
    const well = await becomes('operational', 'operational');
    const days = well.components[0]?.days ?? [];
    assert.deepEqual([days.length, days[0]?.uptime, days.at(-1)?.uptime], [90, null, 100]);
    await chats(5, '[[sandbox:status=500]]');
    const worse = await becomes('degraded', 'degraded');
    const incident = worse.incidents[0];
    assert.deepEqual([incident?.component, incident?.endedAt], ['sandbox', null]);
    const noted = await own.operator('POST', `/incidents/${incident?.id}/notes`, {
      text: 'We are on it',
    });
    assert.equal(noted.status, 200);
    await noted.arrayBuffer();
    await chats(160, '[[sandbox:status=500]]');
    await becomes('down', 'down');
    // A tenth of failures is the bound, and the last five minutes count.
    await chats(1_600, 'hello again');
    const again = await becomes('operational', 'operational');
    assert.equal(again.incidents.length, 1);
    assert.equal(again.incidents[0]?.notes.length, 1);
    assert.match(`${again.incidents[0]?.endedAt}`, /^\d{4}-/);
  });

  test('sees by probes that a backend cannot be reached', async () => {
    const gone = await startSandbox();
    const url = gone.url;
    await gone.close();
    const own = await gatewayForTests({
      sandbox: await startSandbox(),
      variables: {
        MONITOR_INTERVAL_MS: `${INTERVAL_MS}`,
        MODEL_BACKEND_URL: `${url}/v1`,
      },
    });
    const made = await own.makeKey();
    await answered(await own.chat(made.key, say('hello')));
    const status = await eventually(
      'down',
      async () => {
        const response = await own.call('/monitoring/status');
        const status = (await response.json()) as Status;
        return status.status === 'down' ? status : undefined;
      },
      PATIENCE_MS,
    );
    assert.equal(status.incidents[0]?.component, 'openai-compatible');
  });

  test('is a page without script for a browser, for anybody, also while D1 is down', async (t) => {
    t.after(() => gateway.faults({}));
    await gateway.faults({ database: 'throw', keys: 'throw' });
    const response = await gateway.call('/monitoring/status', { headers: { accept: 'text/html' } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(response.headers.get('cache-control') ?? '', /max-age=30/);
    const page = await response.text();
    assert.ok(!page.includes('<script'));
    assert.ok(page.includes('Admission'));
    assert.doesNotMatch(page, /tenant-\d|key_/);
  });
});
