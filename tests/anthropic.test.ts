/** Anthropic's API: `/v1/messages`, with a backend of every dialect behind it; and its API as a backend. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { nanos, priceOf, settled } from './harness/usage.ts';
import { assertOnePoint, entryOf, readerOf, readUntil } from './harness/watch.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

const PATH = '/v1/messages';
const MODELS = ['claude-haiku-4-5', 'gpt-4o-mini'];

interface Block {
  type: string;
  text?: string;
  thinking?: string;
  id?: string;
  name?: string;
  input?: unknown;
}

interface Message {
  id: string;
  type: string;
  role: string;
  model: string;
  content: Block[];
  stop_reason: string;
  stop_sequence: string | null;
  usage: { input_tokens: number; output_tokens: number };
}

interface Event {
  type: string;
  index?: number;
  message?: Message;
  content_block?: Block;
  delta?: { text?: string; thinking?: string; partial_json?: string; stop_reason?: string };
  usage?: { input_tokens?: number; output_tokens: number };
  error?: { type: string; message: string };
}

const WEATHER = {
  name: 'get_weather',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
};

function ask(text: string, extra: object = {}): Record<string, unknown> {
  return {
    model: 'claude-haiku-4-5',
    max_tokens: 500,
    messages: [{ role: 'user', content: text }],
    ...extra,
  };
}

/** Sends as Anthropic's clients do, with the key in its own header. */
function send(body: object, own = key, init: RequestInit = {}): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    'x-api-key': own,
    'anthropic-version': '2023-06-01',
    ...init.headers,
  };
  return gateway.call(PATH, { ...init, method: 'POST', body: JSON.stringify(body), headers });
}

async function message(body: object, own = key): Promise<Message> {
  const response = await send(body, own);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Message;
}

function messageEvents(text: string): Event[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => {
      const [, name, data] = /^event: (\w+)\ndata: (.+)$/.exec(frame) ?? [];
      assert.ok(data, frame);
      const event = JSON.parse(data) as Event;
      assert.equal(event.type, name);
      return event;
    });
}

async function streamed(body: object): Promise<Event[]> {
  const response = await send({ ...body, stream: true });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const events = messageEvents(text).filter(({ type }) => type !== 'ping');
  assert.equal(events[0]?.type, 'message_start');
  assert.equal(events.at(-1)?.type, 'message_stop');
  return events;
}

async function failureOf(response: Response, status: number): Promise<Event['error']> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const body = JSON.parse(text) as { type: string; error: { type: string; message: string } };
  assert.deepEqual(Object.keys(body), ['type', 'error']);
  assert.deepEqual(Object.keys(body.error), ['type', 'message']);
  assert.equal(body.type, 'error');
  return body.error;
}

function said(events: Event[]): string {
  return events.map(({ delta }) => delta?.text ?? '').join('');
}

