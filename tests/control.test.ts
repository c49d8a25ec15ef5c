/** What a tenant's people manage: who may what, in which tenant, and what it leaves behind. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { bodyOf, operations, pathOf } from './harness/operations.ts';
import { personOf } from './harness/person.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();
type Json = Record<string, unknown>;

const rows = (sql: string, ...values: unknown[]): Promise<Json[]> => gateway.rows(sql, ...values);

function call(
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return gateway.send(key, method, path, body, { headers });
}

async function ask<T = Json>(
  key: string,
  method: string,
  path: string,
  body?: unknown,
  status = 200,
): Promise<T> {
  const response = await call(key, method, path, body);
  const text = await response.text();
  assert.equal(response.status, status, `${method} ${path}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const HOOK = 'https://hooks.example.com/neureus';
/** Every operation of some tenant's, whatever part of the gateway answers it. */
const everybodys = operations
  .filter(({ takes }) => takes.includes('session'))
  .filter(({ role }) => role !== 'session');

describe('ids of another tenant', () => {
  test('are not there, and nothing changes', async () => {
    const [own, theirs] = [await gateway.makeKey(), await gateway.makeKey()];
    const them = await personOf(gateway, { tenant: theirs.tenantId });
    const invitation = await ask(theirs.key, 'POST', '/api/invitations', { role: 'viewer' }, 201);
    const widget = await ask(theirs.key, 'POST', '/ai/widget/key', { origins: ['*'] }, 201);
    const hook = await ask(theirs.key, 'POST', '/api/alerts/webhooks', { url: HOOK }, 201);
    const chatted = await gateway.chat(theirs.key, say('hi'));
    const logged = chatted.headers.get('x-request-id');
    const kept = async (): Promise<unknown> => [
      await rows('SELECT * FROM api_keys WHERE tenant_id = ? ORDER BY id', theirs.tenantId),
      (await ask(theirs.key, 'GET', '/api/alerts/webhooks'))['webhooks'],
    ];
    const attempts: Record<string, [string, unknown?]> = {
      'PATCH /api/keys/{key}': [theirs.keyId, { name: 'mine' }],
      'DELETE /api/keys/{key}': [theirs.keyId],
      'POST /api/keys/{key}/rotate': [theirs.keyId, {}],
      'DELETE /ai/widget/key': ['', { keyId: widget['keyId'] }],
      'PATCH /api/members/{member}': [them.id, { role: 'viewer' }],
      'DELETE /api/members/{member}': [them.id],
      'POST /api/members/{member}/recovery': [them.id],
      'DELETE /api/invitations/{invitation}': [String(invitation['id'])],
      'DELETE /api/alerts/webhooks/{webhook}': [String(hook['id'])],
      'POST /api/alerts/webhooks/{webhook}/test': [String(hook['id'])],
      'GET /api/logs/{request}': [String(logged)],
    };
    // Providers are a short list. Every other id in a path is somebody's.
    for (const { name } of everybodys.filter(({ path }) => /{(?!provider})/.test(path))) {
      assert.ok(name in attempts, `${name} is not tried`);
    }
    const before = await kept();
    for (const [operation, [id, body]] of Object.entries(attempts)) {
      const [method = '', path = ''] = operation.split(' ');
      const real = path.replace(/{\w+}/, id);
      const { message } = await errorOf(await call(own.key, method, real, body), 404);
      assert.notEqual(message, 'There is no such path', operation);
    }
    for (const path of ['/api/tenant', '/api/keys', '/api/members', '/api/audit', '/api/billing']) {
      const headers = { 'x-neureus-tenant': theirs.tenantId };
      await errorOf(await call(own.key, 'GET', path, undefined, headers), 404);
    }
    assert.deepEqual(await kept(), before);
    const open = await ask<{ invitations: Json[] }>(theirs.key, 'GET', '/api/invitations');
    assert.deepEqual(
      open.invitations.map(({ id }) => id),
      [invitation['id']],
    );
    const members = await ask<{ members: Json[] }>(theirs.key, 'GET', '/api/members');
    assert.equal(members.members[0]?.['role'], 'owner');
  });

  test('and a session finds nothing in a tenant that is not its own', async () => {
    const ada = await personOf(gateway);
    const { tenantId } = await gateway.makeKey();
    for (const tenant of [tenantId, 'never-made', 'NOT AN ID']) {
      const headers = { 'x-neureus-tenant': tenant };
      for (const operation of everybodys) {
        const target = { tenantId, keyId: 'key_0123456789abcdef' };
        const [method, path] = [operation.method, pathOf(operation, target)];
        const body = method === 'GET' ? undefined : bodyOf(operation, target);
        const response = await ada.call(method, path, body, headers);
        assert.equal(response.status, 404, `${method} ${path}: ${await response.text()}`);
      }
    }
  });
});

