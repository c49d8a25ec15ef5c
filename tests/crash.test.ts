/**
 * workerd killed in the middle of everything: what was counted stays counted, and what was reserved
 * stays reserved for as long as anybody could be using it.
 *
 * A request counts as reached when the sandbox has its record. Until a minute after a crash each of them
 * is either charged or covered by a reservation, so at any moment
 * `spent + (reached - charged) * reservation <= budget`.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import type { Entry } from '../sandbox/journal.ts';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey } from './harness/gateway.ts';
import { random, SOAK } from './harness/random.ts';
import { charged, nanos, requestsOf, reservation, settled, usageOf, usd } from './harness/usage.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';
import { readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();
const choice = random();

const ROUNDS = SOAK ? 50 : 6;
const MAX_TOKENS = 20;
/** How many reservations the budget of a round's own tenant holds. */
const SLOTS = 10;
/** As many requests as that pass its budget, and so few that there is room left after a crash. */
const LOADS = [30, 3] as const;
const LEASE_MS = 60_000;

const padded = (count: number, width: number): string => `${count}`.padStart(width, '0');

/** A message; all of them have one length, and so one reservation. */
function textOf(mark: string, at: number): string {
  const [tokens, gap, delay] = [choice.int(1, 20), choice.int(0, 30), choice.int(0, 200)];
  return `${mark}-${padded(at, 2)} [[sandbox: tokens=${padded(tokens, 2)} gap=${padded(gap, 2)} delay=${padded(delay, 3)}]]`;
}

const EACH = reservation(textOf('tight-00', 0), MAX_TOKENS);

