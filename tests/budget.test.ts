/** Budgets: never passed, given back to the last nano-USD, and charged what answers cost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, say, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway, MadeKey, NewKey, Settings } from './harness/gateway.ts';
import {
  estimated,
  inputBound,
  nanos,
  priceOf,
  requestsOf,
  reservation,
  settled,
  usageOf,
  usd,
} from './harness/usage.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';
import { entryOf, readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';
/** The least nano-USD that one output token costs. */
const TOKEN = priceOf(0, 1);

/** A key of a tenant of its own. */
async function keyWith(
  settings: Settings,
  key: NewKey = {},
  of: Gateway = gateway,
): Promise<MadeKey> {
  const tenant = of.newTenant();
  await of.putTenant(tenant, settings);
  return of.makeKey({ tenant, ...key });
}

/** The end of an answer, plain or streamed: both carry the same numbers. */
async function endOf(response: Response): Promise<StreamEvent> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  if (response.headers.get('content-type') === 'application/json') {
    return JSON.parse(text) as StreamEvent;
  }
  const last = eventsOf(text).at(-1);
  assert.equal(last?.done, true, text.slice(-300));
  return last;
}

/** Nothing was charged, nothing is held. */
function assertUntouched(usage: Usage): void {
  assert.deepEqual(
    [usage.spent_usd, usage.reserved_usd, usage.in_flight, usage.days],
    [0, 0, 0, []],
  );
}

/** One limit's `r` in the RateLimit header. */
function left(response: Response, item: string): number {
  const header = response.headers.get('ratelimit') ?? '';
  const found = new RegExp(`"${item}";r=(\\d+)`).exec(header)?.[1];
  assert.ok(found, `no ${item} in ${header}`);
  return Number(found);
}

function sentCap(body: unknown): unknown {
  return (body as { max_tokens?: unknown }).max_tokens;
}

describe('a budget for exactly 10 of 200 requests at once admits 10', () => {
  const capped = { maxTokens: 50 };
  for (const whose of ['tenant', 'key'] as const) {
    for (const [how, body] of [
      ['plain', say],
      ['streamed', stream],
    ] as const) {
      test(`of a ${whose}, ${how}`, async () => {
        const gate = `ten-${whose}-${how}`;
        const text = `[[sandbox: hold=${gate}]]`;
        const each = reservation(text, capped.maxTokens);
        const budgetUsd = usd(10 * each);
        const made = await (whose === 'tenant'
          ? keyWith({ budgetUsd })
          : keyWith({ budgetUsd: 1 }, { budgetUsd }));

        let refused = 0;
        const ends = Array.from({ length: 200 }, async () => {
          const response = await gateway.chat(made.key, body(text, capped));
          if (response.status === 200) return endOf(response);
          const { details } = await errorOf(response, 402);
          assert.deepEqual(
            [details?.['limit_source'], details?.['limit_usd'], details?.['spent_usd']],
            [whose, budgetUsd, 0],
          );
          refused += 1;
          return undefined;
        });
        const held = (): number =>
          gateway.sandbox.requests.filter(
            ({ body, outcome }) => outcome === 'held' && JSON.stringify(body).includes(gate),
          ).length;
        try {
          await eventually('all 200 decided', () => refused + held() === 200 || undefined, 10_000);
          assert.deepEqual([held(), refused], [10, 190]);
          const during = await usageOf(gateway, made.tenantId);
          assert.deepEqual(
            [during.spent_usd, nanos(during.reserved_usd), during.in_flight],
            [0, 10 * each, 10],
          );
        } finally {
          await fetch(`${gateway.sandbox.url}/_sandbox/release/${gate}`, { method: 'POST' });
        }

        const costs = (await Promise.all(ends)).flatMap((end) => (end ? [nanos(end.costUsd)] : []));
        assert.equal(costs.length, 10);
        const total = costs.reduce((sum, cost) => sum + cost, 0);
        assert.ok(costs.every((cost) => cost > 0 && cost <= each));
        const after = await settled(gateway, made.tenantId);
        assert.deepEqual(
          [nanos(after.spent_usd), after.reserved_usd, requestsOf(after)],
          [total, 0, 10],
        );
        // What was not used is there again, to the last nano-USD.
        const rest = 10 * each - total;
        const output = Math.floor((rest - priceOf(inputBound(QUICK), 0)) / TOKEN);
        const over = await gateway.chat(made.key, say(QUICK, { maxTokens: output + 1 }));
        await errorOf(over, 402);
        await endOf(await gateway.chat(made.key, say(QUICK, { maxTokens: output })));
      });
    }
  }
});

