/** Two who change the same at once: whoever saw something else is told so, and overwrites nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { personOf } from './harness/person.ts';
import type { Person } from './harness/person.ts';

type Json = Record<string, unknown>;
type Seen = { path: string; version: number };

const gateway = await gatewayForTests();

interface Edit {
  /** Makes what is changed, and says what the first sees of it. */
  see(ada: Person, tenant: string): Promise<Seen>;
  bodies: [unknown, unknown];
}

const of =
  (path: string) =>
  async (ada: Person): Promise<Seen> => {
    const response = await ada.call('GET', path);
    await response.arrayBuffer();
    return { path, version: Number(response.headers.get('etag')?.replaceAll('"', '')) };
  };

/** The same, for what is done to it at a path of its own. */
const at =
  (see: (ada: Person) => Promise<Seen>, action: string) =>
  async (ada: Person): Promise<Seen> => {
    const { path, version } = await see(ada);
    return { path: `${path}/${action}`, version };
  };

async function newKey(ada: Person): Promise<Seen> {
  const made = await ada.ask<Json>('POST', '/api/keys', { name: 'seen by two' }, 201);
  return { path: `/api/keys/${String(made['id'])}`, version: Number(made['version']) };
}

async function ownKey(ada: Person): Promise<Seen> {
  const path = '/ai/providers/openai';
  const made = await ada.ask<Json>('PUT', `${path}/key`, { key: 'sk-seen-by-two-0123456789' });
  return { path, version: Number(made['version']) };
}

async function member(ada: Person, tenant: string): Promise<Seen> {
  const { id } = await personOf(gateway, { tenant, role: 'viewer', name: 'Bob' });
  const { members } = await ada.ask<{ members: Json[] }>('GET', '/api/members');
  const version = Number(members.find((one) => one['id'] === id)?.['version']);
  return { path: `/api/members/${id}`, version };
}

const EDITS: Record<string, Edit> = {
  'PATCH /api/tenant': { see: of('/api/tenant'), bodies: [{ name: 'One' }, { name: 'Two' }] },
  'PATCH /api/keys/{key}': { see: newKey, bodies: [{ name: 'One' }, { limits: { rpm: 2 } }] },
  'POST /api/keys/{key}/rotate': {
    see: at(newKey, 'rotate'),
    bodies: [{}, {}],
  },
  'PUT /ai/providers/{provider}/key': {
    see: at(ownKey, 'key'),
    bodies: [{ key: 'sk-the-first-of-two-01' }, { key: 'sk-the-second-of-two-01' }],
  },
  'DELETE /ai/providers/{provider}/key': {
    see: at(ownKey, 'key'),
    bodies: [undefined, undefined],
  },
  'POST /ai/providers/{provider}/rotate': {
    see: at(ownKey, 'rotate'),
    bodies: [{ key: 'sk-the-first-of-two-01' }, { key: 'sk-the-second-of-two-01' }],
  },
  'PATCH /api/members/{member}': {
    see: member,
    bodies: [{ role: 'developer' }, { role: 'admin' }],
  },
  'PATCH /api/billing': {
    see: of('/api/billing'),
    bodies: [{ limits: { rpm: 5 } }, { limits: { tpm: 500 } }],
  },
  'PUT /api/alerts/rules': {
    see: of('/api/alerts/rules'),
    bodies: [3, 4].map((threshold) => ({
      rules: [{ kind: 'error_rate', threshold, windowMinutes: 5 }],
    })) as [unknown, unknown],
  },
  'PUT /api/privacy': {
    see: of('/api/privacy'),
    bodies: [
      { profile: 'legal', answers: 'off', patterns: [] },
      { profile: 'finance', answers: 'off', patterns: [] },
    ],
  },
};

test('every documented operation that takes a version is tried', () => {
  const file = new URL('../docs/openapi.json', import.meta.url);
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
  };
  const versioned = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === 'If-Match'))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(Object.keys(EDITS).sort(), versioned.sort());
});

describe('of two who send what they saw at once, one is told', () => {
  for (const [name, { see, bodies }] of Object.entries(EDITS)) {
    const [method = ''] = name.split(' ');
    test(name, async () => {
      const ada = await personOf(gateway);
      const { path, version } = await see(ada, ada.tenant);
      assert.ok(version > 0, `the version of ${path}`);
      const headers = { 'if-match': `"${version}"` };
      const answers = await Promise.all(
        bodies.map((body) => ada.call(method, path, body, headers)),
      );
      const [done, told] = answers.sort((one, other) => one.status - other.status);
      assert.ok(done?.ok, `${done?.status} ${await done?.text()}`);
      assert.ok(told);
      // What is gone has no version any more.
      if (told.status === 404 && method === 'DELETE') return;
      const { details } = await errorOf(told, 409);
      assert.ok(Number(details?.['version']) > version, JSON.stringify(details));
    });
  }
});

describe('a version', () => {
  test('that is none is a 400, and changes nothing', async () => {
    const ada = await personOf(gateway);
    const before = await ada.ask<Json>('GET', '/api/tenant');
    for (const bad of ['soon', '"-1"', '"1.5"', '"1", "2"', 'x'.repeat(300)]) {
      const response = await ada.call('PATCH', '/api/tenant', { name: 'X' }, { 'if-match': bad });
      await errorOf(response, 400);
    }
    assert.deepEqual(await ada.ask('GET', '/api/tenant'), before);
  });

  test('of what others have changed since is refused, and reading anew helps', async () => {
    const ada = await personOf(gateway);
    const bob = await personOf(gateway, { tenant: ada.tenant, role: 'admin', name: 'Bob' });
    const { version } = await of('/api/billing')(ada);
    await bob.ask('PATCH', '/api/billing', { limits: { rpm: 7 } });
    const mine = { limits: { tpm: 700 } };
    const stale = await ada.call('PATCH', '/api/billing', mine, { 'if-match': `"${version}"` });
    const { details } = await errorOf(stale, 409);
    const headers = { 'if-match': `"${String(details?.['version'])}"` };
    assert.equal((await ada.call('PATCH', '/api/billing', mine, headers)).status, 200);
    const { limits } = await ada.ask<{ limits: { own: Json } }>('GET', '/api/billing');
    assert.deepEqual(limits.own, { rpm: 7, tpm: 700 });
  });
});