for (const model of MODELS) {
  describe(`with ${model} behind it`, () => {
    test('a message has the form that clients know', async () => {
      const answer = await message(ask('Hello there', { model }));
      assert.deepEqual(
        [answer.type, answer.role, answer.model, answer.stop_reason, answer.stop_sequence],
        ['message', 'assistant', model, 'end_turn', null],
      );
      assert.match(answer.id, /^msg_/);
      assert.equal(answer.content.length, 1);
      assert.match(answer.content[0]?.text ?? '', /not a model\. You said: «Hello there»/);
      assert.equal(answer.usage.input_tokens, 3);
    });

    test('a stream gives the text of the plain answer', async () => {
      const body = ask('the same [[sandbox: unicode tokens=40]]', { model, system: 'be brief' });
      const answer = await message(body);
      const events = await streamed(body);
      assert.equal(said(events), answer.content[0]?.text);
      assert.equal(events[0]?.message?.model, model);
      const delta = events.find(({ type }) => type === 'message_delta');
      assert.equal(delta?.delta?.stop_reason, 'end_turn');
      assert.equal(delta?.usage?.output_tokens, 40);
      const count = (type: string) => events.filter((event) => event.type === type).length;
      assert.equal(count('content_block_start'), count('content_block_stop'));
    });

    test('tools are called, plain and streamed, and results go back', async () => {
      const body = ask('call get_weather please', { model, tools: [WEATHER] });
      const answer = await message(body);
      assert.equal(answer.stop_reason, 'tool_use');
      const use = answer.content.find(({ type }) => type === 'tool_use');
      assert.equal(use?.name, 'get_weather');
      assert.deepEqual(use?.input, { city: 'sandbox', days: 1 });

      const events = await streamed(body);
      const pieces = events.map(({ delta }) => delta?.partial_json ?? '').join('');
      assert.deepEqual(JSON.parse(pieces), { city: 'sandbox', days: 1 });

      const result = { type: 'tool_result', tool_use_id: use?.id, content: '20 degrees' };
      const end = await message({
        ...body,
        messages: [
          { role: 'user', content: 'get_weather' },
          { role: 'assistant', content: answer.content },
          { role: 'user', content: [result, { type: 'text', text: 'and now?' }] },
        ],
      });
      assert.equal(end.type, 'message');
    });

    test('thoughts are blocks of their own', async () => {
      const body = ask('hi [[sandbox: reasoning=4]]', { model });
      const answer = await message(body);
      assert.deepEqual(
        answer.content.map(({ type }) => type),
        ['thinking', 'text'],
      );
      assert.equal(answer.content[0]?.thinking, 'The sandbox does not');
      const thought = (await streamed(body)).map(({ delta }) => delta?.thinking ?? '');
      assert.equal(thought.join(''), 'The sandbox does not');
    });

    test('images are taken by URL and as data', async () => {
      const content = [
        { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
        {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
        },
        { type: 'text', text: 'see' },
      ];
      const answer = await message(ask('', { model, messages: [{ role: 'user', content }] }));
      assert.equal(answer.usage.input_tokens, 1 + 2 * 85);
    });

    test('an image that is too large for a body is 413, and nobody sees it', async () => {
      const before = gateway.sandbox.requests.length;
      const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(4 << 20) };
      const messages = [{ role: 'user', content: [{ type: 'image', source }] }];
      for (const stream of [false, true]) {
        await failureOf(await send(ask('', { model, messages, stream })), 413);
      }
      assert.equal(gateway.sandbox.requests.length, before);
    });

    test('schemas that are none are 400, and named', async () => {
      const tools = [{ name: 'f', input_schema: { properties: { a: 'string' } } }];
      for (const stream of [false, true]) {
        const error = await failureOf(await send(ask('hi', { model, tools, stream })), 400);
        assert.ok(
          error?.message.startsWith('tools[0].input_schema.properties.a: '),
          error?.message,
        );
      }
    });

    test('usage that a stream does not report, or with every event', async () => {
      for (const [usage, tokens] of [
        ['none', undefined],
        ['every', 9],
        ['zero', 0],
      ] as const) {
        const events = await streamed(ask(`x [[sandbox: tokens=9 usage=${usage}]]`, { model }));
        const told = events.filter(({ type }) => type === 'message_delta');
        assert.equal(told.length, 1, usage);
        const output = told[0]?.usage?.output_tokens ?? 0;
        if (tokens === undefined) assert.ok(output > 0, JSON.stringify(events));
        else assert.equal(output, tokens, usage);
      }
    });

    test('the cap cuts', async () => {
      const answer = await message(ask('hi', { model, max_tokens: 3 }));
      assert.deepEqual([answer.stop_reason, answer.usage.output_tokens], ['max_tokens', 3]);
    });

    test('what is used is charged, to the nano-dollar', async () => {
      const own = await gateway.makeKey();
      await message(ask('one [[sandbox: tokens=7]]', { model }), own.key);
      await (await send(ask('two [[sandbox: tokens=9]]', { model, stream: true }), own.key)).text();
      const usage = await eventually('both charges', async () => {
        const now = await settled(gateway, own.tenantId);
        return now.days[0]?.requests === 2 ? now : undefined;
      });
      const row = usage.days[0];
      assert.deepEqual([row?.input_tokens, row?.output_tokens], [14, 16]);
      assert.equal(nanos(row?.cost_usd), priceOf(7, 7, model) + priceOf(7, 9, model));
    });

    test('a failure in the middle is an error event and no end', async () => {
      for (const fault of ['error=2', 'cut=2', 'end=2', 'badjson=2']) {
        const response = await send(ask(`x [[sandbox: ${fault}]]`, { model, stream: true }));
        assert.equal(response.status, 200);
        const events = messageEvents(await response.text());
        assert.equal(events.at(-1)?.type, 'error', fault);
        assert.equal(events.at(-1)?.error?.type, 'api_error');
        assert.ok(events.every(({ type }) => type !== 'message_stop' && type !== 'message_delta'));
      }
    });

    for (const [fault, status, type] of [
      ['status=500', 502, 'api_error'],
      ['status=401', 502, 'api_error'],
      ['status=400', 400, 'invalid_request_error'],
      ['status=529', 503, 'overloaded_error'],
      ['html', 502, 'api_error'],
      ['badjson=0', 502, 'api_error'],
    ] as const) {
      test(`a backend's ${fault} is ${status}, and costs nothing`, async () => {
        const own = await gateway.makeKey();
        // What comes after the first event of a stream is an event, too: see above.
        for (const stream of fault.startsWith('badjson') ? [false] : [false, true]) {
          const response = await send(ask(`x [[sandbox: ${fault}]]`, { model, stream }), own.key);
          assert.equal((await failureOf(response, status))?.type, type);
        }
        const usage = await settled(gateway, own.tenantId);
        assert.deepEqual([usage.spent_usd, usage.reserved_usd], [0, 0]);
      });
    }

    test('a client that leaves stops the backend', async () => {
      const leave = new AbortController();
      const mark = `messages-leave-${model}`;
      const body = ask(`${mark} [[sandbox: ignorecap tokens=100000 gap=5]]`, {
        model,
        stream: true,
      });
      const response = await send(body, key, { signal: leave.signal });
      await readUntil(readerOf(response), ' is');
      leave.abort();
      const entry = await entryOf(gateway, mark);
      await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
      const tokens = assertOnePoint(await gateway.points(requestId(response)), 'cancelled');
      assert.ok(Number(tokens.doubles[1]) > 0, 'what was produced is charged');
      assert.equal(tokens.blobs[5], 'estimated');
    });
  });
}

