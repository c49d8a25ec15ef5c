/** Embeddings, on both surfaces, from both kinds of backend. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, requestId } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway } from './harness/gateway.ts';
import { nanos, priceOf, settled } from './harness/usage.ts';

const gateway = await gatewayForTests();
const cloud = await gatewayForTests({ workersAi: true, variables: { SANDBOX_URL: undefined } });
const { key } = await gateway.makeKey();

const MODEL = 'bge-base-en';

interface Answer {
  object: string;
  data: { object: string; index: number; embedding: number[] | string }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  logId?: string;
  costUsd?: number;
  usageEstimated?: boolean;
}

function send(path: string, body: object, own = key, at: Gateway = gateway): Promise<Response> {
  return at.call(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    key: own,
  });
}

async function embed(path: string, body: object, own = key, at?: Gateway): Promise<Answer> {
  const response = await send(path, body, own, at);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Answer;
}

for (const path of ['/v1/embeddings', '/ai/embeddings']) {
  describe(path, () => {
    test('gives a vector for each text', async () => {
      const answer = await embed(path, { model: MODEL, input: ['one two', 'three'] });
      assert.equal(answer.object, 'list');
      assert.equal(answer.model, MODEL);
      assert.deepEqual(
        answer.data.map(({ object, index, embedding }) => [object, index, embedding.length]),
        [
          ['embedding', 0, 768],
          ['embedding', 1, 768],
        ],
      );
      assert.deepEqual(answer.usage, { prompt_tokens: 4, total_tokens: 4 });
    });

    test('takes tokens, and gives base64', async () => {
      const answer = await embed(path, { input: [1, 2, 3], encoding_format: 'base64' });
      assert.equal(answer.data.length, 1);
      assert.equal(Buffer.from(String(answer.data[0]?.embedding), 'base64').length, 768 * 4);
      assert.equal(answer.usage.prompt_tokens, 3);
    });

    test('is admitted and charged by its input', async () => {
      const own = await gateway.makeKey({ tpm: 100 });
      const response = await send(path, { input: 'x'.repeat(40) }, own.key);
      assert.equal(response.status, 200);
      assert.ok(response.headers.get('x-ratelimit-remaining-tokens'));
      await response.text();
      const usage = await settled(gateway, own.tenantId);
      const row = usage.days[0];
      assert.deepEqual([row?.model, row?.input_tokens, row?.output_tokens], [MODEL, 10, 0]);
      assert.equal(nanos(row?.cost_usd), priceOf(10, 0, MODEL));
      assert.equal((await send(path, { input: 'x'.repeat(400) }, own.key)).status, 429);
    });

    test('fails at no cost', async () => {
      for (const [fault, status] of [
        ['status=500', 502],
        ['status=429', 503],
        ['html', 502],
        ['drop', 502],
      ] as const) {
        const own = await gateway.makeKey();
        const response = await send(path, { input: `x [[sandbox: ${fault}]]` }, own.key);
        assert.equal(response.status, status, await response.text());
        const { spent_usd, reserved_usd } = await settled(gateway, own.tenantId);
        assert.deepEqual([spent_usd, reserved_usd], [0, 0]);
      }
    });

    test('is not for models that chat, roles that read, widgets, or regulated texts', async () => {
      assert.equal((await send(path, { model: 'gpt-4o', input: 'x' })).status, 400);
      const viewer = await gateway.makeKey({ role: 'viewer' });
      assert.equal((await send(path, { input: 'x' }, viewer.key)).status, 403);
      const widget = await gateway.makeKey({ type: 'pk', origins: ['*'] });
      assert.equal((await send(path, { input: 'x' }, widget.key)).status, 403);
      const regulated = await gateway.makeKey({ profile: 'healthcare' });
      const before = gateway.sandbox.requests.length;
      assert.equal((await send(path, { input: 'ssn 078-05-1120' }, regulated.key)).status, 422);
      assert.equal((await send(path, { input: [1, 2] }, regulated.key)).status, 400);
      assert.equal(gateway.sandbox.requests.length, before);
    });

    test('comes from Workers AI, too', async () => {
      const own = await cloud.makeKey();
      const answer = await embed(path, { input: ['one', 'two'] }, own.key, cloud);
      assert.equal(answer.data[1]?.embedding.length, 768);
      assert.equal(answer.usage.prompt_tokens, 2, 'is estimated: Workers AI does not count');
      const text = await embed(path, { input: 'one', encoding_format: 'base64' }, own.key, cloud);
      const bytes = Buffer.from(String(text.data[0]?.embedding), 'base64');
      const first = (answer.data[0]?.embedding as number[])[0];
      assert.equal(bytes.readFloatLE(0), Math.fround(Number(first)));
      assert.equal((await send(path, { input: [1] }, own.key, cloud)).status, 400);
    });
  });
}

test('the native answer tells the log entry and the price', async () => {
  const response = await send('/ai/embeddings', { input: 'one [[sandbox: usage=none]]' });
  const answer = (await response.json()) as Answer;
  assert.equal(answer.logId, requestId(response));
  assert.equal(answer.usageEstimated, true);
  assert.ok(Number(answer.costUsd) > 0);
});

test('an error has the form of its surface', async () => {
  const native = await errorOf(await send('/ai/embeddings', { input: '' }), 400);
  assert.deepEqual(native.details, { field: '$.input' });
  const response = await send('/v1/embeddings', { input: 'x', model: 'bge' });
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, 'model_not_found');
  assert.match(error.message, /bge-base-en/);
});
