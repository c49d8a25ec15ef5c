/**
 * Backends that fail before their answer has begun: asked again, passed over for another, left alone. On every
 * API, plain and streamed; whatever happens, one request is charged once, to the model that answered.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startSandbox } from '../sandbox/server.ts';
import type { Entry } from '../sandbox/journal.ts';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway, MadeKey } from './harness/gateway.ts';
import { chatHead, open } from './harness/raw.ts';
import { inputBound, nanos, priceOf, settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

/** Without breaker: every test fails a backend on purpose. */
const TRYING = 'retries=1 fallbacks=2 breaker=0';

/** Two providers, so that a fallback is another dialect at another server. */
const anthropic = await startSandbox();
after(() => anthropic.close());
const gateway = await gatewayForTests({
  variables: { RESILIENCE: TRYING, ANTHROPIC_BASE_URL: anthropic.url },
});
const openai = gateway.sandbox;

/** `gpt-4o-mini` falls back to this, and this to that. */
const MINI = 'gpt-4o-mini';
const HAIKU = 'claude-haiku-4-5';

interface Api {
  name: string;
  path: string;
  body: (text: string, streamed: boolean, extra?: object) => object;
  /** The model that the answer names; none in native streams. */
  model: (text: string, streamed: boolean) => string | undefined;
  /** Whether a streamed answer ended as it should. */
  ended: (text: string) => boolean;
}

const messages = (text: string): object => ({ messages: [{ role: 'user', content: text }] });
const modelIn = (text: string): string | undefined => /"model":"([^"]+)"/.exec(text)?.[1];

const APIS: Api[] = [
  {
    name: 'the native API',
    path: '/ai/chat',
    body: (text, streamed, extra) => ({ ...messages(text), stream: streamed, ...extra }),
    model: (text, streamed) => (streamed ? undefined : modelIn(text)),
    ended: (text) => text.includes('"done":true'),
  },
  {
    name: 'OpenAI’s',
    path: '/v1/chat/completions',
    body: (text, streamed, extra) => ({ ...messages(text), stream: streamed, ...extra }),
    model: modelIn,
    ended: (text) => text.endsWith('data: [DONE]\n\n'),
  },
  {
    name: 'Anthropic’s',
    path: '/v1/messages',
    body: (text, streamed, extra) => ({
      ...messages(text),
      stream: streamed,
      max_tokens: 500,
      ...extra,
    }),
    model: modelIn,
    ended: (text) => text.includes('"message_stop"'),
  },
];

let marks = 0;
/** A text that no other test has, with a directive. */
function marked(directives: string): string {
  marks += 1;
  return `resilience-${marks}. [[sandbox: ${directives}]]`;
}

function seen(text: string): Entry[] {
  const mark = JSON.stringify(text.slice(0, text.indexOf('.') + 1)).slice(1, -1);
  return [...openai.requests, ...anthropic.requests]
    .filter(({ body }) => JSON.stringify(body).includes(mark))
    .sort((a, b) => a.startedAt - b.startedAt);
}

function ask(of: Gateway, key: string, api: Api, body: object, headers = {}): Promise<Response> {
  return of.call(api.path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    key,
  });
}

/** The one charge of a key that made one request. */
async function chargeOf(
  { tenantId }: MadeKey,
  requests = 1,
): Promise<{ model: string; cost: number }> {
  const usage = await settled(gateway, tenantId);
  assert.equal(
    usage.days.reduce((sum, row) => sum + row.requests, 0),
    requests,
  );
  assert.equal(usage.reserved_usd, 0);
  const [row] = usage.days;
  return { model: row?.model ?? '', cost: nanos(row?.cost_usd ?? 0) };
}

describe('a failure that will pass is tried again', () => {
  for (const api of APIS) {
    for (const streamed of [false, true]) {
      for (const fault of ['drop', 'status=503', 'retry_after=1', 'status=500 retry_after=1']) {
        test(`${fault}, on ${api.name}, ${streamed ? 'streamed' : 'plain'}`, async () => {
          const made = await gateway.makeKey();
          const text = marked(`${fault} times=1 tokens=5`);
          const headers = { 'x-neureus-fallback': 'none' };
          const body = api.body(text, streamed, { model: MINI });
          const began = performance.now();
          const response = await ask(gateway, made.key, api, body, headers);
          const answer = await response.text();
          assert.equal(response.status, 200, answer);
          const tookMs = performance.now() - began;
          if (fault.includes('retry_after')) assert.ok(tookMs >= 990, `${tookMs} ms`);
          if (streamed) assert.ok(api.ended(answer), answer);
          assert.equal(response.headers.get('x-neureus-attempts'), '2');
          assert.equal(response.headers.get('x-neureus-fallback'), null);
          assert.equal(response.headers.get('x-neureus-backend'), 'sandbox');
          assert.equal(seen(text).length, 2);
          assert.equal((await chargeOf(made)).model, MINI);
        });
      }
    }
  }
});

