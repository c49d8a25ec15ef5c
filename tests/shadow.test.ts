/** Shadow mode: a tenant's limits are counted and told, and refuse nothing until it is switched off. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey, Settings } from './harness/gateway.ts';
import { charged as chargedIn, nanos, settled, usageOf as usageIn } from './harness/usage.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';
import { assertOnePoint, entryOf } from './harness/watch.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';

function usageOf({ tenantId }: MadeKey): Promise<Usage> {
  return usageIn(gateway, tenantId);
}

/** Usage once this many requests were charged and none is going on. */
async function charged({ tenantId }: MadeKey, requests: number): Promise<Usage> {
  await chargedIn(gateway, tenantId, requests);
  return settled(gateway, tenantId);
}

/** A tenant with these limits in shadow mode, and a key of it with those of its own. */
async function shadowed(limits: Settings, own: Settings = {}): Promise<MadeKey> {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { ...limits, shadow: true });
  return gateway.makeKey({ ...(own as object), tenant });
}

/** What is left of a limit, by the header. */
function left(response: Response, name: string): number {
  const [, found] =
    new RegExp(`"${name}";r=(\\d+)`).exec(response.headers.get('ratelimit') ?? '') ??
    assert.fail(`no ${name} in ${response.headers.get('ratelimit')}`);
  return Number(found);
}

async function costOf(response: Response): Promise<number> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { costUsd: number }).costUsd;
}

let names = 0;

interface Held {
  response: Promise<Response>;
  release: () => Promise<unknown>;
}

async function held(made: MadeKey, maxTokens = 10): Promise<Held> {
  names += 1;
  const name = `hold-${names}-of-${process.pid}`;
  const response = gateway.chat(made.key, say(`[[sandbox: tokens=1 hold=${name}]]`, { maxTokens }));
  response.catch(() => {}); // Whoever awaits it hears of it.
  const entry = await entryOf(gateway, name);
  await eventually(`${name} to hold`, () => (entry.outcome === 'held' ? true : undefined));
  const url = `${gateway.sandbox.url}/_sandbox/release/${name}`;
  return { response, release: () => fetch(url, { method: 'POST' }) };
}

const SOURCES = ['tenant', 'key'] as const;

/** A shadowed tenant with a limit of its own, or of its key. */
function shadowedBy(source: (typeof SOURCES)[number], limits: Settings): Promise<MadeKey> {
  return source === 'tenant' ? shadowed(limits) : shadowed({}, limits);
}

