/** The operator API: who may call it, what it makes, and what a refused call leaves behind. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const CALLS = [
  ['POST', '/keys', { tenant: 'nobody' }],
  ['PUT', '/tenants/nobody', { rpm: 5 }],
  ['DELETE', '/tenants/nobody/keys/key_0123456789abcdef', undefined],
  ['GET', '/tenants/nobody/usage', undefined],
] as const;

const rows = (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  gateway.rows(sql, ...values);

async function keysInKv(): Promise<number> {
  const keys = await gateway.keyStore();
  return (await keys.list()).keys.length;
}

describe('where no token is set', async () => {
  const without = await gatewayForTests({ variables: { OPERATOR_TOKEN: undefined } });
  const empty = await gatewayForTests({ variables: { OPERATOR_TOKEN: '' } });

  for (const [method, path, body] of CALLS) {
    test(`${method} ${path} is not there, whatever is sent`, async () => {
      const missing = await errorOf(await without.call('/operator/nothing'), 404);
      for (const token of ['', OPERATOR_TOKEN, 'undefined']) {
        for (const there of [without, empty]) {
          const answer = await errorOf(await there.operator(method, path, body, token), 404);
          assert.deepEqual(answer, missing);
        }
      }
    });
  }
});

describe('a wrong token', () => {
  for (const [method, path, body] of CALLS) {
    test(`gets the one 401 on ${method} ${path}, and does nothing`, async () => {
      const { key } = await gateway.makeKey();
      const before = [await rows('SELECT * FROM api_keys'), await keysInKv()];
      const { objects } = await gateway.calls();
      for (const token of ['', 'wrong', OPERATOR_TOKEN.slice(0, -1), `${OPERATOR_TOKEN}x`, key]) {
        const response = await gateway.operator(method, path, body, token);
        assert.equal(response.headers.get('www-authenticate'), 'Bearer');
        assert.deepEqual(await errorOf(response, 401), {
          error: 'UNAUTHORIZED',
          message: 'Invalid or missing API key',
        });
      }
      assert.deepEqual([await rows('SELECT * FROM api_keys'), await keysInKv()], before);
      assert.equal((await gateway.calls()).objects, objects);
    });
  }
});

describe('a network that shows wrong tokens', () => {
  const shows = (token: string, address: string, path = '/operator/tenants'): Promise<Response> =>
    gateway.call(path, { key: token, headers: { 'cf-connecting-ip': address } });
  /** As `OPERATOR_BRAKE` in wrangler.toml. */
  const LIMIT = 30;

  /** Shows wrong ones until it is held: a little later where the platform's minute ends in between. */
  async function guess(address: string): Promise<Response> {
    for (let tried = 0; tried < 2 * LIMIT; tried += 1) {
      const response = await shows(`guess-${tried}`, address);
      if (response.status !== 401) {
        assert.ok(tried >= LIMIT, `after ${tried}`);
        return response;
      }
      await response.arrayBuffer();
    }
    throw new Error(`${address} goes on guessing`);
  }

  test('is held after too many: even the right one is not looked at, and nobody else is', async () => {
    const [bad, near, far] = ['2001:db8:7::1', '2001:db8:7::2', '2001:db8:8::1'];
    assert.equal((await shows(OPERATOR_TOKEN, bad)).status, 200);
    const held = await guess(bad);
    const request = held.headers.get('x-request-id');
    assert.ok(Number(held.headers.get('retry-after')) >= 1);
    const { details } = await errorOf(held, 429);
    assert.deepEqual([details?.['limit_source'], details?.['limit']], ['client', LIMIT]);
    for (const [token, address] of [
      [OPERATOR_TOKEN, bad],
      ['another-guess', bad],
      [OPERATOR_TOKEN, near],
    ] as const) {
      const response = await shows(token, address);
      const seconds = Number(response.headers.get('retry-after'));
      assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
      await errorOf(response, 429);
    }
    assert.equal((await shows(OPERATOR_TOKEN, far)).status, 200);

    const { auth } = await gateway.points(request);
    assert.equal(auth[0]?.blobs[1], 'unknown');
    const told = gateway.logged.filter((line) => line.includes('too many wrong operator tokens'));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /2001:db8:7::\/64/);
    assert.ok(!gateway.logged.some((line) => /guess-/.test(line)));
  });

  test('learns nothing where keys are as good, and its keys go on working', async () => {
    const address = '198.51.100.77';
    const { key } = await gateway.makeKey();
    await errorOf(await guess(address), 429);
    const metrics = (token: string): Promise<Response> =>
      shows(token, address, '/monitoring/metrics');
    await errorOf(await metrics(OPERATOR_TOKEN), 401);
    await errorOf(await metrics('another-guess'), 401);
    assert.equal((await metrics(key)).status, 200);
  });

  test('is counted there, too', async () => {
    const address = '198.51.100.78';
    for (let tried = 0; tried < 2 * LIMIT; tried += 1) {
      await errorOf(await shows(`guess-${tried}`, address, '/monitoring/metrics'), 401);
      const right = await shows(OPERATOR_TOKEN, address);
      await right.arrayBuffer();
      if (right.status === 429) return;
    }
    throw new Error(`${address} goes on guessing`);
  });

  test('of keys, or with nothing at all, guesses no token', async () => {
    const address = '198.51.100.79';
    const { key } = await gateway.makeKey();
    for (let tried = 0; tried <= LIMIT; tried += 1) {
      await errorOf(await shows(tried % 2 === 0 ? key : '', address), 401);
    }
    assert.equal((await shows(OPERATOR_TOKEN, address)).status, 200);
  });

  test('is not let in where nobody counts', async (t) => {
    t.after(() => gateway.faults({}));
    await gateway.faults({ brake: 'throw' });
    await errorOf(await shows('guess', '198.51.100.80'), 503);
    assert.equal((await shows(OPERATOR_TOKEN, '198.51.100.80')).status, 200);
  });
});

