import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { errorOf, eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { chatHead, chunk, rawCall } from './harness/raw.ts';

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

describe('a body that is wrong', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const hi = '"messages":[{"role":"user","content":"hi"}]';
  const bad: [string, string, string | object][] = [
    ['is empty', '$', ''],
    ['is no JSON', '$', '{"messages":'],
    ['is not UTF-8', '$', '{"messages":[{"role":"user","content":"\ud800"}]'],
    ['has something after it', '$', `{${hi}} {}`],
    ['is a list', '$', []],
    ['is null', '$', 'null'],
    ['has no messages', '$.messages', {}],
    ['has messages of null', '$.messages', { messages: null }],
    ['has an empty list of messages', '$.messages', { messages: [] }],
    ['has messages that are no list', '$.messages', { messages: 'hi' }],
    ['has a message that is text', '$.messages[0]', { messages: ['hi'] }],
    ['has a message without role', '$.messages[0].role', { messages: [{ content: 'hi' }] }],
    ['has an unknown role', '$.messages[0].role', { messages: [{ role: 'king', content: 'hi' }] }],
    [
      'has no content',
      '$.messages[1].content',
      { messages: [{ role: 'user', content: 'a' }, { role: 'user' }] },
    ],
    [
      'has a number as content',
      '$.messages[0].content',
      { messages: [{ role: 'user', content: 5 }] },
    ],
    [
      'has an unknown part',
      '$.messages[0].content[0].type',
      { messages: [{ role: 'user', content: [{ type: 'sound' }] }] },
    ],
    [
      'has an image of another scheme',
      '$.messages[0].content[0].image_url.url',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
          },
        ],
      },
    ],
    ['has an unknown field', '$.colour', say('hi', { colour: 'red' })],
    [
      'has an unknown field in a message',
      '$.messages[0].colour',
      { messages: [{ role: 'user', content: 'hi', colour: 1 }] },
    ],
    ['has a field twice', '$.model', `{${hi},"model":"gpt-4o","model":"gpt-4o-mini"}`],
    [
      'has a field twice, deep inside',
      '$.messages[0].role',
      '{"messages":[{"role":"user","content":"hi","role":"system"}]}',
    ],
    [
      'has a field twice, once escaped',
      '$.model',
      `{${hi},"model":"gpt-4o","mod\\u0065l":"gpt-4o-mini"}`,
    ],
    ['has a model that is a number', '$.model', say('hi', { model: 5 })],
    ['has a stream that is text', '$.stream', say('hi', { stream: 'true' })],
    ['has a temperature too high', '$.temperature', say('hi', { temperature: 2.1 })],
    ['has a negative temperature', '$.temperature', say('hi', { temperature: -0.1 })],
    ['has a temperature that is text', '$.temperature', say('hi', { temperature: '1' })],
    ['has a top_p too high', '$.top_p', say('hi', { top_p: 1.01 })],
    ['has no tokens to give', '$.maxTokens', say('hi', { maxTokens: 0 })],
    ['has half a token to give', '$.max_tokens', say('hi', { max_tokens: 1.5 })],
    ['has two different caps', '$.maxTokens', say('hi', { maxTokens: 1, max_tokens: 2 })],
    ['has a system prompt that is a list', '$.systemPrompt', say('hi', { systemPrompt: ['x'] })],
    [
      'has a tool without a name',
      '$.tools[0].function.name',
      say('hi', { tools: [{ type: 'function', function: {} }] }),
    ],
    [
      'has two tools of one name',
      '$.tools[1].function.name',
      say('hi', { tools: [WEATHER, WEATHER] }),
    ],
    [
      'has a choice of no tool',
      '$.tool_choice.function.name',
      say('hi', {
        tools: [WEATHER],
        tool_choice: { type: 'function', function: { name: 'other' } },
      }),
    ],
    ['has an empty stop', '$.stop', say('hi', { stop: '' })],
    ['has a format without type', '$.response_format.type', say('hi', { response_format: {} })],
    ['has an unknown profile', '$.profile', say('hi', { profile: 'military' })],
    ['has a name of spaces', '$["a b"]', say('hi', { 'a b': 1 })],
  ];
  for (const [what, field, body] of bad) {
    test(`and ${what} gets 400 with the path ${field}`, async () => {
      const before = gateway.sandbox.requests.length;
      const { details, message } = await errorOf(await gateway.chat(key, body), 400);
      assert.deepEqual(details, { field });
      assert.ok(message.length < 300);
      assert.equal(gateway.sandbox.requests.length, before);
    });
  }

  test('and is nested too deep gets 400', async () => {
    for (const depth of [65, 100_000]) {
      const body = `{${hi},"tools":${nested(depth)}}`;
      const { details } = await errorOf(await gateway.chat(key, body), 400);
      assert.match(String(details?.['field']), /^\$\.tools/);
    }
  });

  test('and holds bytes that are not UTF-8 gets 400', async () => {
    const bytes = Buffer.from('{"messages":[{"role":"user","content":"\xff\xfe"}]}', 'latin1');
    await errorOf(
      await gateway.chat(key, '', { body: bytes, headers: { 'content-type': 'application/json' } }),
      400,
    );
  });

  test('never gets its values back', async () => {
    const secret = 'my-secret-value';
    for (const body of [
      say('hi', { model: secret }),
      say('hi', { profile: secret }),
      { messages: [{ role: secret, content: 'x' }] },
      `{"messages": ${secret}`,
    ]) {
      const text = await (await gateway.chat(key, body)).text();
      assert.ok(!text.includes(secret), text);
    }
  });
});

