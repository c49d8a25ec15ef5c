/** Keys, widget keys, providers and usage through the SDK: what the gateway does with each call, not only what is sent. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ConflictError,
  ForbiddenError,
  Neureus,
  NotFoundError,
  UnauthorizedError,
} from '../../sdk/src/index.ts';
import type { Key, NewKey } from '../../sdk/src/index.ts';
import { gatewayForTests } from '../harness/gateway.ts';
import { settled } from '../harness/usage.ts';
import { clientOf, user } from './client.ts';

const gateway = await gatewayForTests();

function withKey(apiKey: string): Neureus {
  return new Neureus({ apiKey, baseURL: gateway.url, maxRetries: 0 });
}

/** A client's answer without what is shown once. */
function listed({ key: _key, ...rest }: NewKey): Key {
  return rest;
}

describe('keys', () => {
  test('are made, used, listed, changed and revoked', async () => {
    const owner = await clientOf(gateway);
    const made = await owner.keys.create({
      name: 'service',
      role: 'developer',
      limits: { rpm: 100, budgetUsd: 1.5 },
      models: ['meta-llm'],
    });
    assert.match(made.key, /^nru_/);
    assert.equal(made.preview, `${made.key.slice(0, 6)}…${made.key.slice(-4)}`);
    assert.deepEqual(
      [made.type, made.name, made.role, made.effectiveRole],
      ['nru', 'service', 'developer', 'developer'],
    );
    assert.deepEqual([made.limits, made.models], [{ rpm: 100, budgetUsd: 1.5 }, ['meta-llm']]);
    const service = withKey(made.key);
    assert.match((await service.ai.chat(user('x'))).text, /sandbox/);
    await assert.rejects(service.ai.chat({ ...user('x'), model: 'gpt-4o' }), ForbiddenError);

    const all = await owner.keys.list({ all: true });
    const found = all.find(({ id }) => id === made.id);
    // Who made it is told in lists.
    const { lastUsedAtMs: _used, creator, ...unused } = found ?? listed(made);
    assert.match(creator?.id ?? '', /^key_/);
    assert.deepEqual(unused, listed(made));

    const changed = await owner.keys.update(
      made.id,
      { name: 'renamed', limits: { rpm: null }, models: [] },
      { version: made.version },
    );
    assert.deepEqual(
      [changed.name, changed.limits, changed.models],
      ['renamed', { budgetUsd: 1.5 }, []],
    );
    assert.ok(changed.version > made.version);
    assert.equal((await service.ai.chat({ ...user('x'), model: 'gpt-4o' })).model, 'gpt-4o');
    const late = owner.keys.update(made.id, { name: 'lost' }, { version: made.version });
    await assert.rejects(late, ConflictError);

    const gone = await owner.keys.revoke(made.id);
    assert.equal(gone.id, made.id);
    assert.ok(gone.revokedAtMs > 0);
    await assert.rejects(service.models.list(), UnauthorizedError);
    // Again is the same.
    assert.deepEqual(await owner.keys.revoke(made.id), gone);
  });

  test('are followed by another one, which the old one outlives as long as it is told', async () => {
    const owner = await clientOf(gateway);
    const first = await owner.keys.create({ name: 'service', limits: { rpm: 100 } });
    const second = await owner.keys.rotate(first.id, { graceS: 3600 });
    assert.notEqual(second.key, first.key);
    assert.deepEqual([second.name, second.limits], [first.name, first.limits]);
    for (const { key } of [first, second]) await withKey(key).models.list();
    const third = await owner.keys.rotate(second.id);
    await withKey(third.key).models.list();
    await assert.rejects(withKey(second.key).models.list(), UnauthorizedError);
  });

  test('come in pages, which the client puts together', async () => {
    const owner = await clientOf(gateway);
    const names = Array.from({ length: 120 }, (_, at) => `key ${at}`);
    for (let at = 0; at < names.length; at += 10) {
      await Promise.all(names.slice(at, at + 10).map((name) => owner.keys.create({ name })));
    }
    const all = await owner.keys.list({ type: 'nru', all: true });
    const found = new Set(all.map(({ name }) => name));
    assert.deepEqual(
      names.filter((name) => !found.has(name)),
      [],
    );
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  });

  test('above one’s own role cannot be made', async () => {
    const developer = await clientOf(gateway, { role: 'developer' });
    const call = developer.keys.create({ name: 'x', role: 'admin' });
    await assert.rejects(call, ForbiddenError);
    assert.equal((await developer.keys.create({ name: 'x' })).role, 'developer');
  });
});