describe('a key', () => {
  test('is made by a person, works at once, is listed, changed, and revoked at once', async () => {
    const ada = await personOf(gateway);
    const made = await ada.ask<Json>(
      'POST',
      '/api/keys',
      { name: 'ci', role: 'developer', limits: { rpm: 2 }, models: ['meta-llm'] },
      201,
    );
    const key = String(made['key']);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    const { keys } = await ada.ask<{ keys: Json[] }>('GET', '/api/keys');
    assert.equal(keys.length, 1);
    const { key: _key, ...shown } = made;
    const { creator, lastUsedAtMs: _used, ...listed } = keys[0] ?? {};
    assert.deepEqual(listed, shown);
    assert.deepEqual(creator, { id: ada.id, name: 'Ada Lovelace' });
    assert.deepEqual(listed['limits'], { rpm: 2 });

    const path = `/api/keys/${String(made['id'])}`;
    const patched = await ada.ask<Json>('PATCH', path, { name: 'CI', limits: { rpm: null } });
    assert.deepEqual([patched['name'], patched['limits']], ['CI', {}]);
    for (let i = 0; i < 4; i += 1) {
      assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    }
    await ada.ask('DELETE', path);
    await errorOf(await gateway.chat(key, say('hi')), 401);
  });

  test('is not above its maker, and of two who change it the second is told', async () => {
    const { key } = await gateway.makeKey({ role: 'admin' });
    await errorOf(await call(key, 'POST', '/api/keys', { name: 'x', role: 'owner' }), 403);
    const made = await ask(key, 'POST', '/api/keys', { name: 'x' }, 201);
    const path = `/api/keys/${String(made['id'])}`;
    const seen = { 'if-match': `"${String(made['version'])}"` };
    const first = await call(key, 'PATCH', path, { name: 'y' }, seen);
    assert.equal(first.status, 200);
    const version = Number(((await first.json()) as Json)['version']);
    assert.equal(first.headers.get('etag'), `"${version}"`);
    const { details } = await errorOf(await call(key, 'PATCH', path, { name: 'z' }, seen), 409);
    assert.deepEqual(details, { version });
  });

  test('goes on for its grace when it is rotated, and the new one has what it had', async () => {
    const { key } = await gateway.makeKey();
    const old = await ask(key, 'POST', '/api/keys', { name: 'x', limits: { tpm: 9_000 } }, 201);
    const path = `/api/keys/${String(old['id'])}/rotate`;
    const made = await ask(key, 'POST', path, { graceS: 1 }, 201);
    assert.deepEqual(made['limits'], { tpm: 9_000 });
    assert.equal((await gateway.chat(String(old['key']), say('hi'))).status, 200);
    assert.equal((await gateway.chat(String(made['key']), say('hi'))).status, 200);
    await eventually('the end of the old key', async () => {
      const response = await gateway.chat(String(old['key']), say('hi'));
      await response.arrayBuffer();
      return response.status === 401 || undefined;
    });
    assert.equal((await gateway.chat(String(made['key']), say('hi'))).status, 200);
  });

  test('of a playground lasts an hour and is not listed', async () => {
    const ada = await personOf(gateway);
    const made = await ada.ask<Json>('POST', '/api/playground/key', {}, 201);
    assert.ok(Math.abs(Number(made['expiresAtMs']) - Date.now() - 3_600_000) < 10_000);
    assert.equal((await gateway.chat(String(made['key']), say('hi'))).status, 200);
    assert.deepEqual((await ada.ask<{ keys: Json[] }>('GET', '/api/keys?all=1')).keys, []);
  });

  test('of a widget chats from its origins alone', async () => {
    const { key } = await gateway.makeKey();
    const origins = ['https://shop.example'];
    const made = await ask(key, 'POST', '/ai/widget/key', { origins, agent_id: 'shop' }, 201);
    const widget = String(made['key']);
    const from = (origin: string): Promise<Response> =>
      gateway.chat(widget, say('hi'), { headers: { origin } });
    assert.equal((await from('https://shop.example')).status, 200);
    assert.equal((await from('https://evil.example')).status, 403);
    await ask(key, 'DELETE', '/ai/widget/key', { keyId: made['keyId'] });
    assert.equal((await from('https://shop.example')).status, 401);
  });
});

