/** Every limit on real requests: what is told, what is refused and how, and what comes back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { errorOf, eventsOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey, Settings } from './harness/gateway.ts';
import { fresh, limitsAt } from './harness/limited.ts';
import { assertWait, toldBy } from './harness/told.ts';
import type { Told } from './harness/told.ts';
import { eventually } from './harness/wait.ts';
import { entryOf } from './harness/watch.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';
/** Nano-USD for a token of the default model, at the catalog's prices. */
const INPUT_NANO = 282;
const OUTPUT_NANO = 827;

const { limited, held, usageOf, ended } = limitsAt(gateway);

async function costOf(response: Response): Promise<number> {
  assert.equal(response.status, 200);
  return ((await response.json()) as { costUsd: number }).costUsd;
}

/** The first of the next month, UTC, as answers write it. */
function monthEnd(): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
}

function written(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

const SOURCES = ['tenant', 'key'];

test('an admitted chat tells every limit, and what it leaves of each', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { rpm: 100, tpm: 6000, concurrency: 4, budgetUsd: 1 });
  const made = await gateway.makeKey({
    tenant,
    rpm: 50,
    tpm: 3000,
    concurrency: 3,
    budgetUsd: 0.5,
  });
  for (const make of [say, stream]) {
    // Each kind of answer with a key and limits that nothing was taken from.
    const response = await gateway.chat(made.key, make(QUICK, { maxTokens: 100 }));
    assert.equal(response.status, 200);
    const told = toldBy(response);
    assert.deepEqual(Object.keys(told), [
      'tenant-requests',
      'tenant-tokens',
      'tenant-concurrency',
      'tenant-spend',
      'key-requests',
      'key-tokens',
      'key-concurrency',
      'key-spend',
    ]);
    for (const [source, limits] of [
      ['tenant', [100, 6000, 4, 1_000_000]],
      ['key', [50, 3000, 3, 500_000]],
    ] as const) {
      const of = (kind: string): Told => told[`${source}-${kind}`] ?? assert.fail(kind);
      const [requests, tokens, concurrency, spend] = limits;
      const policy = ({ q, qu, w }: Told): unknown[] => [q, qu, w];
      assert.deepEqual(policy(of('requests')), [requests, undefined, 60]);
      assert.deepEqual(policy(of('tokens')), [tokens, 'tokens', 60]);
      assert.deepEqual(policy(of('concurrency')), [concurrency, 'concurrent-requests', undefined]);
      const end = monthEnd();
      const month = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 1, 1));
      const lengthS = (end.getTime() - month.getTime()) / 1000;
      assert.deepEqual(policy(of('spend')), [spend, 'micro-usd', lengthS]);
      assert.equal(of('concurrency').t, undefined);
      const leftS = (end.getTime() - Date.now()) / 1000;
      assert.ok(Math.abs(Number(of('spend').t) - leftS) < 5, `${of('spend').t} of ${leftS}`);
      if (make === say) {
        assert.deepEqual([of('requests').r, of('concurrency').r], [requests - 1, concurrency - 1]);
        assert.equal(of('requests').t, Math.ceil(60 / requests));
        const reserved = tokens - of('tokens').r;
        assert.ok(reserved > 100 && reserved < 400, `${reserved} tokens reserved`);
        assert.equal(of('tokens').t, Math.ceil((reserved * 60) / tokens));
        const nano = (reserved - 100) * INPUT_NANO + 100 * OUTPUT_NANO;
        assert.equal(of('spend').r, Math.floor((spend * 1000 - nano) / 1000));
      }
    }
    await response.arrayBuffer();
    await ended(made);
  }
});

