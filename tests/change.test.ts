/**
 * How long after a change the old word still counts, under load: not at all. A request that begins after
 * the change was answered is judged by it, whatever KV and the isolate remember.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { hold } from './harness/limited.ts';
import { personOf } from './harness/person.ts';

const gateway = await gatewayForTests();

const QUICK = say('[[sandbox: tokens=1]]', { maxTokens: 1 });
/** Who calls at once, and how often each calls before the change and after it. */
const LANES = 8;
const CALLS = 8;

interface Seen {
  beganAt: number;
  endedAt: number;
  status: number;
}

/** Calls with a key all the time, makes the change in the middle, and says what came of every call. */
async function probe(
  t: TestContext,
  key: string,
  refused: number,
  change: () => Promise<unknown>,
): Promise<void> {
  const seen: Seen[] = [];
  let [askedAt, answeredAt] = [Infinity, Infinity];
  let [before, after] = [0, 0];
  let warm = (): void => {};
  const warmed = new Promise<void>((resolve) => (warm = resolve));
  const lane = async (): Promise<void> => {
    while (after < LANES * CALLS) {
      const beganAt = performance.now();
      const response = await gateway.chat(key, QUICK);
      await response.arrayBuffer();
      seen.push({ beganAt, endedAt: performance.now(), status: response.status });
      if (++before === LANES * CALLS) warm();
      if (beganAt > answeredAt) after += 1;
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  await warmed;
  askedAt = performance.now();
  await change();
  answeredAt = performance.now();
  await Promise.all(lanes);

  for (const { endedAt, status } of seen) {
    assert.ok(status === 200 || status === refused, `${status}`);
    if (endedAt < askedAt) assert.equal(status, 200, 'refused before the change');
  }
  const late = seen.filter(({ beganAt, status }) => beganAt > answeredAt && status === 200);
  const lagMs = Math.max(0, ...late.map(({ beganAt }) => beganAt - answeredAt));
  const first = seen.filter(({ status }) => status === refused).map(({ endedAt }) => endedAt);
  t.diagnostic(
    `${seen.length} calls, lag ${lagMs.toFixed(1)} ms; the first refusal ` +
      `${(Math.min(...first) - askedAt).toFixed(1)} ms after the change was asked for, its answer after ` +
      `${(answeredAt - askedAt).toFixed(1)} ms`,
  );
  assert.equal(late.length, 0, `${late.length} let in up to ${lagMs} ms after the change`);
}

test('a key that is revoked is let in no more', async (t) => {
  const made = await gateway.makeKey();
  await probe(t, made.key, 401, () => gateway.revoke(made));
});

test('a member who is removed takes their keys along', async (t) => {
  const ada = await personOf(gateway);
  const bob = await personOf(gateway, { tenant: ada.tenant, role: 'developer', name: 'Bob' });
  const { key } = await bob.ask<{ key: string }>('POST', '/api/keys', { name: 'bob' }, 201);
  const path = `/api/members/${bob.id}`;
  await probe(t, key, 401, () => ada.ask('DELETE', path, undefined, 204));
});

test("a role that is lowered lowers its keys'", async (t) => {
  const ada = await personOf(gateway);
  const bob = await personOf(gateway, { tenant: ada.tenant, role: 'developer', name: 'Bob' });
  const { key } = await bob.ask<{ key: string }>('POST', '/api/keys', { name: 'bob' }, 201);
  await probe(t, key, 403, () => ada.ask('PATCH', `/api/members/${bob.id}`, { role: 'viewer' }));
});

for (const [what, refused, settings] of [
  ['rpm', 429, { rpm: 0 }],
  ['concurrency', 429, { concurrency: 0 }],
  ['budgetUsd', 402, { budgetUsd: 0 }],
] as const) {
  test(`${what} of a tenant holds`, async (t) => {
    const { key, tenantId } = await gateway.makeKey();
    await probe(t, key, refused, () => gateway.putTenant(tenantId, settings));
  });
}

test('a plan holds', async (t) => {
  const made = await gateway.makeKey();
  await gateway.putTenant(made.tenantId, { plan: 'pro' });
  // As many as a free tenant may have at once.
  const held = await Promise.all(Array.from({ length: 5 }, () => hold(gateway, made)));
  const change = (): Promise<void> => gateway.putTenant(made.tenantId, { plan: 'free' });
  await probe(t, made.key, 429, change);
  for (const { release } of held) await release();
});