describe('requests beyond a limit are answered, counted and told', () => {
  for (const source of SOURCES) {
    test(`requests per minute of the ${source}; enforced at once when it ends`, async () => {
      const made = await shadowedBy(source, { rpm: 2 });
      const seen = [];
      for (let at = 0; at < 5; at += 1) {
        const response = await gateway.chat(made.key, (at % 2 ? stream : say)(QUICK));
        const body = await response.text();
        assert.equal(response.status, 200, body);
        if (at % 2) assert.equal(eventsOf(body).at(-1)?.done, true);
        assert.equal(response.headers.get('ratelimit-policy'), `"${source}-requests";q=2;w=60`);
        assert.equal(response.headers.get('x-ratelimit-limit-requests'), '2');
        for (const name of ['retry-after', 'retry-after-ms', 'x-should-retry']) {
          assert.equal(response.headers.get(name), null);
        }
        seen.push(left(response, `${source}-requests`));
        const points = await gateway.points(requestId(response));
        assertOnePoint(points, 'complete');
        // The limit that would have refused it.
        assert.equal(points.requests[0]?.blobs[8], at < 2 ? '' : `${source}-requests`);
      }
      assert.deepEqual(seen, [1, 0, 0, 0, 0]);
      const usage = await charged(made, 5);
      assert.equal(usage.shadow, true);
      assert.equal(usage.limits['rpm'], source === 'tenant' ? 2 : null);

      await gateway.putTenant(made.tenantId, source === 'tenant' ? { rpm: 2 } : {});
      const response = await gateway.chat(made.key, say(QUICK));
      assert.equal(left(response, `${source}-requests`), 0);
      const { details } = await errorOf(response, 429);
      assert.deepEqual(
        [details?.['limit_source'], details?.['limit_kind'], details?.['limit']],
        [source, 'requests', 2],
      );
      assert.ok(Number(details?.['retry_after_ms']) > 20_000);
      const after = await charged(made, 5);
      assert.equal(after.shadow, false);
      assert.equal(after.spent_usd, usage.spent_usd);
    });

    test(`tokens per minute of the ${source}; enforced at once when it ends`, async () => {
      const made = await shadowedBy(source, { tpm: 600 });
      const running = [await held(made, 300), await held(made, 300)];
      // More than is left, more than the limit ever allows, and without a cap.
      for (const more of [{ maxTokens: 300 }, { maxTokens: 4000 }, {}]) {
        const response = await gateway.chat(made.key, say('x'.repeat(2000), more));
        assert.equal(response.status, 200);
        assert.equal(left(response, `${source}-tokens`), 0);
        await response.arrayBuffer();
      }
      await gateway.putTenant(made.tenantId, source === 'tenant' ? { tpm: 600 } : {});
      const response = await gateway.chat(made.key, say(QUICK, { maxTokens: 300 }));
      const { details } = await errorOf(response, 429);
      assert.deepEqual(
        [details?.['limit_source'], details?.['limit_kind'], details?.['limit']],
        [source, 'tokens', 600],
      );
      for (const { release } of running) await release();
      for (const { response: late } of running) assert.equal((await late).status, 200);
      await charged(made, 5);
    });

    test(`concurrent requests of the ${source}; enforced at once when it ends`, async () => {
      const made = await shadowedBy(source, { concurrency: 1 });
      const running = [];
      for (let at = 0; at < 3; at += 1) running.push(await held(made));
      assert.equal((await usageOf(made)).in_flight, 3);
      const response = await gateway.chat(made.key, say(QUICK));
      assert.equal(response.status, 200);
      assert.equal(left(response, `${source}-concurrency`), 0);
      await response.arrayBuffer();

      await gateway.putTenant(made.tenantId, source === 'tenant' ? { concurrency: 1 } : {});
      const ask = (): Promise<Response> => gateway.chat(made.key, say(QUICK));
      const { details } = await errorOf(await ask(), 429);
      assert.deepEqual(details, {
        limit_source: source,
        limit_kind: 'concurrency',
        limit: 1,
        retry_after_ms: 1000,
      });
      // All of those that were let through count, until the last of them has ended.
      for (const [at, { release, response: late }] of running.entries()) {
        await release();
        assert.equal((await late).status, 200);
        await eventually('its end', async () =>
          (await usageOf(made)).in_flight === running.length - at - 1 ? true : undefined,
        );
        if (at < running.length - 1) await errorOf(await ask(), 429);
      }
      assert.equal((await ask()).status, 200);
    });

    test(`money of the ${source}, to the nano-USD; enforced at once when it ends`, async () => {
      const budgetUsd = 0.00001;
      const made = await shadowedBy(source, { budgetUsd });
      const costs = [];
      for (let at = 0; at < 4; at += 1) {
        const response = await gateway.chat(made.key, say('[[sandbox: tokens=20]]'));
        assert.equal(left(response, `${source}-spend`), 0);
        costs.push(nanos(await costOf(response)));
      }
      const spent = costs.reduce((sum, cost) => sum + cost, 0);
      assert.ok(spent > nanos(budgetUsd), `${spent}`);
      const usage = await charged(made, 4);
      assert.deepEqual([nanos(usage.spent_usd), usage.reserved_usd], [spent, 0]);
      assert.equal(
        usage.days.reduce((sum, day) => sum + nanos(day.cost_usd), 0),
        spent,
      );

      await gateway.putTenant(made.tenantId, source === 'tenant' ? { budgetUsd } : {});
      const response = await gateway.chat(made.key, say(QUICK, { maxTokens: 1 }));
      const { details, message } = await errorOf(response, 402);
      const { resets_at: _end, ...money } = details ?? {};
      assert.deepEqual(money, {
        limit_source: source,
        limit_usd: budgetUsd,
        spent_usd: spent / 1e9,
      });
      assert.match(message, /is used up/);
      assert.equal(nanos((await usageOf(made)).spent_usd), spent);
    });
  }

  test('limits of zero suspend nobody, and take nothing from the answer', async () => {
    const none = { rpm: 0, tpm: 0, concurrency: 0, budgetUsd: 0 };
    const made = await shadowed(none, none);
    const free = await gateway.makeKey();
    const caps = [];
    const texts = [];
    for (const [at, { key }] of [free, made].entries()) {
      const mark = `as it was, ${at} of ${process.pid}`;
      const response = await gateway.chat(key, say(`${mark} [[sandbox: tokens=40]]`));
      assert.equal(response.status, 200);
      const { choices, outputTokens } = (await response.json()) as {
        choices: { finish_reason: string }[];
        outputTokens: number;
      };
      texts.push([choices[0]?.finish_reason, outputTokens]);
      const { body } = await entryOf(gateway, mark);
      caps.push((body as { max_tokens: number }).max_tokens);
    }
    assert.deepEqual(texts, [
      ['stop', 40],
      ['stop', 40],
    ]);
    assert.equal(caps[0], caps[1], 'the backend is told the same cap as without limits');
    await charged(made, 1);
  });

  test('a storm is let through, and all of it counts', async () => {
    const made = await shadowed({ rpm: 5, tpm: 500, concurrency: 1, budgetUsd: 0.000001 });
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await gateway.chat(made.key, say(QUICK));
        await response.arrayBuffer();
        return response.status;
      }),
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    const usage = await charged(made, 50);
    assert.equal(usage.reserved_usd, 0);
  });

  test("a visitor's answers have no more in them than otherwise", async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 0, budgetUsd: 0, shadow: true });
    const { key } = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'], rpm: 1 });
    for (const remaining of [0, 0]) {
      const response = await gateway.chat(key, say(QUICK));
      const body = await response.text();
      assert.equal(response.status, 200, body);
      assert.equal(
        response.headers.get('ratelimit-policy'),
        '"key-requests";q=1;w=60, "visitor-requests";q=20;w=60',
      );
      assert.equal(left(response, 'key-requests'), remaining);
      assert.doesNotMatch(body, /usd/i);
    }
  });
});

