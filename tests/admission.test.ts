/** Rate limits under load, what callers are told of them, and what survives a restart. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';

interface Storm {
  admitted: number;
  refused: number;
  /** From before the first request to after the last answer. */
  tookMs: number;
}

/** Many requests at once; every answer is 200 or a right 429. */
async function storm(keys: readonly string[], count: number, body: object): Promise<Storm> {
  const began = performance.now();
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const response = await gateway.chat(keys[at % keys.length] ?? '', body);
      if (response.status === 200) await response.arrayBuffer();
      else await errorOf(response, 429);
      return response.status;
    }),
  );
  const admitted = statuses.filter((status) => status === 200).length;
  return { admitted, refused: count - admitted, tookMs: performance.now() - began };
}

/** Limit admitted, and at most what refills in this time. */
function assertWithin(limit: number, admitted: number, tookMs: number): void {
  const most = limit + Math.floor((limit * tookMs) / 60_000);
  assert.ok(admitted >= limit, `${admitted} of ${limit} admitted`);
  assert.ok(admitted <= most, `${admitted} admitted, ${most} allowed in ${tookMs} ms`);
}

describe('of 200 requests at once a limit of 20 admits 20, and never one more', () => {
  for (const [what, body] of [
    ['plain', say(QUICK)],
    ['streamed', stream(QUICK)],
  ] as const) {
    test(`for a key, ${what}`, async () => {
      const { key } = await gateway.makeKey({ rpm: 20 });
      const sent = gateway.sandbox.requests.length;
      const { admitted, tookMs } = await storm([key], 200, body);
      assertWithin(20, admitted, tookMs);
      assert.equal(gateway.sandbox.requests.length - sent, admitted);
    });
  }

  test('for a tenant with several keys', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 20 });
    const keys = await Promise.all([1, 2, 3].map(() => gateway.makeKey({ tenant })));
    const { admitted, tookMs } = await storm(
      keys.map(({ key }) => key),
      200,
      say(QUICK),
    );
    assertWithin(20, admitted, tookMs);
  });

  test('for a key whose tenant allows more', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 100 });
    const { key } = await gateway.makeKey({ tenant, rpm: 20 });
    const { admitted, tookMs } = await storm([key], 200, say(QUICK));
    assertWithin(20, admitted, tookMs);
    // The refused ones took nothing from the tenant.
    const other = await gateway.makeKey({ tenant });
    const response = await gateway.chat(other.key, say(QUICK));
    const [, left = ''] =
      /"tenant-requests";r=(\d+)/.exec(response.headers.get('ratelimit') ?? '') ?? [];
    assert.ok(Number(left) >= 100 - admitted - 1, `${left} left`);
  });
});