const impatient = await gatewayForTests({ variables: { DEADLINES_MS: '1000,1000,1000,2000' } });

/** Fails, and leaves room for exactly the same once more. */
async function assertFree(body: object, said: string, status: number): Promise<void> {
  const capped = { maxTokens: 20 };
  const budgetUsd = usd(reservation(said, capped.maxTokens));
  const limits = { budgetUsd, concurrency: 1 };
  const { key, tenantId } = await keyWith(limits, limits, impatient);
  await errorOf(await impatient.chat(key, { ...body, ...capped }), status);
  assertUntouched(await settled(impatient, tenantId));
  await errorOf(await impatient.chat(key, { ...body, ...capped }), status);
  assertUntouched(await settled(impatient, tenantId));
}

describe(
  'what failed before there was an answer costs nothing and holds nothing',
  {
    concurrency: 8,
  },
  () => {
    for (const [what, directives, status] of [
      ['an error of the backend', 'status=500', 502],
      ['a refusal of the backend', 'status=400', 400],
      ['a backend that is overloaded', 'retry_after=3', 503],
      ['an HTML page', 'html', 502],
      ['an HTML page as an answer', 'html status=200', 502],
      ['a redirect', 'redirect=/elsewhere', 502],
      ['a connection that is closed', 'drop', 502],
      ['no headers in time', 'delay=20000', 504],
      ['no first byte in time', 'first=20000', 504],
      ['half an answer', 'cut=0', 502],
      ['an error with status 200', 'error=0', 502],
      ['a broken answer', 'badjson=0', 502],
    ] as const) {
      for (const [how, body] of [
        ['plain', say],
        ['streamed', stream],
      ] as const) {
        test(`${what}, ${how}`, () => {
          const said = `fail [[sandbox: ${directives}]]`;
          return assertFree(body(said), said, status);
        });
      }
    }

    test('a regulated profile', () =>
      assertFree(say('ssn 078-05-1120', { profile: 'healthcare' }), 'ssn 078-05-1120', 422));

    test('a malformed request', () => assertFree(say('hi', { temperature: 9 }), 'hi', 400));
  },
);

test('a backend that cannot be reached costs nothing either', async () => {
  await impatient.sandbox.close();
  for (const body of [say('hi'), stream('hi')]) await assertFree(body, 'hi', 502);
});

