/** Answers, plain and streamed, what the backend is sent for them, and what they cost. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

interface Model {
  id: string;
  aliases?: string[];
  upstream: string;
  kind: string;
  max_output: number;
  context_window: number;
  price: { input: number; output: number };
}

const catalog = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'config', 'catalog.json'), 'utf8'),
) as { models: Model[] };

interface Answer {
  text: string;
  content: string;
  choices: { index: number; message: Record<string, unknown>; finish_reason: string }[];
  toolCalls?: { id: string; type: string; function: { name: string; arguments: string } }[];
  reasoning?: string;
  logId: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  cached: boolean;
  costUsd: number;
  usageEstimated?: boolean;
}

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
    },
  },
};

async function answerTo(body: object): Promise<Answer> {
  const response = await gateway.chat(key, body);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Answer;
}

async function streamOf(body: object): Promise<StreamEvent[]> {
  const response = await gateway.chat(key, body);
  assert.equal(response.status, 200);
  return eventsOf(await response.text());
}

/** What the backend was sent last. */
function sent(): Record<string, unknown> {
  return gateway.sandbox.requests.at(-1)?.body as Record<string, unknown>;
}

/** Tokens times the catalog's price, rounded up to the next nano-USD, in USD. */
function priceOf(id: string, input: number, output: number): number {
  const model = catalog.models.find((one) => one.id === id);
  assert.ok(model);
  const nanosPerMillion = (usd: number): bigint => BigInt(Math.round(usd * 1e9));
  const sum =
    BigInt(input) * nanosPerMillion(model.price.input) +
    BigInt(output) * nanosPerMillion(model.price.output);
  return Number((sum + 999_999n) / 1_000_000n) / 1e9;
}

describe('a plain answer', () => {
  test('has every field of the contract and no other', async () => {
    const response = await gateway.chat(key, say('Hello there'));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/json');
    const { text, ...answer } = (await response.json()) as Answer;
    assert.match(text, /sandbox, not a model\. You said: «Hello there»/);
    assert.deepEqual(answer, {
      content: text,
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      logId: requestId(response),
      model: 'meta-llm',
      inputTokens: 3,
      outputTokens: 25,
      usage: { prompt_tokens: 3, completion_tokens: 25, total_tokens: 28 },
      cached: false,
      costUsd: priceOf('meta-llm', 3, 25),
    });
  });

  test('carries tool calls', async () => {
    const answer = await answerTo(say('call get_weather please', { tools: [WEATHER] }));
    assert.equal(answer.text, '');
    assert.equal(answer.choices[0]?.finish_reason, 'tool_calls');
    assert.equal(answer.choices[0]?.message['content'], null);
    const [call, ...more] = answer.toolCalls ?? [];
    assert.deepEqual(more, []);
    assert.equal(call?.type, 'function');
    assert.equal(call?.function.name, 'get_weather');
    assert.ok(call && call.id.length > 0);
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'sandbox', days: 1 });
    assert.deepEqual(answer.choices[0]?.message['tool_calls'], answer.toolCalls);
  });

  test('carries reasoning apart from the text', async () => {
    const answer = await answerTo(say('hi [[sandbox: reasoning=4]]'));
    assert.equal(answer.reasoning, 'The sandbox does not');
    assert.ok(!answer.text.includes('does not think'));
  });

  test('cut by the output cap says so', async () => {
    const answer = await answerTo(say('hi', { maxTokens: 3 }));
    assert.equal(answer.outputTokens, 3);
    assert.equal(answer.choices[0]?.finish_reason, 'length');
  });

  test('is complete however long and in whatever script', async () => {
    const answer = await answerTo(say('[[sandbox: unicode tokens=4000]]'));
    assert.equal(answer.outputTokens, 4000);
    assert.ok(!answer.text.includes('\ufffd'));
    assert.ok(answer.text.includes('👩‍🚀'));
  });
});

