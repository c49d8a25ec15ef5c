/** What seals provider keys and the secrets of webhooks: it can be replaced, and nothing is stored in the clear. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { startSandbox } from '../sandbox/server.ts';
import { admin } from './harness/admin.ts';
import { errorOf, say, stream } from './harness/answer.ts';
import { OPERATOR_TOKEN, PROVIDER_MASTER_KEY } from './harness/gateway.ts';
import { json, PATIENCE_MS, Receiver, sent } from './harness/monitoring.ts';
import {
  before,
  CLAUDE,
  complete,
  digest,
  GPT,
  keysFor,
  marked,
  put,
  secret,
  seen,
  tenantWith,
} from './harness/own_keys.ts';
import { settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

/** The databases of objects that keep sealed keys. */
function vaults(state: string): { file: string; json: string }[] {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sqlite'))
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const database = new DatabaseSync(file);
      try {
        const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'vault'").get();
        const row = has && database.prepare('SELECT json FROM vault').get();
        return row ? [{ file, json: String(row['json']) }] : [];
      } finally {
        database.close();
      }
    });
}

describe('the master key', () => {
  test('is replaced without a call that fails, and the old one is not needed then', async () => {
    const turning = await before({}, await startSandbox());
    const own = secret();
    const { key, tenantId } = await tenantWith(turning, { openai: own });
    const none = await turning.makeKey();
    const ask = async (): Promise<void> => {
      const text = marked();
      await complete(await turning.chat(key, say(text, { model: GPT })));
      assert.deepEqual(keysFor(text), [digest(own)]);
    };
    // What is on its way when the process ends would count as going on for a minute.
    const restart = async (variables: Record<string, string>): Promise<void> => {
      await settled(turning, tenantId, PATIENCE_MS);
      await turning.restart(variables);
    };
    const rewrap = async (): Promise<unknown> => {
      const response = await turning.operator('POST', '/rewrap');
      assert.equal(response.status, 200);
      return response.json();
    };
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [], already: 1, failed: [] });
    const next = 'b2'.repeat(32);
    await restart({
      PROVIDER_MASTER_KEY: next,
      PROVIDER_MASTER_KEY_OLD: PROVIDER_MASTER_KEY,
    });
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [tenantId], already: 0, failed: [] });
    await ask();
    await restart({ PROVIDER_MASTER_KEY_OLD: '' });
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [], already: 1, failed: [] });

    // Without it nothing opens: the call is refused, and never made with another key.
    await restart({ PROVIDER_MASTER_KEY: 'c3'.repeat(32) });
    const text = marked();
    const refused = await turning.chat(key, say(text, { model: GPT }));
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.match((await errorOf(refused, 503)).message, /cannot be opened/);
    assert.deepEqual(seen(text), []);
    const usage = await settled(turning, tenantId, PATIENCE_MS);
    assert.equal(usage.reserved_usd, 0);
    await complete(await turning.chat(key, say(marked(), { model: CLAUDE })));
    await complete(await turning.chat(none.key, say(marked(), { model: GPT })));
    const { failed } = (await rewrap()) as { failed: { tenantId: string; message: string }[] };
    assert.deepEqual(
      failed.map((it) => it.tenantId),
      [tenantId],
    );
    // Set again, all is well.
    const admin = await turning.makeKey({ tenant: tenantId });
    await put(turning, admin.key, 'openai', own);
    await ask();
  });

  test('is replaced without the loss of a webhook, the deployment’s own included', async () => {
    const turning = await before({ MONITOR_INTERVAL_MS: '600' }, await startSandbox());
    const receiver = await Receiver.start();
    const hooks = '/api/alerts/webhooks';
    // More tenants than one page has, of whom the first and the last have a webhook.
    const names = Array.from({ length: 23 }, () => turning.newTenant()).sort();
    const made = names.map((name) => turning.makeKey({ tenant: name }));
    const [first, ...others] = await Promise.all(made);
    const owners = [first, others.at(-1)].map((owner) => ({ ...owner, key: `${owner?.key}` }));
    const webhooks = await Promise.all(
      [...owners.map(({ key }) => key), OPERATOR_TOKEN].map(async (key) => {
        const body = sent('POST', { url: receiver.url });
        const { id, secret } = await json<{ id: string; secret: string }>(
          turning,
          key,
          hooks,
          body,
        );
        return { key, id, secret };
      }),
    );
    const theirs = ['-', ...owners.map(({ tenantId }) => `${tenantId}`)];

    await turning.restart({
      PROVIDER_MASTER_KEY: 'b2'.repeat(32),
      PROVIDER_MASTER_KEY_OLD: PROVIDER_MASTER_KEY,
    });
    const done = await admin(turning, ['rewrap', '--json']);
    assert.deepEqual(JSON.parse(done.stdout), { rewrapped: theirs, already: 0, failed: [] });
    const again = await admin(turning, ['rewrap']);
    assert.match(again.stdout, /^0 sealed anew, 3 were already\.\nNothing needs .*_OLD any more/);

    await turning.restart({ PROVIDER_MASTER_KEY_OLD: '' });
    for (const { key, id } of webhooks) {
      await json(turning, key, `${hooks}/${id}/test`, sent('POST'));
    }
    await eventually(
      'a delivery to each',
      () => (receiver.received.length >= webhooks.length ? true : undefined),
      PATIENCE_MS,
    );
    const signatures = receiver.received.map(({ headers }) => headers['x-neureus-signature']);
    for (const { secret } of webhooks) {
      const signed = receiver.received.map(({ headers, body }) => {
        const text = `${String(headers['x-neureus-timestamp'])}.${body}`;
        return `v1=${createHmac('sha256', secret).update(text).digest('hex')}`;
      });
      assert.equal(signed.filter((one) => signatures.includes(one)).length, 1);
    }

    // A master key that is lost: what does not open is named, and nothing says that all is well.
    await turning.restart({ PROVIDER_MASTER_KEY: 'c3'.repeat(32) });
    const lost = await admin(turning, ['rewrap']);
    assert.match(lost.stdout, /_OLD is still needed/);
    theirs.forEach((name, at) => {
      const { id } = webhooks.at(at - 1) ?? {};
      assert.match(lost.stdout, new RegExp(`^${name}: .*cannot be opened.*${id}`, 'm'));
    });
    await turning.restart({ PROVIDER_MASTER_KEY: '' });
    const none = await admin(turning, ['rewrap']);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /409.*PROVIDER_MASTER_KEY/);
  });

  test('opens no key that was moved to another tenant', async () => {
    const moving = await before({}, await startSandbox());
    const own = secret();
    const mine = await tenantWith(moving, { openai: own });
    const thief = await tenantWith(moving, { openai: secret() });
    await moving.stop();
    const all = vaults(moving.state);
    assert.equal(all.length, 2);
    const [one, other] = all;
    for (const [to, from] of [
      [one, other],
      [other, one],
    ]) {
      const database = new DatabaseSync(String(to?.file));
      database.prepare('UPDATE vault SET json = ?').run(String(from?.json));
      database.close();
    }
    await moving.start();
    for (const { key } of [mine, thief]) {
      const text = marked();
      await errorOf(await moving.chat(key, say(text, { model: GPT })), 503);
      assert.deepEqual(seen(text), []);
    }
  });
});