describe('without maxTokens the backend is told the most that budget, limits and model allow', () => {
  const long = 'x'.repeat(12_000);
  const [SHORT, LONG] = ['uncapped [[sandbox: tokens=1]]', `${long} [[sandbox: tokens=1]]`];
  /** A budget that pays for so many output tokens, and is a nano-USD short of one more. */
  const paying = (tokens: number): number => usd(reservation(SHORT, tokens) + TOKEN - 1);

  const cases: [string, Settings, NewKey, string, number][] = [
    ['nothing is limited: the most of the model', {}, {}, SHORT, 4096],
    [
      'a long input: what its context leaves',
      {},
      {},
      LONG,
      7968 - Math.ceil(Buffer.byteLength(LONG) / 3),
    ],
    ["the tenant's budget", { budgetUsd: paying(77) }, {}, SHORT, 77],
    ["the key's budget", {}, { budgetUsd: paying(33) }, SHORT, 33],
    ['the lower of both', { budgetUsd: paying(77) }, { budgetUsd: paying(33) }, SHORT, 33],
    ['the same the other way round', { budgetUsd: paying(9) }, { budgetUsd: 1 }, SHORT, 9],
    ['a budget for one token', { budgetUsd: paying(1) }, {}, SHORT, 1],
    ['a quarter of a tpm limit', { tpm: 8_000 }, {}, SHORT, 2_000],
    ['1,024 of a smaller one', { tpm: 2_000 }, {}, SHORT, 1_024],
    ['the rest of a tiny one', {}, { tpm: 200 }, SHORT, 200 - inputBound(SHORT)],
  ];
  for (const [what, settings, own, text, most] of cases) {
    test(what, async () => {
      for (const body of [say(text), stream(text)]) {
        const { key } = await keyWith(settings, own);
        await endOf(await gateway.chat(key, body));
        assert.equal(sentCap(gateway.sandbox.requests.at(-1)?.body), most);
      }
    });
  }

  test('what was spent and what is reserved are taken off', async () => {
    const first = 'first [[sandbox: tokens=7]]';
    const held = 'second [[sandbox: hold=taken-off]]';
    const budget = reservation(SHORT, 200);
    const { key, tenantId } = await keyWith({ budgetUsd: usd(budget) });
    const { costUsd } = await endOf(await gateway.chat(key, say(first, { maxTokens: 10 })));
    await settled(gateway, tenantId);
    const holding = gateway.chat(key, say(held, { maxTokens: 10 }));
    await entryOf(gateway, 'taken-off');
    const last = 'third [[sandbox: tokens=1000]]';
    const room = budget - nanos(costUsd) - reservation(held, 10);
    const most = Math.floor((room - priceOf(inputBound(last), 0)) / TOKEN);
    const end = await endOf(await gateway.chat(key, stream(last)));
    assert.equal(sentCap((await entryOf(gateway, last)).body), most);
    // The backend kept to it, and the answer says why it ended.
    assert.deepEqual([end.outputTokens, end.finishReason], [most, 'length']);
    await fetch(`${gateway.sandbox.url}/_sandbox/release/taken-off`, { method: 'POST' });
    const costs = nanos(costUsd) + nanos(end.costUsd) + nanos((await endOf(await holding)).costUsd);
    const usage = await settled(gateway, tenantId);
    assert.equal(nanos(usage.spent_usd), costs);
    assert.ok(costs <= budget);
  });

  test('a budget that pays for the input alone refuses', async () => {
    const { key } = await keyWith({ budgetUsd: usd(reservation(SHORT, 1) - 1) });
    await errorOf(await gateway.chat(key, say(SHORT)), 402);
  });
});

describe('a backend that ignores its cap', () => {
  const maxTokens = 20;
  /** More bytes than so many tokens can be, by ARCHITECTURE's rule of 16 a token and some slack. */
  const MOST_BYTES = 16 * maxTokens + 1_024;
  for (const [what, directives, mostBytes] of [
    ['and counts nothing', 'tokens=100000 size=40 usage=none', MOST_BYTES + 40],
    ['and counts what it does', 'tokens=100000 size=10 usage=every', (maxTokens + 1) * 10],
  ] as const) {
    test(`${what}: the stream ends well-formed at its cap`, async () => {
      const text = `cap ${what} [[sandbox: ignorecap ${directives}]]`;
      const each = reservation(text, maxTokens);
      const { key, tenantId } = await keyWith({ budgetUsd: usd(each) });
      const response = await gateway.chat(key, stream(text, { maxTokens }));
      const events = eventsOf(await response.text());
      const last = events.at(-1);
      assert.deepEqual(
        [last?.done, last?.finishReason, last?.outputTokens, last?.usageEstimated],
        [true, 'length', maxTokens, true],
      );
      assert.equal(events.filter(({ done }) => done === true).length, 1);
      const bytes = Buffer.byteLength(textOf(events));
      assert.ok(bytes > 0 && bytes <= mostBytes, `${bytes} bytes passed on`);
      const entry = await entryOf(gateway, `cap ${what}`);
      await eventually('the end of the call', () => entry.clientLeftAt ?? undefined);
      const usage = await settled(gateway, tenantId);
      assert.equal(nanos(usage.spent_usd), nanos(last?.costUsd));
      assert.ok(nanos(last?.costUsd) <= each, `${last?.costUsd} of ${each}`);
      assert.equal(usage.reserved_usd, 0);
    });
  }

  test('a plain answer beyond it costs no more than was reserved', async () => {
    const text = '[[sandbox: ignorecap tokens=500]]';
    const each = reservation(text, maxTokens);
    const { key, tenantId } = await keyWith({ budgetUsd: usd(each) });
    const end = await endOf(await gateway.chat(key, say(text, { maxTokens })));
    assert.equal(end.outputTokens, 500);
    assert.equal(nanos(end.costUsd), each);
    const usage = await settled(gateway, tenantId);
    assert.deepEqual([nanos(usage.spent_usd), usage.reserved_usd], [each, 0]);
    await errorOf(await gateway.chat(key, say(QUICK, { maxTokens: 1 })), 402);
  });
});