test('what is left decreases with every request, and comes back with their ends', async () => {
  const limits = { rpm: 20, tpm: 9000, concurrency: 9, budgetUsd: 1 };
  const made = await gateway.makeKey(limits);
  const began = performance.now();
  const left = (response: Response): number[] =>
    ['requests', 'tokens', 'concurrency', 'spend'].map(
      (kind) => toldBy(response)[`key-${kind}`]?.r ?? assert.fail(kind),
    );
  const running = [];
  const seen = [];
  for (let at = 0; at < 3; at += 1) {
    running.push(await held(made, 1000));
    const response = await gateway.chat(made.key, say(QUICK, { maxTokens: 1 }));
    seen.push(left(response));
    await response.arrayBuffer();
    await eventually('its end', async () =>
      (await usageOf(made)).in_flight === at + 1 ? true : undefined,
    );
  }
  for (const [at, now] of seen.entries()) {
    const before = seen[at - 1] ?? [limits.rpm, limits.tpm, limits.concurrency, 1_000_000];
    for (const [kind, value] of now.entries()) {
      assert.ok(value < Number(before[kind]), `${now} after ${before}`);
    }
    assert.equal(now[2], limits.concurrency - at - 2);
  }
  const [, tokensHeld = 0, , moneyHeld = 0] = seen[2] ?? [];
  assert.ok(tokensHeld < limits.tpm - 3000);
  for (const { release } of running) await release();
  const spent = (await ended(made)).spent_usd;
  const response = await gateway.chat(made.key, say(QUICK, { maxTokens: 1 }));
  const [requests = 0, tokens = 0, concurrency = 0, money = 0] = left(response);
  const refilled = Math.ceil((limits.rpm * (performance.now() - began)) / 60_000);
  assert.ok(requests >= limits.rpm - 7 && requests <= limits.rpm - 7 + refilled, `${requests}`);
  assert.equal(concurrency, limits.concurrency - 1);
  assert.ok(tokens > tokensHeld + 2900, `${tokens} after ${tokensHeld}`);
  assert.ok(money > moneyHeld);
  // Of money, all but what was charged is there again, and what this request itself has reserved.
  const own = Math.round((1 - spent) * 1e6) - money;
  assert.ok(own > 0 && own < 100, `${own} micro-USD held by a request with one token of output`);
});

describe('whoever waits as long as told is admitted', () => {
  for (const source of SOURCES) {
    test(`requests per minute of the ${source}`, async () => {
      const limit = 40;
      const made = await limited(source, { rpm: limit });
      const ask = (): Promise<Response> => gateway.chat(made.key, say(QUICK));
      const spree = await Promise.all(Array.from({ length: limit }, ask));
      for (const response of spree) await response.arrayBuffer();
      let response = await ask();
      for (; response.status === 200; response = await ask()) await response.arrayBuffer();
      const at = performance.now();
      const retryS = Number(response.headers.get('retry-after'));
      const { r, t } = toldBy(response)[`${source}-requests`] ?? assert.fail();
      assert.equal(r, 0);
      assert.ok(Number(t) > 55 && Number(t) <= 60, `${t}`);
      await assertWait(response, { limit_source: source, limit_kind: 'requests', limit });
      await passed(retryS * 1000 - (performance.now() - at));
      assert.equal((await ask()).status, 200);
    });

    test(`tokens per minute of the ${source}`, async () => {
      const limit = 6000; // A hundred a second.
      const made = await limited(source, { tpm: limit });
      const big = await held(made, 4000);
      const ask = (): Promise<Response> => gateway.chat(made.key, say(QUICK, { maxTokens: 1970 }));
      const response = await ask();
      const at = performance.now();
      const retryS = Number(response.headers.get('retry-after'));
      const told = toldBy(response)[`${source}-tokens`] ?? assert.fail();
      assert.ok(told.r < 2071 && told.r > 1500, `${told.r}`);
      assert.ok(Math.abs(Number(told.t) - (limit - told.r) / 100) <= 1, `${told.t}`);
      const details = { limit_source: source, limit_kind: 'tokens', limit };
      const waitMs = await assertWait(response, details);
      assert.ok(waitMs < 3000, `${waitMs}`);
      await passed(waitMs - 200 - (performance.now() - at));
      const again = await ask();
      if (performance.now() - at < waitMs - 20) await assertWait(again, details);
      await passed(retryS * 1000 - (performance.now() - at));
      assert.equal((await ask()).status, 200);
      await big.release();
    });

    test(`concurrent requests of the ${source}`, async () => {
      const made = await limited(source, { concurrency: 2 });
      const [one, other] = [await held(made), await held(made)];
      const ask = (): Promise<Response> => gateway.chat(made.key, stream(QUICK));
      const response = await ask();
      assert.deepEqual(toldBy(response), {
        [`${source}-concurrency`]: { q: 2, qu: 'concurrent-requests', r: 0 },
      });
      const waitMs = await assertWait(response, {
        limit_source: source,
        limit_kind: 'concurrency',
        limit: 2,
      });
      assert.equal(waitMs, 1000);
      await one.release();
      const admitted = await ask();
      assert.equal(admitted.status, 200);
      assert.equal(toldBy(admitted)[`${source}-concurrency`]?.r, 0);
      await admitted.arrayBuffer();
      await other.release();
    });
  }
});