describe('members', () => {
  test('are given roles, and their keys follow at once', async () => {
    const ada = await personOf(gateway);
    const bob = await personOf(gateway, { tenant: ada.tenant, role: 'developer', name: 'Bob' });
    const made = await bob.ask<Json>('POST', '/api/keys', { name: 'bob' }, 201);
    const key = String(made['key']);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    await ada.ask('PATCH', `/api/members/${bob.id}`, { role: 'viewer' });
    await errorOf(await gateway.chat(key, say('hi')), 403);
    await errorOf(await bob.call('POST', '/api/keys', { name: 'x' }), 403);
    await ada.ask('PATCH', `/api/members/${bob.id}`, { role: 'developer' });
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    await ada.ask('DELETE', `/api/members/${bob.id}`, undefined, 204);
    await errorOf(await gateway.chat(key, say('hi')), 401);
    await errorOf(await bob.call('GET', '/api/tenant'), 404);
    const { members } = await ada.ask<{ members: Json[] }>('GET', '/api/members');
    assert.deepEqual(
      members.map(({ name, you }) => [name, you]),
      [['Ada Lovelace', true]],
    );
  });

  test('keep an owner', async () => {
    const ada = await personOf(gateway);
    await errorOf(await ada.call('DELETE', `/api/members/${ada.id}`), 409);
    await errorOf(await ada.call('PATCH', `/api/members/${ada.id}`, { role: 'admin' }), 409);
  });

  test('come by invitation, whose maker has to be allowed to', async () => {
    const ada = await personOf(gateway, { role: 'admin' });
    await errorOf(await ada.call('POST', '/api/invitations', { role: 'admin' }), 403);
    const made = await ada.ask<Json>(
      'POST',
      '/api/invitations',
      { role: 'developer', note: '<b>Bob</b>' },
      201,
    );
    const { invitations } = await ada.ask<{ invitations: Json[] }>('GET', '/api/invitations');
    assert.equal(invitations[0]?.['note'], '<b>Bob</b>');
    assert.ok(!JSON.stringify(invitations).includes(String(made['url']).split('#')[1] ?? '?'));
    await ada.ask('DELETE', `/api/invitations/${String(made['id'])}`, undefined, 204);
    await errorOf(await ada.call('DELETE', `/api/invitations/${String(made['id'])}`), 404);
    assert.deepEqual((await ada.ask<Json>('GET', '/api/invitations'))['invitations'], []);
  });
});

