/** What both providers of npm `ai` are tried with. */
import { APICallError, Output, RetryError, embedMany, generateText, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  FEW_KEY,
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

const of = z.object({ city: z.string() });
const tools = {
  get_weather: tool({ description: 'Of a city.', inputSchema: of }),
  get_time: tool({ description: 'Of a city.', inputSchema: of }),
};
const names = (calls) => calls.map(({ toolName }) => toolName).join();

/** `provider(key, headers)` makes one; `vectors` gives an embedding model where it has them. */
export async function tryProvider(provider, vectors) {
  const own = provider(KEY);
  await run({
    async chat(model) {
      const { text, usage } = await generateText({ model: own(model), prompt: TEXT });
      assertSandbox(text);
      assert(usage.outputTokens > 0, 'usage');
    },
    async stream(model) {
      const result = streamText({ model: own(model), prompt: TEXT });
      let text = '';
      for await (const part of result.textStream) text += part;
      assertSandbox(text);
      assert((await result.finishReason) === 'stop', 'the reason for the end');
    },
    async tools(model) {
      const asked = { model: own(model), tools };
      const first = await generateText({ ...asked, prompt: 'Use get_weather for Graz.' });
      assert(names(first.toolCalls) === 'get_weather', 'the tool');
      const { toolCallId, toolName } = first.toolCalls[0];
      const output = { type: 'text', value: '17 degrees' };
      const messages = [
        { role: 'user', content: 'Use get_weather for Graz.' },
        ...first.response.messages,
        { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] },
      ];
      assertSandbox((await generateText({ ...asked, messages })).text);
    },
    async 'streamed tools'(model) {
      const result = streamText({ model: own(model), prompt: TWO_TOOLS, tools });
      assert(names(await result.toolCalls) === 'get_weather,get_time', 'both tools');
    },
    async structured(model) {
      const schema = z.object({ answer: z.string(), count: z.number() });
      const { output } = await generateText({
        model: own(model),
        prompt: TEXT,
        output: Output.object({ schema }),
      });
      assert(typeof output.answer === 'string', 'the form');
    },
    ...(vectors && {
      async embeddings() {
        const { embeddings } = await embedMany({ model: vectors(own), values: ['a', 'b'] });
        assert(embeddings.length === 2 && embeddings[1].length > 100, 'vectors');
      },
    }),
    async errors(model) {
      const call = (by, prompt = TEXT, maxRetries = 2) =>
        generateText({ model: by(model), prompt, maxRetries });
      const wrong = await failure(() => call(provider(WRONG_KEY)));
      assert(APICallError.isInstance(wrong) && wrong.statusCode === 401, `401: ${wrong}`);
      const money = await failure(() => call(provider(POOR_KEY, tagged('402'))));
      assert(APICallError.isInstance(money) && money.statusCode === 402, `402: ${money}`);
      const limited = await untilItFails(() => call(provider(FEW_KEY), TEXT, 0));
      const cause = RetryError.isInstance(limited) ? limited.lastError : limited;
      assert(cause.statusCode === 429, `429: ${limited}`);
      await call(provider(FEW_KEY));
      await call(own, failsOnce(model));
    },
    async abort(model) {
      const leaving = new AbortController();
      const { signal: abortSignal } = leaving;
      const result = streamText({
        model: own(model),
        prompt: endless(model),
        abortSignal,
        onError: () => {},
      });
      let parts = 0;
      try {
        for await (const _ of result.textStream) if ((parts += 1) === 3) leaving.abort();
      } catch (error) {
        if (error.name !== 'AbortError') throw error;
      }
      assert(parts >= 3, 'parts before it was left');
    },
  });
}