describe('more tokens than the limit ever allows', () => {
  for (const source of SOURCES) {
    test(`of the ${source} is said to be in vain`, async () => {
      const made = await limited(source, { tpm: 1000 });
      const sent = gateway.sandbox.requests.length;
      for (const body of [
        say(QUICK, { maxTokens: 1000 }),
        stream(QUICK, { maxTokens: 4000 }),
        say('x'.repeat(1100)),
      ]) {
        const response = await gateway.chat(made.key, body);
        const { headers } = response;
        assert.equal(headers.get('x-should-retry'), 'false');
        assert.equal(headers.get('retry-after-ms'), null);
        assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
        assert.equal(toldBy(response)[`${source}-tokens`]?.r, 1000);
        const { details, message } = await errorOf(response, 429);
        assert.deepEqual(details, {
          limit_source: source,
          limit_kind: 'tokens',
          limit: 1000,
          retry_after_ms: 60_000,
        });
        assert.match(message, /ever allows/);
      }
      assert.equal(gateway.sandbox.requests.length, sent);
      assert.equal((await gateway.chat(made.key, say(QUICK, { maxTokens: 500 }))).status, 200);
    });
  }

  test('a request without a cap gets one that fits, and the backend is told of it', async () => {
    for (const [tpm, least, most] of [
      [800, 500, 800],
      [3000, 1024, 1024],
      [8000, 2000, 2000],
    ] as const) {
      const mark = fresh('uncapped');
      const { key } = await gateway.makeKey({ tpm });
      assert.equal((await gateway.chat(key, say(`${mark} ${QUICK}`))).status, 200);
      const { body } = await entryOf(gateway, mark);
      const { max_tokens: cap } = body as { max_tokens: number };
      assert.ok(cap >= least && cap <= most, `${cap} of ${tpm}`);
    }
  });
});

describe('a budget that does not suffice is a 402', () => {
  const USD = 0.00002;

  async function assertUnpaid(
    response: Response,
    source: string,
    limitUsd: number,
    spentUsd: number,
  ): Promise<string> {
    const { headers } = response;
    const ends = [written(monthEnd())];
    assert.equal(headers.get('x-should-retry'), 'false');
    assert.equal(headers.get('retry-after'), null);
    assert.equal(headers.get('retry-after-ms'), null);
    const told = toldBy(response)[`${source}-spend`];
    assert.equal(told?.q, Math.floor(limitUsd * 1e6 + 1e-6));
    const { details, message } = await errorOf(response, 402);
    ends.push(written(monthEnd()));
    const { resets_at: resetsAt, ...money } = details ?? {};
    assert.deepEqual(money, { limit_source: source, limit_usd: limitUsd, spent_usd: spentUsd });
    assert.ok(ends.includes(`${resetsAt as string}`), `${resetsAt as string}`);
    return message;
  }

  for (const source of SOURCES) {
    test(`of the ${source}, before anything is spent`, async () => {
      const made = await limited(source, { budgetUsd: USD });
      const sent = gateway.sandbox.requests.length;
      for (const make of [say, stream]) {
        const response = await gateway.chat(made.key, make(QUICK, { maxTokens: 1000 }));
        const message = await assertUnpaid(response, source, USD, 0);
        assert.match(message, /not enough for this request; .*upgrade the plan$/);
      }
      assert.equal(gateway.sandbox.requests.length, sent);
      assert.deepEqual((await ended(made)).spent_usd, 0);
    });

    test(`of the ${source}, after some is spent, by the same sum as in usage`, async () => {
      const budgetUsd = 0.00006;
      const made = await limited(source, { budgetUsd });
      const ask = (): Promise<Response> =>
        gateway.chat(made.key, say('[[sandbox: tokens=10]]', { maxTokens: 10 }));
      const costs = [];
      let response = await ask();
      for (; response.status === 200; response = await ask()) {
        costs.push(Math.round((await costOf(response)) * 1e9));
        assert.ok(costs.length < 20);
        await ended(made);
      }
      assert.ok(costs.length >= 2, 'what was reserved and not used came back');
      const spent = costs.reduce((sum, cost) => sum + cost, 0) / 1e9;
      assert.ok(spent > 0 && spent <= budgetUsd);
      await assertUnpaid(response, source, budgetUsd, spent);
      assert.equal((await ended(made)).spent_usd, spent);
      // Refusals are free: the same again, to the nano-USD.
      await assertUnpaid(await ask(), source, budgetUsd, spent);
    });
  }

  test('and says so when all is used up', async () => {
    const made = await gateway.makeKey();
    const cost = await costOf(await gateway.chat(made.key, say(QUICK)));
    await ended(made);
    await gateway.putTenant(made.tenantId, { budgetUsd: cost });
    const message = await assertUnpaid(
      await gateway.chat(made.key, say(QUICK, { maxTokens: 1 })),
      'tenant',
      cost,
      cost,
    );
    assert.match(message, /is used up; upgrade the plan$/);
  });

  test('and says so when requests in flight hold the rest, which they give back', async () => {
    const made = await gateway.makeKey({ budgetUsd: 0.001 });
    const running = await held(made, 1000);
    const ask = (): Promise<Response> => gateway.chat(made.key, say(QUICK, { maxTokens: 1000 }));
    const message = await assertUnpaid(await ask(), 'key', 0.001, 0);
    assert.match(message, /requests in flight hold 0\.000\d+ USD/);
    await running.release();
    assert.equal((await ask()).status, 200);
  });

  test('before a wait that another limit would tell of', async () => {
    const made = await gateway.makeKey({ rpm: 0, tpm: 1, concurrency: 0, budgetUsd: 0 });
    await assertUnpaid(await gateway.chat(made.key, say(QUICK)), 'key', 0, 0);
  });
});

