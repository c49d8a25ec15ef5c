/** A tenant's own keys for model providers: kept sealed, shown by their ends, gone when they are deleted. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import type { ErrorBody } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway } from './harness/gateway.ts';
import { personOf } from './harness/person.ts';

type Json = Record<string, unknown>;

interface Provider {
  provider: string;
  set: boolean;
  preview?: string;
  version?: number;
  updatedAtMs?: number;
  updatedBy?: { id: string; name: string };
}

const gateway = await gatewayForTests();
let made = 0;

/** A provider key that no other test has. */
function secret(): string {
  made += 1;
  return `sk-test-${String(made).padStart(4, '0')}-${'Q7'.repeat(12)}`;
}

function call(
  of: Gateway,
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return of.send(key, method, path, body, { headers });
}

async function ask<T = Json>(
  key: string,
  method: string,
  path: string,
  body?: unknown,
  of = gateway,
): Promise<T> {
  const response = await call(of, key, method, path, body);
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function put(key: string, provider: string, text: string, of = gateway): Promise<Provider> {
  return ask<Provider>(key, 'PUT', `/ai/providers/${provider}/key`, { key: text }, of);
}

async function providers(key: string, of = gateway): Promise<Record<string, Provider>> {
  const { providers: all } = await ask<{ providers: Provider[] }>(
    key,
    'GET',
    '/ai/providers',
    undefined,
    of,
  );
  return Object.fromEntries(all.map((one) => [one.provider, one]));
}

const rows = (sql: string, ...values: unknown[]): Promise<Json[]> => gateway.rows(sql, ...values);

/** The files that hold this text: KV, D1, objects, as they are on the disk. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

describe('a key of one’s own', () => {
  test('is set, shown by its ends, replaced and deleted', async () => {
    const person = await personOf(gateway, { role: 'admin', name: 'Grace Hopper' });
    const { key } = await gateway.makeKey({ tenant: person.tenant });
    const empty = await ask<{ available: boolean; providers: Provider[] }>(
      key,
      'GET',
      '/ai/providers',
    );
    assert.deepEqual(empty, {
      available: true,
      providers: [
        { provider: 'openai', set: false },
        { provider: 'anthropic', set: false },
      ],
    });
    const [first, second] = [secret(), secret()];
    const before = Date.now();
    const path = '/ai/providers/openai/key';
    const response = await person.call('PUT', path, { key: first });
    assert.equal(response.headers.get('etag'), '"1"');
    const shown = (await response.json()) as Provider;
    assert.ok(Number(shown.updatedAtMs) >= before && Number(shown.updatedAtMs) <= Date.now());
    const { updatedAtMs: _at, ...rest } = shown;
    assert.deepEqual(rest, {
      provider: 'openai',
      set: true,
      preview: 'sk-…Q7Q7',
      version: 1,
      updatedBy: { id: person.id, name: 'Grace Hopper' },
    });
    const rotated = await ask<Provider>(key, 'POST', '/ai/providers/openai/rotate', {
      key: second,
    });
    assert.equal(rotated.version, 2);
    assert.match(String(rotated.updatedBy?.id), /^key_/);
    const all = await providers(key);
    assert.deepEqual(all['openai'], rotated);
    assert.equal(all['anthropic']?.set, false);
    assert.equal((await call(gateway, key, 'DELETE', path)).status, 204);
    assert.deepEqual((await providers(key))['openai'], { provider: 'openai', set: false });
    await errorOf(await call(gateway, key, 'DELETE', path), 404);
    // Versions go on where they were.
    assert.equal((await put(key, 'openai', first)).version, 3);
    const listed = await rows(
      'SELECT provider, preview, key_version, deleted FROM provider_keys WHERE tenant_id = ?',
      person.tenant,
    );
    const row = { provider: 'openai', preview: 'sk-…Q7Q7', key_version: 3, deleted: 0 };
    assert.deepEqual(listed, [row]);
    const actions = await rows(
      "SELECT action, target FROM audit_log WHERE tenant_id = ? AND action LIKE 'provider_key.%' ORDER BY seq",
      person.tenant,
    );
    assert.deepEqual(
      actions.map(({ action, target }) => `${String(action)} ${String(target)}`),
      ['set', 'rotated', 'deleted', 'set'].map((what) => `provider_key.${what} openai`),
    );
  });

  test('rotates where there is one, and alone the key that seals it', async () => {
    const { key } = await gateway.makeKey();
    const path = '/ai/providers/anthropic/rotate';
    for (const body of [{}, { key: secret() }]) {
      await errorOf(await call(gateway, key, 'POST', path, body), 409);
    }
    await put(key, 'anthropic', secret());
    const before = (await providers(key))['anthropic'];
    assert.deepEqual(await ask(key, 'POST', path, {}), before);
  });

  test('is not overwritten by somebody who has seen another', async () => {
    const { key } = await gateway.makeKey();
    const path = '/ai/providers/openai/key';
    await put(key, 'openai', secret());
    const stale = { 'if-match': '"7"' };
    const { details } = await errorOf(
      await call(gateway, key, 'PUT', path, { key: secret() }, stale),
      409,
    );
    assert.deepEqual(details, { version: 1 });
    await errorOf(await call(gateway, key, 'DELETE', path, undefined, stale), 409);
    await errorOf(await call(gateway, key, 'DELETE', path, undefined, { 'if-match': 'x' }), 400);
    const fresh = { 'if-match': '"1"' };
    const response = await call(gateway, key, 'PUT', path, { key: secret() }, fresh);
    assert.equal(response.headers.get('etag'), '"2"');
    await response.arrayBuffer();
  });

  test('has a form, and what is said of a wrong one does not repeat it', async () => {
    const { key } = await gateway.makeKey();
    const path = '/ai/providers/openai/key';
    const long = 'k'.repeat(513);
    for (const [body, field] of [
      [{ key: 'short' }, '$.key'],
      [{ key: long }, '$.key'],
      [{ key: 'sk-with space-in-it' }, '$.key'],
      [{ key: 'sk-line\nbreak-in-it' }, '$.key'],
      [{ key: 12345678 }, '$.key'],
      [{}, '$'],
      [{ kye: 'sk-misspelt-0000' }, '$.kye'],
      ['"sk-not-an-object"', '$'],
      ['{"key":"sk-cut-off-0000', '$'],
    ] as const) {
      const text = await (await call(gateway, key, 'PUT', path, body)).text();
      const error = JSON.parse(text) as ErrorBody;
      assert.equal(error.error, 'BAD_REQUEST', text);
      assert.ok(JSON.stringify(error.details).includes(`"${field}"`), text);
      assert.doesNotMatch(text, /short|kkkk|space-in|break-in|12345678|misspelt|not-an|cut-off/);
    }
    for (const name of ['mistral', 'workers_ai', 'OpenAI', '..']) {
      const at = `/ai/providers/${name}/key`;
      const { message } = await errorOf(
        await call(gateway, key, 'PUT', at, { key: secret() }),
        404,
      );
      assert.doesNotMatch(message, /sk-/);
    }
    assert.equal((await providers(key))['openai']?.set, false);
  });

  test('is for admins, in their own tenant', async () => {
    const { tenantId, key: owner } = await gateway.makeKey();
    await put(owner, 'openai', secret());
    for (const role of ['viewer', 'developer']) {
      const { key } = await gateway.makeKey({ tenant: tenantId, role });
      for (const [method, path, body] of [
        ['GET', '/ai/providers', undefined],
        ['PUT', '/ai/providers/openai/key', { key: secret() }],
        ['POST', '/ai/providers/openai/rotate', {}],
        ['DELETE', '/ai/providers/openai/key', undefined],
      ] as const) {
        const { message } = await errorOf(await call(gateway, key, method, path, body), 403);
        assert.match(message, /admin/);
      }
    }
    const stranger = await gateway.makeKey();
    assert.equal((await providers(stranger.key))['openai']?.set, false);
    const named = { 'x-neureus-tenant': tenantId };
    const other = await call(
      gateway,
      stranger.key,
      'DELETE',
      '/ai/providers/openai/key',
      undefined,
      named,
    );
    await errorOf(other, 404);
    assert.equal((await providers(owner))['openai']?.version, 1);
  });

  test('goes with the tenant', async () => {
    const { tenantId, key } = await gateway.makeKey();
    await put(key, 'openai', secret());
    await ask(key, 'DELETE', '/api/tenant', { confirm: tenantId });
    assert.deepEqual(await rows('SELECT * FROM provider_keys WHERE tenant_id = ?', tenantId), []);
  });
});

describe('without a master key', async () => {
  const none = await gatewayForTests({ variables: { PROVIDER_MASTER_KEY: undefined } });
  const wrong = await gatewayForTests({ variables: { PROVIDER_MASTER_KEY: 'too short' } });

  test('nothing is kept, and it is said why', async () => {
    for (const bare of [none, wrong]) {
      const { key } = await bare.makeKey();
      const text = secret();
      const refused = await call(bare, key, 'PUT', '/ai/providers/openai/key', { key: text });
      const { message, details } = await errorOf(refused, 409);
      assert.match(message, /PROVIDER_MASTER_KEY/);
      assert.deepEqual(details, { setting: 'PROVIDER_MASTER_KEY' });
      const list = await ask<{ available: boolean }>(key, 'GET', '/ai/providers', undefined, bare);
      assert.equal(list.available, false);
      assert.equal((await providers(key, bare))['openai']?.set, false);
      assert.deepEqual(filesWith(bare.state, text), []);
    }
  });
});