describe('a body that is wrong names the field and leaves nothing behind', () => {
  const bad: [string, string, unknown][] = [
    ['nothing', '$', ''],
    ['no JSON', '$', '{"tenant"'],
    ['a list', '$', []],
    ['no tenant', '$', {}],
    ['a tenant in capitals', '$.tenant', { tenant: 'Demo' }],
    ['a tenant of no length', '$.tenant', { tenant: '' }],
    ['a tenant too long', '$.tenant', { tenant: 'a'.repeat(41) }],
    ['a tenant given twice', '$.tenant', '{"tenant":"left-behind","tenant":"left-behind"}'],
    ['an unknown field', '$.colour', { tenant: 'left-behind', colour: 1 }],
    ['an unknown type', '$.type', { tenant: 'left-behind', type: 'sk' }],
    ['an unknown role', '$.role', { tenant: 'left-behind', role: 'king' }],
    ['a negative limit', '$.rpm', { tenant: 'left-behind', rpm: -1 }],
    ['half a request', '$.rpm', { tenant: 'left-behind', rpm: 1.5 }],
    ['an unknown profile', '$.profile', { tenant: 'left-behind', profile: 'military' }],
    ['an unknown model', '$.models[1]', { tenant: 'left-behind', models: ['gpt-4o', 'nope'] }],
    ['a widget key without origins', '$.origins', { tenant: 'left-behind', type: 'pk' }],
    [
      'an origin with a path',
      '$.origins[1]',
      { tenant: 'left-behind', type: 'pk', origins: ['https://a.example', 'https://a.example/'] },
    ],
    ['origins of a standard key', '$.origins', { tenant: 'left-behind', origins: ['*'] }],
    ['a name too long', '$.name', { tenant: 'left-behind', name: 'x'.repeat(81) }],
    ['an end that is no number', '$.expiresAtMs', { tenant: 'left-behind', expiresAtMs: 'soon' }],
    ['a limit above any', '$.rpm', { tenant: 'left-behind', rpm: 100_000_001 }],
    ['tokens as text', '$.tpm', { tenant: 'left-behind', tpm: '5' }],
    ['half a request at once', '$.concurrency', { tenant: 'left-behind', concurrency: 0.5 }],
    ['a negative budget', '$.budgetUsd', { tenant: 'left-behind', budgetUsd: -1 }],
    ['a budget as text', '$.budgetUsd', { tenant: 'left-behind', budgetUsd: '5' }],
    ['part of a nano-dollar', '$.budgetUsd', { tenant: 'left-behind', budgetUsd: 1.0000000001 }],
    ['a budget above any', '$.budgetUsd', { tenant: 'left-behind', budgetUsd: 1_000_000.5 }],
  ];
  for (const [what, field, body] of bad) {
    test(what, async () => {
      const before = await keysInKv();
      const { details } = await errorOf(await gateway.operator('POST', '/keys', body), 400);
      assert.deepEqual(details, { field });
      assert.equal(await keysInKv(), before);
      assert.deepEqual(await rows("SELECT * FROM tenants WHERE id = 'left-behind'"), []);
    });
  }

  test('a body too large, of another type, or a path that is no tenant', async () => {
    const large = { tenant: 'left-behind', name: 'x'.repeat(17 << 10) };
    await errorOf(await gateway.operator('POST', '/keys', large), 413);
    const text = await gateway.call('/operator/keys', {
      method: 'POST',
      key: OPERATOR_TOKEN,
      body: '{"tenant":"left-behind"}',
      headers: { 'content-type': 'text/plain' },
    });
    await errorOf(text, 415);
    const { details } = await errorOf(await gateway.operator('PUT', '/tenants/UPPER', {}), 400);
    assert.deepEqual(details, { field: '$.tenant' });
    assert.deepEqual(await rows("SELECT * FROM tenants WHERE id = 'left-behind'"), []);
  });
});