describe('usage that is odd', () => {
  for (const [how, body] of [
    ['plain', say],
    ['streamed', stream],
  ] as const) {
    test(`zero stays zero, ${how}`, async () => {
      const { key, tenantId } = await keyWith({ budgetUsd: 1 });
      const end = await endOf(await gateway.chat(key, body('[[sandbox: usage=zero tokens=9]]')));
      assert.deepEqual(
        [end.inputTokens, end.outputTokens, end.costUsd, end.usageEstimated],
        [0, 0, 0, undefined],
      );
      const usage = await settled(gateway, tenantId);
      const [row] = usage.days;
      assert.deepEqual(
        [usage.spent_usd, row?.requests, row?.estimated_requests, row?.input_tokens],
        [0, 1, 0, 0],
      );
    });

    for (const fault of ['none', 'null', 'absurd']) {
      test(`${fault} is estimated and marked, ${how}`, async () => {
        const { key, tenantId } = await keyWith({ budgetUsd: 1 });
        const text = `[[sandbox: usage=${fault} tokens=9 size=10]]`;
        const end = await endOf(await gateway.chat(key, body(text)));
        const tokens = [estimated(text), estimated(9 * 10)] as const;
        assert.deepEqual(
          [end.inputTokens, end.outputTokens, end.usageEstimated],
          [...tokens, true],
        );
        assert.equal(nanos(end.costUsd), priceOf(...tokens));
        const usage = await settled(gateway, tenantId);
        const [row] = usage.days;
        assert.deepEqual(
          [row?.requests, row?.estimated_requests, row?.input_tokens, row?.output_tokens],
          [1, 1, ...tokens],
        );
        assert.equal(nanos(usage.spent_usd), priceOf(...tokens));
      });
    }

    test(`a lie of a thousand million tokens costs what was reserved, ${how}`, async () => {
      const text = '[[sandbox: usage=inflated tokens=9]]';
      const each = reservation(text, 10);
      const { key, tenantId } = await keyWith({ budgetUsd: usd(2 * each) }, { tpm: 100_000 });
      const response = await gateway.chat(key, body(text, { maxTokens: 10 }));
      const end = await endOf(response);
      assert.equal(nanos(end.costUsd), each);
      const usage = await settled(gateway, tenantId);
      assert.deepEqual([nanos(usage.spent_usd), usage.reserved_usd], [each, 0]);
      // It takes no more of the tokens per minute either, and the rest of the budget is there.
      const before = left(response, 'key-tokens');
      assert.equal(before, 100_000 - inputBound(text) - 10);
      const second = await gateway.chat(key, body(text, { maxTokens: 10 }));
      assert.ok(left(second, 'key-tokens') >= before - inputBound(text) - 10);
      await endOf(second);
      await settled(gateway, tenantId);
      await errorOf(await gateway.chat(key, say(QUICK, { maxTokens: 1 })), 402);
    });
  }
});

describe('where tenant and key are limited, a refusal by one takes nothing from either', () => {
  const wide = { rpm: 1_000, tpm: 10_000_000, concurrency: 100, budgetUsd: 1 };
  const tight = {
    rpm: { rpm: 0 },
    tpm: { tpm: 10 },
    concurrency: { concurrency: 0 },
    budgetUsd: { budgetUsd: usd(1) },
  };
  const body = say(QUICK, { maxTokens: 5 });
  const tokens = inputBound(QUICK) + 5;

  /** All of these limits of somebody but one request's share. */
  function assertAllBut(response: Response, whose: 'tenant' | 'key', requests: number): void {
    assert.deepEqual(
      ['requests', 'tokens', 'concurrency', 'spend'].map((kind) =>
        left(response, `${whose}-${kind}`),
      ),
      [
        1_000 - requests,
        10_000_000 - requests * tokens,
        100 - requests,
        Math.floor((1e9 - requests * reservation(QUICK, 5)) / 1_000),
      ],
    );
  }

  for (const [kind, limit] of Object.entries(tight)) {
    const status = kind === 'budgetUsd' ? 402 : 429;

    test(`the key's ${kind}`, async () => {
      const { key, tenantId } = await keyWith(wide, { ...wide, ...limit });
      for (let at = 0; at < 20; at += 1) {
        const refusal = await gateway.chat(key, body);
        assertAllBut(refusal, 'tenant', 0);
        assert.equal((await errorOf(refusal, status)).details?.['limit_source'], 'key');
      }
      assertUntouched(await usageOf(gateway, tenantId));
      const other = await gateway.makeKey({ tenant: tenantId, ...wide });
      const response = await gateway.chat(other.key, body);
      assertAllBut(response, 'tenant', 1);
      assertAllBut(response, 'key', 1);
      await endOf(response);
    });

    test(`the tenant's ${kind}`, async () => {
      const { key, tenantId } = await keyWith({ ...wide, ...limit }, wide);
      for (let at = 0; at < 20; at += 1) {
        const refusal = await gateway.chat(key, body);
        assertAllBut(refusal, 'key', 0);
        assert.equal((await errorOf(refusal, status)).details?.['limit_source'], 'tenant');
      }
      assertUntouched(await usageOf(gateway, tenantId));
      await gateway.putTenant(tenantId, wide);
      // A rate that was raised from nothing begins empty, and refills in a moment.
      const response = await eventually('an admission', async () => {
        const answer = await gateway.chat(key, body);
        if (answer.status === 200) return answer;
        assertAllBut(answer, 'key', 0);
        return void (await errorOf(answer, 429));
      });
      assertAllBut(response, 'key', 1);
      await endOf(response);
    });
  }
});

