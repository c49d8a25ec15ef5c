/** The protocols other than OpenAI's: Anthropic's messages and Workers AI's text generation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOf, post, sandboxForTests } from './testbed.ts';

const sandbox = await sandboxForTests();
const TOOL = { name: 'get_time', input_schema: { properties: { zone: { type: 'string' } } } };

function messages(text: string, extra: object = {}): Promise<Response> {
  const body = {
    model: 'claude-sonnet-4-6',
    max_tokens: 100,
    messages: [{ role: 'user', content: text }],
    ...extra,
  };
  const headers = { 'anthropic-version': '2023-06-01', 'x-api-key': 'k' };
  return post(sandbox, '/v1/messages', body, { headers });
}

async function messageEvents(text: string, extra: object = {}): Promise<any[]> {
  const stream = await (await messages(text, { stream: true, ...extra })).text();
  const events = eventsOf(stream);
  const names = [...stream.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    names,
    events.map(({ type }) => type),
  );
  return events;
}

function run(inputs: object): Promise<Response> {
  return post(sandbox, '/workers-ai/run', { model: '@cf/meta/llama-3.1-8b-instruct', inputs });
}

function runChat(text: string, extra: object = {}): Promise<Response> {
  return run({ messages: [{ role: 'user', content: text }], ...extra });
}

test('a plain Anthropic message has content blocks and Anthropic usage', async () => {
  const answer: any = await (await messages('hello', { system: 'be kind' })).json();
  assert.equal(answer.type, 'message');
  assert.match(answer.content[0].text, /sandbox, not a model.*«hello»/);
  assert.equal(answer.stop_reason, 'end_turn');
  assert.equal(answer.usage.input_tokens, 2 + 2);
});

test('an Anthropic stream opens, fills and closes its blocks in order', async () => {
  const events = await messageEvents('hi [[sandbox: tokens=2 reasoning=1]]');
  assert.deepEqual(
    events.map(({ type, index = '' }) => `${type}${index}`),
    [
      'message_start',
      'ping',
      'content_block_start0',
      'content_block_delta0',
      'content_block_delta0',
      'content_block_stop0',
      'content_block_start1',
      'content_block_delta1',
      'content_block_delta1',
      'content_block_stop1',
      'message_delta',
      'message_stop',
    ],
  );
  assert.deepEqual(events.at(-2).delta, { stop_reason: 'end_turn', stop_sequence: null });
  assert.equal(events.at(-2).usage.output_tokens, 3);
});

test('an Anthropic tool use streams its input as partial JSON', async () => {
  const events = await messageEvents('go', { tools: [TOOL], tool_choice: { type: 'any' } });
  const json = events.map((event) => event.delta?.partial_json ?? '').join('');
  assert.deepEqual(JSON.parse(json), { zone: 'sandbox' });
  const start = events.find(({ type }) => type === 'content_block_start');
  assert.deepEqual([start.content_block.type, start.content_block.name], ['tool_use', 'get_time']);
  assert.equal(events.at(-2).delta.stop_reason, 'tool_use');
});

test('an Anthropic tool result is answered with text', async () => {
  const history = [
    { role: 'user', content: 'get_time' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'get_time', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'get_time: 1' }] },
  ];
  const answer: any = await (await messages('', { messages: history, tools: [TOOL] })).json();
  assert.equal(answer.stop_reason, 'end_turn');
});

test('Anthropic caps and stop sequences name their stop reason', async () => {
  const capped: any = await (await messages('hi', { max_tokens: 2 })).json();
  assert.equal(capped.stop_reason, 'max_tokens');
  const stopped: any = await (await messages('hi', { stop_sequences: ['not'] })).json();
  assert.deepEqual([stopped.stop_reason, stopped.stop_sequence], ['stop_sequence', 'not']);
});

test('Anthropic errors have the Anthropic form, in a stream too', async () => {
  const noVersion = await post(sandbox, '/v1/messages', { model: 'm' });
  const body: any = await noVersion.json();
  assert.deepEqual([noVersion.status, body.type], [400, 'error']);
  const busy: any = await (await messages('[[sandbox: status=529]]')).json();
  assert.equal(busy.error.type, 'overloaded_error');
  const events = await messageEvents('[[sandbox: error=1]]');
  assert.equal(events.at(-1).type, 'error');
});

test('a plain Workers AI run gives response, tool calls and usage', async () => {
  const answer: any = await (await runChat('hello', { max_tokens: 8 })).json();
  assert.match(answer.response, /^This is the Neureus sandbox, not a model\./);
  assert.deepEqual(answer.tool_calls, []);
  assert.deepEqual(answer.usage, { prompt_tokens: 2, completion_tokens: 8, total_tokens: 10 });
});

test('a Workers AI stream ends with usage and [DONE]', async () => {
  const events = eventsOf(await (await runChat('[[sandbox: tokens=3]]', { stream: true })).text());
  assert.equal(events.length, 5);
  assert.ok(events.slice(0, 4).every((event) => typeof event.p === 'string'));
  assert.equal(events[3].response, '');
  assert.equal(events[3].usage.completion_tokens, 3);
  assert.equal(events[4], '[DONE]');
});

test('a Workers AI tool call has its arguments as an object, in both forms of a tool', async () => {
  const flat = { name: 'get_time', parameters: TOOL.input_schema };
  for (const tool of [flat, { type: 'function', function: flat }]) {
    const plain: any = await (await runChat('get_time', { tools: [tool] })).json();
    const calls = [{ name: 'get_time', arguments: { zone: 'sandbox' } }];
    assert.deepEqual(plain.tool_calls, calls);
    const response = await runChat('get_time', { tools: [tool], stream: true });
    const streamed = eventsOf(await response.text()).find((event) => event.tool_calls);
    assert.deepEqual(streamed.tool_calls, calls);
  }
});

test('Workers AI reasoning stands between think marks', async () => {
  for (const stream of [false, true]) {
    const response = await runChat('[[sandbox: reasoning=3 tokens=1]]', { stream });
    const text = await response.text();
    const joined = stream
      ? eventsOf(text)
          .map((event) => event.response ?? '')
          .join('')
      : JSON.parse(text).response;
    assert.equal(joined, '<think>The sandbox does</think>This');
  }
});

test('Workers AI takes a prompt, and text to embed', async () => {
  const answer: any = await (await run({ prompt: 'hello' })).json();
  assert.match(answer.response, /«hello»/);
  const embedded: any = await (await run({ text: ['a', 'b'] })).json();
  assert.deepEqual(embedded.shape, [2, 768]);
  assert.equal(embedded.data[1].length, 768);
});

test('Workers AI errors have the Cloudflare form', async () => {
  const response = await runChat('[[sandbox: status=429]]');
  const body: any = await response.json();
  assert.deepEqual([response.status, body.success, body.errors[0].code], [429, false, 3040]);
});