describe("a widget key's visitor sees the key's own counts and nothing else", () => {
  /** What of an answer a visitor may not see. */
  function assertDiscreet({ headers }: Response, body: string): void {
    // An id is drawn at random: any three letters may be in it.
    const told = [...headers].filter(([name]) => name !== 'x-request-id');
    const all = told.map(([name, value]) => `${name}: ${value}`).join('\n');
    assert.doesNotMatch(`${all}\n${body}`, /tenant-|-spend|usd/i);
  }

  const own = { rpm: 30, tpm: 5000, concurrency: 3, budgetUsd: 2 };

  async function widget(tenants: Settings, limits: Settings = own): Promise<MadeKey> {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, tenants);
    return gateway.makeKey({ ...(limits as object), tenant, type: 'pk', origins: ['*'] });
  }

  for (const make of [say, stream]) {
    test(`in an answer, ${make.name}`, async () => {
      const { key } = await widget({ rpm: 3, tpm: 4000, concurrency: 2, budgetUsd: 1 });
      const response = await gateway.chat(key, make(QUICK, { maxTokens: 10 }));
      assert.equal(response.status, 200);
      const told = toldBy(response);
      assert.deepEqual(
        Object.entries(told).map(([name, { q }]) => [name, q]),
        [
          ['key-requests', 30],
          ['key-tokens', 5000],
          ['key-concurrency', 3],
          ['visitor-requests', 20],
        ],
      );
      const body = await response.text();
      assertDiscreet(response, body);
      if (make === stream) assert.equal(eventsOf(body).at(-1)?.done, true);
    });
  }

  for (const [kind, tenants] of [
    ['requests', { rpm: 0 }],
    ['tokens', { tpm: 5 }],
    ['concurrency', { concurrency: 0 }],
  ] as const) {
    test(`in a refusal for the tenant's ${kind}`, async () => {
      const { key } = await widget(tenants);
      const response = await gateway.chat(key, say(QUICK, { maxTokens: 10 }));
      assert.deepEqual(Object.keys(toldBy(response)), [
        'key-requests',
        'key-tokens',
        'key-concurrency',
        'visitor-requests',
      ]);
      assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      const { details, message, error } = await errorOf(response, 429);
      const waitMs = kind === 'concurrency' ? 1000 : 60_000;
      assert.deepEqual(details, { limit_source: 'tenant', retry_after_ms: waitMs });
      assert.doesNotMatch(message, /\d/);
      assertDiscreet(response, error + message);
    });
  }

  test("in a refusal for the key's own requests, which it is told of", async () => {
    const { key } = await widget({}, { rpm: 1 });
    assert.equal((await gateway.chat(key, say(QUICK))).status, 200);
    await assertWait(await gateway.chat(key, say(QUICK)), {
      limit_source: 'key',
      limit_kind: 'requests',
      limit: 1,
    });
  });

  for (const source of SOURCES) {
    test(`in a 402 of the ${source}`, async () => {
      const none = { budgetUsd: 0 };
      const { key } = await (source === 'tenant' ? widget(none) : widget({}, { ...own, ...none }));
      const response = await gateway.chat(key, say(QUICK));
      assert.deepEqual(Object.keys(toldBy(response)), [
        'key-requests',
        'key-tokens',
        'key-concurrency',
        'visitor-requests',
      ]);
      const { details, message } = await errorOf(response, 402);
      assert.deepEqual(details, { limit_source: source });
      assert.doesNotMatch(message, /\d/);
      assertDiscreet(response, message);
    });
  }
});