describe('a backend of the same dialect', () => {
  test('gets what nobody here knows, and its answer comes back whole', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const system = [{ type: 'text', text: 's', cache_control: { type: 'ephemeral' } }];
    const answer = await message(ask('hi', { thinking, system, later: [1] }));
    const sent = gateway.sandbox.requests.at(-1)?.body as Record<string, unknown>;
    assert.deepEqual([sent['thinking'], sent['system'], sent['later']], [thinking, system, [1]]);
    assert.equal(sent['max_tokens'], 500);
    assert.match(answer.id, /^msg_sandbox_/);
  });

  test('that is of another one does not, and that is said', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const error = await failureOf(await send(ask('hi', { model: 'gpt-4o', thinking })), 400);
    assert.match(error?.message ?? '', /^thinking: /);
  });

  test('that ignores its cap is cut off, well-formed', async () => {
    for (const model of MODELS) {
      const body = ask('x [[sandbox: ignorecap tokens=5000]]', { model, max_tokens: 3 });
      const events = await streamed(body);
      const delta = events.find(({ type }) => type === 'message_delta');
      assert.equal(delta?.delta?.stop_reason, 'max_tokens');
      const count = (type: string) => events.filter((event) => event.type === type).length;
      assert.equal(count('content_block_start'), count('content_block_stop'));
    }
  });
});