test('a key of a new tenant is in the object, in KV and in D1, and its text in none', async () => {
  const made = await gateway.makeKey({
    tenant: 'brand-new',
    role: 'developer',
    name: 'first',
    rpm: 100,
    tpm: 50_000,
    concurrency: 3,
    budgetUsd: 2.500000001,
  });
  assert.equal(made.tenantId, 'brand-new');
  assert.match(made.keyId, /^key_[0-9A-Za-z]{16}$/);
  const [row] = await rows('SELECT * FROM api_keys WHERE id = ?', made.keyId);
  assert.ok(row);
  const { created_at_ms: createdAt, hash, ...rest } = row;
  assert.ok(Math.abs(Number(createdAt) - Date.now()) < 10_000);
  assert.deepEqual(rest, {
    id: made.keyId,
    tenant_id: 'brand-new',
    kind: 'nru',
    role: 'developer',
    name: 'first',
    preview: made.keyPreview,
    creator: null,
    expires_at_ms: null,
    revoked_at_ms: null,
    rpm: 100,
    tpm: 50_000,
    concurrency: 3,
    budget_nano: 2_500_000_001,
    models: '[]',
    origins: '[]',
    profile: null,
    last_used_at_ms: null,
    rotated_to: null,
    passing: 0,
    visitor_rpm: null,
    version: 3,
  });
  assert.equal((await rows("SELECT * FROM tenants WHERE id = 'brand-new'")).length, 1);
  const keys = await gateway.keyStore();
  assert.ok(await keys.get(String(hash)));
  assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
});

test('a further key leaves the tenant and its settings as they are', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { rpm: 1 });
  const { key } = await gateway.makeKey({ tenant });
  const [row] = await rows('SELECT rpm FROM tenants WHERE id = ?', tenant);
  assert.equal(row?.['rpm'], 1);
  assert.equal((await gateway.chat(key, say('hi'))).status, 200);
  await errorOf(await gateway.chat(key, say('hi')), 429);
});

test('settings are given back and listed, and what is absent is no limit', async () => {
  const tenant = gateway.newTenant();
  const settings = {
    plan: 'pro',
    rpm: 5,
    tpm: 100,
    concurrency: 2,
    budgetUsd: 0.000000001,
    shadow: true,
    profile: 'legal',
  };
  const first = await gateway.operator('PUT', `/tenants/${tenant}`, settings);
  assert.deepEqual(await first.json(), { tenantId: tenant, maxPlan: null, ...settings });
  const [row] = await rows('SELECT * FROM tenants WHERE id = ?', tenant);
  const { created_at_ms: _createdAt, version: _version, ...listed } = row ?? {};
  assert.deepEqual(listed, {
    id: tenant,
    plan: 'pro',
    rpm: 5,
    tpm: 100,
    concurrency: 2,
    budget_nano: 1,
    shadow: 1,
    profile: 'legal',
    name: '',
    max_plan: null,
    chosen_plan: null,
    suspended: 0,
    deleted_at_ms: null,
  });
  const second = await gateway.operator('PUT', `/tenants/${tenant}`, {});
  assert.deepEqual(await second.json(), {
    tenantId: tenant,
    plan: null,
    maxPlan: null,
    rpm: null,
    tpm: null,
    concurrency: null,
    budgetUsd: null,
    shadow: false,
    profile: null,
  });
  const { key } = await gateway.makeKey({ tenant });
  assert.equal((await gateway.chat(key, say('hi'))).headers.get('ratelimit'), null);
});

