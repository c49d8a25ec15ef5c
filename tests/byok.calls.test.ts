/**
 * Calls with a tenant's own provider key: for that tenant's calls alone, not charged, counted all the same, and
 * never replaced by the gateway's key without a word.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSandbox } from '../sandbox/server.ts';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import {
  before,
  CLAUDE,
  complete,
  costOf,
  digest,
  GPT,
  keysFor,
  manage,
  marked,
  openai,
  OURS,
  put,
  secret,
  seen,
  tenantWith,
} from './harness/own_keys.ts';
import { charged, priceOf, settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const gateway = await before();
const falling = await before({ RESILIENCE: 'retries=0 fallbacks=2 breaker=0' });

describe('a call with a key of one’s own', () => {
  const apis: [string, (text: string, streamed: boolean, model: string) => object][] = [
    ['/ai/chat', (text, streamed, model) => say(text, { stream: streamed, model })],
    ['/v1/chat/completions', (text, streamed, model) => say(text, { stream: streamed, model })],
    [
      '/v1/messages',
      (text, streamed, model) => say(text, { stream: streamed, model, max_tokens: 50 }),
    ],
  ];
  for (const [path, body] of apis) {
    for (const streamed of [false, true]) {
      for (const [provider, model] of [
        ['openai', GPT],
        ['anthropic', CLAUDE],
      ] as const) {
        const how = streamed ? 'streamed' : 'plain';
        test(`of ${provider}, over ${path}, ${how}, is made with it and costs nothing`, async () => {
          const own = secret();
          const { key, tenantId } = await tenantWith(gateway, { [provider]: own });
          const text = marked();
          const response = await gateway.call(path, {
            method: 'POST',
            key,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body(text, streamed, model)),
          });
          const answer = await complete(response);
          assert.ok(!answer.includes(own));
          if (path === '/ai/chat') assert.match(answer, /"costUsd":0[,}]/);
          assert.equal(response.headers.get('x-neureus-key'), 'own');
          assert.equal(response.headers.get('x-neureus-backend'), provider);
          assert.deepEqual(keysFor(text), [digest(own)]);
          const usage = await charged(gateway, tenantId, 1);
          const [row] = usage.days;
          assert.deepEqual(
            [row?.model, row?.requests, row?.own_key_requests, row?.output_tokens, row?.cost_usd],
            [model, 1, 1, 5, 0],
          );
          assert.equal(usage.spent_usd, 0);
          const { tokens } = await gateway.points(requestId(response));
          assert.equal(tokens[0]?.blobs[6], 'own');
          assert.equal(tokens[0]?.doubles[3], 0);
          const log = await eventually('the row of the log', async () => {
            const one = await gateway.call(`/api/logs/${requestId(response)}`, { key });
            const found = (await one.json()) as { ownKey?: boolean; receipt?: { costUsd: number } };
            return found.receipt ? found : undefined;
          });
          assert.deepEqual([log.ownKey, log.receipt?.costUsd], [true, 0]);
        });
      }
    }
  }

  test('is that tenant’s alone, and of that provider’s models', async () => {
    const own = secret();
    const mine = await tenantWith(gateway, { openai: own });
    const other = await gateway.makeKey();
    const [text, theirs, claude] = [marked(), marked(), marked()];
    await complete(await gateway.chat(mine.key, say(text, { model: GPT })));
    const answer = await gateway.chat(other.key, say(theirs, { model: GPT }));
    await complete(answer);
    assert.equal(answer.headers.get('x-neureus-key'), null);
    await complete(await gateway.chat(mine.key, say(claude, { model: CLAUDE })));
    assert.deepEqual(keysFor(text), [digest(own)]);
    assert.deepEqual(keysFor(theirs), [digest(OURS.openai)]);
    assert.deepEqual(keysFor(claude), [digest(OURS.anthropic)]);
    const usage = await charged(gateway, mine.tenantId, 2);
    assert.equal(
      costOf(usage),
      priceOf(usage.days.find((row) => row.model === CLAUDE)?.input_tokens ?? 0, 5, CLAUDE),
    );
    assert.ok(costOf(await charged(gateway, other.tenantId, 1)) > 0);
  });

  test('begins and ends with the next admission, in an isolate that knows otherwise', async () => {
    const admin = await gateway.makeKey();
    const { key } = await gateway.makeKey({ tenant: admin.tenantId });
    const chat = async (): Promise<string[]> => {
      const text = marked();
      await complete(await gateway.chat(key, say(text, { model: GPT })));
      return keysFor(text);
    };
    assert.deepEqual(await chat(), [digest(OURS.openai)]);
    const [first, second] = [secret(), secret()];
    await put(gateway, admin.key, 'openai', first);
    assert.deepEqual(await chat(), [digest(first)]);
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', { key: second });
    assert.deepEqual(await chat(), [digest(second)]);
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', {});
    assert.deepEqual(await chat(), [digest(second)]);
    await manage(gateway, admin.key, 'DELETE', '/ai/providers/openai/key');
    assert.deepEqual(await chat(), [digest(OURS.openai)]);
  });

  test('counts against every limit but money', async () => {
    const own = secret();
    const narrow = await tenantWith(gateway, { openai: own }, { rpm: 1 });
    await complete(await gateway.chat(narrow.key, say(marked(), { model: GPT })));
    await errorOf(await gateway.chat(narrow.key, say(marked(), { model: GPT })), 429);
    const few = await tenantWith(gateway, { openai: own }, { tpm: 300 });
    await complete(await gateway.chat(few.key, say(marked(), { model: GPT, maxTokens: 50 })));
    await errorOf(await gateway.chat(few.key, say(marked(), { model: GPT, maxTokens: 300 })), 429);
    const broke = await tenantWith(gateway, { openai: own }, { budgetUsd: 0 });
    await complete(await gateway.chat(broke.key, say(marked(), { model: GPT })));
    await errorOf(await gateway.chat(broke.key, say(marked(), { model: CLAUDE })), 402);
  });

  test('goes on while the key is replaced, and ends with the one it began with', async () => {
    const [first, second] = [secret(), secret()];
    const { key, tenantId } = await tenantWith(gateway, { openai: first });
    const admin = await gateway.makeKey({ tenant: tenantId });
    const held = marked('hold=own-key tokens=5');
    const plain = gateway.chat(key, say(held, { model: GPT }));
    await eventually('the held call', () => (seen(held).length > 0 ? true : undefined));
    // Slow enough to be still on its way after the rotation; its end does not depend on that.
    const slow = marked('tokens=40 gap=20');
    const streamed = await gateway.chat(key, stream(slow, { model: GPT }));
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', { key: second });
    await fetch(`${openai.url}/_sandbox/release/own-key`, {
      method: 'POST',
    });
    await complete(await plain);
    assert.ok((await complete(streamed)).includes('"done":true'));
    const next = marked();
    await complete(await gateway.chat(key, say(next, { model: GPT })));
    assert.deepEqual(keysFor(held), [digest(first)]);
    assert.deepEqual(keysFor(slow), [digest(first)]);
    assert.deepEqual(keysFor(next), [digest(second)]);
    assert.equal((await charged(gateway, tenantId, 3)).spent_usd, 0);
  });
});

describe('a provider that refuses', () => {
  for (const status of [401, 403]) {
    test(`the tenant’s own key with ${status} is a 502 that says so, and nobody else is asked`, async () => {
      const own = secret();
      const { key, tenantId } = await tenantWith(falling, { openai: own });
      const text = marked(`status=${status}`);
      const response = await falling.chat(key, say(text, { model: GPT }));
      const { message } = await errorOf(response, 502);
      assert.match(message, /your organisation's own key/);
      assert.ok(!message.includes(own));
      assert.deepEqual(keysFor(text), [digest(own)]);
      assert.equal(response.headers.get('x-neureus-key'), 'own');
      assert.equal((await settled(falling, tenantId)).spent_usd, 0);
    });
  }

  test('the gateway’s own is told from it', async () => {
    const { key } = await gateway.makeKey();
    const text = marked('status=401');
    const { message } = await errorOf(await gateway.chat(key, say(text, { model: GPT })), 502);
    assert.match(message, /the gateway's own/);
  });

  test('one tenant’s own key is not left alone for others', async () => {
    const breaking = { RESILIENCE: 'retries=0 fallbacks=0 breaker=2' };
    const resting = await before(breaking, await startSandbox());
    const mine = await tenantWith(resting, { openai: secret() });
    for (let round = 0; round < 2; round += 1) {
      const failing = say(marked('status=429'), { model: GPT });
      await errorOf(await resting.chat(mine.key, failing), 503);
    }
    const left = marked();
    await errorOf(await resting.chat(mine.key, say(left, { model: GPT })), 503);
    assert.deepEqual(seen(left), []);
    for (const other of [
      await resting.makeKey(),
      await tenantWith(resting, { openai: secret() }),
    ]) {
      await complete(await resting.chat(other.key, say(marked(), { model: GPT })));
    }
  });
});

describe('a fallback', () => {
  const failing = (): string => marked(`status=500 only=${GPT} tokens=5`);

  test('goes with the gateway’s key, at the catalog’s price', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { openai: own });
    const text = failing();
    const response = await falling.chat(key, say(text, { model: GPT }));
    await complete(response);
    assert.deepEqual(keysFor(text), [digest(own), digest(OURS.anthropic)]);
    assert.equal(response.headers.get('x-neureus-key'), null);
    const usage = await charged(falling, tenantId, 1);
    const [row] = usage.days;
    assert.deepEqual([row?.model, row?.own_key_requests], [CLAUDE, 0]);
    assert.equal(costOf(usage), priceOf(row?.input_tokens ?? 0, 5, CLAUDE));
    assert.equal(usage.reserved_usd, 0);
  });

  test('goes with the other provider’s own key where there is one, and costs nothing', async () => {
    const own = { openai: secret(), anthropic: secret() };
    const { key, tenantId } = await tenantWith(falling, own, { budgetUsd: 0 });
    const text = failing();
    const response = await falling.chat(key, say(text, { model: GPT }));
    await complete(response);
    assert.deepEqual(keysFor(text), [digest(own.openai), digest(own.anthropic)]);
    assert.equal(response.headers.get('x-neureus-key'), 'own');
    const usage = await charged(falling, tenantId, 1);
    assert.deepEqual([usage.days[0]?.model, usage.days[0]?.own_key_requests], [CLAUDE, 1]);
    assert.equal(costOf(usage), 0);
  });

  test('is not asked where no budget covers it', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { openai: own }, { budgetUsd: 0.000001 });
    const text = failing();
    await errorOf(await falling.chat(key, say(text, { model: GPT })), 502);
    assert.deepEqual(keysFor(text), [digest(own)]);
    assert.equal((await settled(falling, tenantId)).spent_usd, 0);
  });

  test('from a model that is paid for to one with a key of one’s own costs nothing', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { anthropic: own });
    const text = failing();
    await complete(await falling.chat(key, say(text, { model: GPT })));
    assert.deepEqual(keysFor(text), [digest(OURS.openai), digest(own)]);
    assert.equal(costOf(await charged(falling, tenantId, 1)), 0);
  });
});

const EMBEDDER = 'embedder';
const embedding = await before(
  {
    CATALOG: JSON.stringify({
      models: [
        {
          id: EMBEDDER,
          kind: 'embedding',
          backend: 'openai',
          dialect: 'openai',
          upstream: 'text-embedding-3-small',
          context_window: 8_191,
          max_output: 0,
          capabilities: [],
          price: { input: 20, output: 0, source: 'tests', date: '2026-11-01' },
        },
      ],
    }),
  },
  await startSandbox(),
);

describe('embeddings', () => {
  for (const path of ['/ai/embeddings', '/v1/embeddings']) {
    test(`over ${path} are made with the tenant’s own key, and cost nothing`, async () => {
      const own = secret();
      const theirs = await tenantWith(embedding, { openai: own });
      const others = await embedding.makeKey();
      const ask = async (key: string): Promise<Response> => {
        const text = marked();
        const response = await embedding.call(path, {
          method: 'POST',
          key,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: EMBEDDER, input: text }),
        });
        assert.ok(!(await complete(response.clone())).includes(own));
        assert.deepEqual(keysFor(text), [digest(key === theirs.key ? own : OURS.openai)]);
        return response;
      };
      assert.equal((await ask(theirs.key)).headers.get('x-neureus-key'), 'own');
      assert.equal((await ask(others.key)).headers.get('x-neureus-key'), null);
      assert.equal(costOf(await charged(embedding, theirs.tenantId, 1)), 0);
      assert.ok(costOf(await charged(embedding, others.tenantId, 1)) > 0);
      const days = (await charged(embedding, theirs.tenantId, 1)).days;
      assert.ok((days[0]?.input_tokens ?? 0) > 0);
    });
  }
});
