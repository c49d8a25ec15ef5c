/**
 * A change is several steps: the object, KV, D1, and the word that both know of it. Whichever of them fails, or is
 * done and not heard of, the stores agree in the end, and a key that was revoked is accepted at no time between.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Faults } from './harness/gateway.ts';
import { operatorLink, personOf } from './harness/person.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();
const REPAIR_MS = 60_000;

type Row = Record<string, unknown>;

const rows = (sql: string, ...values: unknown[]): Promise<Row[]> => gateway.rows(sql, ...values);

/** A change that is about to be made. */
interface Case {
  name: string;
  tenant: string;
  /** A key that must not be accepted once the change is made. */
  victim?: string;
  /** Asks for it. */
  make: () => Promise<Response>;
  /** Whether D1 knows of it. */
  isKnown: () => Promise<boolean>;
  /** What the audit log says of it, once. */
  event: string;
}

function send(key: string, method: string, path: string, body?: unknown): Promise<Response> {
  const init = { method, key, headers: { 'content-type': 'application/json' } };
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return gateway.call(path, { ...init, ...text });
}

/** An owner's key, and another key of the same tenant. */
async function keys(): Promise<{ owner: string; tenant: string; key: string; id: string }> {
  const { key: owner, tenantId: tenant } = await gateway.makeKey();
  const { key, keyId: id } = await gateway.makeKey({ tenant });
  return { owner, tenant, key, id };
}

async function isRevoked(id: string): Promise<boolean> {
  const [row] = await rows('SELECT revoked_at_ms FROM api_keys WHERE id = ?', id);
  return typeof row?.['revoked_at_ms'] === 'number';
}

const CHANGES: (() => Promise<Case>)[] = [
  async () => {
    const { owner, tenant } = await keys();
    const sql = "SELECT id FROM api_keys WHERE tenant_id = ? AND name = 'third'";
    return {
      name: 'a key is made',
      tenant,
      make: () => send(owner, 'POST', '/api/keys', { name: 'third' }),
      isKnown: async () => (await rows(sql, tenant)).length > 0,
      event: 'key.created',
    };
  },
  async () => {
    const { owner, tenant, id } = await keys();
    const sql = 'SELECT name FROM api_keys WHERE id = ?';
    return {
      name: 'a key is changed',
      tenant,
      make: () => send(owner, 'PATCH', `/api/keys/${id}`, { name: 'other', limits: { rpm: 7 } }),
      isKnown: async () => (await rows(sql, id))[0]?.['name'] === 'other',
      event: 'key.updated',
    };
  },
  async () => {
    const { owner, tenant, key, id } = await keys();
    return {
      name: 'a key is revoked',
      tenant,
      victim: key,
      make: () => send(owner, 'DELETE', `/api/keys/${id}`),
      isKnown: () => isRevoked(id),
      event: 'key.revoked',
    };
  },
  async () => {
    const { owner, tenant, key, id } = await keys();
    return {
      name: 'a key is rotated',
      tenant,
      victim: key,
      make: () => send(owner, 'POST', `/api/keys/${id}/rotate`, {}),
      isKnown: () => isRevoked(id),
      event: 'key.rotated',
    };
  },
  async () => {
    const { owner, tenant } = await keys();
    const member = await personOf(gateway, { tenant, role: 'developer' });
    const made = await member.ask<{ key: string; id: string }>(
      'POST',
      '/api/keys',
      { name: 'theirs' },
      201,
    );
    return {
      name: 'a member with a key is removed',
      tenant,
      victim: made.key,
      make: () => send(owner, 'DELETE', `/api/members/${member.id}`),
      isKnown: () => isRevoked(made.id),
      event: 'member.removed',
    };
  },
  async () => {
    const { tenant, key } = await keys();
    return {
      name: 'a tenant is deleted',
      tenant,
      victim: key,
      make: () => gateway.operator('DELETE', `/tenants/${tenant}`, { confirm: tenant }),
      isKnown: async () => {
        const [row] = await rows('SELECT deleted_at_ms FROM tenants WHERE id = ?', tenant);
        return typeof row?.['deleted_at_ms'] === 'number';
      },
      event: 'tenant.deleted',
    };
  },
];

/** The steps of a change, in their order, and how each fails. */
const STEPS: [string, Faults][] = [
  ['the object is not reached', { changes: 'throw' }],
  ['the object has it, and is not heard', { changes: 'lose' }],
  ['KV is not reached', { keys: 'throw' }],
  ['KV has it, and is not heard', { keys: 'lose' }],
  ['D1 is not reached', { projection: 'throw' }],
  ['D1 has it, and is not heard', { projection: 'lose' }],
  ['the object is not told that they have it', { acknowledgements: 'throw' }],
  ['the object is told, and is not heard', { acknowledgements: 'lose' }],
];

async function prepared(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const prepare of CHANGES) cases.push(await prepare());
  for (const { victim } of cases) {
    if (victim !== undefined) assert.equal(await status(victim), 200);
  }
  return cases;
}

