/** npm `ai` with `@ai-sdk/openai-compatible`. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { tryProvider } from './ai.js';
import { GATEWAY } from './check.js';

await tryProvider(
  (apiKey, headers) =>
    createOpenAICompatible({
      name: 'neureus',
      baseURL: `${GATEWAY}/v1`,
      apiKey,
      headers,
      includeUsage: true,
      supportsStructuredOutputs: true,
    }),
  (provider) => provider.embeddingModel('bge-base-en'),
);
