/** What a caller is told when a limit is reached: status, words, details and headers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();

test("a budget that is too small is a 402 with the key's money and the end of the month", async () => {
  const { key } = await gateway.makeKey({ budgetUsd: 0.000000001 });
  const response = await gateway.chat(key, say('hi', { maxTokens: 10 }));
  const { headers } = response;
  const { details, message } = await errorOf(response, 402);
  const { resets_at: resetsAt, ...money } = details ?? {};
  assert.deepEqual(money, { limit_source: 'key', limit_usd: 1e-9, spent_usd: 0 });
  assert.match(String(resetsAt), /^\d{4}-\d{2}-01T00:00:00Z$/);
  assert.ok(Date.parse(String(resetsAt)) > Date.now());
  assert.match(message, /upgrade the plan$/);
  assert.equal(headers.get('x-should-retry'), 'false');
  assert.equal(headers.get('retry-after'), null);
  assert.match(headers.get('ratelimit-policy') ?? '', /^"key-spend";q=0;qu="micro-usd";w=\d+$/);
});

test('more tokens than the limit ever allows are a 429 that says so', async () => {
  const { key } = await gateway.makeKey({ tpm: 100 });
  const response = await gateway.chat(key, say('hi', { maxTokens: 101 }));
  const { headers } = response;
  const { details, message } = await errorOf(response, 429);
  assert.deepEqual(details, {
    limit_source: 'key',
    limit_kind: 'tokens',
    limit: 100,
    retry_after_ms: 60_000,
  });
  assert.match(message, /more than the key limit of 100 tokens per minute ever allows/);
  assert.equal(headers.get('x-should-retry'), 'false');
  assert.equal(headers.get('retry-after-ms'), null);
  assert.equal(headers.get('retry-after'), '60');
  assert.equal(headers.get('x-ratelimit-limit-tokens'), '100');
  assert.equal(headers.get('x-ratelimit-remaining-tokens'), '100');
  assert.equal(headers.get('x-ratelimit-limit-requests'), null);
});

test('no concurrent requests at all are a 429 that names them', async () => {
  const { key } = await gateway.makeKey({ concurrency: 0 });
  const response = await gateway.chat(key, say('hi'));
  assert.equal(
    response.headers.get('ratelimit-policy'),
    '"key-concurrency";q=0;qu="concurrent-requests"',
  );
  assert.equal(response.headers.get('ratelimit'), '"key-concurrency";r=0');
  const { details, message } = await errorOf(response, 429);
  assert.equal(details?.['limit_kind'], 'concurrency');
  assert.equal(message, 'The key limit of 0 concurrent requests is reached');
});

test("a widget key's visitor hears of no money and of no number", async () => {
  const tenant = gateway.newTenant();
  const { key } = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'], budgetUsd: 0 });
  const own = await gateway.chat(key, say('hi'));
  await gateway.putTenant(tenant, { budgetUsd: 0 });
  const free = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'] });
  const tenants = await gateway.chat(free.key, say('hi'));
  for (const [response, source] of [
    [own, 'key'],
    [tenants, 'tenant'],
  ] as const) {
    const { headers } = response;
    const { details, message } = await errorOf(response, 402);
    assert.deepEqual(details, { limit_source: source });
    assert.doesNotMatch(message, /\d|USD/);
    assert.ok(![...headers.values()].some((value) => /spend|usd|tenant/i.test(value)));
  }
});

test('in shadow mode the limits are told and nothing is refused', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { rpm: 0, tpm: 0, concurrency: 0, budgetUsd: 0, shadow: true });
  const { key } = await gateway.makeKey({ tenant });
  const response = await gateway.chat(key, say('hi'));
  assert.equal(response.status, 200);
  assert.match(response.headers.get('ratelimit') ?? '', /"tenant-requests";r=0/);
});