test('a key is nowhere but in memory', async () => {
  const looked = await before(
    { RESILIENCE: 'retries=1 fallbacks=1 breaker=1' },
    await startSandbox(),
  );
  const own = secret();
  const admin = await looked.makeKey();
  const told: string[] = [];
  const keep = async (response: Response): Promise<void> => {
    told.push(JSON.stringify([...response.headers]), await response.text());
  };
  const manageIt = (method: string, path: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return looked.call(path, { method, key: admin.key, headers, ...content }).then(keep);
  };
  const set = (body: object): Promise<void> => manageIt('PUT', '/ai/providers/openai/key', body);
  await set({ key: own });
  await set({ key: own, more: own });
  await set({ key: [own] });
  await manageIt('PUT', '/ai/providers/nobody/key', { key: own });
  await manageIt('POST', '/ai/providers/openai/rotate', { key: own });
  await looked.faults({ database: 'throw', keys: 'throw' });
  await set({ key: own });
  await looked.faults({});
  for (const directives of [
    'tokens=3',
    'status=401',
    'status=500',
    'drop',
    'html',
    'cut=0',
    'error=1',
  ]) {
    for (const body of [say, stream]) {
      await keep(await looked.chat(admin.key, body(marked(directives), { model: GPT })));
    }
  }
  for (const path of ['/ai/providers', '/api/audit', '/api/audit.csv', '/api/logs', '/api/usage']) {
    await manageIt('GET', path);
  }
  for (const path of ['/monitoring/metrics', '/monitoring/alerts', '/monitoring/status']) {
    await manageIt('GET', path);
  }
  await keep(await looked.operator('GET', `/tenants/${admin.tenantId}/audit`));
  await keep(await fetch(`${looked.url}/_harness/points`));
  assert.ok(told.join().includes('provider_key.set'));
  await looked.stop();
  const bytes = Buffer.from(own);
  const forms = [own, bytes.toString('hex'), bytes.toString('base64').slice(0, -4)];
  const files = readdirSync(looked.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.length > 2);
  for (const form of [...forms, PROVIDER_MASTER_KEY]) {
    for (const text of [...told, ...looked.logged]) assert.ok(!text.includes(form), text);
    for (const file of files) assert.ok(!readFileSync(file).includes(form), file);
  }
});