describe('another model answers in place of one that fails', () => {
  const faults: [string, string][] = [
    ['drop', 'unreachable'],
    ['status=500', 'failed'],
    ['status=404', 'failed'],
    ['status=401', 'key'],
    ['status=429', 'overloaded'],
    ['retry_after=30', 'overloaded'],
    ['status=503', 'overloaded'],
    ['html', 'failed'],
    ['html status=200', 'no-answer'],
    ['redirect=https://example.com/', 'failed'],
    ['cut=0', 'no-answer'],
    ['error=0', 'no-answer'],
    ['badjson=0', 'no-answer'],
  ];
  for (const api of APIS) {
    for (const streamed of [false, true]) {
      for (const [fault, reason] of faults) {
        // Here the first events are passed on as they come, so the answer has begun.
        if (api.path.startsWith('/v1/chat') && streamed && /^(?:cut|error|badjson)/.test(fault))
          continue;
        test(`${fault}, on ${api.name}, ${streamed ? 'streamed' : 'plain'}`, async () => {
          const made = await gateway.makeKey();
          const text = marked(`${fault} only=${MINI} tokens=5`);
          const response = await ask(
            gateway,
            made.key,
            api,
            api.body(text, streamed, { model: MINI }),
          );
          const answer = await response.text();
          assert.equal(response.status, 200, answer);
          if (streamed) assert.ok(api.ended(answer), answer);
          assert.ok([undefined, HAIKU].includes(api.model(answer, streamed)), answer);
          assert.equal(response.headers.get('x-neureus-backend'), 'anthropic');
          assert.equal(response.headers.get('x-neureus-fallback'), reason);
          const tries = fault === 'drop' ? 2 : 1;
          assert.equal(response.headers.get('x-neureus-attempts'), `${tries + 1}`);
          assert.deepEqual(
            seen(text).map(({ model }) => model),
            [...Array.from({ length: tries }, () => MINI), HAIKU],
          );
          // Charged once, at the price of the model that answered.
          const usage = await settled(gateway, made.tenantId);
          assert.equal(usage.days.length, 1);
          const [row] = usage.days;
          assert.deepEqual([row?.model, row?.requests], [HAIKU, 1]);
          const price = priceOf(row?.input_tokens ?? 0, 5, HAIKU);
          assert.equal(nanos(row?.cost_usd ?? 0), price);
          const { requests } = await gateway.points(requestId(response));
          const [point] = requests;
          assert.deepEqual(
            [point?.blobs[3], point?.blobs[4], ...(point?.blobs.slice(10) ?? [])],
            [HAIKU, 'anthropic', MINI, reason],
          );
          assert.equal(point?.doubles[3], tries + 1);
        });
      }
    }
  }
});

