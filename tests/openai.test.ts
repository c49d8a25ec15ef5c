/** OpenAI's API: `/v1/chat/completions`, `/v1/models`, with a backend of every dialect behind it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestId } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { nanos, priceOf, settled } from './harness/usage.ts';
import { assertOnePoint, entryOf, readerOf, readUntil } from './harness/watch.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

const PATH = '/v1/chat/completions';
/** One model behind each dialect: the sandbox speaks OpenAI's, and Anthropic's to Anthropic's models. */
const MODELS = ['gpt-4o-mini', 'claude-haiku-4-5'];

interface Call {
  index?: number;
  id?: string;
  type?: string;
  function: { name?: string; arguments?: string };
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

interface Completion {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    message: {
      role: string;
      content: string | null;
      reasoning_content?: string;
      tool_calls?: Call[];
    };
    finish_reason: string;
  }[];
  usage: Usage;
}

interface Chunk {
  object: string;
  model: string;
  choices: {
    delta: {
      role?: string;
      content?: string;
      reasoning_content?: string;
      tool_calls?: Call[];
    };
    finish_reason: string | null;
  }[];
  usage?: Usage | null;
  error?: { message: string; type: string; code: string };
}

interface Failure {
  error: {
    message: string;
    type: string;
    code: string;
    param: string | null;
    details?: Record<string, unknown>;
  };
}

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city'],
    },
  },
};

function ask(text: string, extra: object = {}): Record<string, unknown> {
  return { model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }], ...extra };
}

function send(body: object, own = key, init: RequestInit = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...init.headers };
  return gateway.call(PATH, {
    ...init,
    method: 'POST',
    body: JSON.stringify(body),
    headers,
    key: own,
  });
}

async function complete(body: object, own = key): Promise<Completion> {
  const response = await send(body, own);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as Completion;
}

/** The chunks of a stream, and whether it ended with `[DONE]`. */
function chunksOf(text: string): { chunks: Chunk[]; done: boolean } {
  const data = text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame) => {
      assert.match(frame, /^data: .+$/);
      return frame.slice('data: '.length);
    });
  const done = data.at(-1) === '[DONE]';
  const chunks = data.slice(0, done ? -1 : undefined).map((one) => JSON.parse(one) as Chunk);
  return { chunks, done };
}

async function streamed(body: object): Promise<Chunk[]> {
  const response = await send({ ...body, stream: true });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const { chunks, done } = chunksOf(text);
  assert.ok(done, text.slice(-200));
  return chunks;
}

function textOf(chunks: Chunk[]): string {
  return chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
}

async function failureOf(response: Response, status: number): Promise<Failure['error']> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.match(response.headers.get('x-request-id') ?? '', /^req_/);
  const { error, ...rest } = JSON.parse(text) as Failure;
  assert.deepEqual(rest, {});
  assert.deepEqual(Object.keys(error).slice(0, 4), ['message', 'type', 'code', 'param']);
  return error;
}