describe('what a caller is told', () => {
  test('an admitted answer tells every limit, in both dialects', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 20 });
    const { key } = await gateway.makeKey({ tenant, rpm: 10 });
    for (const body of [say(QUICK), stream(QUICK)]) {
      const fresh = await gateway.makeKey({ tenant, rpm: 10 });
      const { headers, status } = await gateway.chat(fresh.key, body);
      assert.equal(status, 200);
      assert.equal(
        headers.get('ratelimit-policy'),
        '"tenant-requests";q=20;w=60, "key-requests";q=10;w=60',
      );
      assert.match(
        headers.get('ratelimit') ?? '',
        /^"tenant-requests";r=1[89];t=[36], "key-requests";r=9;t=6$/,
      );
      assert.equal(headers.get('x-ratelimit-limit-requests'), '10');
      assert.equal(headers.get('x-ratelimit-remaining-requests'), '9');
      assert.equal(headers.get('x-ratelimit-reset-requests'), '6s');
      assert.equal(headers.get('retry-after'), null);
    }
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
  });

  test('a refusal says whose limit it is, and how long to wait, to the letter', async () => {
    const { key } = await gateway.makeKey({ rpm: 1 });
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    const response = await gateway.chat(key, say(QUICK));
    const { headers } = response;
    const body = await errorOf(response, 429);
    const waitMs = Number(body.details?.['retry_after_ms']);
    assert.deepEqual(body.details, {
      limit_source: 'key',
      limit_kind: 'requests',
      limit: 1,
      retry_after_ms: waitMs,
    });
    assert.equal(headers.get('retry-after-ms'), String(waitMs));
    assert.equal(headers.get('x-should-retry'), null);
    assert.ok(waitMs > 50_000 && waitMs <= 60_000, `${waitMs}`);
    const seconds = `${Math.ceil(waitMs / 1000)}`;
    assert.equal(headers.get('retry-after'), seconds);
    assert.equal(headers.get('ratelimit-policy'), '"key-requests";q=1;w=60');
    assert.equal(headers.get('ratelimit'), `"key-requests";r=0;t=${seconds}`);
    assert.equal(headers.get('x-ratelimit-limit-requests'), '1');
    assert.equal(headers.get('x-ratelimit-remaining-requests'), '0');
    assert.equal(
      headers.get('x-ratelimit-reset-requests'),
      seconds === '60' ? '1m0s' : `${seconds}s`,
    );
  });

  test("the tenant's limit is told as the tenant's", async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 1 });
    const { key } = await gateway.makeKey({ tenant, rpm: 5 });
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    const { details } = await errorOf(await gateway.chat(key, say(QUICK)), 429);
    assert.equal(details?.['limit_source'], 'tenant');
    assert.equal(details?.['limit'], 1);
  });

  test('where there is no limit there are no headers of limits', async () => {
    const { key } = await gateway.makeKey();
    const { headers } = await gateway.chat(key, say(QUICK));
    const names = [...headers.keys()].filter((name) => name.includes('ratelimit'));
    assert.deepEqual(names, []);
  });

  test('a limit of zero admits nothing', async () => {
    const { key } = await gateway.makeKey({ rpm: 0 });
    const response = await gateway.chat(key, say(QUICK));
    assert.equal(response.headers.get('retry-after'), '60');
    const { details } = await errorOf(response, 429);
    assert.deepEqual(details, {
      limit_source: 'key',
      limit_kind: 'requests',
      limit: 0,
      retry_after_ms: 60_000,
    });
  });
});

test('a wait is exact: a moment before it one is refused, after it one is admitted', async () => {
  const limit = 60; // One a second.
  const { key } = await gateway.makeKey({ rpm: limit });
  await storm([key], limit, say(QUICK));
  let refusal = await gateway.chat(key, say(QUICK));
  // The storm itself may have taken long enough for one more.
  for (; refusal.status === 200; refusal = await gateway.chat(key, say(QUICK))) {
    await refusal.arrayBuffer();
  }
  const answeredAt = performance.now();
  const { details } = await errorOf(refusal, 429);
  const waitMs = Number(details?.['retry_after_ms']);
  assert.ok(waitMs >= 1 && waitMs <= 1000, `${waitMs}`);

  // Refusals charge nothing: whatever is asked meanwhile, the wait stays what it was.
  while (performance.now() - answeredAt < waitMs - 150) {
    await errorOf(await gateway.chat(key, say(QUICK)), 429);
  }
  await passed(Math.max(waitMs - (performance.now() - answeredAt), 0));
  assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
});

describe('a refusal before admission costs nothing', () => {
  for (const [what, body] of [
    ['a malformed body', '{'],
    ['an unknown model', say('hi', { model: 'nothing' })],
  ] as const) {
    test(what, async () => {
      const { key } = await gateway.makeKey({ rpm: 2 });
      for (let at = 0; at < 5; at += 1) await errorOf(await gateway.chat(key, body), 400);
      assert.match(
        (await gateway.chat(key, say(QUICK))).headers.get('ratelimit') ?? '',
        /"key-requests";r=1;/,
      );
    });
  }

  test('reading the models', async () => {
    const { key } = await gateway.makeKey({ rpm: 1 });
    for (let at = 0; at < 5; at += 1) {
      assert.equal((await gateway.call('/ai/models', { key })).status, 200);
    }
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
  });
});