describe('a streamed answer', () => {
  test('is one frame for each delta and one at the end, to the letter', async () => {
    const response = await gateway.chat(key, stream('[[sandbox: tokens=3]]'));
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream\b/);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    // The sandbox counts its directive: 22 bytes are 6 tokens.
    const cost = priceOf('meta-llm', 6, 3);
    assert.equal(
      await response.text(),
      'data: {"delta":{"content":"This"},"done":false}\n\n' +
        'data: {"delta":{"content":" is"},"done":false}\n\n' +
        'data: {"delta":{"content":" the"},"done":false}\n\n' +
        `data: {"done":true,"logId":"${requestId(response)}","inputTokens":6,"outputTokens":3,` +
        `"costUsd":${cost.toFixed(9).replace(/0+$/, '')},"finishReason":"stop"}\n\n`,
    );
  });

  test('holds the same text and the same usage as the plain one', async () => {
    const plain = await answerTo(say('compare the two'));
    const events = await streamOf(stream('compare the two'));
    const last = events.at(-1);
    assert.equal(textOf(events), plain.text);
    assert.deepEqual(
      [last?.done, last?.inputTokens, last?.outputTokens, last?.costUsd, last?.finishReason],
      [true, plain.inputTokens, plain.outputTokens, plain.costUsd, 'stop'],
    );
    assert.equal(events.filter(({ done }) => done).length, 1);
  });

  test('carries tool calls as deltas that add up', async () => {
    const events = await streamOf(stream('call get_weather please', { tools: [WEATHER] }));
    const deltas = events.flatMap(({ delta }) => delta?.toolCalls ?? []);
    const [first] = deltas;
    assert.deepEqual(
      [first?.index, first?.type, first?.function.name],
      [0, 'function', 'get_weather'],
    );
    assert.ok(first?.id);
    const joined = deltas.map((call) => call.function.arguments ?? '').join('');
    assert.deepEqual(JSON.parse(joined), { city: 'sandbox', days: 1 });
    assert.equal(events.at(-1)?.finishReason, 'tool_calls');
  });

  test('carries reasoning as deltas of its own', async () => {
    const events = await streamOf(stream('[[sandbox: reasoning=4 tokens=2]]'));
    assert.equal(
      events.map(({ delta }) => delta?.reasoning ?? '').join(''),
      'The sandbox does not',
    );
    assert.equal(textOf(events), 'This is');
  });

  test('cut by the output cap says so', async () => {
    const events = await streamOf(stream('hi', { max_tokens: 2 }));
    assert.equal(events.at(-1)?.finishReason, 'length');
    assert.equal(events.at(-1)?.outputTokens, 2);
  });
});

describe('what the backend is sent', () => {
  test('the system prompt comes first, the messages as they are', async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: [{ type: 'text', text: 'three' }] },
    ];
    await answerTo({ messages, systemPrompt: 'You are a bird.' });
    assert.deepEqual(sent()['messages'], [
      { role: 'system', content: 'You are a bird.' },
      ...messages,
    ]);
  });

  test('a conversation with tools keeps calls and results', async () => {
    const calls = [
      {
        id: 'call_1',
        type: 'function',
        function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
      },
    ];
    const messages = [
      { role: 'user', content: 'weather?' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'call_1', content: 'rain' },
    ];
    const choice = { type: 'function', function: { name: 'get_weather' } };
    await answerTo({ messages, tools: [WEATHER], tool_choice: choice });
    assert.deepEqual(sent()['messages'], messages);
    assert.deepEqual(sent()['tools'], [WEATHER]);
    assert.deepEqual(sent()['tool_choice'], choice);
  });

  test('the settings, and nothing that is the gateway’s own', async () => {
    const format = { type: 'json_object' };
    await answerTo(
      say('hi', {
        temperature: 0.5,
        top_p: 0.9,
        stop: ['END'],
        maxTokens: 7,
        response_format: format,
        profile: 'general',
        model: 'gpt-4o-mini',
      }),
    );
    assert.deepEqual(sent(), {
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 7,
      temperature: 0.5,
      top_p: 0.9,
      stop: ['END'],
      response_format: format,
    });
  });

  test('a cap on the output even when the caller set none', async () => {
    await answerTo(say('hi', { model: 'gpt-4o' }));
    assert.equal(sent()['max_tokens'], 16_384);
    await answerTo(say('hi', { model: 'gpt-4o', max_tokens: 1 << 30 }));
    assert.equal(sent()['max_tokens'], 16_384);
  });

  test('the caller’s key is not among it', async () => {
    await answerTo(say('hi'));
    assert.ok(!JSON.stringify(gateway.sandbox.requests.at(-1)).includes(key));
    assert.equal(gateway.sandbox.requests.at(-1)?.headers.authorization, undefined);
  });
});