describe('nobody else is asked', () => {
  const made = gateway.makeKey();

  for (const [what, directives, status] of [
    ['where the request is at fault', 'status=400', 400],
    ['where it is too large', 'status=413', 400],
    ['where it is refused', 'status=422', 400],
  ] as const) {
    test(what, async () => {
      const text = marked(directives);
      const response = await gateway.chat((await made).key, say(text, { model: MINI }));
      await errorOf(response, status);
      assert.equal(seen(text).length, 1);
    });
  }

  test('once the answer has begun', async () => {
    for (const fault of ['cut=2', 'error=2', 'end=2', 'badjson=2']) {
      const text = marked(`${fault} only=${MINI} tokens=9`);
      const response = await gateway.chat((await made).key, stream(text, { model: MINI }));
      assert.match(await response.text(), /UPSTREAM_ERROR/);
      assert.equal(seen(text).length, 1, fault);
    }
  });

  test('where the caller forbids it', async () => {
    const text = marked(`status=500 only=${MINI}`);
    const headers = { 'x-neureus-fallback': 'none' };
    const response = await gateway.chat((await made).key, say(text, { model: MINI }), { headers });
    await errorOf(response, 502);
    assert.equal(seen(text).length, 1);
  });

  test('that the key may not call', async () => {
    const listed = await gateway.makeKey({ models: [MINI] });
    const text = marked(`status=500 only=${MINI}`);
    await errorOf(await gateway.chat(listed.key, say(text, { model: MINI })), 502);
    assert.equal(seen(text).length, 1);
    const both = await gateway.makeKey({ models: [MINI, HAIKU] });
    const again = marked(`status=500 only=${MINI}`);
    const response = await gateway.chat(both.key, say(again, { model: MINI }));
    assert.equal(response.status, 200, await response.text());
  });

  test('at another provider under a regulated profile', async () => {
    const regulated = await gateway.makeKey({ profile: 'finance' });
    const text = marked(`status=500 only=${MINI}`);
    await errorOf(await gateway.chat(regulated.key, say(text, { model: MINI })), 502);
    assert.equal(seen(text).length, 1);
    // Under the same provider's roof there is no such border.
    const home = marked('status=500 only=claude-opus-4-8 tokens=3');
    const response = await gateway.chat(regulated.key, say(home, { model: 'claude-opus-4-8' }));
    assert.equal(response.status, 200, await response.text());
    assert.deepEqual(
      seen(home).map(({ model }) => model),
      ['claude-opus-4-8', 'claude-sonnet-4-6'],
    );
  });

  test('who cannot be told what was asked', async () => {
    const text = marked(`status=500 only=${MINI}`);
    const body = { ...say(text), model: MINI, seed: 7 };
    const response = await gateway.call('/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      key: (await made).key,
    });
    assert.equal(response.status, 502, await response.text());
    assert.equal(seen(text).length, 1);
  });

  test('whose answer would be dearer than what is left of the budget', async () => {
    // Room for the one that is asked for, not for the other, which costs some eight times as much.
    const tight = await gateway.makeKey({ budgetUsd: 0.0002 });
    const text = marked(`status=500 only=${MINI} tokens=4`);
    const body = say(text, { model: MINI, max_tokens: 100 });
    await errorOf(await gateway.chat(tight.key, body), 502);
    assert.equal(seen(text).length, 1);
    const wide = await gateway.makeKey({ budgetUsd: 1 });
    const again = marked(`status=500 only=${MINI} tokens=4`);
    const response = await gateway.chat(wide.key, say(again, { model: MINI, max_tokens: 100 }));
    assert.equal(response.status, 200, await response.text());
  });
});

test('when all fail, the error is that of the model that was asked for', async () => {
  const { key, tenantId } = await gateway.makeKey();
  const text = marked('status=503 retry_after=40 only=gpt-4o-mini');
  const body = say(`${text} [[sandbox: status=503 retry_after=40]]`, { model: MINI });
  // Both directives merge; the model decides who fails. Here both do: without `only`.
  const both = say(marked('retry_after=40'), { model: MINI });
  const response = await gateway.chat(key, both);
  assert.equal(response.headers.get('retry-after'), '40');
  assert.equal(response.headers.get('x-neureus-attempts'), '2');
  await errorOf(response, 503);
  await (await gateway.chat(key, body)).arrayBuffer();
  const usage = await settled(gateway, tenantId);
  assert.equal(
    usage.days.filter(({ model }) => model === MINI).reduce((sum, row) => sum + row.requests, 0),
    0,
  );
});

test('a backend that lies about its usage costs no more than its own model may', async () => {
  for (const [directives, model] of [
    ['usage=inflated', MINI],
    [`usage=inflated status=500 only=${MINI}`, HAIKU],
  ] as const) {
    const made = await gateway.makeKey({ budgetUsd: 1 });
    const text = marked(directives);
    const response = await gateway.chat(made.key, say(text, { model: MINI, max_tokens: 50 }));
    assert.equal(response.status, 200);
    const { cost, model: charged } = await chargeOf(made);
    assert.equal(charged, model);
    assert.equal(cost, priceOf(inputBound(text), 50, model));
  }
});

test('a fallback’s answer is no longer than what the caller asked for', async () => {
  const { key } = await gateway.makeKey();
  const text = marked(`status=500 only=${MINI}`);
  const response = await gateway.chat(key, say(text, { model: MINI, max_tokens: 7 }));
  const { outputTokens } = (await response.json()) as { outputTokens: number };
  assert.equal(outputTokens, 7);
  const last = seen(text).at(-1);
  assert.equal((last?.body as { max_tokens?: number }).max_tokens, 7);
});

test('a caller who leaves while a backend is waited for stops everything', async () => {
  const made = await gateway.makeKey();
  const text = marked('retry_after=3');
  const body = JSON.stringify(stream(text, { model: MINI }));
  const socket = open(gateway.url);
  socket.on('error', () => {});
  const head = chatHead(
    made.key,
    'x-neureus-fallback: none',
    `content-length: ${Buffer.byteLength(body)}`,
  );
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  await eventually('the first attempt', () => seen(text).find(({ endedAt }) => endedAt !== null));
  socket.resetAndDestroy();
  const usage = await settled(gateway, made.tenantId);
  assert.equal(usage.spent_usd, 0);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert.equal(seen(text).length, 1);
});

