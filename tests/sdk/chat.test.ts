/** Chats through the SDK: answers, streams, leaving in the middle, and what is charged then. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Neureus, NeureusError } from '../../sdk/src/index.ts';
import type { ChatStream } from '../../sdk/src/index.ts';
import { gatewayForTests } from '../harness/gateway.ts';
import {
  charged,
  estimated,
  inputBound,
  priceOf,
  nanos,
  requestsOf,
  settled,
  usageOf,
} from '../harness/usage.ts';
import { eventually } from '../harness/wait.ts';
import { entryOf } from '../harness/watch.ts';
import { clientOf, rejection, user } from './client.ts';

const gateway = await gatewayForTests();
const client = await clientOf(gateway);
const SOON_MS = 1_000 + 2_000;

describe('an answer', () => {
  test('has text, usage and cost', async () => {
    const answer = await client.ai.chat(user('Hello!'));
    assert.match(answer.text, /You said: «Hello!»/);
    assert.equal(answer.content, answer.text);
    assert.equal(answer.choices[0].message.content, answer.text);
    assert.equal(answer.usage.prompt_tokens, answer.inputTokens);
    assert.equal(answer.cached, false);
    assert.ok(Number(answer.costUsd) > 0);
    assert.match(answer.logId, /^req_/);
  });

  test('may be tool calls', async () => {
    const answer = await client.ai.chat({
      ...user('look up the weather'),
      tools: [{ type: 'function', function: { name: 'weather' } }],
      tool_choice: 'required',
    });
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    assert.equal(answer.toolCalls?.[0]?.function.name, 'weather');
  });

  test('of a repeat is the same, and charged once', async () => {
    const tenant = gateway.newTenant();
    const own = await clientOf(gateway, { tenant });
    const first = await own.ai.chat(user('x'), { idempotencyKey: 'once' });
    const second = await own.ai.chat(user('x'), { idempotencyKey: 'once' });
    assert.deepEqual([second.logId, second.cached], [first.logId, true]);
    assert.equal(requestsOf(await settled(gateway, tenant)), 1);
  });

  test('that got lost on the way is fetched again, and charged once', async () => {
    const tenant = gateway.newTenant();
    let calls = 0;
    const loses: typeof fetch = async (url, init) => {
      const response = await fetch(url, init);
      calls += 1;
      if (calls > 1) return response;
      await response.arrayBuffer();
      throw new TypeError('fetch failed');
    };
    const own = await clientOf(gateway, { tenant }, { fetch: loses, maxRetries: 1 });
    const answer = await own.ai.chat(user('x'));
    assert.deepEqual([calls, answer.cached], [2, true]);
    assert.equal(requestsOf(await settled(gateway, tenant)), 1);
  });

  test('can be tagged', async () => {
    await client.ai.chat(user('x'), { surface: 'sdk-test' });
    assert.equal((await gateway.pointsOfSurface('sdk-test')).requests.length, 1);
  });

  test('is not waited for once the caller left, by whatever reason it gave', async () => {
    const leave = new AbortController();
    const call = client.ai.chat(user('[[sandbox: delay=60000]] left'), { signal: leave.signal });
    await entryOf(gateway, 'left');
    leave.abort(new Error('no more'));
    await assert.rejects(call, /^Error: no more$/);
    const aborted = client.ai.chat(user('x'), { signal: AbortSignal.abort() });
    await assert.rejects(aborted, { name: 'AbortError' });
  });
});

describe('a stream', () => {
  test('is texts, and a promise of the usage', async () => {
    const stream = client.ai.stream(user('Hello!'));
    const pieces: string[] = [];
    for await (const text of stream) pieces.push(text);
    assert.ok(pieces.length > 3 && pieces.every((piece) => typeof piece === 'string'));
    assert.match(pieces.join(''), /You said: «Hello!»/);
    const usage = await stream.usage;
    assert.equal(usage.outputTokens, pieces.length);
    assert.equal(usage.finishReason, 'stop');
    assert.ok(Number(usage.costUsd) > 0);
    assert.match(usage.logId, /^req_/);
    assert.ok(!('done' in usage));
  });

  test('has events for thoughts and tools', async () => {
    let called = '';
    let thoughts = '';
    let last: unknown;
    const prompt = user('[[sandbox: tool=weather reasoning]]');
    for await (const event of client.ai.stream(prompt).events()) {
      if (event.done) last = event;
      else {
        thoughts += event.delta.reasoning ?? '';
        for (const {
          function: { name, arguments: text },
        } of event.delta.toolCalls ?? []) {
          called += (name ?? '') + (text ?? '');
        }
      }
    }
    assert.match(thoughts, /^The sandbox/);
    assert.equal(called, 'weather{"sandbox":true}');
    assert.equal((last as { finishReason: string }).finishReason, 'tool_calls');
  });

  test('of a widget key says no cost', async () => {
    const { key } = await gateway.makeKey({ type: 'pk', origins: ['*'] });
    const stream = new Neureus({ apiKey: key, baseURL: gateway.url }).ai.stream(user('x'));
    assert.match(await stream.text(), /sandbox/);
    assert.ok(!('costUsd' in (await stream.usage)));
  });
});

describe('a stream that is left', () => {
  const ways: [string, (stream: ChatStream, leave: AbortController) => Promise<void>][] = [
    [
      'by break',
      async (stream) => {
        for await (const text of stream) if (text.includes('not')) break;
        assert.ok((await rejection(stream.usage)) instanceof NeureusError);
      },
    ],
    [
      'by an error in the loop',
      async (stream) => {
        const loop = async (): Promise<void> => {
          for await (const text of stream) if (text.includes('not')) throw new Error('mine');
        };
        await assert.rejects(loop(), /^Error: mine$/);
      },
    ],
    [
      'by its signal',
      async (stream, leave) => {
        const loop = async (): Promise<void> => {
          for await (const text of stream) if (text.includes('not')) leave.abort();
        };
        const error = await rejection(loop());
        assert.equal((error as Error).name, 'AbortError');
        assert.equal(await rejection(stream.usage), error);
      },
    ],
    [
      'by abort(), while it waits',
      async (stream) => {
        const loop = async (): Promise<void> => {
          for await (const text of stream) {
            if (text.includes('not')) setTimeout(() => stream.abort(), 50);
          }
        };
        assert.equal(((await rejection(loop())) as Error).name, 'AbortError');
      },
    ],
  ];
  for (const [how, leaveBy] of ways) {
    test(`${how} stops the backend, and costs what was produced`, async () => {
      const tenant = gateway.newTenant();
      const own = await clientOf(gateway, { tenant });
      const leave = new AbortController();
      const prompt = `leave ${how} [[sandbox: tokens=100000 gap=5 stall=200 ignorecap]]`;
      await leaveBy(own.ai.stream(user(prompt), { signal: leave.signal }), leave);
      const leftAt = Date.now();
      const entry = await entryOf(gateway, `leave ${how} `);
      const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
      assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);

      const { spent_usd, reserved_usd, days } = await charged(gateway, tenant, 1);
      const [row] = days;
      assert.ok(row);
      assert.equal(reserved_usd, 0);
      assert.equal(row.estimated_requests, 1);
      // Some words were produced, and by far not all of them.
      assert.ok(row.output_tokens >= 4 && row.output_tokens < 2_000, `${row.output_tokens}`);
      assert.ok(row.input_tokens >= estimated(prompt) && row.input_tokens < inputBound(prompt));
      assert.equal(nanos(spent_usd), priceOf(row.input_tokens, row.output_tokens));
    });
  }

  test('before its first read was never sent', async () => {
    const tenant = gateway.newTenant();
    const own = await clientOf(gateway, { tenant });
    const stream = own.ai.stream(user('x'));
    stream.abort();
    await assert.rejects(stream.text(), { name: 'AbortError' });
    assert.equal(requestsOf(await usageOf(gateway, tenant)), 0);
  });
});

test('models, embeddings and usage are typed answers', async () => {
  const tenant = gateway.newTenant();
  const own = await clientOf(gateway, { tenant });
  const catalog = await own.models.list();
  assert.equal(catalog.default, 'meta-llm');
  assert.ok(catalog.models.some(({ id, price }) => id === 'gpt-4o' && price.input > 0));
  const vectors = await own.embeddings.create({ input: ['one', 'two'] });
  assert.equal(vectors.data.length, 2);
  assert.equal(typeof vectors.data[0]?.embedding[0], 'number');
  const coded = await own.embeddings.create({ input: 'one', encoding_format: 'base64' });
  assert.equal(typeof coded.data[0]?.embedding, 'string');
  await settled(gateway, tenant);
  const usage = await own.usage.get();
  assert.equal(usage.days[0]?.model, 'bge-base-en');
});
