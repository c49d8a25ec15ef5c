/** npm `openai`. */
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import * as t from './check.js';

const clientOf = (apiKey, options = {}) =>
  new OpenAI({ baseURL: `${t.GATEWAY}/v1`, apiKey, ...options });
const client = clientOf(t.KEY);
const user = (content) => [{ role: 'user', content }];
const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  function: { name, description: 'Of a city.', parameters: t.CITY },
}));

await t.run({
  async chat(model) {
    const answer = await client.chat.completions.create({ model, messages: user(t.TEXT) });
    t.assertSandbox(answer.choices[0].message.content);
    t.assert(answer.model === model && answer.usage.total_tokens > 0, 'model and usage');
  },
  async stream(model) {
    const stream = await client.chat.completions.create({
      model,
      messages: user(t.TEXT),
      stream: true,
      stream_options: { include_usage: true },
    });
    let [text, usage] = ['', null];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    t.assertSandbox(text);
    t.assert(usage.completion_tokens > 0, 'usage');
  },
  async tools(model) {
    const messages = user('Use get_weather for Graz.');
    const { choices } = await client.chat.completions.create({ model, messages, tools });
    const [call] = choices[0].message.tool_calls;
    t.assert(call.function.name === 'get_weather', 'the name of the tool');
    JSON.parse(call.function.arguments);
    messages.push(choices[0].message, {
      role: 'tool',
      tool_call_id: call.id,
      content: '17 degrees',
    });
    const second = await client.chat.completions.create({ model, messages, tools });
    t.assertSandbox(second.choices[0].message.content);
  },
  async 'streamed tools'(model) {
    const messages = user(t.TWO_TOOLS);
    const stream = client.chat.completions.stream({ model, messages, tools });
    const { choices } = await stream.finalChatCompletion();
    const calls = choices[0].message.tool_calls.map((call) => call.function);
    t.assert(calls.map(({ name }) => name).join() === 'get_weather,get_time', 'both tools');
    for (const call of calls) JSON.parse(call.arguments);
  },
  async structured(model) {
    const schema = z.object({ answer: z.string(), count: z.number() });
    const { choices } = await client.chat.completions.parse({
      model,
      messages: user(t.TEXT),
      response_format: zodResponseFormat(schema, 'answer'),
    });
    t.assert(typeof choices[0].message.parsed.answer === 'string', 'the form');
  },
  async embeddings() {
    const { data } = await client.embeddings.create({ model: 'bge-base-en', input: ['a', 'b'] });
    t.assert(data.length === 2 && data[1].embedding.length > 100, 'vectors');
    t.assert(typeof data[0].embedding[0] === 'number', 'numbers');
  },
  async models(model) {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    t.assert(ids.includes(model) && ids.includes('auto'), 'the list');
    t.assert((await client.models.retrieve(model)).id === model, 'one model');
  },
  async errors(model) {
    const call = (of, content = t.TEXT, name = model) =>
      of.chat.completions.create({ model: name, messages: user(content) });
    const wrong = await t.failure(() => call(clientOf(t.WRONG_KEY)));
    t.assert(wrong instanceof OpenAI.AuthenticationError, `401: ${wrong}`);
    const unknown = await t.failure(() => call(client, t.TEXT, 'gpt-4x'));
    t.assert(unknown instanceof OpenAI.BadRequestError && unknown.param === 'model', `${unknown}`);
    const poor = clientOf(t.POOR_KEY, { defaultHeaders: t.tagged('402') });
    const money = await t.failure(() => call(poor));
    t.assert(money.status === 402 && money.code === 'insufficient_quota', `402: ${money}`);
    const few = clientOf(t.FEW_KEY, { maxRetries: 0 });
    const limited = await t.untilItFails(() => call(few));
    t.assert(limited instanceof OpenAI.RateLimitError, `429: ${limited}`);
    await call(clientOf(t.FEW_KEY));
    await call(client, t.failsOnce(model));
  },
  async abort(model) {
    const stream = await client.chat.completions.create({
      model,
      messages: user(t.endless(model)),
      stream: true,
    });
    let chunks = 0;
    for await (const _ of stream) if ((chunks += 1) === 3) stream.controller.abort();
    t.assert(chunks >= 3, 'chunks before it was left');
  },
});