describe('what is put holds for the very next admission', () => {
  for (const kind of ['rpm', 'tpm', 'concurrency', 'budgetUsd'] as const) {
    test(`${kind}, ten times to and fro`, async (t) => {
      const open = { rpm: 100_000, tpm: 100_000_000, concurrency: 100, budgetUsd: 1 };
      const { key, tenantId } = await keyWith(open);
      const lags: number[] = [];
      for (let at = 0; at < 20; at += 1) {
        const closed = at % 2 === 0;
        await gateway.putTenant(tenantId, closed ? { ...open, [kind]: 0 } : open);
        const answeredAt = performance.now();
        const response = await gateway.chat(key, say(QUICK));
        lags.push(performance.now() - answeredAt);
        if (closed) await errorOf(response, kind === 'budgetUsd' ? 402 : 429);
        // A bucket that was resized from nothing is empty: it refills in a moment.
        else if (response.status === 429 && (kind === 'rpm' || kind === 'tpm')) {
          const { details } = await errorOf(response, 429);
          assert.equal(details?.['limit'], open[kind]);
        } else await endOf(response);
      }
      t.diagnostic(
        `the next request's answer, ${lags.length} times: at most ${Math.max(...lags).toFixed(1)} ms after the PUT's`,
      );
    });
  }

  test('a budget lowered below what was spent refuses, and says what was spent', async () => {
    const { key, tenantId } = await keyWith({ budgetUsd: 1 });
    const { costUsd } = await endOf(await gateway.chat(key, say(QUICK)));
    const spent = (await settled(gateway, tenantId)).spent_usd;
    assert.equal(spent, costUsd);
    const budgetUsd = usd(nanos(spent) - 1);
    await gateway.putTenant(tenantId, { budgetUsd });
    const { details } = await errorOf(await gateway.chat(key, say(QUICK)), 402);
    assert.deepEqual([details?.['limit_usd'], details?.['spent_usd']], [budgetUsd, spent]);
  });

  test('a key that is revoked is refused at once, and its stream goes on and is charged', async () => {
    const made = await keyWith({ budgetUsd: 1 });
    const text = 'revoked [[sandbox: tokens=30 gap=20]]';
    const response = await gateway.chat(made.key, stream(text));
    const reader = readerOf(response);
    const begun = await readUntil(reader, 'delta');
    await gateway.revoke(made);
    const entry = await entryOf(gateway, 'revoked');
    await errorOf(await gateway.chat(made.key, say(QUICK)), 401);
    assert.equal(entry.endedAt, null, 'the stream still runs when the key is refused');
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest += decoder.decode(value, { stream: true });
    }
    const last = eventsOf(begun + rest).at(-1);
    assert.deepEqual([last?.done, last?.outputTokens], [true, 30]);
    const usage = await settled(gateway, made.tenantId);
    assert.ok(nanos(last?.costUsd) > 0);
    assert.equal(nanos(usage.spent_usd), nanos(last?.costUsd));
    assert.deepEqual([requestsOf(usage), usage.days[0]?.key], [1, made.keyId]);
  });
});