for (const model of MODELS) {
  describe(`with ${model} behind it`, () => {
    test('a completion has the form that clients know', async () => {
      const before = Math.floor(Date.now() / 1000) - 5;
      const answer = await complete(ask('Hello there', { model }));
      assert.equal(answer.object, 'chat.completion');
      assert.match(answer.id, /^chatcmpl-/);
      assert.ok(answer.created >= before || answer.created > 0);
      assert.equal(answer.model, model);
      assert.equal(answer.choices.length, 1);
      assert.equal(answer.choices[0]?.message.role, 'assistant');
      assert.match(
        answer.choices[0]?.message.content ?? '',
        /not a model\. You said: «Hello there»/,
      );
      assert.equal(answer.choices[0]?.finish_reason, 'stop');
      const { prompt_tokens, completion_tokens, total_tokens } = answer.usage;
      assert.deepEqual([prompt_tokens, total_tokens], [3, prompt_tokens + completion_tokens]);
    });

    test('a stream gives the text of the plain answer', async () => {
      const { choices } = await complete(ask('the same [[sandbox: unicode tokens=40]]', { model }));
      const chunks = await streamed(ask('the same [[sandbox: unicode tokens=40]]', { model }));
      assert.equal(textOf(chunks), choices[0]?.message.content);
      assert.equal(chunks[0]?.choices[0]?.delta.role, 'assistant');
      assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'stop');
      assert.ok(chunks.every((chunk) => chunk.model === model && !chunk.usage));
      assert.ok(chunks.every(({ object }) => object === 'chat.completion.chunk'));
    });

    test('the usage of a stream is told if it is asked for', async () => {
      const options = { stream_options: { include_usage: true } };
      const chunks = await streamed(ask('count [[sandbox: tokens=5]]', { model, ...options }));
      const last = chunks.at(-1);
      assert.deepEqual(last?.choices, []);
      assert.equal(last?.usage?.completion_tokens, 5);
      assert.equal(chunks.filter(({ usage }) => usage).length, 1);
    });

    test('tools are called, plain and streamed', async () => {
      const body = ask('call get_weather please', { model, tools: [WEATHER] });
      const { choices } = await complete(body);
      const [call, ...more] = choices[0]?.message.tool_calls ?? [];
      assert.deepEqual(more, []);
      assert.equal(choices[0]?.finish_reason, 'tool_calls');
      assert.equal(call?.function.name, 'get_weather');
      assert.deepEqual(JSON.parse(call?.function.arguments ?? ''), { city: 'sandbox', days: 1 });

      const chunks = await streamed(body);
      const pieces = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
      assert.ok(pieces[0]?.id && pieces.every(({ index }) => index === 0));
      const text = pieces.map((piece) => piece.function.arguments ?? '').join('');
      assert.deepEqual(JSON.parse(text), { city: 'sandbox', days: 1 });
      assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'tool_calls');
    });

    test('results of tools go back', async () => {
      const answer = await complete({
        model,
        tools: [WEATHER],
        messages: [
          { role: 'developer', content: 'be brief' },
          { role: 'user', content: 'get_weather' },
          {
            role: 'assistant',
            content: null,
            tool_calls: ['a', 'b'].map((id) => ({
              id,
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"x"}' },
            })),
          },
          { role: 'tool', tool_call_id: 'a', content: '20' },
          { role: 'tool', tool_call_id: 'b', content: '21' },
        ],
      });
      assert.equal(answer.choices[0]?.finish_reason, 'stop');
    });

    test('reasoning comes apart from the text', async () => {
      const body = ask('hi [[sandbox: reasoning=4]]', { model });
      const { choices } = await complete(body);
      assert.equal(choices[0]?.message.reasoning_content, 'The sandbox does not');
      const chunks = await streamed(body);
      const thought = chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? '');
      assert.equal(thought.join(''), 'The sandbox does not');
    });

    test('an answer in a given form is JSON', async () => {
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      };
      const format = { type: 'json_schema', json_schema: { name: 'place', schema } };
      const { choices } = await complete(ask('where', { model, response_format: format }));
      assert.equal(choices[0]?.finish_reason, 'stop');
      assert.equal(typeof JSON.parse(choices[0]?.message.content ?? '').city, 'string');
      const chunks = await streamed(ask('where', { model, response_format: format }));
      assert.equal(textOf(chunks), choices[0]?.message.content);
    });

    test('images are taken by URL and as data', async () => {
      const image = (url: string) => ({ type: 'image_url', image_url: { url } });
      const content = [
        { type: 'text', text: 'see' },
        image('https://example.com/a.png'),
        image('data:image/png;base64,iVBORw0KGgo='),
      ];
      const answer = await complete({ model, messages: [{ role: 'user', content }] });
      assert.equal(answer.usage.prompt_tokens, 1 + 2 * 85);
    });

    test('an image that is too large for a body is 413, and nobody sees it', async () => {
      const before = gateway.sandbox.requests.length;
      const url = `data:image/png;base64,${'A'.repeat(4 << 20)}`;
      const content = [{ type: 'image_url', image_url: { url } }];
      await failureOf(await send({ model, messages: [{ role: 'user', content }] }), 413);
      assert.equal(gateway.sandbox.requests.length, before);
    });

    test('schemas that are none are 400, and named', async () => {
      const tool = (parameters: object): object => ({ name: 'f', parameters });
      const tools = [{ type: 'function', function: tool({ properties: { a: 'string' } }) }];
      const error = await failureOf(await send(ask('hi', { model, tools })), 400);
      assert.equal(error?.param, 'tools[0].function.parameters.properties.a');
    });

    test('the cap is the lower one, and what it cuts says so', async () => {
      for (const cap of [{ max_tokens: 3 }, { max_completion_tokens: 3 }]) {
        const { choices, usage } = await complete(ask('hi', { model, ...cap }));
        assert.equal(choices[0]?.finish_reason, 'length');
        assert.equal(usage.completion_tokens, 3);
      }
    });

    test('what is used is charged, to the nano-dollar', async () => {
      const own = await gateway.makeKey();
      await complete(ask('one [[sandbox: tokens=7]]', { model }), own.key);
      const response = await send(
        ask('two [[sandbox: tokens=9]]', { model, stream: true }),
        own.key,
      );
      await response.text();
      const usage = await eventually('both charges', async () => {
        const now = await settled(gateway, own.tenantId);
        return now.days[0]?.requests === 2 ? now : undefined;
      });
      const row = usage.days[0];
      assert.deepEqual(
        [row?.model, row?.input_tokens, row?.output_tokens, row?.estimated_requests],
        [model, 14, 16, 0],
      );
      assert.equal(nanos(row?.cost_usd), priceOf(7, 7, model) + priceOf(7, 9, model));
    });

    test('a failure in the middle is an error event, without [DONE]', async () => {
      for (const fault of ['error=2', 'cut=2', 'end=2', 'badjson=2']) {
        const response = await send(ask(`x [[sandbox: ${fault}]]`, { model, stream: true }));
        assert.equal(response.status, 200);
        const { chunks, done } = chunksOf(await response.text());
        assert.equal(done, false, fault);
        assert.equal(chunks.at(-1)?.error?.code, 'upstream_error');
        assert.ok(chunks.every(({ choices }) => !choices?.[0]?.finish_reason));
      }
    });

    for (const [fault, status, code] of [
      ['status=500', 502, 'upstream_error'],
      ['status=401', 502, 'upstream_error'],
      ['status=400', 400, 'bad_request'],
      ['status=529', 503, 'overloaded'],
      ['retry_after=7', 503, 'overloaded'],
      ['html', 502, 'upstream_error'],
      ['badjson=0', 502, 'upstream_error'],
      ['drop', 502, 'upstream_error'],
      ['error=1', 502, 'upstream_error'],
    ] as const) {
      test(`a backend's ${fault} is ${status}, and costs nothing`, async () => {
        const own = await gateway.makeKey();
        const response = await send(ask(`x [[sandbox: ${fault}]]`, { model }), own.key);
        const error = await failureOf(response, status);
        assert.equal(error.code, code);
        if (fault.startsWith('retry')) assert.equal(response.headers.get('retry-after'), '7');
        const usage = await settled(gateway, own.tenantId);
        assert.deepEqual([usage.spent_usd, usage.reserved_usd], [0, 0]);
      });
    }

    test('a client that leaves stops the backend and pays for what was produced', async () => {
      const own = await gateway.makeKey();
      const leave = new AbortController();
      const mark = `leaves-${model}`;
      const body = ask(`${mark} [[sandbox: ignorecap tokens=100000 gap=5]]`, {
        model,
        stream: true,
      });
      const response = await send(body, own.key, { signal: leave.signal });
      await readUntil(readerOf(response), ' is');
      leave.abort();
      const entry = await entryOf(gateway, mark);
      await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
      const tokens = assertOnePoint(await gateway.points(requestId(response)), 'cancelled');
      assert.ok(Number(tokens.doubles[1]) > 0);
      const { spent_usd } = await settled(gateway, own.tenantId);
      assert.ok(spent_usd > 0);
    });
  });
}