describe('limits and plans', () => {
  test('are lowered by an admin, felt by the next request, and never raised', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { plan: 'free', rpm: 50 });
    const { key } = await gateway.makeKey({ tenant, role: 'admin' });
    const set = (limits: Json): Promise<Response> => call(key, 'PATCH', '/api/billing', { limits });
    assert.equal((await set({ rpm: 1 })).status, 200);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    await errorOf(await gateway.chat(key, say('hi')), 429);
    await errorOf(await set({ rpm: 51 }), 403);
    await errorOf(await set({ concurrency: 1_000 }), 403);
    const billing = await ask<{ limits: Record<string, Json>; plans: Json[] }>(
      key,
      'GET',
      '/api/billing',
    );
    assert.equal(billing.limits['effective']?.['rpm'], 1);
    assert.deepEqual(billing.limits['own'], { rpm: 1 });
    assert.deepEqual(
      billing.plans.map(({ allowed }) => allowed),
      [true, false, false, false],
    );
    await errorOf(await call(key, 'PATCH', '/api/billing', { plan: 'pro' }), 403);
    await gateway.operator('PUT', `/tenants/${tenant}`, { plan: 'free', maxPlan: 'pro' });
    const changed = await ask(key, 'PATCH', '/api/billing', { plan: 'pro', limits: { rpm: null } });
    assert.equal(changed['plan'], 'pro');
    // A raised limit gives no free burst, so the next one may have to wait; but it is another limit.
    const policy = (await gateway.chat(key, say('hi'))).headers.get('ratelimit-policy') ?? '';
    assert.match(policy, /"tenant-requests";q=1000;/);
  });

  test('usage is summed up, also as a table', async () => {
    const { key, keyId } = await gateway.makeKey();
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    const used = await eventually('the usage', async () => {
      const { rows: by } = await ask<{ rows: Json[] }>(key, 'GET', '/api/usage?by=key');
      return by[0];
    });
    assert.deepEqual([used['key'], used['requests']], [keyId, 1]);
    const csv = await call(key, 'GET', '/api/usage.csv?by=model');
    assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(await csv.text(), /^model,requests,[^\n]*\r\nmeta-llm,1,/);
    await errorOf(await call(key, 'GET', '/api/usage?by=colour'), 400);
  });
});

