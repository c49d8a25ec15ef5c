/** Metrics: counted at once, by code and limit, of tenant and deployment, and as Prometheus reads them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import { answered, metricsOf, MONITORED, PATIENCE_MS } from './harness/monitoring.ts';
import type { Metrics } from './harness/monitoring.ts';
import { settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests({ variables: MONITORED });

interface Family {
  name: string;
  help: string;
  type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM';
  metrics: {
    labels?: Record<string, string>;
    value?: string;
    buckets?: Record<string, string>;
  }[];
}

/** Somebody else's parser, after the one of Prometheus' client for Python. It has no types of its own. */
const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => Family[];

describe('metrics', () => {
  test('count a request as soon as it is answered', async () => {
    const made = await gateway.makeKey();
    for (let n = 1; n <= 3; n++) {
      await answered(await gateway.chat(made.key, say('hello')));
      assert.equal((await metricsOf(gateway, made.key)).requests, n);
    }
    const metrics = await metricsOf(gateway, made.key);
    assert.equal(metrics.steps.length, 60);
    assert.equal(metrics.models[0]?.model, 'meta-llm');
    assert.equal(metrics.keys[0]?.key, made.keyId);
    for (const [query, steps] of [
      ['?window=24h', 24],
      ['?window=30d', 30],
      ['?window=30d&step=1h', 720],
      ['?window=90d', 90],
      ['?window=13mo', 396],
      ['?step=5m', 12],
    ] as const) {
      const longer = await metricsOf(gateway, made.key, query);
      assert.deepEqual([longer.requests, longer.steps.length], [3, steps], query);
    }
  });

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
        const metrics = await metricsOf(gateway, reader.key);
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
        const metrics: Metrics = await metricsOf(gateway, OPERATOR_TOKEN);
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
});

/** A scrape. */
async function scraped(key: string): Promise<string> {
  const response = await gateway.call('/monitoring/metrics', {
    key,
    headers: { accept: 'text/plain;version=0.0.4' },
  });
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  return response.text();
}

describe('metrics as Prometheus text', () => {
  test('are read by a parser, with types and help', async () => {
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    const few = await gateway.makeKey({ tenant, rpm: 1 });
    await answered(await gateway.chat(made.key, stream('hello')));
    await answered(await gateway.chat(made.key, say('[[sandbox:status=500]]')));
    for (let n = 0; n < 2; n++) await answered(await gateway.chat(few.key, say('hello')));
    await settled(gateway, tenant);
    const families = new Map(parse(await scraped(made.key)).map((family) => [family.name, family]));
    const of = (name: string): Family => families.get(name) ?? assert.fail(`no ${name}`);
    for (const { name, help, type } of families.values()) {
      assert.ok(help.length > 0, name);
      assert.equal(type === 'COUNTER', name.endsWith('_total'), name);
    }
    const values = (name: string): [Record<string, string>, number][] =>
      of(name).metrics.map(({ labels, value }) => [labels ?? {}, Number(value)]);
    const labels = { key: made.keyId, model: 'meta-llm' };
    const own = values('neureus_requests_total').find(([{ key }]) => key === made.keyId);
    assert.deepEqual(own, [labels, 2]);
    const errors = values('neureus_errors_total').map(([it, count]) => [
      it['key'],
      it['code'],
      count,
    ]);
    assert.deepEqual(
      errors.toSorted(),
      [
        [made.keyId, 'UPSTREAM_ERROR', 1],
        [few.keyId, 'RATE_LIMITED', 1],
      ].toSorted(),
    );
    assert.equal(values('neureus_limited_total')[0]?.[0]['limit'], 'key-requests');
    assert.equal(of('neureus_requests_in_flight').type, 'GAUGE');
  });

  test('have buckets that add up', async () => {
    // Of one key and one model: the parser adds the buckets of all label sets up.
    const made = await gateway.makeKey();
    await answered(await gateway.chat(made.key, stream('hello')));
    await answered(await gateway.chat(made.key, say('[[sandbox:status=500]]')));
    await settled(gateway, made.tenantId);
    const families = parse(await scraped(made.key));
    const durations = families.find(({ name }) => name === 'neureus_request_duration_seconds');
    assert.equal(durations?.type, 'HISTOGRAM');
    const buckets = Object.entries(durations?.metrics[0]?.buckets ?? {})
      .map(
        ([bound, count]) => [bound === '+Inf' ? Infinity : Number(bound), Number(count)] as const,
      )
      .toSorted(([one], [other]) => one - other);
    const counts = buckets.map(([, count]) => count);
    assert.deepEqual(
      counts,
      counts.toSorted((one, other) => one - other),
    );
    assert.deepEqual(buckets.at(-1), [Infinity, 2]);
  });

  test('have a bounded number of series, and lose nothing by it', async () => {
    const tenant = gateway.newTenant();
    const keys = await Promise.all(
      Array.from({ length: 9 }, () => gateway.makeKey({ tenant, rpm: 1_000 })),
    );
    const models = ['meta-llm', 'gpt-4o', 'gpt-4o-mini', 'claude-haiku-4-5', 'claude-sonnet-4-6'];
    for (const model of models) {
      const answers = keys.map(({ key }) => gateway.chat(key, say('hello', { model })));
      for (const answer of await Promise.all(answers)) await answered(answer);
    }
    const reader = keys[0]?.key ?? '';
    const metrics = await metricsOf(gateway, reader);
    const sum = (rows: readonly { requests: number }[]): number =>
      rows.reduce((all, { requests }) => all + requests, 0);
    assert.deepEqual([metrics.requests, sum(metrics.models), sum(metrics.keys)], [45, 45, 45]);
    const families = parse(await scraped(reader));
    const counted = families.find(({ name }) => name === 'neureus_requests_total')?.metrics ?? [];
    // 40 pairs of key and model, and all others.
    assert.ok(counted.length <= 41, `${counted.length}`);
    assert.ok(counted.some(({ labels }) => labels?.['key'] === 'other'));
    assert.equal(
      counted.reduce((all, { value }) => all + Number(value), 0),
      45,
    );
  });

  test('of the deployment name backends and no tenant', async () => {
    const made = await gateway.makeKey();
    await answered(await gateway.chat(made.key, say('hello')));
    const text = await eventually(
      'the isolate told what it counted',
      async () => {
        const text = await scraped(OPERATOR_TOKEN);
        return text.includes('backend="sandbox"') ? text : undefined;
      },
      PATIENCE_MS,
    );
    const families = parse(text);
    const labels = new Set(
      families.flatMap(({ metrics }) => metrics.flatMap((it) => Object.keys(it.labels ?? {}))),
    );
    const allowed = ['backend', 'model', 'code', 'limit', 'outcome'];
    assert.deepEqual(
      [...labels].filter((label) => !allowed.includes(label)),
      [],
    );
    assert.doesNotMatch(text, /tenant-\d|key_/);
  });

  test("pass Prometheus' own linter, where there is one", async (t) => {
    const made = await gateway.makeKey();
    await answered(await gateway.chat(made.key, stream('hello')));
    const input = await scraped(made.key);
    const lint = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    if (lint.error) return t.skip('no promtool on the PATH (Debian has it in prometheus)');
    assert.deepEqual([lint.status, lint.stdout, lint.stderr], [0, '', '']);
  });
});
