/**
 * Metrics equal the ledger to the unit, whatever is asked and whatever dies in between.
 *
 * Hundreds of mixed requests with workerd killed in the middle of them; with `NEUREUS_SOAK=1`, 10,000.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { answered, metricsOf, MONITORED } from './harness/monitoring.ts';
import type { Metrics, Sums } from './harness/monitoring.ts';
import { random, SOAK } from './harness/random.ts';
import { nanos, requestsOf, usageOf } from './harness/usage.ts';
import type { Row, Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const [REQUESTS, KILLS] = SOAK ? [10_000, 10] : [300, 2];
const LANES = 8;
/** A lease that nobody ends is charged after a minute. */
const EXPIRED_MS = 120_000;

const gateway = await gatewayForTests({ variables: MONITORED });
const choice = random();

/** What the ledger charged, and what was counted, in the same words. */
type Counted = Record<string, number>;

function ofLedger(rows: readonly Row[]): Counted {
  const sum = (pick: (row: Row) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0);
  return {
    charged: sum((row) => row.requests),
    estimated: sum((row) => row.estimated_requests),
    inputTokens: sum((row) => row.input_tokens),
    cachedTokens: sum((row) => row.cached_tokens),
    outputTokens: sum((row) => row.output_tokens),
    nanos: sum((row) => nanos(row.cost_usd)),
  };
}

function ofMetrics(sums: Sums): Counted {
  const { charged, estimated, inputTokens, cachedTokens, outputTokens } = sums;
  return {
    charged,
    estimated,
    inputTokens,
    cachedTokens,
    outputTokens,
    nanos: nanos(sums.costUsd),
  };
}

/** Both, as they stand at one moment. */
async function bothOf(tenant: string, key: string, quiet: boolean): Promise<[Usage, Metrics]> {
  return eventually(
    'nothing changes',
    async () => {
      const usage = await usageOf(gateway, tenant);
      if (quiet && usage.in_flight > 0) return undefined;
      const metrics = await metricsOf(gateway, key, '?window=24h');
      const after = await usageOf(gateway, tenant);
      return JSON.stringify(usage) === JSON.stringify(after) ? [usage, metrics] : undefined;
    },
    EXPIRED_MS,
  );
}

test(`metrics equal the ledger after ${REQUESTS} mixed requests and ${KILLS} kills`, async (t) => {
  const tenant = gateway.newTenant();
  const open = await gateway.makeKey({ tenant });
  const other = await gateway.makeKey({ tenant });
  const few = await gateway.makeKey({ tenant, rpm: 5 });
  const poor = await gateway.makeKey({ tenant, budgetUsd: 0.00002 });
  const gone = await gateway.makeKey({ tenant });
  await gateway.revoke(gone);

  const post = (path: string, key: string, body: object, headers = {}): Promise<Response> =>
    gateway.call(path, {
      method: 'POST',
      key,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const statuses: Record<string, number> = {};
  const one = async (n: number): Promise<void> => {
    const key = choice.pick([open, other]).key;
    const model = choice.pick(['meta-llm', 'gpt-4o-mini', 'claude-haiku-4-5']);
    const text = `question ${n} [[sandbox:tokens=${choice.int(1, 12)}]]`;
    const left = async (): Promise<Response> => {
      const response = await gateway.chat(key, {
        ...stream(`[[sandbox:tokens=40 gap=10]] ${n}`),
        model,
      });
      const reader = response.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      return response;
    };
    const respond = choice.pick<() => Promise<Response>>([
      () => gateway.chat(key, { ...say(text), model }),
      () => gateway.chat(key, { ...stream(text), model }),
      () => gateway.chat(key, say(text), { headers: { 'idempotency-key': `same-${n % 20}` } }),
      () => post('/v1/chat/completions', key, { ...say(text), model }),
      () => post('/v1/messages', key, { ...say(text), model: 'claude-haiku-4-5', max_tokens: 50 }),
      () => post('/ai/embeddings', key, { input: text }),
      () => gateway.chat(key, { ...say(`[[sandbox:status=500]] ${n}`), model }),
      () => gateway.chat(key, { ...stream(`[[sandbox:tokens=9 cut=3]] ${n}`), model }),
      left,
      () => gateway.chat(few.key, say(text)),
      () => gateway.chat(poor.key, say(text)),
      () => gateway.chat(gone.key, say(text)),
      () => gateway.chat(key, { nonsense: true }),
    ]);
    // What dies with workerd is part of the test.
    const response = await respond().catch(() => undefined);
    const status = `${response?.status ?? 'died'}`;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (response && !response.bodyUsed) await answered(response);
  };

  const parts = KILLS + 1;
  for (let part = 0; part < parts; part++) {
    const end = Math.ceil(((part + 1) * REQUESTS) / parts);
    let n = Math.ceil((part * REQUESTS) / parts);
    const lane = async (): Promise<void> => {
      while (n < end) await one(n++);
    };
    const lanes = Array.from({ length: LANES }, lane);
    // In the middle of the last ones of this part.
    await eventually('nearly all', () => (n >= end - LANES ? true : undefined), 600_000);
    if (part < KILLS) await gateway.kill();
    await Promise.all(lanes);
  }

  const [usage, metrics] = await bothOf(tenant, open.key, SOAK);
  t.diagnostic(JSON.stringify({ statuses, ledger: ofLedger(usage.days) }));
  assert.ok(requestsOf(usage) > REQUESTS / 4, `${requestsOf(usage)} were charged`);
  assert.deepEqual(ofMetrics(metrics), ofLedger(usage.days));
  assert.equal(
    metrics.steps.reduce((sum, step) => sum + step.charged, 0),
    metrics.charged,
  );
  const parted = [
    ...metrics.models.map((row) => [row, usage.days.filter((it) => it.model === row.model)]),
    ...metrics.keys.map((row) => [row, usage.days.filter((it) => it.key === row.key)]),
  ] as [Sums, Row[]][];
  for (const [sums, rows] of parted) assert.deepEqual(ofMetrics(sums), ofLedger(rows));
  assert.ok(metrics.requests >= metrics.charged);
  for (const status of ['200', '400', '401', '402', '429', '502']) {
    assert.ok((statuses[status] ?? 0) > 0, `no ${status}: ${JSON.stringify(statuses)}`);
  }
  if (SOAK) assert.deepEqual([metrics.inFlight, nanos(usage.reserved_usd)], [0, 0]);
});