describe('a limit of zero suspends', () => {
  const zeros = [
    ['rpm', 429, { limit_kind: 'requests', limit: 0, retry_after_ms: 60_000 }],
    ['tpm', 429, { limit_kind: 'tokens', limit: 0, retry_after_ms: 60_000 }],
    ['concurrency', 429, { limit_kind: 'concurrency', limit: 0, retry_after_ms: 1000 }],
    ['budgetUsd', 402, { limit_usd: 0, spent_usd: 0 }],
  ] as const;
  for (const source of SOURCES) {
    for (const [field, status, wanted] of zeros) {
      test(`${field} of the ${source}`, async () => {
        const made = await limited(source, { [field]: 0 });
        const sent = gateway.sandbox.requests.length;
        for (const make of [say, stream]) {
          const response = await gateway.chat(made.key, make(QUICK));
          assert.equal(response.headers.get('x-should-retry'), 'false');
          const { details } = await errorOf(response, status);
          const { resets_at: _end, ...rest } = details ?? {};
          assert.deepEqual(rest, { limit_source: source, ...wanted });
        }
        assert.equal(gateway.sandbox.requests.length, sent);
        // Reading goes on: it is no chat.
        assert.equal((await gateway.call('/ai/models', { key: made.key })).status, 200);
        assert.equal((await gateway.call('/ai/usage', { key: made.key })).status, 200);
        if (source === 'key') return;
        await gateway.putTenant(made.tenantId, {});
        assert.equal((await gateway.chat(made.key, say(QUICK))).status, 200);
      });
    }
  }
});

describe('what was refused took nothing', () => {
  for (const [what, limits, status] of [
    ['requests', { rpm: 0 }, 429],
    ['tokens', { tpm: 1 }, 429],
    ['concurrency', { concurrency: 0 }, 429],
    ['money', { budgetUsd: 0 }, 402],
  ] as const) {
    test(`of the tenant, when the key had no ${what} left`, async () => {
      const tenant = gateway.newTenant();
      await gateway.putTenant(tenant, { rpm: 9, tpm: 5000, concurrency: 5, budgetUsd: 1 });
      const refused = await gateway.makeKey({ tenant, ...limits });
      for (let at = 0; at < 4; at += 1) {
        const response = await gateway.chat(refused.key, say(QUICK, { maxTokens: 10 }));
        const told = toldBy(response);
        const points = await gateway.points(requestId(response));
        assert.equal(points.requests[0]?.blobs[8], `key-${what === 'money' ? 'spend' : what}`);
        assert.deepEqual(points.tokens, []);
        assert.deepEqual(
          ['requests', 'tokens', 'concurrency', 'spend'].map((kind) => told[`tenant-${kind}`]?.r),
          [9, 5000, 5, 1_000_000],
        );
        await errorOf(response, status);
      }
      const { days, ...usage } = await usageOf({ tenantId: tenant });
      assert.deepEqual([days, usage.spent_usd, usage.reserved_usd], [[], 0, 0]);
    });
  }

  test('what failed after admission tells the limits, and gives back all but the request', async () => {
    const made = await gateway.makeKey({ rpm: 9, tpm: 5000, concurrency: 5, budgetUsd: 1 });
    const response = await gateway.chat(
      made.key,
      say('[[sandbox: status=500]]', { maxTokens: 10 }),
    );
    const told = toldBy(response);
    assert.deepEqual([told['key-requests']?.r, told['key-concurrency']?.r], [8, 4]);
    await errorOf(response, 502);
    await ended(made);
    const next = await gateway.chat(made.key, say('[[sandbox: status=500]]', { maxTokens: 10 }));
    const again = toldBy(next);
    assert.equal(again['key-concurrency']?.r, 4);
    assert.equal(again['key-spend']?.r, told['key-spend']?.r);
    assert.ok(Number(again['key-tokens']?.r) >= Number(told['key-tokens']?.r));
    await errorOf(next, 502);
  });
});
