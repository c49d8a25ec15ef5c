/** Plans and overrides as they hold, and limits that cannot be set. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey, Settings } from './harness/gateway.ts';
import { limitsAt } from './harness/limited.ts';
import { assertWait, toldBy } from './harness/told.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';

const { limited, held, usageOf, ended } = limitsAt(gateway);

describe('plans', () => {
  /** What a tenant's limits are, by its usage and by a chat's headers, which must say the same. */
  async function limitsOf(settings: Settings): Promise<(number | null)[]> {
    const made = await limited('tenant', settings);
    const { limits } = await usageOf(made);
    const told = toldBy(await gateway.chat(made.key, say(QUICK, { maxTokens: 1 })));
    const all = [limits['rpm'], limits['tpm'], limits['concurrency'], limits['budget_usd']];
    const micros = told['tenant-spend']?.q;
    assert.deepEqual(
      [
        told['tenant-requests']?.q ?? null,
        told['tenant-tokens']?.q ?? null,
        told['tenant-concurrency']?.q ?? null,
        micros === undefined ? null : micros / 1e6,
      ],
      all,
    );
    return all.map((limit) => limit ?? null);
  }

  const plans = [
    ['free', [60, 40_000, 5, 5]],
    ['pro', [1_000, 1_000_000, 50, 500]],
    ['scale', [10_000, 10_000_000, 500, 10_000]],
    ['enterprise', [30_000, 60_000_000, 2_000, null]],
  ] as const;
  for (const [plan, limits] of plans) {
    test(`${plan} has its limits`, async () => {
      assert.deepEqual(await limitsOf({ plan }), limits);
    });
  }

  test('an override holds over the plan, higher, lower and zero', async () => {
    assert.deepEqual(await limitsOf({ plan: 'free', rpm: 120 }), [120, 40_000, 5, 5]);
    assert.deepEqual(
      await limitsOf({ plan: 'free', rpm: 100_000_000, tpm: 100_000_000 }),
      [100_000_000, 100_000_000, 5, 5],
    );
    assert.deepEqual(
      await limitsOf({ plan: 'free', concurrency: 1_000_000, budgetUsd: 1e6 }),
      [60, 40_000, 1_000_000, 1_000_000],
    );
    assert.deepEqual(
      await limitsOf({ plan: 'scale', tpm: 1000, budgetUsd: 0.5 }),
      [10_000, 1000, 500, 0.5],
    );
    assert.deepEqual(await limitsOf({ plan: 'pro', concurrency: 0 }), [1_000, 1_000_000, 0, 500]);
  });

  test('are enforced: the sixth of a free tenant at once waits, unless an override lets it', async () => {
    const made = await limited('tenant', { plan: 'free' });
    const running = await Promise.all(Array.from({ length: 5 }, () => held(made, 1)));
    const ask = (): Promise<Response> => gateway.chat(made.key, say(QUICK, { maxTokens: 1 }));
    await assertWait(await ask(), { limit_source: 'tenant', limit_kind: 'concurrency', limit: 5 });
    await gateway.putTenant(made.tenantId, { plan: 'free', concurrency: 6 });
    assert.equal((await ask()).status, 200);
    await gateway.putTenant(made.tenantId, { plan: 'free', concurrency: 4 });
    await assertWait(await ask(), { limit_source: 'tenant', limit_kind: 'concurrency', limit: 4 });
    await gateway.putTenant(made.tenantId, {});
    assert.equal((await ask()).status, 200);
    await Promise.all(running.map(({ release }) => release()));
    await ended(made);
  });

  test("a plan and a key's own limit: both have to admit", async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { plan: 'free' });
    const { key } = await gateway.makeKey({ tenant, rpm: 1 });
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    await assertWait(await gateway.chat(key, say(QUICK)), {
      limit_source: 'key',
      limit_kind: 'requests',
      limit: 1,
    });
  });
});

