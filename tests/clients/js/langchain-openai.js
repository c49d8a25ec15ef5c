/** npm `@langchain/openai`. */
import { tool } from '@langchain/core/tools';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import * as t from './check.js';

const configuration = { baseURL: `${t.GATEWAY}/v1` };
const chatOf = (model, apiKey = t.KEY, { headers, ...options } = {}) =>
  new ChatOpenAI({
    model,
    apiKey,
    maxRetries: 2,
    configuration: { ...configuration, defaultHeaders: headers },
    ...options,
  });
const schema = z.object({ city: z.string() });
const tools = ['get_weather', 'get_time'].map((name) =>
  tool(() => '17', { name, description: 'Of a city.', schema }),
);
const names = (calls) => calls.map(({ name }) => name).join();

await t.run({
  async chat(model) {
    const message = await chatOf(model).invoke(t.TEXT);
    t.assertSandbox(message.text);
    t.assert(message.usage_metadata.total_tokens > 0, 'usage');
  },
  async stream(model) {
    let all;
    for await (const chunk of await chatOf(model).stream(t.TEXT)) all = all?.concat(chunk) ?? chunk;
    t.assertSandbox(all.text);
    t.assert(all.usage_metadata.output_tokens > 0, 'usage');
  },
  async tools(model) {
    const chat = chatOf(model).bindTools(tools);
    const asked = new HumanMessage('Use get_weather for Graz.');
    const first = await chat.invoke([asked]);
    t.assert(names(first.tool_calls) === 'get_weather', 'the tool');
    const result = new ToolMessage({ content: '17 degrees', tool_call_id: first.tool_calls[0].id });
    t.assertSandbox((await chat.invoke([asked, first, result])).text);
  },
  async 'streamed tools'(model) {
    let all;
    const stream = await chatOf(model).bindTools(tools).stream(t.TWO_TOOLS);
    for await (const chunk of stream) all = all?.concat(chunk) ?? chunk;
    t.assert(names(all.tool_calls) === 'get_weather,get_time', 'both tools');
  },
  async structured(model) {
    const form = z.object({ answer: z.string(), count: z.number() });
    const chat = chatOf(model).withStructuredOutput(form, { name: 'form', method: 'jsonSchema' });
    t.assert(typeof (await chat.invoke(t.TEXT)).answer === 'string', 'the form');
  },
  async embeddings() {
    const of = new OpenAIEmbeddings({ model: 'bge-base-en', apiKey: t.KEY, configuration });
    const vectors = await of.embedDocuments(['a', 'b']);
    t.assert(vectors.length === 2 && vectors[1].length > 100, 'vectors');
  },
  async errors(model) {
    const wrong = await t.failure(() => chatOf(model, t.WRONG_KEY).invoke(t.TEXT));
    t.assert(wrong.status === 401, `401: ${wrong}`);
    const poor = chatOf(model, t.POOR_KEY, { headers: t.tagged('402') });
    const money = await t.failure(() => poor.invoke(t.TEXT));
    t.assert(money.status === 402, `402: ${money}`);
    const few = chatOf(model, t.FEW_KEY, { maxRetries: 0 });
    const limited = await t.untilItFails(() => few.invoke(t.TEXT));
    t.assert(limited.status === 429, `429: ${limited}`);
    await chatOf(model, t.FEW_KEY).invoke(t.TEXT);
    await chatOf(model).invoke(t.failsOnce(model));
  },
  async abort(model) {
    const leaving = new AbortController();
    const { signal } = leaving;
    let chunks = 0;
    try {
      for await (const _ of await chatOf(model).stream(t.endless(model), { signal }))
        if ((chunks += 1) === 3) leaving.abort();
    } catch (error) {
      if (!/abort/i.test(`${error.name} ${error.message}`)) throw error;
    }
    t.assert(chunks >= 3, 'chunks before it was left');
  },
});