describe('the audit log', () => {
  test('has every change, who made it and from where, and no secret', async () => {
    const ada = await personOf(gateway);
    const made = await ada.ask<Json>('POST', '/api/keys', { name: '=cmd()' }, 201);
    await ada.ask('PATCH', '/api/tenant', { name: 'Ácme ‮'.replace('‮', '') });
    await ada.ask('PUT', '/api/privacy', { profile: 'legal', answers: 'redact', patterns: [] });
    await ada.ask('DELETE', `/api/keys/${String(made['id'])}`);
    const { events } = await ada.ask<{ events: Json[] }>('GET', '/api/audit');
    assert.deepEqual(
      events.map(({ action }) => action),
      [
        'key.revoked',
        'privacy.updated',
        'tenant.renamed',
        'key.created',
        'session.began',
        'member.joined',
        'invitation.created',
        'tenant.created',
      ],
    );
    const first = events[0] ?? {};
    assert.deepEqual(first['actor'], { kind: 'member', id: ada.id, name: 'Ada Lovelace' });
    assert.equal(first['ip'], ada.address);
    assert.match(String(first['requestId']), /^req_/);
    assert.ok(!JSON.stringify(events).includes(String(made['key'])));
    const keys = await ada.ask<{ events: Json[] }>('GET', '/api/audit?action=key');
    assert.equal(keys.events.length, 2);
    const csv = await (await ada.call('GET', '/api/audit.csv')).text();
    assert.ok(csv.includes('=cmd()') && !/(^|,)"?=/m.test(csv));
    const all = await gateway.operator('GET', `/tenants/${ada.tenant}/audit`);
    assert.equal(((await all.json()) as { events: Json[] }).events.length, events.length);
  });
});

describe('bad input names the field and changes nothing', () => {
  const long = 'x'.repeat(81);
  const bad: [string, string, unknown, string][] = [
    ['POST', '/api/keys', { name: long }, '$.name'],
    ['POST', '/api/keys', { name: 'a\0b' }, '$.name'],
    ['POST', '/api/keys', { name: 'a‮b' }, '$.name'],
    ['POST', '/api/keys', { name: 'a', limits: { rpm: -1 } }, '$.limits.rpm'],
    ['POST', '/api/keys', { name: 'a', colour: 1 }, '$.colour'],
    ['PATCH', '/api/tenant', { name: '   ' }, '$.name'],
    ['DELETE', '/api/tenant', { confirm: 'no' }, '$.confirm'],
    ['POST', '/api/invitations', { role: 'king' }, '$.role'],
    ['POST', '/api/invitations', { role: 'viewer', note: 'x'.repeat(201) }, '$.note'],
    ['PUT', '/api/privacy', { profile: 'military' }, '$.profile'],
    ['PATCH', '/api/billing', { limits: { rpm: 'many' } }, '$.limits.rpm'],
  ];
  for (const [method, path, body, field] of bad) {
    test(`${method} ${path} ${field}`, async () => {
      const { key, tenantId } = await gateway.makeKey();
      const before = await rows(
        'SELECT COUNT(*) AS n FROM audit_log WHERE tenant_id = ?',
        tenantId,
      );
      const { details } = await errorOf(await call(key, method, path, body), 400);
      assert.deepEqual(details, { field });
      const after = await rows('SELECT COUNT(*) AS n FROM audit_log WHERE tenant_id = ?', tenantId);
      assert.deepEqual(after, before);
    });
  }

  test('names of any script are given back as they are', async () => {
    const { key } = await gateway.makeKey();
    for (const name of ['<script>alert(1)</script>', 'مفتاح', '鍵 🔑', "Robert'); DROP TABLE"]) {
      const made = await ask(key, 'POST', '/api/keys', { name }, 201);
      assert.equal(made['name'], name);
    }
  });
});

describe('a tenant', () => {
  test('that is suspended calls no model and changes nothing, until it goes on', async () => {
    const { key, tenantId } = await gateway.makeKey();
    const suspend = (suspended: boolean): Promise<Response> =>
      gateway.operator('PUT', `/tenants/${tenantId}/suspension`, { suspended });
    assert.equal((await suspend(true)).status, 200);
    await errorOf(await gateway.chat(key, say('hi')), 403);
    await errorOf(await call(key, 'POST', '/api/keys', { name: 'x' }), 403);
    assert.equal((await ask(key, 'GET', '/api/tenant'))['suspended'], true);
    assert.equal((await suspend(false)).status, 200);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
  });

  test('that is deleted is gone from all three stores, and nothing brings it back', async () => {
    const ada = await personOf(gateway);
    const made = await ada.ask<Json>('POST', '/api/keys', { name: 'x' }, 201);
    const key = String(made['key']);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    await ada.ask('DELETE', '/api/tenant', { confirm: ada.tenant }, 204);
    await errorOf(await gateway.chat(key, say('hi')), 401);
    // She belonged to no other tenant.
    await errorOf(await ada.call('GET', '/api/tenant'), 401);
    for (const table of ['api_keys', 'memberships', 'people_log']) {
      assert.deepEqual(await rows(`SELECT * FROM ${table} WHERE tenant_id = ?`, ada.tenant), []);
    }
    const events = await rows('SELECT action FROM audit_log WHERE tenant_id = ?', ada.tenant);
    assert.deepEqual(events, [{ action: 'tenant.deleted' }]);
    const keys = await gateway.keyStore();
    const { keys: pointers } = await keys.list();
    for (const { name } of pointers) {
      assert.ok(!String(await keys.get(name)).includes(`"${ada.tenant}"`));
    }
    for (const [method, path, body] of [
      ['POST', '/keys', { tenant: ada.tenant }],
      ['PUT', `/tenants/${ada.tenant}`, {}],
    ] as const) {
      await errorOf(await gateway.operator(method, path, body), 409);
    }
    await errorOf(await gateway.operator('GET', `/tenants/${ada.tenant}`), 404);
  });

  test('whose stores differ is mended, and what was revoked anywhere is revoked', async () => {
    const made = await gateway.makeKey();
    const other = await gateway.makeKey({ tenant: made.tenantId });
    const database = await gateway.miniflare.getD1Database('DB');
    const run = (sql: string, ...values: unknown[]): Promise<unknown> =>
      database
        .prepare(sql)
        .bind(...values)
        .run();
    await run('DELETE FROM api_keys WHERE id = ?', made.keyId);
    await run('UPDATE api_keys SET revoked_at_ms = 5 WHERE id = ?', other.keyId);
    const checked = await gateway.operator('POST', `/tenants/${made.tenantId}/check`);
    const drift = (await checked.json()) as Record<string, string[]>;
    assert.ok(drift['stale']?.includes(made.keyId), JSON.stringify(drift));
    assert.deepEqual(drift['revoked'], [other.keyId]);
    assert.equal((await rows('SELECT * FROM api_keys WHERE id = ?', made.keyId)).length, 1);
    await errorOf(await gateway.chat(other.key, say('hi')), 401);
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
    const again = await gateway.operator('POST', `/tenants/${made.tenantId}/check`);
    const none = { stale: [], unknown: [], revoked: [], pointers: [] };
    assert.deepEqual(await again.json(), none);
  });
});
