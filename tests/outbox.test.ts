/** What a tenant's object has written for the other stores reaches them, whatever fails in between. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();

type Row = Record<string, unknown>;

const rows = (sql: string, ...values: unknown[]): Promise<Row[]> => gateway.rows(sql, ...values);

async function events(tenant: string): Promise<unknown[]> {
  const found = await rows('SELECT action FROM audit_log WHERE tenant_id = ? ORDER BY seq', tenant);
  return found.map(({ action }) => action);
}

test('a key is used, and its last use is listed', async () => {
  const { key, keyId } = await gateway.makeKey();
  assert.equal((await gateway.chat(key, say('hi'))).status, 200);
  const used = await eventually(
    'the last use',
    async () => {
      const [row] = await rows('SELECT last_used_at_ms FROM api_keys WHERE id = ?', keyId);
      return row?.['last_used_at_ms'] ?? undefined;
    },
    15_000,
  );
  assert.ok(Math.abs(Number(used) - Date.now()) < 60_000);
});

describe('a change that KV and D1 do not hear of', () => {
  test('holds at once, and reaches them later', async (t) => {
    t.after(() => gateway.faults({}));
    const made = await gateway.makeKey();
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
    await gateway.faults({ database: 'throw', keys: 'throw' });
    const { tenantId, keyId } = made;
    const revoked = await gateway.operator('DELETE', `/tenants/${tenantId}/keys/${keyId}`);
    assert.equal(revoked.status, 200);
    await errorOf(await gateway.chat(made.key, say('hi')), 401);
    const put = await gateway.operator('PUT', `/tenants/${tenantId}`, { rpm: 3 });
    assert.equal(put.status, 200);
    const sql = 'SELECT revoked_at_ms FROM api_keys WHERE id = ?';
    assert.equal((await rows(sql, keyId))[0]?.['revoked_at_ms'], null);
    await gateway.faults({});
    await eventually(
      'the repair',
      async () => {
        const [row] = await rows(sql, keyId);
        return row?.['revoked_at_ms'] !== null || undefined;
      },
      30_000,
    );
    const [tenant] = await rows('SELECT rpm FROM tenants WHERE id = ?', tenantId);
    assert.equal(tenant?.['rpm'], 3);
    assert.deepEqual(await events(tenantId), [
      'tenant.created',
      'key.created',
      'key.revoked',
      'tenant.updated',
    ]);
  });

  test('survives a kill', async () => {
    const made = await gateway.makeKey();
    await gateway.faults({ database: 'hang' });
    const { tenantId, keyId } = made;
    const revoking = gateway.operator('DELETE', `/tenants/${tenantId}/keys/${keyId}`);
    revoking.catch(() => {});
    await eventually('the refusal', async () => {
      const answer = await gateway.chat(made.key, say('hi'));
      await answer.arrayBuffer();
      return answer.status === 401 || undefined;
    });
    await gateway.kill();
    await errorOf(await gateway.chat(made.key, say('hi')), 401);
    await eventually(
      'the repair',
      async () => {
        const [row] = await rows('SELECT revoked_at_ms FROM api_keys WHERE id = ?', keyId);
        return row?.['revoked_at_ms'] !== null || undefined;
      },
      30_000,
    );
    assert.deepEqual(await events(tenantId), ['tenant.created', 'key.created', 'key.revoked']);
  });
});
