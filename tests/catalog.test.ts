/** The catalog: what is told of it, what a model is asked for, and a deployment's own changes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const OWN = {
  id: 'own',
  aliases: ['mine'],
  kind: 'chat',
  backend: 'openai',
  dialect: 'openai',
  upstream: 'own-upstream',
  context_window: 1000,
  max_output: 100,
  capabilities: [],
  price: { input: 1, output: 2, source: 'test', date: '2026-11-23' },
};

const shipped = await gatewayForTests();
const changed = await gatewayForTests({
  variables: {
    CATALOG: JSON.stringify({ default: 'own', remove: ['claude-opus-4-8'], models: [OWN] }),
  },
});
const wrong = await gatewayForTests({ variables: { CATALOG: '{"default":"nope"}' } });

interface Page {
  default: string;
  defaultEmbedding: string;
  models: { id: string; capabilities: string[] }[];
}

describe('the shipped catalog', async () => {
  const { key } = await shipped.makeKey();

  test('is shown with what each model can do', async () => {
    const page = (await (await shipped.call('/ai/models', { key })).json()) as Page;
    assert.deepEqual([page.default, page.defaultEmbedding], ['meta-llm', 'bge-base-en']);
    const gpt = page.models.find(({ id }) => id === 'gpt-4o');
    assert.deepEqual(gpt?.capabilities, ['tools', 'vision', 'json_schema', 'streaming']);
  });

  test('suggests names near to one that it does not have', async () => {
    const { message, details } = await errorOf(
      await shipped.chat(key, say('hi', { model: 'claude-sonnet-4-5' })),
      400,
    );
    assert.match(message, /Did you mean claude-sonnet-4-6/);
    assert.deepEqual(details, { field: '$.model' });
    const far = await errorOf(await shipped.chat(key, say('hi', { model: 'zzz' })), 400);
    assert.doesNotMatch(far.message, /mean/);
  });

  test('asks no model for more than it can', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const response = await shipped.chat(key, say('hi', { model: 'deepseek/r1-32b', tools }));
    assert.deepEqual((await errorOf(response, 400)).details, { field: '$.tools' });
  });
});

describe("a deployment's changes", async () => {
  const { key } = await changed.makeKey();

  test('add, replace and remove models', async () => {
    const page = (await (await changed.call('/ai/models', { key })).json()) as Page;
    assert.equal(page.default, 'own');
    const ids = page.models.map(({ id }) => id);
    assert.ok(ids.includes('own') && !ids.includes('claude-opus-4-8') && ids.includes('gpt-4o'));
    const answer = (await (await changed.chat(key, say('hi'))).json()) as { model: string };
    assert.equal(answer.model, 'own');
    const sent = changed.sandbox.requests.at(-1)?.body as { model: string };
    assert.equal(sent.model, 'own-upstream');
  });

  test('hold for what a model can do', async () => {
    const response = await changed.chat(key, stream('hi', { model: 'mine' }));
    assert.deepEqual((await errorOf(response, 400)).details, { field: '$.stream' });
  });
});

describe('wrong changes', async () => {
  const { key } = await wrong.makeKey();

  test('serve no model, and the log says why', async () => {
    for (const path of ['/ai/models', '/v1/models']) {
      assert.equal((await wrong.call(path, { key })).status, 500);
    }
    await errorOf(await wrong.chat(key, say('hi')), 500);
    assert.equal(wrong.sandbox.requests.length, 0);
    assert.ok(wrong.logged.some((line) => line.includes('CATALOG: the default nope is not')));
  });

  test('leave the rest as it is', async () => {
    assert.equal((await wrong.call('/health')).status, 200);
    assert.equal((await wrong.call('/ai/usage', { key })).status, 200);
  });
});
