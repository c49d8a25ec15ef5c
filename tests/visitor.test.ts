/** The visitors of a widget key: each has a limit of their own, and none passes the key's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();

/** So many chats at once, from one address. */
async function crowd(key: string, address: string, count: number): Promise<Response[]> {
  const chats = Array.from({ length: count }, () =>
    gateway.chat(key, say('hi'), { headers: { 'cf-connecting-ip': address } }),
  );
  return Promise.all(chats);
}

function admitted(responses: Response[]): number {
  for (const { status } of responses) assert.ok([200, 429].includes(status), String(status));
  return responses.filter(({ status }) => status === 200).length;
}

/** As many as the limit, and what has refilled since then. */
function assertAdmitted(responses: Response[], limit: number, sinceMs: number): void {
  const most = limit + Math.floor(((Date.now() - sinceMs) * limit) / 60_000);
  const count = admitted(responses);
  assert.ok(limit <= count && count <= most, `${limit} <= ${count} <= ${most}`);
}

async function widget(extra: object = {}): Promise<string> {
  const { key } = await gateway.makeKey({ type: 'pk', origins: ['*'], ...extra });
  return key;
}

describe('of two visitors who both ask all at once', () => {
  test('each gets the limit of a visitor, and is told no more than that', async () => {
    const key = await widget({ visitorRpm: 3, rpm: 600, budgetUsd: 5 });
    const since = Date.now();
    const [one, other] = await Promise.all([
      crowd(key, '192.0.2.1', 12),
      crowd(key, '192.0.2.2', 12),
    ]);
    for (const responses of [one, other]) {
      assertAdmitted(responses, 3, since);
      const refused = responses.find(({ status }) => status === 429);
      assert.ok(refused);
      assert.match(refused.headers.get('retry-after') ?? '', /^([1-9]|1\d|20)$/);
      assert.match(
        refused.headers.get('ratelimit-policy') ?? '',
        /^"key-requests";q=600;w=60, "visitor-requests";q=3;w=60$/,
      );
      const { message, details } = await errorOf(refused, 429);
      assert.doesNotMatch(message, /USD|tenant/);
      const { retry_after_ms: waitMs, ...rest } = details ?? {};
      assert.ok(Number(waitMs) > 0 && Number(waitMs) <= 20_000);
      assert.deepEqual(rest, { limit_source: 'visitor', limit_kind: 'requests', limit: 3 });
    }
  });

  test('addresses of one network of IPv6 are one visitor', async () => {
    const key = await widget({ visitorRpm: 2 });
    const since = Date.now();
    const responses = [
      ...(await crowd(key, '2001:db8:1:2::1', 2)),
      ...(await crowd(key, '2001:db8:1:2:ffff::9', 2)),
    ];
    assertAdmitted(responses, 2, since);
    assert.equal(admitted(await crowd(key, '2001:db8:1:3::1', 1)), 1);
  });
});

test('whoever has many addresses is held by the key’s own limit', async () => {
  const key = await widget({ rpm: 5 });
  const addresses = Array.from({ length: 20 }, (_, at) => `198.51.100.${at}`);
  const since = Date.now();
  const all = await Promise.all(addresses.map((address) => crowd(key, address, 1)));
  assertAdmitted(all.flat(), 5, since);
});

test('a widget key that names no limit for its visitors has a low one, and a standard key none', async () => {
  const key = await widget({ rpm: 1_000 });
  const since = Date.now();
  assertAdmitted(await crowd(key, '192.0.2.3', 60), 20, since);
  const { key: standard } = await gateway.makeKey();
  assert.equal(admitted(await crowd(standard, '192.0.2.3', 40)), 40);
});

test('a visitor is remembered when the object begins anew', async () => {
  const made = await gateway.makeKey({ type: 'pk', origins: ['*'], visitorRpm: 1 });
  const since = Date.now();
  assert.equal(admitted(await crowd(made.key, '203.0.113.77', 1)), 1);
  // The sweep writes visitors down and tells last uses in one step.
  const database = await gateway.miniflare.getD1Database('DB');
  const sql = 'SELECT last_used_at_ms AS at FROM api_keys WHERE id = ?';
  await eventually(
    'the sweep',
    async () => {
      const row = await database.prepare(sql).bind(made.keyId).first<{ at: number | null }>();
      return row?.at ?? undefined;
    },
    30_000,
  );
  await gateway.kill();
  const again = await crowd(made.key, '203.0.113.77', 1);
  if (Date.now() - since < 60_000) assert.equal(admitted(again), 0);
});

test('an admin changes what a visitor may, and the next request feels it', async () => {
  const owner = await gateway.makeKey();
  const call = async (method: string, path: string, body: unknown, status: number) => {
    const headers = { 'content-type': 'application/json' };
    const init = { method, key: owner.key, headers, body: JSON.stringify(body) };
    const response = await gateway.call(path, init);
    if (status >= 400) return errorOf(response, status);
    assert.equal(response.status, status, await response.clone().text());
    return (await response.json()) as Record<string, unknown>;
  };
  const wanted = { name: 'shop', type: 'pk', origins: ['*'], visitorRpm: 1 };
  const made = (await call('POST', '/api/keys', wanted, 201)) as Record<string, unknown>;
  assert.equal(made['visitorRpm'], 1);
  const path = `/api/keys/${String(made['id'])}`;
  const key = String(made['key']);
  assert.equal(admitted(await crowd(key, '192.0.2.9', 2)), 1);
  const more = (await call('PATCH', path, { visitorRpm: null }, 200)) as Record<string, unknown>;
  assert.equal(more['visitorRpm'], 20);
  await eventually('another request', async () => {
    return admitted(await crowd(key, '192.0.2.9', 1)) === 1 || undefined;
  });
  const listed = await gateway.call('/api/keys?all=1&kind=pk', { key: owner.key });
  const { keys } = (await listed.json()) as { keys: Record<string, unknown>[] };
  assert.equal(keys[0]?.['visitorRpm'], 20);
  for (const visitorRpm of [0, 601, -1, 1.5, '5']) {
    await call('PATCH', path, { visitorRpm }, 400);
    await call('POST', '/api/keys', { ...wanted, visitorRpm }, 400);
  }
  const { details } = (await call('POST', '/api/keys', { name: 'x', visitorRpm: 5 }, 400)) as {
    details: Record<string, unknown>;
  };
  assert.equal(details['path'] ?? details['field'], '$.visitorRpm');
});