describe('a backend of the same dialect', () => {
  test('gets what nobody here knows', async () => {
    await complete(
      ask('later', { seed: 7, later: { deep: [1.5] }, frequency_penalty: 0.5, user: 'u' }),
    );
    const sent = gateway.sandbox.requests.at(-1)?.body as Record<string, unknown>;
    assert.deepEqual(sent['later'], { deep: [1.5] });
    assert.deepEqual([sent['seed'], sent['frequency_penalty'], sent['user']], [7, 0.5, 'u']);
    assert.equal(sent['max_tokens'], 16384);
  });

  test('that is of another one does not, and that is said', async () => {
    const before = gateway.sandbox.requests.length;
    const body = ask('later', { model: 'claude-haiku-4-5', seed: 7 });
    const error = await failureOf(await send(body), 400);
    assert.deepEqual([error.param, error.type], ['seed', 'invalid_request_error']);
    assert.equal(gateway.sandbox.requests.length, before);
  });

  test('whose usage is missing or zero', async () => {
    const none = await complete(ask('hi [[sandbox: tokens=4 usage=none]]'));
    assert.ok(none.usage.total_tokens > 0, 'is estimated');
    const zero = await complete(ask('hi [[sandbox: tokens=4 usage=zero]]'));
    assert.equal(zero.usage.total_tokens, 0);
    const chunks = await streamed(
      ask('hi [[sandbox: tokens=4 usage=every]]', { stream_options: { include_usage: true } }),
    );
    assert.equal(chunks.filter(({ usage }) => usage).length, 1);
  });

  test('that ignores its cap is cut off, well-formed', async () => {
    const body = ask('x [[sandbox: ignorecap tokens=5000 usage=every]]', { max_tokens: 3 });
    for (const model of MODELS) {
      const chunks = await streamed({ ...body, model });
      assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, 'length');
    }
  });
});