test('widget keys are made and deleted', async () => {
  const owner = await clientOf(gateway);
  const made = await owner.widget.createKey({ agentId: 'shop', origins: ['https://shop.example'] });
  assert.match(made.key, /^pk_/);
  assert.equal(made.keyPreview, `${made.key.slice(0, 5)}…${made.key.slice(-4)}`);
  const [row] = await owner.keys.list({ type: 'pk', all: true });
  assert.deepEqual(
    [row?.id, row?.name, row?.origins],
    [made.keyId, 'shop', ['https://shop.example']],
  );
  const page = withKey(made.key);
  const headers = { origin: 'https://shop.example' };
  assert.match(await page.ai.stream(user('x'), { headers }).text(), /sandbox/);
  await assert.rejects(page.ai.chat(user('x')), ForbiddenError);
  await owner.widget.deleteKey(made.keyId);
  await assert.rejects(page.ai.chat(user('x'), { headers }), UnauthorizedError);
});

test('usage is summed by day, model and key', async () => {
  const tenant = gateway.newTenant();
  const owner = await clientOf(gateway, { tenant });
  await owner.ai.chat(user('one'));
  await owner.ai.chat({ ...user('two'), model: 'gpt-4o' });
  const { days, spent_usd } = await settled(gateway, tenant);
  for (const by of ['day', 'model', 'key'] as const) {
    const { rows } = await owner.usage.by(by);
    assert.equal(rows.length, new Set(days.map((row) => row[by])).size, by);
    for (const row of rows)
      assert.ok(
        days.some((day) => day[by] === row[by]),
        by,
      );
    const sum = rows.reduce((total, { costUsd }) => total + costUsd, 0);
    assert.ok(Math.abs(sum - spent_usd) < 1e-12, `${by}: ${sum} and ${spent_usd}`);
    assert.equal(
      rows.reduce((total, { requests }) => total + requests, 0),
      2,
    );
  }
  assert.deepEqual(
    (await owner.usage.by('day', { from: '2020-01-01', to: '2020-01-31' })).rows,
    [],
  );
  assert.equal((await owner.usage.get()).spent_usd, spent_usd);
});

test('own keys of providers are set, rotated and deleted, and never come back out', async () => {
  const owner = await clientOf(gateway);
  const { providers, available } = await owner.providers.list();
  assert.equal(available, true);
  assert.deepEqual(
    providers.map(({ provider, set }) => [provider, set]),
    [
      ['openai', false],
      ['anthropic', false],
    ],
  );
  await assert.rejects(owner.providers.rotateKey('openai'), ConflictError);
  const secret = `sk-test-${'Q7'.repeat(16)}`;
  const made = await owner.providers.setKey('openai', secret);
  assert.deepEqual([made.provider, made.set], ['openai', true]);
  assert.ok(made.preview !== undefined && !secret.includes(made.preview));
  const turned = await owner.providers.rotateKey('openai', `${secret}2`);
  assert.ok(Number(turned.version) > Number(made.version));
  const late = owner.providers.setKey('openai', secret, { version: Number(made.version) });
  await assert.rejects(late, ConflictError);
  const listed = await owner.providers.list();
  assert.deepEqual(
    listed.providers.find(({ provider }) => provider === 'openai'),
    turned,
  );
  assert.ok(!JSON.stringify(listed).includes(secret));
  await owner.providers.deleteKey('openai');
  await assert.rejects(owner.providers.deleteKey('openai'), NotFoundError);
  const developer = await clientOf(gateway, { role: 'developer' });
  await assert.rejects(developer.providers.list(), ForbiddenError);
});
