/** The protocols of the sandbox as an official client would see them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSandbox } from './server.ts';
import { chat, chatEvents, chatJson, deltasOf, post, sandboxForTests } from './testbed.ts';

const sandbox = await sandboxForTests();

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
    },
  },
};
const CLOCK = { type: 'function', function: { name: 'get_time' } };

test('a plain chat has the form of OpenAI and says that it is no model', async () => {
  const answer = await chatJson(sandbox, 'hello there');
  assert.equal(answer.object, 'chat.completion');
  assert.equal(answer.model, 'gpt-4o');
  assert.match(answer.id, /^chatcmpl-/);
  assert.deepEqual(Object.keys(answer.choices[0]).sort(), [
    'finish_reason',
    'index',
    'logprobs',
    'message',
  ]);
  const { role, content } = answer.choices[0].message;
  assert.equal(role, 'assistant');
  assert.match(content, /^This is the Neureus sandbox, not a model\. You said: «hello there»/);
  const { prompt_tokens, completion_tokens, total_tokens } = answer.usage;
  assert.equal(prompt_tokens, 3);
  assert.equal(total_tokens, prompt_tokens + completion_tokens);
});

test('a stream is role, deltas, finish, usage with no choices, [DONE]', async () => {
  const events = await chatEvents(sandbox, 'hi', { stream_options: { include_usage: true } });
  const [first] = events;
  const [finish, usage, done] = events.slice(-3);
  assert.equal(first.object, 'chat.completion.chunk');
  assert.deepEqual(first.choices[0].delta, { role: 'assistant', content: '', refusal: null });
  assert.deepEqual(finish.choices[0], {
    index: 0,
    delta: {},
    logprobs: null,
    finish_reason: 'stop',
  });
  assert.equal(finish.usage, null);
  assert.deepEqual(usage.choices, []);
  assert.equal(usage.usage.completion_tokens, deltasOf(events).length);
  assert.equal(done, '[DONE]');
});

test('a stream has no usage unless it is asked for', async () => {
  const events = await chatEvents(sandbox, 'hi');
  assert.ok(events.every((event) => event === '[DONE]' || !('usage' in event)));
  assert.equal(events.at(-2).choices[0].finish_reason, 'stop');
});

test('the same request gets the same text, plain and streamed', async () => {
  const plain = (await chatJson(sandbox, 'again')).choices[0].message.content;
  assert.equal((await chatJson(sandbox, 'again')).choices[0].message.content, plain);
  assert.equal(deltasOf(await chatEvents(sandbox, 'again')).join(''), plain);
});

test('both names of the cap are honoured with finish reason length', async () => {
  for (const cap of [{ max_tokens: 4 }, { max_completion_tokens: 4 }]) {
    const answer = await chatJson(sandbox, 'hi', cap);
    assert.equal(answer.choices[0].finish_reason, 'length');
    assert.equal(answer.usage.completion_tokens, 4);
    const events = await chatEvents(sandbox, 'hi', cap);
    assert.equal(deltasOf(events).length, 4);
    assert.equal(events.at(-2).choices[0].finish_reason, 'length');
  }
  const exact = await chatJson(sandbox, '[[sandbox: tokens=4]]', { max_tokens: 4 });
  assert.equal(exact.choices[0].finish_reason, 'stop');
});

test('stop ends the text before the first stop sequence', async () => {
  for (const stop of ['sand', ['model', 'sand']]) {
    const [choice] = (await chatJson(sandbox, 'hi', { stop })).choices;
    assert.deepEqual(
      [choice.message.content, choice.finish_reason],
      ['This is the Neureus ', 'stop'],
    );
  }
});

test('n gives that many answers and counts them all', async () => {
  const answer = await chatJson(sandbox, '[[sandbox: tokens=5]]', { n: 3 });
  assert.deepEqual(
    answer.choices.map((choice: any) => choice.index),
    [0, 1, 2],
  );
  assert.equal(answer.usage.completion_tokens, 15);
  const events = await chatEvents(sandbox, '[[sandbox: tokens=5]]', { n: 3 });
  assert.equal(deltasOf(events.filter((event) => event.choices?.[0]?.index === 2)).length, 5);
});

test('parts of a message are read, and an image counts as tokens', async () => {
  const content = [
    { type: 'text', text: 'what is this' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  ];
  const answer: any = await (
    await post(sandbox, '/v1/chat/completions', {
      model: 'm',
      messages: [{ role: 'user', content }],
    })
  ).json();
  assert.match(answer.choices[0].message.content, /«what is this»/);
  assert.equal(answer.usage.prompt_tokens, 3 + 85);
});

test('a tool is called when the user names it, with arguments that fit its schema', async () => {
  const answer = await chatJson(sandbox, 'please get_weather', { tools: [CLOCK, WEATHER] });
  const [choice] = answer.choices;
  assert.equal(choice.finish_reason, 'tool_calls');
  assert.equal(choice.message.content, null);
  assert.equal(choice.message.tool_calls.length, 1);
  assert.deepEqual(JSON.parse(choice.message.tool_calls[0].function.arguments), {
    city: 'sandbox',
    days: 2,
  });
});

test('tool_choice forces, forbids and names a tool', async () => {
  const tools = [CLOCK, WEATHER];
  const named = async (text: string, tool_choice: unknown): Promise<string[]> => {
    const { choices } = await chatJson(sandbox, text, { tools, tool_choice });
    return (choices[0].message.tool_calls ?? []).map((call: any) => call.function.name);
  };
  assert.deepEqual(await named('hi', 'auto'), []);
  assert.deepEqual(await named('hi', 'required'), ['get_time']);
  assert.deepEqual(await named('get_weather', 'none'), []);
  const force = { type: 'function', function: { name: 'get_weather' } };
  assert.deepEqual(await named('hi', force), ['get_weather']);
});

test('streamed tool calls have an index each and arguments in pieces', async () => {
  const events = await chatEvents(sandbox, 'get_time and get_weather', { tools: [CLOCK, WEATHER] });
  const pieces = events.flatMap((event) => event.choices?.[0]?.delta?.tool_calls ?? []);
  const second = pieces.filter((piece) => piece.index === 1);
  assert.equal(second[0].function.name, 'get_weather');
  assert.match(second[0].id, /^call_/);
  assert.ok(second.length > 3);
  const text = second.map((piece) => piece.function.arguments).join('');
  assert.deepEqual(JSON.parse(text), { city: 'sandbox', days: 2 });
  assert.equal(events.at(-2).choices[0].finish_reason, 'tool_calls');
});

test('after a tool result the answer is text', async () => {
  const messages = [
    { role: 'user', content: 'get_time' },
    { role: 'assistant', content: null, tool_calls: [{ function: { name: 'get_time' } }] },
    { role: 'tool', tool_call_id: 'x', content: 'noon' },
  ];
  const body = { model: 'm', messages, tools: [CLOCK] };
  const answer: any = await (await post(sandbox, '/v1/chat/completions', body)).json();
  assert.equal(answer.choices[0].finish_reason, 'stop');
});

test('response_format gets JSON that fits the schema, if there is one', async () => {
  const content = async (response_format: object): Promise<unknown> => {
    const { choices } = await chatJson(sandbox, 'hi', { response_format });
    return JSON.parse(choices[0].message.content);
  };
  assert.deepEqual(await content({ type: 'json_object' }), {
    sandbox: true,
    note: 'This is the Neureus sandbox, not a model.',
    echo: 'hi',
  });
  const schema = {
    type: 'object',
    properties: {
      kind: { enum: ['a', 'b'] },
      list: { items: { $ref: '#/$defs/n' }, type: 'array' },
    },
    $defs: { n: { type: 'number' } },
  };
  assert.deepEqual(await content({ type: 'json_schema', json_schema: { name: 'x', schema } }), {
    kind: 'a',
    list: [1],
  });
});

test('embeddings are unit vectors, the same for the same text, in both encodings', async () => {
  const embed = async (extra: object): Promise<any> =>
    (await post(sandbox, '/v1/embeddings', { model: 'bge', ...extra })).json();
  const { data, usage, object } = await embed({ input: ['a red fox', 'a red fox', 'tax law'] });
  assert.equal(object, 'list');
  assert.deepEqual(usage, { prompt_tokens: 3 + 3 + 2, total_tokens: 8 });
  assert.deepEqual(data[0].embedding, data[1].embedding);
  assert.notDeepEqual(data[0].embedding, data[2].embedding);
  assert.equal(data[0].embedding.length, 768);
  assert.ok(Math.abs(Math.hypot(...data[0].embedding) - 1) < 1e-5);

  const short = await embed({ input: 'x', dimensions: 16 });
  const coded = await embed({ input: 'x', dimensions: 16, encoding_format: 'base64' });
  const bytes = Buffer.from(coded.data[0].embedding, 'base64');
  assert.equal(bytes.length, 64);
  assert.ok(Math.abs(bytes.readFloatLE(4) - short.data[0].embedding[1]) < 1e-7);
  assert.equal((await embed({ input: [[1, 2, 3], [4]] })).usage.prompt_tokens, 4);
  assert.equal((await embed({ input: [] })).error.param, 'input');
  assert.equal('usage' in (await embed({ input: 'x [[sandbox: usage=none]]' })), false);
});

test('models are listed, and any name is a model', async () => {
  const list: any = await (await fetch(`${sandbox.url}/v1/models`)).json();
  assert.equal(list.object, 'list');
  assert.ok(list.data.every((model: any) => model.owned_by === 'neureus-sandbox'));
  const one: any = await (await fetch(`${sandbox.url}/v1/models/any`)).json();
  assert.equal(one.id, 'any');
});

test('what is no request gets an error of the OpenAI form', async () => {
  const path = '/v1/chat/completions';
  const messages = [{ role: 'user', content: 'hi' }];
  const cases: [string, unknown, number, RegExp][] = [
    [path, '{"model":', 400, /could not parse the JSON body/],
    [path, '[]', 400, /must be a JSON object/],
    [path, { messages }, 400, /must provide a model/],
    [path, { model: 'm' }, 400, /Missing required parameter: 'messages'/],
    [path, { model: 'm', messages: [] }, 400, /Invalid 'messages'/],
    [path, { model: 'm', messages: [{}] }, 400, /messages\[0\]\.role/],
    [path, { model: 'm', messages, max_tokens: 0 }, 400, /below minimum value/],
    [path, { model: 'm', messages, n: 999 }, 400, /Invalid 'n'/],
    ['/v1/nothing', {}, 404, /Invalid URL \(POST \/v1\/nothing\)/],
    ['/v1/models', {}, 405, /Not allowed to POST/],
  ];
  for (const [at, body, status, message] of cases) {
    const response = await post(sandbox, at, body);
    const { error }: any = await response.json();
    assert.equal(response.status, status, JSON.stringify(body));
    assert.match(error.message, message);
    assert.deepEqual(Object.keys(error), ['message', 'type', 'param', 'code']);
  }
});

test('a body above the limit is refused with 413 and the sandbox lives on', async () => {
  const response = await post(sandbox, '/v1/chat/completions', 'x'.repeat(65 * 1024 * 1024)).catch(
    () => undefined, // the connection may close while the client still sends
  );
  assert.ok(response === undefined || response.status === 413);
  assert.equal((await chat(sandbox, 'hi')).status, 200);
});

test('with a key set, any other key or none is refused with 401', async () => {
  const guarded = await startSandbox({ key: 'sk-right' });
  const call = (headers: Record<string, string>): Promise<Response> =>
    post(guarded, '/v1/embeddings', { model: 'm', input: 'x' }, { headers });
  try {
    assert.equal((await call({ authorization: 'Bearer sk-right' })).status, 200);
    assert.equal((await call({ 'x-api-key': 'sk-right' })).status, 200);
    assert.equal((await call({})).status, 401);
    const wrong = await call({ authorization: 'Bearer sk-wrong-secret' });
    const { error }: any = await wrong.json();
    assert.equal(wrong.status, 401);
    assert.equal(error.code, 'invalid_api_key');
    assert.doesNotMatch(error.message, /secret/);
  } finally {
    await guarded.close();
  }
});

test('it listens on 127.0.0.1 and refuses any other address', async () => {
  assert.match(sandbox.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  await assert.rejects(startSandbox({ host: '0.0.0.0' }), RangeError);
});

test('a taken port is an error', async () => {
  await assert.rejects(startSandbox({ port: sandbox.port }), /EADDRINUSE/);
});

test('run directly it prints one line and ends on SIGTERM', async () => {
  const file = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = spawn(process.execPath, [file, '--port', '0'], { stdio: 'pipe' });
  const [line] = await once(child.stdout, 'data');
  const url = /^Neureus sandbox \(no model\) listening on (http:\S+)\n$/.exec(String(line))?.[1];
  assert.equal((await fetch(`${url}/v1/models`)).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
