/** npm `@anthropic-ai/sdk`. */
import Anthropic from '@anthropic-ai/sdk';
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

const clientOf = (apiKey, options = {}) => new Anthropic({ baseURL: GATEWAY, apiKey, ...options });
const client = clientOf(KEY);
const user = (content) => [{ role: 'user', content }];
const tools = ['get_weather', 'get_time'].map((name) => ({
  name,
  description: 'Of a city.',
  input_schema: CITY,
}));
const max_tokens = 500;
const textOf = (message) => message.content.find(({ type }) => type === 'text')?.text;

await run({
  async chat(model) {
    const message = await client.messages.create({ model, max_tokens, messages: user(TEXT) });
    assertSandbox(textOf(message));
    assert(message.model === model && message.usage.output_tokens > 0, 'model and usage');
    const { input_tokens } = await client.messages.countTokens({ model, messages: user(TEXT) });
    assert(input_tokens > 0, 'a count of tokens');
  },
  async stream(model) {
    const stream = client.messages.stream({ model, max_tokens, messages: user(TEXT) });
    let text = '';
    stream.on('text', (delta) => (text += delta));
    const message = await stream.finalMessage();
    assertSandbox(text);
    assert(text === textOf(message) && message.usage.output_tokens > 0, 'text and usage');
  },
  async tools(model) {
    const messages = user('Use get_weather for Graz.');
    const first = await client.messages.create({ model, max_tokens, messages, tools });
    const call = first.content.find(({ type }) => type === 'tool_use');
    assert(call.name === 'get_weather' && typeof call.input.city === 'string', 'the call');
    const result = { type: 'tool_result', tool_use_id: call.id, content: '17 degrees' };
    messages.push({ role: 'assistant', content: first.content }, ...user([result]));
    assertSandbox(textOf(await client.messages.create({ model, max_tokens, messages, tools })));
  },
  async 'streamed tools'(model) {
    const stream = client.messages.stream({ model, max_tokens, messages: user(TWO_TOOLS), tools });
    const { content, stop_reason } = await stream.finalMessage();
    const calls = content.filter(({ type }) => type === 'tool_use');
    assert(calls.map(({ name }) => name).join() === 'get_weather,get_time', 'both tools');
    assert(stop_reason === 'tool_use' && typeof calls[1].input.city === 'string', 'the inputs');
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
      messages: user(TEXT),
      output_config: { format: { type: 'json_schema', schema } },
    });
    assert(typeof JSON.parse(textOf(message)).answer === 'string', 'the form');
  },
  async models(model) {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert(ids.includes(model) && ids.includes('auto'), 'the list');
    assert((await client.models.retrieve(model)).id === model, 'one model');
  },
  async errors(model) {
    const call = (of, content = TEXT, name = model) =>
      of.messages.create({ model: name, max_tokens: 50, messages: user(content) });
    const wrong = await failure(() => call(clientOf(WRONG_KEY)));
    assert(wrong instanceof Anthropic.AuthenticationError, `401: ${wrong}`);
    const unknown = await failure(() => call(client, TEXT, 'claude-x'));
    assert(unknown instanceof Anthropic.BadRequestError, `400: ${unknown}`);
    const money = await failure(() => call(clientOf(POOR_KEY, { defaultHeaders: tagged('402') })));
    assert(money.status === 402 && money.type === 'billing_error', `402: ${money}`);
    const limited = await untilItFails(() => call(clientOf(FEW_KEY, { maxRetries: 0 })));
    assert(limited instanceof Anthropic.RateLimitError, `429: ${limited}`);
    await call(clientOf(FEW_KEY));
    await call(client, failsOnce(model));
  },
  async abort(model) {
    const messages = user(endless(model));
    const stream = await client.messages.create({
      model,
      max_tokens: 10_000,
      messages,
      stream: true,
    });
    let events = 0;
    for await (const _ of stream) if ((events += 1) === 5) stream.controller.abort();
    assert(events >= 5, 'events before it was left');
  },
});