/** One random request; the status, or 0 where the connection died. */
async function request({ key }: MadeKey, mark: string, at: number): Promise<number> {
  const body = choice.pick([say, stream])(textOf(mark, at), { maxTokens: MAX_TOKENS });
  await passed(choice.int(0, 200));
  try {
    const response = await gateway.chat(key, body);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

function entries(mark: string): readonly Entry[] {
  return gateway.sandbox.requests.filter(({ body }) => JSON.stringify(body).includes(`${mark}-`));
}

function reached(mark: string): number {
  return entries(mark).length;
}

/** How many were answered in full. What they cost is less than what was reserved, and room for others. */
function answered(mark: string): number {
  return entries(mark).filter(({ outcome }) => outcome === 'complete').length;
}

/** How many may still be charged up to their reservation. */
function mayCostAll(open: number, usage: Usage, mark: string): number {
  return Math.min(open, open - (answered(mark) - requestsOf(usage)));
}

/** What holds at any moment within a minute of any crash. */
function assertCovered(
  what: string,
  usage: Usage,
  { reached, mark }: { reached: number; mark: string },
  budget: number,
): void {
  const [spent, reserved] = [nanos(usage.spent_usd), nanos(usage.reserved_usd)];
  const open = reached - requestsOf(usage);
  const whole = mayCostAll(open, usage, mark);
  assert.ok(open >= 0, `${what}: ${requestsOf(usage)} charged, ${reached} reached`);
  assert.ok(spent <= budget, `${what}: ${spent} of ${budget} spent`);
  assert.ok(open * EACH <= reserved, `${what}: ${open} of ${EACH} open, ${reserved} reserved`);
  assert.ok(spent + whole * EACH <= budget, `${what}: ${whole} open, ${spent} of ${budget} spent`);
}

async function assertKept(before: Usage, { tenantId }: MadeKey): Promise<Usage> {
  const usage = await usageOf(gateway, tenantId);
  const [had, has] = [before, usage].map(({ spent_usd: spent }) => nanos(spent));
  assert.ok(Number(has) >= Number(had), `${had} spent before the crash, ${has} after`);
  assert.ok(requestsOf(usage) >= requestsOf(before));
  return usage;
}

describe('a kill -9 in the middle of a random load', () => {
  const roomy = 10_000 * EACH;
  let lasting: MadeKey;
  let lastingReached = 0;
  let lastingSeen: Usage;
  let [cut, admitted] = [0, 0];

  for (let round = 1; round <= ROUNDS; round += 1) {
    test(`round ${round} of ${ROUNDS}`, async (t) => {
      if (round === 1) {
        lasting = await gateway.makeKey({ tenant: gateway.newTenant() });
        await gateway.putTenant(lasting.tenantId, { budgetUsd: usd(roomy) });
        lastingSeen = await usageOf(gateway, lasting.tenantId);
      }
      const [tightMark, longMark] = [`tight-${padded(round, 2)}`, `stays-${padded(round, 2)}`];
      const budget = SLOTS * EACH;
      const tenant = gateway.newTenant();
      // The budget is the tenant's in two rounds and its key's in the next two.
      const limits = { budgetUsd: usd(budget) };
      const ofTenant = round % 4 < 2;
      const load = LOADS[round % 2] ?? 0;
      if (ofTenant) await gateway.putTenant(tenant, limits);
      const tight = await gateway.makeKey({ tenant, ...(ofTenant ? {} : limits) });
      let tightSeen = await usageOf(gateway, tenant);

      const calls = Array.from({ length: LOADS[0] }, (_, at) => [
        ...(at < load ? [request(tight, tightMark, at)] : []),
        request(lasting, longMark, at),
      ]).flat();
      const killAt = performance.now() + choice.int(20, 500);
      while (performance.now() < killAt) {
        tightSeen = await usageOf(gateway, tenant);
        lastingSeen = await usageOf(gateway, lasting.tenantId);
        const reached = requestsOf(tightSeen);
        assertCovered('before the crash', tightSeen, { reached, mark: tightMark }, budget);
      }
      await gateway.kill();
      const statuses = await Promise.all(calls);
      assert.ok(statuses.every((status) => [0, 200, 402].includes(status)));
      cut += [...entries(tightMark), ...entries(longMark)].filter(
        ({ outcome }) => outcome === 'client-left',
      ).length;

      const found = await assertKept(tightSeen, tight);
      if (ofTenant) {
        const tightReached = { reached: reached(tightMark), mark: tightMark };
        assertCovered('after the crash', found, tightReached, budget);
      }
      lastingReached += reached(longMark);
      lastingSeen = await assertKept(lastingSeen, lasting);
      assertCovered(
        'the lasting one',
        lastingSeen,
        { reached: lastingReached, mark: longMark },
        roomy,
      );

      // As many as are let in now, on top of what may still be open.
      const gate = `gate-${padded(round, 2)}`;
      const text = `${tightMark}-zz [[sandbox: hold=${gate}]]`;
      let refused = 0;
      const storm = Array.from({ length: 2 * SLOTS }, async () => {
        const response = await gateway.chat(tight.key, say(text, { maxTokens: MAX_TOKENS }));
        if (response.status !== 200) {
          await errorOf(response, 402);
          refused += 1;
        } else await response.arrayBuffer();
      });
      const held = (): number =>
        gateway.sandbox.requests.filter(({ outcome }) => outcome === 'held').length;
      try {
        const decided = (): true | undefined => refused + held() === 2 * SLOTS || undefined;
        await eventually('a decided storm', decided).catch((error: Error) => {
          throw new Error(`${error.message}: ${refused} refused, ${held()} held`);
        });
        admitted += held();
        const usage = await usageOf(gateway, tenant);
        const open = reached(tightMark) - held() - requestsOf(usage);
        const stormEach = reservation(text, MAX_TOKENS);
        const whole = mayCostAll(open, usage, tightMark);
        const most = nanos(usage.spent_usd) + whole * EACH + held() * stormEach;
        assert.ok(most <= budget, `${open} of before and ${held()} of now: ${most} of ${budget}`);
        // Nor does a crash take more than what had been reserved at once, and a little ahead of need.
        const lost = load * EACH + Math.ceil(budget / 64);
        const least = Math.floor((budget - nanos(usage.spent_usd) - lost) / stormEach);
        assert.ok(held() >= least, `${held()} admitted, there was room for ${least}`);
        t.diagnostic(
          `killed with ${tightSeen.in_flight + lastingSeen.in_flight} seen in flight; ` +
            `${requestsOf(usage)} charged, ${open} in doubt, ${held()} admitted of ${SLOTS}`,
        );
      } finally {
        await fetch(`${gateway.sandbox.url}/_sandbox/release/${gate}`, { method: 'POST' });
      }
      await Promise.all(storm);
      const end = await charged(gateway, tenant, requestsOf(found) + 2 * SLOTS - refused);
      assert.ok(nanos(end.spent_usd) <= budget);
      assert.ok(nanos(end.spent_usd) >= nanos(found.spent_usd));

      // Who has money left is served, and charged as before.
      assert.equal(await request(lasting, longMark, 99), 200);
      lastingReached += 1;
      lastingSeen = await charged(gateway, lasting.tenantId, requestsOf(lastingSeen) + 1);
    });
  }

  after(() => {
    assert.ok(cut > 0, 'no kill cut anything');
    assert.ok(admitted > 0, 'no budget had room after a kill');
    console.log(`# ${cut} requests cut, ${admitted} admitted by tight budgets after a crash`);
  });
});

test(
  'leases that were written down are there after a kill -9, and end a minute later',
  { timeout: 2 * LEASE_MS },
  async () => {
    const limits = { budgetUsd: 1, concurrency: 2 };
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, limits);
    const { key } = await gateway.makeKey({ tenant });
    const text = 'written [[sandbox: stall=1]]';
    const each = reservation(text, MAX_TOKENS);
    for (let at = 0; at < 2; at += 1) {
      const response = await gateway.chat(key, stream(text, { maxTokens: MAX_TOKENS }));
      await readUntil(readerOf(response), 'delta');
    }
    await passed(6_000); // The sweep comes after five seconds.
    await gateway.kill();
    const kept = await usageOf(gateway, tenant);
    assert.deepEqual([kept.in_flight, nanos(kept.reserved_usd), kept.spent_usd], [2, 2 * each, 0]);
    const { details } = await errorOf(await gateway.chat(key, say('hi')), 429);
    assert.equal(details?.['limit_kind'], 'concurrency');
    if (!SOAK) return;
    const usage = await settled(gateway, tenant, LEASE_MS + 15_000);
    // Nobody knows what was used, so it is all that was reserved, and said to be an estimate.
    assert.deepEqual([nanos(usage.spent_usd), usage.reserved_usd], [2 * each, 0]);
    assert.deepEqual([usage.days[0]?.requests, usage.days[0]?.estimated_requests], [2, 2]);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
  },
);