describe('models', () => {
  for (const model of catalog.models.filter(({ kind }) => kind === 'chat')) {
    test(`${model.id} is called by its name there and priced by the catalog`, async () => {
      const answer = await answerTo(
        say('[[sandbox: tokens=9]] a price, please', { model: model.id }),
      );
      assert.equal(sent()['model'], model.upstream);
      assert.equal(answer.model, model.id);
      assert.equal(answer.outputTokens, 9);
      assert.equal(answer.costUsd, priceOf(model.id, answer.inputTokens, 9));
    });
  }

  for (const alias of ['auto', 'meta/llama-3.1-8b']) {
    test(`${alias} is answered by a model of the catalog`, async () => {
      const answer = await answerTo(say('hi', { model: alias }));
      assert.ok(catalog.models.some(({ id }) => id === answer.model));
    });
  }

  for (const model of ['nothing', 'GPT-4o', 'bge-base-en', '@cf/meta/llama-3.1-8b-instruct']) {
    test(`${model} is no chat model`, async () => {
      const before = gateway.sandbox.requests.length;
      const { details } = await errorOf(await gateway.chat(key, say('hi', { model })), 400);
      assert.deepEqual(details, { field: '$.model' });
      assert.equal(gateway.sandbox.requests.length, before);
    });
  }
});

describe('usage', () => {
  test('that the backend does not report is estimated, and said to be', async () => {
    const answer = await answerTo(say('hi [[sandbox: usage=none tokens=8]]'));
    assert.equal(answer.usageEstimated, true);
    assert.ok(answer.outputTokens > 0);
    assert.equal(answer.costUsd, priceOf('meta-llm', answer.inputTokens, answer.outputTokens));
  });

  test('of zero stays zero and costs nothing', async () => {
    const answer = await answerTo(say('hi [[sandbox: usage=zero]]'));
    assert.deepEqual([answer.inputTokens, answer.outputTokens, answer.costUsd], [0, 0, 0]);
    assert.equal(answer.usageEstimated, undefined);
  });

  test('that cannot be is not believed', async () => {
    const answer = await answerTo(say('hi [[sandbox: usage=absurd tokens=5]]'));
    assert.ok(answer.outputTokens < 1_000);
    assert.ok(answer.costUsd < 1);
    assert.equal(answer.usageEstimated, true);
  });
});

describe('every answer', () => {
  test('has a request id of its own', async () => {
    const answers = await Promise.all([
      gateway.call('/health'),
      gateway.call('/nothing'),
      gateway.call('/ai/chat'),
      gateway.call('/ai/chat', { method: 'OPTIONS' }),
      gateway.call('/ai/models', { key }),
      gateway.call('/operator/keys', { method: 'POST' }),
      gateway.chat('wrong', say('hi')),
      gateway.chat(key, '{'),
      ...Array.from({ length: 10 }, () => gateway.chat(key, say('hi'))),
      gateway.chat(key, stream('hi')),
      gateway.chat(key, say('[[sandbox: status=500]]')),
    ]);
    const ids = answers.map(requestId);
    for (const id of ids) assert.match(id, /^req_[0-9A-Za-z]{22}$/);
    assert.equal(new Set(ids).size, ids.length);
    await Promise.all(answers.map((response) => response.arrayBuffer()));
  });

  test('takes no request id from the caller', async () => {
    const headers = { 'x-request-id': 'req_mine', 'content-type': 'application/json' };
    const response = await gateway.chat(key, say('hi'), { headers });
    assert.notEqual(requestId(response), 'req_mine');
  });

  test('tells where its time went', async () => {
    for (const body of [say('[[sandbox: delay=30]]'), stream('[[sandbox: delay=30]]')]) {
      const response = await gateway.chat(key, body);
      const timing = response.headers.get('server-timing') ?? '';
      const steps = timing.split(', ').map((step) => /^([a-z]+);dur=(\d+)$/.exec(step));
      assert.ok(
        steps.every((step) => step !== null),
        timing,
      );
      for (const step of steps) assert.ok(['auth', 'admit', 'upstream'].includes(step?.[1] ?? ''));
      const upstream = Number(steps.find((step) => step?.[1] === 'upstream')?.[2]);
      assert.ok(upstream >= 30 && upstream < 20_000, timing);
    }
  });
});

describe('the surface tag', () => {
  for (const [sent, kept] of [
    ['docs-page_1.2/x', 'docs-page_1.2/x'],
    ['a'.repeat(32), 'a'.repeat(32)],
    ['a'.repeat(33), ''],
    ['with space', ''],
    ['<script>', ''],
    ['', ''],
  ] as const) {
    test(`"${sent}" is kept as "${kept}"`, async () => {
      const headers = { 'content-type': 'application/json', 'x-neureus-surface': sent };
      const response = await gateway.chat(key, say('hi'), { headers });
      const { requests } = await gateway.points(requestId(response));
      assert.equal(requests[0]?.blobs[2], kept);
    });
  }
});