async function status(key: string): Promise<number> {
  const response = await gateway.chat(key, say('hi'));
  await response.arrayBuffer();
  return response.status;
}

/** Whether each victim is refused; 503 is no acceptance, but no answer either. */
async function probe(cases: Case[]): Promise<void> {
  for (const { name, victim } of cases) {
    if (victim === undefined) continue;
    const found = await status(victim);
    assert.ok([401, 503].includes(found), `${name}: its key is answered ${found}`);
  }
}

async function assertRepaired(cases: Case[]): Promise<void> {
  for (const { name, isKnown } of cases) {
    await eventually(
      `D1 knows that ${name}`,
      async () => {
        await probe(cases);
        return (await isKnown()) || undefined;
      },
      REPAIR_MS,
    );
  }
  for (const { name, tenant, event } of cases) {
    const sql = 'SELECT seq FROM audit_log WHERE tenant_id = ? AND action = ?';
    const made = event === 'key.created' ? 3 : 1;
    await eventually(
      `${event} is in the log`,
      async () => (await rows(sql, tenant, event)).length === made || undefined,
      REPAIR_MS,
    );
    const checked = await gateway.operator('POST', `/tenants/${tenant}/check`);
    const drift = (await checked.json()) as Record<string, unknown[]>;
    assert.equal(checked.status, 200, JSON.stringify(drift));
    for (const [what, list] of Object.entries(drift))
      assert.deepEqual(list, [], `${name}: ${what}`);
  }
  await probe(cases);
}

describe('after a failure of one step the stores agree, and no revoked key was accepted', () => {
  for (const [step, faults] of STEPS) {
    test(step, async (t) => {
      t.after(() => gateway.faults({}));
      const cases = await prepared();
      await gateway.faults(faults);
      for (const { make } of cases) await (await make()).arrayBuffer();
      if (faults.changes === 'throw') {
        // Nothing has happened. Whoever asks again is heard.
        await gateway.faults({});
        for (const { name, victim, make } of cases) {
          if (victim !== undefined) assert.equal(await status(victim), 200);
          const response = await make();
          assert.ok(response.ok, `${name}: ${response.status} ${await response.text()}`);
        }
      }
      await probe(cases);
      await gateway.faults({});
      await assertRepaired(cases);
    });
  }
});

test('the same when the gateway is killed between the object and D1', async (t) => {
  t.after(() => gateway.faults({}));
  const cases = await prepared();
  await gateway.faults({ projection: 'hang' });
  for (const { make } of cases) make().catch(() => {});
  for (const { name, victim } of cases) {
    if (victim === undefined) continue;
    await eventually(
      `${name} in the object`,
      async () => (await status(victim)) === 401 || undefined,
    );
  }
  await gateway.kill();
  await probe(cases);
  // Of the others, nobody can tell how far they were.
  await assertRepaired(cases.filter(({ victim }) => victim !== undefined));
});

test('a tenant takes along whoever belongs to no other, and nobody else', async (t) => {
  t.after(() => gateway.faults({}));
  const { tenantId: staying } = await gateway.makeKey();
  const { tenantId: going } = await gateway.makeKey();
  const alone = await personOf(gateway, { tenant: going, role: 'viewer' });
  const both = await personOf(gateway, { tenant: going, role: 'viewer' });
  const link = await operatorLink(gateway, staying, { role: 'viewer' });
  const secret = new URL(link).hash.slice(1);
  await both.ask('POST', '/api/links/accept', { secret });
  const before = await personOf(gateway, { tenant: going, role: 'viewer' });
  await before.ask('DELETE', `/api/members/${before.id}`, undefined, 204);
  const left = async (id: string): Promise<number[]> => {
    const tables = ['users WHERE id', 'passkeys WHERE user_id', 'sessions WHERE user_id'];
    const counts = tables.map((table) => rows(`SELECT COUNT(*) AS n FROM ${table} = ?`, id));
    return (await Promise.all(counts)).map(([row]) => Number(row?.['n']));
  };
  assert.deepEqual(await left(alone.id), [1, 1, 1]);
  await gateway.faults({ projection: 'throw' });
  const gone = await gateway.operator('DELETE', `/tenants/${going}`, { confirm: going });
  assert.equal(gone.status, 204);
  await gateway.faults({});
  await eventually(
    'the person is gone',
    async () => (await left(alone.id)).every((count) => count === 0) || undefined,
    REPAIR_MS,
  );
  assert.deepEqual(await left(before.id), [0, 0, 0]);
  assert.deepEqual(await left(both.id), [1, 1, 1]);
  assert.equal((await both.session()).tenant, staying);
  assert.equal((await alone.session()).signedIn, false);
  assert.equal((await alone.signIn()).status, 401);
  assert.deepEqual(await rows('SELECT user_id FROM leaving'), []);
});