describe('an error', () => {
  test('of the key is 401 in this form, in either header', async () => {
    const error = { type: 'authentication_error', message: 'Invalid or missing API key' };
    assert.deepEqual(await failureOf(await send(ask('hi'), 'nru_wrong'), 401), error);
    const bearer = (own: string) =>
      send(ask('hi'), '', { headers: { authorization: `Bearer ${own}`, 'x-api-key': '' } });
    assert.deepEqual(await failureOf(await bearer('nru_wrong'), 401), error);
    assert.equal((await bearer(key)).status, 200);
    const elsewhere = await gateway.call('/ai/models', { headers: { 'x-api-key': key } });
    assert.equal(elsewhere.status, 401);
  });

  for (const [what, extra, path] of [
    ['a missing cap', { max_tokens: undefined }, 'max_tokens'],
    ['a server tool', { tools: [{ type: 'web_search_20250305', name: 'w' }] }, 'tools[0].type'],
    ['a service tier', { service_tier: 'priority' }, 'service_tier'],
    ['a dearer cache', { cache_control: { type: 'ephemeral', ttl: '1h' } }, 'cache_control.ttl'],
    ['an unknown model', { model: 'claude' }, 'model'],
  ] as const) {
    test(`of ${what} is 400 and names it`, async () => {
      const error = await failureOf(await send(ask('hi', extra)), 400);
      assert.equal(error?.type, 'invalid_request_error');
      assert.ok(error?.message.startsWith(`${path}: `), error?.message);
    });
  }

  test('of what the model cannot do is 400 and names it', async () => {
    const source = { type: 'url', url: 'https://example.com/a.png' };
    const messages = [{ role: 'user', content: [{ type: 'image', source }] }];
    for (const stream of [false, true]) {
      for (const [field, body] of [
        ['messages', ask('', { model: 'meta-llm', messages, stream })],
        ['tools', ask('hi', { model: 'qwen/coder-32b', tools: [WEATHER], stream })],
      ] as const) {
        const error = await failureOf(await send(body), 400);
        assert.ok(error?.message.startsWith(`${field}: `), error?.message);
      }
    }
  });

  test('of money, role or profile is not worth asking again', async () => {
    for (const [options, status, type] of [
      [{ budgetUsd: 0 }, 402, 'billing_error'],
      [{ role: 'viewer' }, 403, 'permission_error'],
      [{ profile: 'legal' }, 422, 'invalid_request_error'],
    ] as const) {
      const { key: own } = await gateway.makeKey(options);
      const response = await send(ask('ssn 078-05-1120', { stream: true }), own);
      assert.equal(response.headers.get('x-should-retry'), 'false');
      assert.equal((await failureOf(response, status))?.type, type);
    }
  });

  test('of a limit says when to come back', async () => {
    const own = await gateway.makeKey({ rpm: 1 });
    await message(ask('hi'), own.key);
    const response = await send(ask('hi'), own.key);
    assert.ok(Number(response.headers.get('retry-after')) >= 1);
    assert.equal((await failureOf(response, 429))?.type, 'rate_limit_error');
  });

  test('of a path below has this form, too', async () => {
    const response = await gateway.call(`${PATH}/batches`, { method: 'POST', key });
    assert.equal((await failureOf(response, 404))?.type, 'not_found_error');
  });
});