test('settings that are wrong name the field and change nothing', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { rpm: 5 });
  for (const [field, body] of [
    ['$.plan', { plan: 'gold' }],
    ['$.tpm', { tpm: -1 }],
    ['$.concurrency', { concurrency: 1_000_001 }],
    ['$.budgetUsd', { budgetUsd: 0.0000000001 }],
    ['$.shadow', { shadow: 'yes' }],
    ['$.own', { own: { rpm: 1 } }],
  ] as const) {
    const response = await gateway.operator('PUT', `/tenants/${tenant}`, body);
    assert.deepEqual((await errorOf(response, 400)).details, { field });
  }
  const [row] = await rows('SELECT * FROM tenants WHERE id = ?', tenant);
  assert.deepEqual([row?.['rpm'], row?.['plan'], row?.['shadow']], [5, null, 0]);
});

test('a plan limits what the operator does not, and 0 is a limit', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { plan: 'free', rpm: 7 });
  const { key } = await gateway.makeKey({ tenant });
  const policy = (await gateway.chat(key, say('hi'))).headers.get('ratelimit-policy') ?? '';
  assert.match(policy, /"tenant-requests";q=7;w=60/);
  assert.match(policy, /"tenant-tokens";q=40000;qu="tokens";w=60/);
  assert.match(policy, /"tenant-concurrency";q=5;qu="concurrent-requests"(,|$)/);
  assert.match(policy, /"tenant-spend";q=5000000;qu="micro-usd";w=\d+/);
  await gateway.putTenant(tenant, { plan: 'free', budgetUsd: 0 });
  const { details } = await errorOf(await gateway.chat(key, say('hi')), 402);
  assert.deepEqual([details?.['limit_source'], details?.['limit_usd']], ['tenant', 0]);
});

test('only the tenant that has a key can be told to revoke it', async () => {
  const [own, other] = [await gateway.makeKey(), await gateway.makeKey()];
  for (const path of [
    `/tenants/${other.tenantId}/keys/${own.keyId}`,
    `/tenants/${own.tenantId}/keys/key_0123456789abcdef`,
    `/tenants/${own.tenantId}/keys/nonsense`,
    `/tenants/never-made/keys/${own.keyId}`,
  ]) {
    await errorOf(await gateway.operator('DELETE', path), 404);
  }
  assert.equal((await gateway.chat(own.key, say('hi'))).status, 200);
  const revoked = await gateway.operator('DELETE', `/tenants/${own.tenantId}/keys/${own.keyId}`);
  assert.ok([200, 204].includes(revoked.status));
  const [row] = await rows('SELECT revoked_at_ms FROM api_keys WHERE id = ?', own.keyId);
  assert.ok(Number(row?.['revoked_at_ms']) > 0);
});

test('what one tenant does never counts against another', async () => {
  const [busy, idle] = [gateway.newTenant(), gateway.newTenant()];
  await gateway.putTenant(busy, { rpm: 2 });
  await gateway.putTenant(idle, { rpm: 2 });
  const [theirs, own] = [
    await gateway.makeKey({ tenant: busy }),
    await gateway.makeKey({ tenant: idle }),
  ];
  for (const status of [200, 200, 429]) {
    assert.equal((await gateway.chat(theirs.key, say('hi'))).status, status);
  }
  const response = await gateway.chat(own.key, say('hi'));
  assert.equal(response.status, 200);
  assert.match(response.headers.get('ratelimit') ?? '', /"tenant-requests";r=1;/);
});

describe('a key that cannot be stored everywhere', () => {
  for (const binding of ['keys', 'database', 'objects'] as const) {
    test(`is 503 when ${binding} fails, and nothing lists a key that works`, async (t) => {
      t.after(() => gateway.faults({}));
      const tenant = gateway.newTenant();
      await gateway.faults({ [binding]: 'throw' });
      const response = await gateway.operator('POST', '/keys', { tenant });
      assert.equal(response.headers.get('retry-after'), '1');
      await errorOf(response, 503);
      await gateway.faults({});
      const listed = 'SELECT * FROM api_keys WHERE tenant_id = ? AND revoked_at_ms IS NULL';
      assert.deepEqual(await rows(listed, tenant), []);
      const { key } = await gateway.makeKey({ tenant });
      assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    });
  }
});