describe('a change of limits is felt by the next request', () => {
  test('a lower one caps what is left, a higher one gives no second burst', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 50 });
    const { key } = await gateway.makeKey({ tenant });
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    await gateway.putTenant(tenant, { rpm: 2 });
    const first = await gateway.chat(key, say(QUICK));
    assert.match(first.headers.get('ratelimit') ?? '', /r=1;/);
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    await errorOf(await gateway.chat(key, say(QUICK)), 429);
    await gateway.putTenant(tenant, { rpm: 20 });
    const { admitted, tookMs } = await storm([key], 30, say(QUICK));
    assert.ok(admitted <= Math.ceil((20 * (tookMs + 2_000)) / 60_000), `${admitted} at once`);
  });
});

describe('limits, keys and revocations outlive', () => {
  const ways: [string, () => Promise<void>][] = [
    ['a restart', () => gateway.restart()],
    ['a kill -9', () => gateway.kill()],
  ];
  for (const [what, happen] of ways) {
    test(`${what} of workerd`, async () => {
      const limit = 20;
      const made = await gateway.makeKey({ rpm: limit });
      const revoked = await gateway.makeKey();
      await gateway.revoke(revoked);
      const began = performance.now();
      const before = await storm([made.key], 15, say(QUICK));
      assert.equal(before.admitted, 15);
      await happen();
      const after = await storm([made.key], 60, say(QUICK));
      const admitted = before.admitted + after.admitted;
      const most = limit + Math.floor((limit * (performance.now() - began)) / 60_000);
      assert.ok(admitted <= most, `${admitted} admitted, ${most} allowed`);
      // What was set aside ahead of need and lost is at most a tenth of the limit.
      assert.ok(admitted >= limit - limit / 10, `${admitted} admitted`);
      await errorOf(await gateway.chat(revoked.key, say(QUICK)), 401);
    });
  }

  test('a kill -9 in the middle of a storm', async () => {
    const limit = 20;
    const { key } = await gateway.makeKey({ rpm: limit });
    const began = performance.now();
    const cut = Array.from({ length: 100 }, () =>
      gateway.chat(key, say(QUICK)).then(
        async ({ status, body }) => (await body?.cancel(), status),
        () => undefined, // The connection died with workerd.
      ),
    );
    await Promise.race(cut);
    await gateway.kill();
    const seen = (await Promise.all(cut)).filter((status) => status === 200).length;
    const after = await storm([key], 60, say(QUICK));
    const admitted = seen + after.admitted;
    const most = limit + Math.floor((limit * (performance.now() - began)) / 60_000);
    assert.ok(admitted <= most, `${seen} and ${after.admitted} admitted, ${most} allowed`);
  });

  test('the eviction of the object', async () => {
    const limit = 20;
    const made = await gateway.makeKey({ rpm: limit });
    const began = performance.now();
    const before = await storm([made.key], 10, say(QUICK));
    await gateway.miniflare.unsafeEvictDurableObject('gateway', 'Tenant', {
      name: made.tenantId,
    });
    const after = await storm([made.key], 40, say(QUICK));
    const admitted = before.admitted + after.admitted;
    const most = limit + Math.floor((limit * (performance.now() - began)) / 60_000);
    assert.ok(admitted <= most, `${admitted} admitted, ${most} allowed`);
    assert.ok(admitted >= limit - limit / 10, `${admitted} admitted`);
  });
});

describe('an object that does not answer is no open door', () => {
  for (const fault of ['throw', 'hang'] as const) {
    test(`503 with Retry-After when it ${fault}s, and the backend sees nothing`, async (t) => {
      t.after(() => gateway.faults({}));
      const { key } = await gateway.makeKey();
      assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
      const sent = gateway.sandbox.requests.length;
      await gateway.faults({ objects: fault });
      const began = performance.now();
      const answers = await Promise.all([
        gateway.chat(key, say(QUICK)),
        gateway.chat(key, stream(QUICK)),
        gateway.call('/ai/models', { key }),
      ]);
      for (const response of answers) {
        assert.equal(response.headers.get('retry-after'), '1');
        await errorOf(response, 503);
      }
      assert.ok(performance.now() - began < 30_000);
      assert.equal(gateway.sandbox.requests.length, sent);
      await gateway.faults({});
      assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    });
  }
});
