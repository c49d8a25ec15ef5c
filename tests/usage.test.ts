/** What was used: by the operator's word and the tenant's own, and who may ask. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey } from './harness/gateway.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();

async function usageOf({ key }: MadeKey, query = ''): Promise<Usage> {
  const response = await gateway.call(`/ai/usage${query}`, { key });
  assert.equal(response.status, 200);
  return (await response.json()) as Usage;
}

/** When a month such as `2026-11` ends, in RFC 3339. */
function monthEnd(month: string): string {
  const [year, index] = month.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, index ?? 0, 1)).toISOString().replace('.000Z', 'Z');
}

test('a tenant that used nothing has a month without rows', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { plan: 'free', rpm: 7, shadow: true });
  const made = await gateway.makeKey({ tenant });
  const usage = await usageOf(made);
  assert.match(usage.month, /^\d{4}-\d{2}$/);
  assert.deepEqual(usage, {
    month: usage.month,
    spent_usd: 0,
    reserved_usd: 0,
    in_flight: 0,
    limits: { rpm: 7, tpm: 40_000, concurrency: 5, budget_usd: 5 },
    shadow: true,
    resets_at: monthEnd(usage.month),
    days: [],
  });
});

test('what answers cost is what is counted, per key and model, for the tenant and the operator', async () => {
  const first = await gateway.makeKey();
  const second = await gateway.makeKey({ tenant: first.tenantId });
  const answers: Record<string, number>[] = [];
  for (const [{ key }, model] of [
    [first, 'meta-llm'],
    [first, 'meta-llm'],
    [first, 'gpt-4o-mini'],
    [second, 'meta-llm'],
  ] as const) {
    const response = await gateway.chat(key, say('What is used?', { model }));
    assert.equal(response.status, 200);
    answers.push((await response.json()) as Record<string, number>);
  }
  const nanos = (usd: number | undefined): number => Math.round(Number(usd) * 1e9);
  const total = answers.reduce((sum, { costUsd }) => sum + nanos(costUsd), 0);
  assert.ok(total > 0);
  const usage = await eventually('four requests counted', async () => {
    const seen = await usageOf(first);
    return seen.days.reduce((sum, { requests }) => sum + requests, 0) === 4 ? seen : undefined;
  });
  assert.equal(nanos(usage.spent_usd), total);
  assert.deepEqual([usage.reserved_usd, usage.in_flight], [0, 0]);
  const rows = usage.days.map(({ key, model, requests }) => `${key} ${model} ${requests}`).sort();
  assert.deepEqual(
    rows,
    [
      `${first.keyId} gpt-4o-mini 1`,
      `${first.keyId} meta-llm 2`,
      `${second.keyId} meta-llm 1`,
    ].sort(),
  );
  assert.equal(
    usage.days.reduce((sum, row) => sum + nanos(row.cost_usd), 0),
    total,
  );
  const sumOf = (field: 'inputTokens' | 'outputTokens'): number =>
    answers.reduce((sum, answer) => sum + Number(answer[field]), 0);
  assert.equal(
    usage.days.reduce((sum, row) => sum + row.input_tokens, 0),
    sumOf('inputTokens'),
  );
  assert.equal(
    usage.days.reduce((sum, row) => sum + row.output_tokens, 0),
    sumOf('outputTokens'),
  );
  const response = await gateway.operator('GET', `/tenants/${first.tenantId}/usage`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), usage);

  const day = usage.days[0]?.day;
  assert.deepEqual((await usageOf(first, `?from=${day}&to=${day}`)).days, usage.days);
  const past = await usageOf(first, '?from=2020-01-01&to=2020-01-31');
  assert.deepEqual([past.days, past.spent_usd], [[], usage.spent_usd]);
});

describe('days that are wrong', () => {
  for (const [what, query, field] of [
    ['no day', 'from=yesterday', 'from'],
    ['a day that there is not', 'to=2026-02-30', 'to'],
    ['a day named twice', 'from=2026-01-01&from=2026-01-02', 'from'],
    ['an end before the beginning', 'from=2026-01-02&to=2026-01-01', 'from'],
    ['more than 92 days', 'from=2026-01-01&to=2026-04-03', 'from'],
  ] as const) {
    test(`${what} is a 400 that names the parameter`, async () => {
      const { key, tenantId } = await gateway.makeKey();
      for (const response of [
        await gateway.call(`/ai/usage?${query}`, { key }),
        await gateway.operator('GET', `/tenants/${tenantId}/usage?${query}`),
      ]) {
        assert.deepEqual((await errorOf(response, 400)).details, { field });
      }
    });
  }
});

describe('who may ask', () => {
  test('a viewer may', async () => {
    assert.deepEqual((await usageOf(await gateway.makeKey({ role: 'viewer' }))).days, []);
  });

  test('a widget key may not', async () => {
    const { key } = await gateway.makeKey({ type: 'pk', origins: ['*'] });
    await errorOf(await gateway.call('/ai/usage', { key }), 403);
  });

  test('a revoked key and none are 401, and a bad query tells them nothing else', async () => {
    const made = await gateway.makeKey();
    await gateway.revoke(made);
    for (const init of [{}, { key: made.key }]) {
      await errorOf(await gateway.call('/ai/usage?from=nonsense', init), 401);
    }
  });

  test('the operator asks of tenants that there are', async () => {
    for (const tenant of ['never-made', 'UPPER']) {
      await errorOf(await gateway.operator('GET', `/tenants/${tenant}/usage`), 404);
    }
  });

  test('one tenant never sees what another used', async () => {
    const [busy, idle] = [await gateway.makeKey(), await gateway.makeKey()];
    assert.equal((await gateway.chat(busy.key, say('hi'))).status, 200);
    const usage = await usageOf(idle);
    assert.deepEqual([usage.days, usage.spent_usd, usage.in_flight], [[], 0, 0]);
  });
});
