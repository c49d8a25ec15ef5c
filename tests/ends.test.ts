/** The ends of leases: they go along with the next admission, or alone, and are charged once whatever happens. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { charged, nanos, settled } from './harness/usage.ts';

const gateway = await gatewayForTests();

/** A tenant whose ends may linger: nothing that it holds is scarce. */
async function ample(): Promise<{ tenant: string; key: string }> {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { budgetUsd: 1_000 });
  const { key } = await gateway.makeKey({ tenant });
  return { tenant, key };
}

async function chat(key: string, text = 'hello'): Promise<number> {
  const response = await gateway.chat(key, say(text));
  const { costUsd } = (await response.json()) as { costUsd: number };
  assert.equal(response.status, 200);
  return nanos(costUsd);
}

afterEach(() => gateway.faults({}));

describe('the end of a lease', () => {
  test('goes along with the next admission: a chat costs one call of the object', async () => {
    const { tenant, key } = await ample();
    await chat(key);
    const before = (await gateway.calls()).objects;
    const begun = Date.now();
    for (let i = 0; i < 50; i++) await chat(key);
    const calls = (await gateway.calls()).objects - before;
    const { spent_usd } = await charged(gateway, tenant, 51);
    assert.ok(spent_usd > 0);
    // Whoever leads asks every 20 ms at most, and the isolate tells what it counted every 10 s.
    const most = 50 + Math.ceil((Date.now() - begun) / 20) + 10;
    assert.ok(calls <= most, `${calls} calls, at most ${most}`);
  });

  test('is told by itself where nothing follows', async () => {
    const { tenant, key } = await ample();
    let sum = 0;
    for (const count of [1, 2, 3]) {
      for (let i = 0; i < count; i++) sum += await chat(key);
      const { spent_usd, reserved_usd } = await settled(gateway, tenant);
      assert.deepEqual([nanos(spent_usd), nanos(reserved_usd)], [sum, 0]);
    }
  });

  test('is told at once where somebody may wait for what it held', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { budgetUsd: 1_000, concurrency: 1 });
    const { key } = await gateway.makeKey({ tenant });
    for (let i = 0; i < 10; i++) await chat(key);
    await charged(gateway, tenant, 10);
  });

  test('is charged once when many streams and chats end at once', async () => {
    const { tenant, key } = await ample();
    const chats = Array.from({ length: 60 }, async (_, i) => {
      if (i % 2 === 0) return chat(key, `number ${i}`);
      const response = await gateway.chat(key, stream(`number ${i}`));
      const [, cost] = /"costUsd":([\d.e-]+)/.exec(await response.text()) ?? [];
      return nanos(Number(cost));
    });
    const costs = await Promise.all(chats);
    await charged(gateway, tenant, 60);
    const { spent_usd, reserved_usd } = await settled(gateway, tenant);
    const sum = costs.reduce((a, b) => a + b, 0);
    assert.deepEqual([nanos(spent_usd), nanos(reserved_usd)], [sum, 0]);
  });

  for (const [what, fault] of [
    ['does not know of ends that go along', { ends: 'unknown' }],
    ['has heard, and is not heard itself', { objects: 'lose' }],
    ['fails', { objects: 'throw' }],
  ] as const) {
    test(`is told again to an object that ${what}`, async () => {
      const { tenant, key } = await ample();
      const cost = (await chat(key)) + (await chat(key));
      await gateway.faults(fault);
      const next = await gateway.chat(key, say('and another'));
      await next.arrayBuffer();
      const served = next.status === 200 ? 1 : 0;
      assert.equal(served, 'ends' in fault ? 1 : 0, `${next.status}`);
      await gateway.faults({});
      await charged(gateway, tenant, 2 + served);
      const { spent_usd } = await settled(gateway, tenant);
      assert.ok(nanos(spent_usd) >= cost);
    });
  }

  test('is told again to an object that has lost its memory before it wrote', async () => {
    const { tenant, key } = await ample();
    const costs = [await chat(key), await chat(key), await chat(key)];
    // The second end went along with the third admission, and is written 50 ms later.
    assert.ok(await gateway.forget());
    costs.push(await chat(key));
    const { spent_usd } = await charged(gateway, tenant, 4);
    const sum = costs.reduce((a, b) => a + b, 0);
    assert.equal(nanos(spent_usd), sum);
  });
});