describe('the size of a body', () => {
  const LIMIT = 4 << 20;

  test('is refused by its declared length before it is sent', async () => {
    const answer = await rawCall(gateway.url, chatHead(key, `content-length: ${LIMIT + 1}`));
    assert.equal(answer.status, 413);
    assert.equal((JSON.parse(answer.body) as { error: string }).error, 'PAYLOAD_TOO_LARGE');
  });

  test('is counted where no length is declared', async () => {
    const piece = chunk('x'.repeat(1 << 20));
    const answer = await rawCall(gateway.url, chatHead(key, 'transfer-encoding: chunked'), [
      piece,
      piece,
      piece,
      piece,
      chunk('x'),
    ]);
    assert.equal(answer.status, 413);
  });

  test('is counted after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(200 << 20, 0x20), { level: 9 });
    assert.ok(bomb.length < LIMIT);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await errorOf(await gateway.chat(key, '', { body: bomb, headers }), 413);
  });

  test('may be the limit', async () => {
    const empty = JSON.stringify(say('', { model: 'gpt-4o' }));
    const text = 'x'.repeat(LIMIT - Buffer.byteLength(empty));
    const response = await gateway.chat(key, say(text, { model: 'gpt-4o' }));
    assert.equal(response.status, 200, await response.text());
  });
});

describe('the form of a body', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
    test(`"${type}" is not taken`, async () => {
      const headers = { 'content-type': type };
      await errorOf(await gateway.chat(key, say('hi'), { headers }), 415);
    });
  }

  for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;']) {
    test(`"${type}" is taken`, async () => {
      const headers = { 'content-type': type };
      assert.equal((await gateway.chat(key, say('hi'), { headers })).status, 200);
    });
  }

  for (const encoding of ['br', 'zstd', 'gzip, gzip', 'compress']) {
    test(`encoded as "${encoding}" is not taken`, async () => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      await errorOf(await gateway.chat(key, say('hi'), { headers }), 415);
    });
  }

  test('compressed is taken, and what is not what it says is 400', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(say('squeezed')));
    const response = await gateway.chat(key, '', { body, headers });
    assert.match(await response.text(), /«squeezed»/);
    await errorOf(await gateway.chat(key, '', { body: body.subarray(0, 20), headers }), 400);
    await errorOf(await gateway.chat(key, say('not gzip'), { headers }), 400);
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
      assert.ok(upstream >= 30 && upstream < 5_000, timing);
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

describe('a regulated profile refuses what nobody can scan, and nothing is forwarded', async () => {
  const body = (extra: object) => say('my number is 555-0100', extra);

  /** Refused in whatever way it is asked, known to the isolate or not. */
  async function assertRefused(regulated: string, extra: object = {}): Promise<void> {
    const before = gateway.sandbox.requests.length;
    for (const more of [{}, { stream: true }, { model: 'nothing' }, { model: 'gpt-4o' }]) {
      const response = await gateway.chat(regulated, body({ ...extra, ...more }));
      const error = await errorOf(response, 422);
      assert.deepEqual(error.details, { kinds: [] });
      assert.ok(!JSON.stringify(error).includes('555'));
    }
    assert.equal(gateway.sandbox.requests.length, before);
  }

  for (const profile of ['healthcare', 'finance', 'legal']) {
    test(`${profile} of a key`, async () => {
      await assertRefused((await gateway.makeKey({ profile })).key);
    });

    test(`${profile} of a tenant`, async () => {
      const tenant = gateway.newTenant();
      await gateway.putTenant(tenant, { profile });
      const made = await gateway.makeKey({ tenant });
      await assertRefused(made.key);
      await assertRefused(made.key, { profile: 'general' });
    });

    test(`${profile} of a request`, async () => {
      await assertRefused(key, { profile });
    });
  }

  test('one that a tenant takes on holds for the next request of a key in use', async () => {
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
    await gateway.putTenant(tenant, { profile: 'healthcare' });
    await assertRefused(made.key);
  });

  test('one that a tenant lays down holds no more for the next request', async () => {
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    await gateway.putTenant(tenant, { profile: 'healthcare' });
    await assertRefused(made.key);
    await gateway.putTenant(tenant, {});
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
  });

  test('general is no regulated profile', async () => {
    const made = await gateway.makeKey({ profile: 'general' });
    assert.equal((await gateway.chat(made.key, body({ profile: 'general' }))).status, 200);
  });

  test('a body that cannot be read is no way round it', async () => {
    const made = await gateway.makeKey({ profile: 'legal' });
    for (const wrong of ['{', '[]', '{"messages":[]}']) {
      const { status } = await gateway.chat(made.key, wrong);
      assert.ok([400, 422].includes(status));
    }
  });
});

after(() => assert.ok(!gateway.logged.some((line) => line.includes('555-0100'))));
