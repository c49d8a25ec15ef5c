/** What both providers of npm `ai` are tried with. */
import { APICallError, Output, RetryError, embedMany, generateText, streamText, tool } from 'ai';
import { z } from 'zod';
import * as t from './check.js';

const of = z.object({ city: z.string() });
const tools = {
  get_weather: tool({ description: 'Of a city.', inputSchema: of }),
  get_time: tool({ description: 'Of a city.', inputSchema: of }),
};
const names = (calls) => calls.map(({ toolName }) => toolName).join();

/** `provider(key, headers)` makes one; `vectors` gives an embedding model where it has them. */
export async function tryProvider(provider, vectors) {
  const own = provider(t.KEY);
  await t.run({
    async chat(model) {
      const { text, usage } = await generateText({ model: own(model), prompt: t.TEXT });
      t.assertSandbox(text);
      t.assert(usage.outputTokens > 0, 'usage');
    },
    async stream(model) {
      const result = streamText({ model: own(model), prompt: t.TEXT });
      let text = '';
      for await (const part of result.textStream) text += part;
      t.assertSandbox(text);
      t.assert((await result.finishReason) === 'stop', 'the reason for the end');
    },
    async tools(model) {
      const asked = { model: own(model), tools };
      const first = await generateText({ ...asked, prompt: 'Use get_weather for Graz.' });
      t.assert(names(first.toolCalls) === 'get_weather', 'the tool');
      const { toolCallId, toolName } = first.toolCalls[0];
      const output = { type: 'text', value: '17 degrees' };
      const messages = [
        { role: 'user', content: 'Use get_weather for Graz.' },
        ...first.response.messages,
        { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] },
      ];
      t.assertSandbox((await generateText({ ...asked, messages })).text);
    },
    async 'streamed tools'(model) {
      const result = streamText({ model: own(model), prompt: t.TWO_TOOLS, tools });
      t.assert(names(await result.toolCalls) === 'get_weather,get_time', 'both tools');
    },
    async structured(model) {
      const schema = z.object({ answer: z.string(), count: z.number() });
      const { output } = await generateText({
        model: own(model),
        prompt: t.TEXT,
        output: Output.object({ schema }),
      });
      t.assert(typeof output.answer === 'string', 'the form');
    },
    ...(vectors && {
      async embeddings() {
        const { embeddings } = await embedMany({ model: vectors(own), values: ['a', 'b'] });
        t.assert(embeddings.length === 2 && embeddings[1].length > 100, 'vectors');
      },
    }),
    async errors(model) {
      const call = (by, prompt = t.TEXT, maxRetries = 2) =>
        generateText({ model: by(model), prompt, maxRetries });
      const wrong = await t.failure(() => call(provider(t.WRONG_KEY)));
      t.assert(APICallError.isInstance(wrong) && wrong.statusCode === 401, `401: ${wrong}`);
      const money = await t.failure(() => call(provider(t.POOR_KEY, t.tagged('402'))));
      t.assert(APICallError.isInstance(money) && money.statusCode === 402, `402: ${money}`);
      const limited = await t.untilItFails(() => call(provider(t.FEW_KEY), t.TEXT, 0));
      const cause = RetryError.isInstance(limited) ? limited.lastError : limited;
      t.assert(cause.statusCode === 429, `429: ${limited}`);
      await call(provider(t.FEW_KEY));
      await call(own, t.failsOnce(model));
    },
    async abort(model) {
      const leaving = new AbortController();
      const { signal: abortSignal } = leaving;
      const result = streamText({
        model: own(model),
        prompt: t.endless(model),
        abortSignal,
        onError: () => {},
      });
      let parts = 0;
      try {
        for await (const _ of result.textStream) if ((parts += 1) === 3) leaving.abort();
      } catch (error) {
        if (error.name !== 'AbortError') throw error;
      }
      t.assert(parts >= 3, 'parts before it was left');
    },
  });
}
