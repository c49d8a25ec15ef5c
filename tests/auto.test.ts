/** `auto`: which model answers, what is said of it, and what keys and limits it holds to. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

const CODE = 'Write a Python function that reverses a string';

interface Answer {
  model: string;
}

async function chosen(
  text: string,
  fields: Record<string, unknown> = {},
  of = key,
): Promise<[string, string | null]> {
  const response = await gateway.chat(of, say(text, { model: 'auto', ...fields }));
  assert.equal(response.status, 200);
  const { model } = (await response.json()) as Answer;
  assert.equal(response.headers.get('x-neureus-model'), model);
  return [model, response.headers.get('x-neureus-route')];
}

describe('auto', () => {
  test('chooses by what is asked, and says so', async () => {
    assert.deepEqual(await chosen('Hi, how are you?'), [
      'gpt-4o-mini',
      'auto;class=chat;tokens=6;of=5',
    ]);
    assert.deepEqual(await chosen(CODE), ['qwen/coder-32b', 'auto;class=code;tokens=16;of=6']);
    const sent = gateway.sandbox.requests.at(-1)?.body as Answer;
    assert.equal(sent.model, '@cf/qwen/qwen2.5-coder-32b-instruct');
  });

  test('chooses among models that can do what is needed', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const [model, route] = await chosen(CODE, { tools });
    assert.equal(model, 'moonshot/kimi-k2');
    assert.match(route ?? '', /needs="tools"/);
  });

  test('is told in a stream, and in the other APIs', async () => {
    const streamed = await gateway.chat(key, stream('hi', { model: 'auto' }));
    assert.equal(streamed.headers.get('x-neureus-model'), 'gpt-4o-mini');
    assert.match(streamed.headers.get('x-neureus-route') ?? '', /^auto;class=chat/);
    await streamed.text();
    for (const [path, more] of [
      ['/v1/chat/completions', {}],
      ['/v1/messages', { max_tokens: 50 }],
    ] as const) {
      const body = { ...say('hi', { model: 'auto' }), ...more };
      const response = await gateway.call(path, {
        method: 'POST',
        key,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      assert.equal(((await response.json()) as Answer).model, 'gpt-4o-mini', path);
      assert.match(response.headers.get('x-neureus-route') ?? '', /^auto;/, path);
    }
  });

  test('stays within what the key may call', async () => {
    const own = await gateway.makeKey({ models: ['claude-haiku-4-5', 'meta-llm'] });
    assert.equal((await chosen(CODE, {}, own.key))[0], 'claude-haiku-4-5');
    // The second request is chosen for by what the isolate remembers of the key.
    assert.equal((await chosen('hi', {}, own.key))[0], 'meta-llm');
    const none = await gateway.makeKey({ models: ['bge-base-en'] });
    await errorOf(await gateway.chat(none.key, say('hi', { model: 'auto' })), 403);
  });

  test('is refused when no model of the key can do it', async () => {
    const own = await gateway.makeKey({ models: ['qwen/coder-32b', 'deepseek/r1-32b'] });
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const refused = await gateway.chat(own.key, say('hi', { model: 'auto', tools }));
    assert.deepEqual((await errorOf(refused, 400)).details, { field: '$.tools' });
  });

  test('is scanned for before it is chosen', async () => {
    const own = await gateway.makeKey({ profile: 'healthcare', models: ['bge-base-en'] });
    const text = 'Patient SSN: 219-09-9999';
    const refused = await gateway.chat(own.key, say(text, { model: 'auto' }));
    await errorOf(refused, 422);
  });

  test('is run once for an idempotency key, and the replay has the model that answered', async () => {
    const send = (): Promise<Response> =>
      gateway.chat(key, say('hi', { model: 'auto' }), { headers: { 'idempotency-key': 'once' } });
    const first = (await (await send()).json()) as Answer;
    const again = await send();
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.headers.get('x-neureus-route'), null);
    assert.equal(((await again.json()) as Answer).model, first.model);
  });

  test('says nothing of a route where a model was named', async () => {
    const response = await gateway.chat(key, say('hi', { model: 'meta/llama-3.1-8b' }));
    assert.equal(response.headers.get('x-neureus-model'), 'meta-llm');
    assert.equal(response.headers.get('x-neureus-route'), null);
  });

  test('is listed like a model', async () => {
    const page = (await (await gateway.call('/ai/models', { key })).json()) as {
      models: { id: string; price: { input: number } }[];
    };
    const auto = page.models.find(({ id }) => id === 'auto');
    assert.equal(auto?.price.input, 5);
    const one = await gateway.call('/v1/models/auto', { key });
    assert.equal(((await one.json()) as { owned_by: string }).owned_by, 'neureus');
  });
});

describe('auto with one backend', async () => {
  const few = await gatewayForTests({
    sandbox: gateway.sandbox,
    variables: {
      SANDBOX_URL: undefined,
      ANTHROPIC_BASE_URL: gateway.sandbox.url,
      CATALOG: '{"default":"auto"}',
    },
  });

  test('chooses what it has, also where no model is named', async () => {
    const own = await few.makeKey();
    const response = await few.chat(own.key, say('hi'));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-neureus-model'), 'claude-haiku-4-5');
  });
});
