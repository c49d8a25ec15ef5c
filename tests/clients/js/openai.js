/** npm `openai`. */
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import {
  CITY,
  FEW_KEY,
  GATEWAY,
  KEY,
  POOR_KEY,
  TEXT,
  TWO_TOOLS,
  WRONG_KEY,
  assert,
  assertSandbox,
  endless,
  failsOnce,
  failure,
  run,
  tagged,
  untilItFails,
} from './check.js';

const clientOf = (apiKey, options = {}) =>
  new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey, ...options });
const client = clientOf(KEY);
const user = (content) => [{ role: 'user', content }];
const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, description: 'Of a city.', parameters: CITY },
}));

await run({
  async chat(model) {
    const answer = await client.chat.completions.create({ model, messages: user(TEXT) });
    assertSandbox(answer.choices[0].message.content);
    assert(answer.model === model && answer.usage.total_tokens > 0, 'model and usage');
  },
  async stream(model) {
    const stream = await client.chat.completions.create({
      model,
      messages: user(TEXT),
      stream: true,
      stream_options: { include_usage: true },
    });
    let [text, usage] = ['', null];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    assertSandbox(text);
    assert(usage.completion_tokens > 0, 'usage');
  },
  async tools(model) {
    const messages = user('Use get_weather for Graz.');
    const { choices } = await client.chat.completions.create({ model, messages, tools });
    const [call] = choices[0].message.tool_calls;
    assert(call.function.name === 'get_weather', 'the name of the tool');
    JSON.parse(call.function.arguments);
    messages.push(choices[0].message, {
      role: 'tool',
      tool_call_id: call.id,
      content: '17 degrees',
    });
    const second = await client.chat.completions.create({ model, messages, tools });
    assertSandbox(second.choices[0].message.content);
  },
  async 'streamed tools'(model) {
    const messages = user(TWO_TOOLS);
    const stream = client.chat.completions.stream({ model, messages, tools });
    const { choices } = await stream.finalChatCompletion();
    const calls = choices[0].message.tool_calls.map((call) => call.function);
    assert(calls.map(({ name }) => name).join() === 'get_weather,get_time', 'both tools');
    for (const call of calls) JSON.parse(call.arguments);
  },
  async structured(model) {
    const schema = z.object({ answer: z.string(), count: z.number() });
    const { choices } = await client.chat.completions.parse({
      model,
      messages: user(TEXT),
      response_format: zodResponseFormat(schema, 'answer'),
    });
    assert(typeof choices[0].message.parsed.answer === 'string', 'the form');
  },
  async embeddings() {
    const { data } = await client.embeddings.create({ model: 'bge-base-en', input: ['a', 'b'] });
    assert(data.length === 2 && data[1].embedding.length > 100, 'vectors');
    assert(typeof data[0].embedding[0] === 'number', 'numbers');
  },
  async models(model) {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert(ids.includes(model) && ids.includes('auto'), 'the list');
    assert((await client.models.retrieve(model)).id === model, 'one model');
  },
  async errors(model) {
    const call = (of, content = TEXT, name = model) =>
      of.chat.completions.create({ model: name, messages: user(content) });
    const wrong = await failure(() => call(clientOf(WRONG_KEY)));
    assert(wrong instanceof OpenAI.AuthenticationError, `401: ${wrong}`);
    const unknown = await failure(() => call(client, TEXT, 'gpt-4x'));
    assert(unknown instanceof OpenAI.BadRequestError && unknown.param === 'model', `${unknown}`);
    const poor = clientOf(POOR_KEY, { defaultHeaders: tagged('402') });
    const money = await failure(() => call(poor));
    assert(money.status === 402 && money.code === 'insufficient_quota', `402: ${money}`);
    const few = clientOf(FEW_KEY, { maxRetries: 0 });
    const limited = await untilItFails(() => call(few));
    assert(limited instanceof OpenAI.RateLimitError, `429: ${limited}`);
    await call(clientOf(FEW_KEY));
    await call(client, failsOnce(model));
  },
  async abort(model) {
    const stream = await client.chat.completions.create({
      model,
      messages: user(endless(model)),
      stream: true,
    });
    let chunks = 0;
    for await (const _ of stream) if ((chunks += 1) === 3) stream.controller.abort();
    assert(chunks >= 3, 'chunks before it was left');
  },
});