describe('counting tokens', () => {
  const count = (body: unknown, of = key): Promise<Response> =>
    gateway.call(`${PATH}/count_tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': of },
      body: JSON.stringify(body),
    });
  const counted = { model: 'claude-haiku-4-5', messages: [{ role: 'user', content: 'Hello!' }] };

  test('is an estimate, and says what it can be at most', async () => {
    const before = gateway.sandbox.requests.length;
    const response = await count(counted);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { input_tokens: 2, estimated: true, at_most: 86 });
    assert.equal(gateway.sandbox.requests.length, before);
    assert.equal((await count({ ...counted, model: 'auto' })).status, 200);
  });

  test('refuses what a message would', async () => {
    assert.match(
      (await failureOf(await count({ ...counted, model: 'x' }), 400))?.message ?? '',
      /^model: /,
    );
    await failureOf(await count({ model: 'gpt-4o' }), 400);
    await failureOf(await count(counted, 'nru_x'), 401);
    const viewer = await gateway.makeKey({ role: 'viewer' });
    await failureOf(await count(counted, viewer.key), 403);
  });
});

describe("models for Anthropic's clients", () => {
  const get = (path: string, of = key): Promise<Response> =>
    gateway.call(`/v1/models${path}`, {
      headers: { 'anthropic-version': '2023-06-01', 'x-api-key': of },
    });

  test('are listed in one page, without those for embeddings', async () => {
    const page = (await (await get('?limit=1000')).json()) as {
      data: { type: string; id: string; display_name: string; created_at: string }[];
      has_more: boolean;
      first_id: string;
      last_id: string;
    };
    const ids = page.data.map(({ id }) => id);
    assert.ok(ids.includes('claude-haiku-4-5') && ids.includes('auto') && ids.includes('gpt-4o'));
    assert.ok(!ids.includes('bge-base-en'));
    assert.deepEqual([page.has_more, page.first_id, page.last_id], [false, ids[0], ids.at(-1)]);
    assert.equal(page.data[0]?.type, 'model');
    assert.ok(Date.parse(page.data[0]?.created_at ?? '') > 0);
  });

  test('are found by their names, and errors have the form of that API', async () => {
    const one = (await (await get('/meta/llama-3.3-70b')).json()) as { type: string; id: string };
    assert.deepEqual([one.type, one.id], ['model', 'meta/llama-3.3-70b']);
    assert.equal((await failureOf(await get('/nothing'), 404))?.type, 'not_found_error');
    assert.equal((await failureOf(await get('', 'nru_x'), 401))?.type, 'authentication_error');
  });
});

describe("Anthropic's API as a backend of the native chat", () => {
  const model = 'claude-haiku-4-5';

  test('is spoken to in its own dialect', async () => {
    const answer = await gateway.chat(
      key,
      say('hi', { model, systemPrompt: 'be brief', stop: 'x' }),
    );
    assert.equal(answer.status, 200);
    const entry = gateway.sandbox.requests.at(-1);
    assert.equal(entry?.path, '/v1/messages');
    assert.deepEqual(entry?.body, {
      model,
      max_tokens: 64000,
      system: 'be brief',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      stop_sequences: ['x'],
    });
  });

  test('answers plain and as a stream', async () => {
    const plain = (await (
      await gateway.chat(key, say('the same [[sandbox: tokens=9]]', { model }))
    ).json()) as { text: string; inputTokens: number; outputTokens: number; costUsd: number };
    assert.deepEqual([plain.inputTokens, plain.outputTokens], [8, 9]);
    assert.equal(nanos(plain.costUsd), priceOf(8, 9, model));
    const response = await gateway.chat(key, stream('the same [[sandbox: tokens=9]]', { model }));
    const events = eventsOf(await response.text());
    assert.equal(textOf(events), plain.text);
    const { costUsd, finishReason, usageEstimated } = events.at(-1) ?? {};
    assert.deepEqual([costUsd, finishReason, usageEstimated], [plain.costUsd, 'stop', undefined]);
  });

  test('whose usage is missing or zero', async () => {
    const read = async (fault: string) => {
      const response = await gateway.chat(key, say(`hi [[sandbox: usage=${fault}]]`, { model }));
      return (await response.json()) as { outputTokens: number; usageEstimated?: boolean };
    };
    assert.equal((await read('none')).usageEstimated, true);
    const zero = await read('zero');
    assert.deepEqual([zero.outputTokens, zero.usageEstimated], [0, undefined]);
  });

  test('refuses what it cannot be told, by name', async () => {
    for (const [extra, field] of [
      [{ temperature: 1.5 }, '$.temperature'],
      [{ messages: [{ role: 'user', content: 'x', name: 'ann' }] }, '$.messages[0].name'],
    ] as const) {
      const response = await gateway.chat(key, say('hi', { model, ...extra }));
      assert.equal(response.status, 400);
      const { details } = (await response.json()) as { details: { field: string } };
      assert.equal(details.field, field);
    }
  });
});

describe('an answer in a given form', () => {
  for (const model of ['claude-haiku-4-5', 'gpt-4o-mini']) {
    test(`is JSON of ${model}`, async () => {
      const schema = {
        type: 'object',
        properties: { answer: { type: 'string' } },
        required: ['answer'],
      };
      const format = { type: 'json_schema', schema };
      const older = { ...ask('hi'), model, output_format: format };
      assert.equal((await send(older)).status, 200);
      const asked = gateway.sandbox.requests.at(-1)?.body as Record<string, unknown>;
      assert.ok('output_config' in asked || 'response_format' in asked);
      const response = await send({ ...ask('hi'), model, output_config: { format } });
      assert.equal(response.status, 200);
      const { content } = (await response.json()) as { content: { type: string; text: string }[] };
      assert.deepEqual(
        content.map(({ type }) => type),
        ['text'],
      );
      assert.equal(
        typeof (JSON.parse(content[0]?.text ?? '') as { answer: unknown }).answer,
        'string',
      );
      const sent = gateway.sandbox.requests.at(-1)?.body as Record<string, unknown>;
      assert.ok('output_config' in sent || 'response_format' in sent);
    });
  }
});