test('the whole course has to be over within the one deadline', async () => {
  const hasty = await gatewayForTests({
    variables: {
      RESILIENCE: TRYING,
      DEADLINES_MS: '700,700,700,1500',
      ANTHROPIC_BASE_URL: anthropic.url,
    },
  });
  const { key } = await hasty.makeKey();
  const began = performance.now();
  const response = await hasty.chat(key, stream(marked('delay=20000'), { model: MINI }));
  await errorOf(response, 504);
  const tookMs = performance.now() - began;
  assert.ok(tookMs >= 1_350 && tookMs < 15_000, `${tookMs} ms`);
  // The first is slow, and the other answers in the time that is left.
  const text = marked(`delay=20000 only=${MINI} tokens=3`);
  const rescued = await hasty.chat(key, stream(text, { model: MINI }));
  assert.equal(rescued.status, 200);
  assert.equal(rescued.headers.get('x-neureus-fallback'), 'timeout');
  assert.match(await rescued.text(), /"done":true/);
});

describe('a backend that fails again and again is left alone', async () => {
  const careful = await gatewayForTests({
    variables: { RESILIENCE: 'retries=0 fallbacks=1 breaker=3' },
  });
  const { key } = await careful.makeKey();
  const counted = (): number => careful.sandbox.requests.length;
  const headers = { 'x-neureus-fallback': 'none' };
  const chat = (text: string, model: string, init = {}): Promise<Response> =>
    careful.chat(key, say(text, { model }), init);

  test('then asked once to see, and then as before', async () => {
    for (let at = 0; at < 3; at += 1) {
      await errorOf(await chat(marked('status=500'), MINI, { headers }), 502);
    }
    const before = counted();
    const refused = await chat('hello', MINI, { headers });
    const wait = Number(refused.headers.get('retry-after'));
    assert.ok(wait >= 1 && wait <= 5, `${wait}`);
    await errorOf(refused, 503);
    assert.equal(counted(), before);
    // Another model of the same backend is not concerned, and answers in its place.
    const other = await chat('hello', 'gpt-4o');
    assert.equal(other.status, 200, await other.text());
    const instead = await chat(marked('tokens=2'), MINI);
    assert.equal(instead.headers.get('x-neureus-fallback'), 'resting');
    assert.equal(instead.headers.get('x-neureus-attempts'), null);
    assert.equal(instead.status, 200, await instead.text());
    // After its rest one call goes through, and no other until it is over.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const probing = chat(marked('delay=500'), MINI, { headers });
    await eventually('the probe', () => careful.sandbox.requests.at(-1)?.status === null);
    const meanwhile = await chat('hello', MINI, { headers });
    await errorOf(meanwhile, 503);
    const probed = await probing;
    assert.equal(probed.status, 200, await probed.text());
    const after = await chat('hello', MINI, { headers });
    assert.equal(after.status, 200, await after.text());
  });

  test('a caller’s own mistakes count for nothing', async () => {
    for (let at = 0; at < 5; at += 1) {
      await errorOf(await chat(marked('status=400'), 'gpt-4o', { headers }), 400);
    }
    const response = await chat('hello', 'gpt-4o', { headers });
    assert.equal(response.status, 200, await response.text());
  });
});

test('however backends fail, the ledger is what the sandbox has answered', async () => {
  const made = await gateway.makeKey();
  const faults = [
    'drop times=1',
    `status=500 only=${MINI}`,
    'status=503 times=1',
    'drop',
    'status=500',
    `error=0 only=${MINI}`,
    'tokens=7',
  ];
  const texts = Array.from({ length: 28 }, (_, at) => marked(faults[at % faults.length] ?? ''));
  const answers = await Promise.all(
    texts.map(async (text, at) => {
      const make = at % 2 === 0 ? say : stream;
      const response = await gateway.chat(made.key, make(text, { model: MINI }));
      return { response, text: await response.text() };
    }),
  );
  const good = answers.filter(({ response }) => response.status === 200);
  const costs = good.map(({ text }) => nanos(Number(/"costUsd":([\d.e-]+)/.exec(text)?.[1])));
  const usage = await settled(gateway, made.tenantId);
  const requests = usage.days.reduce((sum, row) => sum + row.requests, 0);
  assert.equal(requests, good.length);
  assert.equal(
    nanos(usage.spent_usd),
    costs.reduce((sum, cost) => sum + cost, 0),
  );
  const complete = texts.flatMap(seen).filter(({ outcome, status, body, model }) => {
    const failing = model === MINI && JSON.stringify(body).includes('error=0');
    return outcome === 'complete' && status === 200 && !failing;
  });
  assert.equal(complete.length, good.length);
});