describe('it is the limits of one tenant that are in shadow', () => {
  test('not those of another', async () => {
    await shadowed({ rpm: 0 });
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 0, shadow: false });
    const { key } = await gateway.makeKey({ tenant });
    await errorOf(await gateway.chat(key, say(QUICK)), 429);
  });

  test('not who may do what: keys, roles, models and bodies are looked at as ever', async () => {
    const made = await shadowed({ rpm: 1 });
    const { tenantId: tenant } = made;
    const viewer = await gateway.makeKey({ tenant, role: 'viewer' });
    await errorOf(await gateway.chat(viewer.key, say(QUICK)), 403);
    const one = await gateway.makeKey({ tenant, models: ['gpt-4o'] });
    await errorOf(await gateway.chat(one.key, say(QUICK)), 403);
    await errorOf(await gateway.chat(made.key, '{'), 400);
    await gateway.revoke(made);
    await errorOf(await gateway.chat(made.key, say(QUICK)), 401);
    const profile = { rpm: 1, shadow: true, profile: 'finance' };
    await gateway.putTenant(tenant, profile);
    const { key } = await gateway.makeKey({ tenant });
    await errorOf(await gateway.chat(key, say(`${QUICK} ssn 078-05-1120`)), 422);
  });
});

test('switching it on lets the next request through, a plan and all', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { plan: 'free', rpm: 1 });
  const made = await gateway.makeKey({ tenant });
  assert.equal((await gateway.chat(made.key, say(QUICK))).status, 200);
  await errorOf(await gateway.chat(made.key, say(QUICK)), 429);
  await gateway.putTenant(tenant, { plan: 'free', rpm: 1, shadow: true });
  const response = await gateway.chat(made.key, say(QUICK));
  assert.equal(response.status, 200);
  assert.equal(left(response, 'tenant-requests'), 0);
  assert.equal((await charged(made, 2)).shadow, true);
  // It is a setting like others: left out, it is off again.
  await gateway.putTenant(tenant, { plan: 'free', rpm: 1 });
  await errorOf(await gateway.chat(made.key, say(QUICK)), 429);
});

test('what was counted outlives a kill -9, and so does the mode', async () => {
  const budgetUsd = 0.000001;
  const made = await shadowed({ budgetUsd });
  const cost = await costOf(await gateway.chat(made.key, say(QUICK)));
  assert.ok(cost > budgetUsd);
  await charged(made, 1);
  await gateway.kill();
  assert.equal((await gateway.chat(made.key, say(QUICK))).status, 200);
  const { shadow, spent_usd: spent } = await charged(made, 2);
  assert.deepEqual([shadow, nanos(spent)], [true, 2 * nanos(cost)]);
  await gateway.putTenant(made.tenantId, { budgetUsd });
  const { details } = await errorOf(await gateway.chat(made.key, say(QUICK)), 402);
  assert.equal(details?.['spent_usd'], spent);
});

test('what it may be set to', async () => {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, { rpm: 0, shadow: true });
  const made = await gateway.makeKey({ tenant });
  for (const value of ['"true"', '1', '0', 'null', '[]']) {
    const body = `{"rpm":0,"shadow":${value}}`;
    const response = await gateway.operator('PUT', `/tenants/${tenant}`, body);
    assert.deepEqual((await errorOf(response, 400)).details, { field: '$.shadow' });
  }
  assert.equal((await gateway.chat(made.key, say(QUICK))).status, 200);
});