describe('an error', () => {
  test('of the key is 401 in this form, whatever the cause', async () => {
    for (const bad of ['nru_wrong', `${key.slice(0, -1)}x`]) {
      const response = await send(ask('hi'), bad);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      const error = await failureOf(response, 401);
      assert.deepEqual(error, {
        message: 'Invalid or missing API key',
        type: 'authentication_error',
        code: 'invalid_api_key',
        param: null,
      });
    }
  });

  test('of a model names near ones', async () => {
    const error = await failureOf(await send(ask('hi', { model: 'gpt-4' })), 400);
    assert.deepEqual([error.code, error.param], ['model_not_found', 'model']);
    assert.match(error.message, /gpt-4o or gpt-4o-mini/);
  });

  for (const [field, value, param] of [
    ['n', 2, 'n'],
    ['service_tier', 'priority', 'service_tier'],
    ['web_search_options', {}, 'web_search_options'],
    ['audio', { voice: 'x' }, 'audio'],
    ['modalities', ['audio'], 'modalities'],
    ['temperature', 3, 'temperature'],
    ['messages', [], 'messages'],
  ] as const) {
    test(`of ${field} is 400 and names it`, async () => {
      const error = await failureOf(await send(ask('hi', { [field]: value })), 400);
      assert.equal(error.param, param);
      assert.deepEqual(error.details, { field: `$.${param}` });
    });
  }

  test('of what the model cannot do is 400 and names it', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }];
    const body = { model: 'meta-llm', messages: [{ role: 'user', content }] };
    const error = await failureOf(await send(body), 400);
    assert.equal(error.param, 'messages');
    const tools = await failureOf(
      await send(ask('hi', { model: 'qwen/coder-32b', tools: [WEATHER] })),
      400,
    );
    assert.equal(tools.param, 'tools');
  });

  test('of a limit says when to come back', async () => {
    const own = await gateway.makeKey({ rpm: 1 });
    await complete(ask('hi'), own.key);
    const response = await send(ask('hi'), own.key);
    assert.ok(Number(response.headers.get('retry-after-ms')) > 0);
    assert.ok(response.headers.get('x-ratelimit-limit-requests'));
    const error = await failureOf(response, 429);
    assert.deepEqual([error.type, error.code], ['rate_limit_error', 'rate_limit_exceeded']);
    assert.equal(error.details?.['limit_source'], 'key');
  });

  test('of money, role or profile is not worth asking again', async () => {
    const poor = await gateway.makeKey({ budgetUsd: 0 });
    const viewer = await gateway.makeKey({ role: 'viewer' });
    const regulated = await gateway.makeKey({ profile: 'healthcare' });
    for (const [made, status, code] of [
      [poor, 402, 'insufficient_quota'],
      [viewer, 403, 'forbidden'],
      [regulated, 422, 'validation_error'],
    ] as const) {
      const response = await send(ask('ssn 078-05-1120', { stream: true }), made.key);
      assert.equal(response.headers.get('x-should-retry'), 'false');
      assert.equal((await failureOf(response, status)).code, code);
    }
  });

  test('of a path or a method has this form, too', async () => {
    const missing = await failureOf(await gateway.call('/v1/nothing', { key }), 404);
    assert.equal(missing.code, 'not_found');
    const wrong = await gateway.call(PATH, { key });
    assert.equal(wrong.headers.get('allow'), 'POST');
    await failureOf(wrong, 405);
    const media = await gateway.call(PATH, { method: 'POST', body: '{}', key });
    await failureOf(media, 415);
  });
});

