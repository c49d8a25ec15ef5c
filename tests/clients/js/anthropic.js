/** npm `@anthropic-ai/sdk`. */
import Anthropic from '@anthropic-ai/sdk';
import * as t from './check.js';

const clientOf = (apiKey, options = {}) =>
  new Anthropic({ baseURL: t.GATEWAY, apiKey, ...options });
const client = clientOf(t.KEY);
const user = (content) => [{ role: 'user', content }];
const tools = ['get_weather', 'get_time'].map((name) => ({
  name,
  description: 'Of a city.',
  input_schema: t.CITY,
}));
const max_tokens = 500;
const textOf = (message) => message.content.find(({ type }) => type === 'text')?.text;

await t.run({
  async chat(model) {
    const message = await client.messages.create({ model, max_tokens, messages: user(t.TEXT) });
    t.assertSandbox(textOf(message));
    t.assert(message.model === model && message.usage.output_tokens > 0, 'model and usage');
    const { input_tokens } = await client.messages.countTokens({ model, messages: user(t.TEXT) });
    t.assert(input_tokens > 0, 'a count of tokens');
  },
  async stream(model) {
    const stream = client.messages.stream({ model, max_tokens, messages: user(t.TEXT) });
    let text = '';
    stream.on('text', (delta) => (text += delta));
    const message = await stream.finalMessage();
    t.assertSandbox(text);
    t.assert(text === textOf(message) && message.usage.output_tokens > 0, 'text and usage');
  },
  async tools(model) {
    const messages = user('Use get_weather for Graz.');
    const first = await client.messages.create({ model, max_tokens, messages, tools });
    const call = first.content.find(({ type }) => type === 'tool_use');
    t.assert(call.name === 'get_weather' && typeof call.input.city === 'string', 'the call');
    const result = { type: 'tool_result', tool_use_id: call.id, content: '17 degrees' };
    messages.push({ role: 'assistant', content: first.content }, ...user([result]));
    t.assertSandbox(textOf(await client.messages.create({ model, max_tokens, messages, tools })));
  },
  async 'streamed tools'(model) {
    const stream = client.messages.stream({
      model,
      max_tokens,
      messages: user(t.TWO_TOOLS),
      tools,
    });
    const { content, stop_reason } = await stream.finalMessage();
    const calls = content.filter(({ type }) => type === 'tool_use');
    t.assert(calls.map(({ name }) => name).join() === 'get_weather,get_time', 'both tools');
    t.assert(stop_reason === 'tool_use' && typeof calls[1].input.city === 'string', 'the inputs');
  },
  async structured(model) {
    const schema = {
      type: 'object',
      properties: { answer: { type: 'string' }, count: { type: 'integer' } },
      required: ['answer', 'count'],
      additionalProperties: false,
    };
    const message = await client.messages.parse({
      model,
      max_tokens,
      messages: user(t.TEXT),
      output_config: { format: { type: 'json_schema', schema } },
    });
    t.assert(typeof JSON.parse(textOf(message)).answer === 'string', 'the form');
  },
  async models(model) {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    t.assert(ids.includes(model) && ids.includes('auto'), 'the list');
    t.assert((await client.models.retrieve(model)).id === model, 'one model');
  },
  async errors(model) {
    const call = (of, content = t.TEXT, name = model) =>
      of.messages.create({ model: name, max_tokens: 50, messages: user(content) });
    const wrong = await t.failure(() => call(clientOf(t.WRONG_KEY)));
    t.assert(wrong instanceof Anthropic.AuthenticationError, `401: ${wrong}`);
    const unknown = await t.failure(() => call(client, t.TEXT, 'claude-x'));
    t.assert(unknown instanceof Anthropic.BadRequestError, `400: ${unknown}`);
    const money = await t.failure(() =>
      call(clientOf(t.POOR_KEY, { defaultHeaders: t.tagged('402') })),
    );
    t.assert(money.status === 402 && money.type === 'billing_error', `402: ${money}`);
    const limited = await t.untilItFails(() => call(clientOf(t.FEW_KEY, { maxRetries: 0 })));
    t.assert(limited instanceof Anthropic.RateLimitError, `429: ${limited}`);
    await call(clientOf(t.FEW_KEY));
    await call(client, t.failsOnce(model));
  },
  async abort(model) {
    const messages = user(t.endless(model));
    const stream = await client.messages.create({
      model,
      max_tokens: 10_000,
      messages,
      stream: true,
    });
    let events = 0;
    for await (const _ of stream) if ((events += 1) === 5) stream.controller.abort();
    t.assert(events >= 5, 'events before it was left');
  },
});