describe('limits that there cannot be are a 400 that names the field, and change nothing', () => {
  const everywhere = ['-1', '-0.5', '9007199254740992', '"5"', '""', 'true', '[]', '{}'];
  const counts = [...everywhere, '1.5', '4294967296', '18446744073709551616', '100000001'];
  const wrong = {
    rpm: counts,
    tpm: counts,
    concurrency: [...counts, '1000001'],
    budgetUsd: [...everywhere, '0.0000000001', '1000000.000000001', '1000001', '1e300'],
  };

  for (const [field, values] of Object.entries(wrong)) {
    test(`${field} of a tenant`, async () => {
      const former = { plan: 'free', rpm: 7, tpm: 5000, concurrency: 3, budgetUsd: 0.25 };
      const made = await limited('tenant', former);
      const row = async (): Promise<unknown> => {
        const database = await gateway.miniflare.getD1Database('DB');
        return database.prepare('SELECT * FROM tenants WHERE id = ?').bind(made.tenantId).first();
      };
      const before = await row();
      assert.equal((before as { rpm: number }).rpm, 7);
      for (const value of values) {
        // A good field beside it is not taken either.
        const other = field === 'rpm' ? '"tpm":9' : '"rpm":9';
        const body = `{${other},"${field}":${value}}`;
        const response = await gateway.operator('PUT', `/tenants/${made.tenantId}`, body);
        const { details, message } = await errorOf(response, 400);
        assert.deepEqual(details, { field: `$.${field}` }, value);
        assert.ok(!message.includes(value) || value === '""');
      }
      assert.deepEqual(await row(), before);
      assert.deepEqual((await usageOf(made)).limits, {
        rpm: 7,
        tpm: 5000,
        concurrency: 3,
        budget_usd: 0.25,
      });
      const told = toldBy(await gateway.chat(made.key, say(QUICK, { maxTokens: 1 })));
      assert.deepEqual(
        Object.values(told).map(({ q }) => q),
        [7, 5000, 3, 250_000],
      );
    });

    test(`${field} of a key`, async () => {
      const database = await gateway.miniflare.getD1Database('DB');
      const count = async (): Promise<unknown> =>
        database.prepare('SELECT count(*) AS keys FROM api_keys').first();
      const tenant = gateway.newTenant();
      const before = await count();
      for (const value of values) {
        const body = `{"tenant":"${tenant}","${field}":${value}}`;
        const response = await gateway.operator('POST', '/keys', body);
        assert.deepEqual((await errorOf(response, 400)).details, { field: `$.${field}` }, value);
      }
      assert.deepEqual(await count(), before);
      const unmade = await gateway.operator('GET', `/tenants/${tenant}/usage`);
      await errorOf(unmade, 404);
    });
  }

  test('a number that there is not is refused', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 7 });
    for (const value of ['1e400', '-1e400', 'NaN', 'Infinity', '0x10', '07']) {
      for (const field of Object.keys(wrong)) {
        const response = await gateway.operator(
          'PUT',
          `/tenants/${tenant}`,
          `{"${field}":${value}}`,
        );
        await errorOf(response, 400);
      }
    }
    assert.equal((await usageOf({ tenantId: tenant })).limits['rpm'], 7);
  });

  test('a limit named twice is refused', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 7 });
    await errorOf(await gateway.operator('PUT', `/tenants/${tenant}`, '{"rpm":1,"rpm":2}'), 400);
    assert.equal((await usageOf({ tenantId: tenant })).limits['rpm'], 7);
  });

  test('null is no limit of the operator, as leaving it out is', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 7, tpm: 7, concurrency: 7, budgetUsd: 7 });
    const none = { rpm: null, tpm: null, concurrency: null, budgetUsd: null };
    const response = await gateway.operator('PUT', `/tenants/${tenant}`, { plan: 'free', ...none });
    assert.equal(response.status, 200);
    assert.deepEqual((await usageOf({ tenantId: tenant })).limits, {
      rpm: 60,
      tpm: 40_000,
      concurrency: 5,
      budget_usd: 5,
    });
    const made = await gateway.operator('POST', '/keys', { tenant, ...none });
    assert.equal(made.status, 201);
    const { key } = (await made.json()) as MadeKey;
    assert.deepEqual(Object.keys(toldBy(await gateway.chat(key, say(QUICK)))), [
      'tenant-requests',
      'tenant-tokens',
      'tenant-concurrency',
      'tenant-spend',
    ]);
  });
});