test('a repeat is answered once', async () => {
  const headers = { 'idempotency-key': 'openai-repeat-1' };
  const own = await gateway.makeKey();
  const first = await (await send(ask('once'), own.key, { headers })).text();
  const again = await eventually('the answer to be kept', async () => {
    const response = await send(ask('once'), own.key, { headers });
    return response.status === 200 ? response : undefined;
  });
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal(await again.text(), first);
  const other = await send(ask('twice'), own.key, { headers });
  assert.equal((await failureOf(other, 409)).code, 'conflict');
  const usage = await settled(gateway, own.tenantId);
  assert.equal(usage.days[0]?.requests, 1);
});

describe('models', () => {
  test('are listed under all their names', async () => {
    const response = await gateway.call('/v1/models', { key });
    const list = (await response.json()) as { object: string; data: Record<string, unknown>[] };
    assert.equal(list.object, 'list');
    const ids = list.data.map(({ id }) => id);
    for (const id of ['meta-llm', 'auto', 'gpt-4o', 'bge-base-en']) assert.ok(ids.includes(id), id);
    assert.deepEqual(Object.keys(list.data[0] ?? {}), ['id', 'object', 'created', 'owned_by']);
  });

  for (const path of ['gpt-4o', 'meta/llama-3.3-70b', 'meta%2Fllama-3.3-70b']) {
    test(`${path} is found`, async () => {
      const response = await gateway.call(`/v1/models/${path}`, { key });
      assert.equal(response.status, 200);
      const model = (await response.json()) as { id: string; object: string };
      assert.deepEqual([model.id, model.object], [decodeURIComponent(path), 'model']);
    });
  }

  test('that do not exist are 404', async () => {
    await failureOf(await gateway.call('/v1/models/nothing', { key }), 404);
    await failureOf(await gateway.call('/v1/models/gpt-4o', { key: 'nru_x' }), 401);
  });
});

describe('a widget key', () => {
  test('may chat from its pages, and nothing else', async () => {
    const origin = 'https://shop.example';
    const widget = await gateway.makeKey({ type: 'pk', origins: [origin] });
    const headers = { origin };
    const response = await send(ask('hi', { max_tokens: 5000 }), widget.key, { headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const sent = gateway.sandbox.requests.at(-1)?.body as { max_tokens: number };
    assert.equal(sent.max_tokens, 1024);
    await failureOf(await send(ask('hi'), widget.key), 403);
    await failureOf(await gateway.call('/v1/models', { key: widget.key, headers }), 403);
    const preflight = await gateway.call(PATH, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization.*\*/);
  });
});
