/** npm `ai` with `@ai-sdk/anthropic`. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { tryProvider } from './ai.js';
import { GATEWAY } from './check.js';

await tryProvider((apiKey, headers) =>
  createAnthropic({ baseURL: `${GATEWAY}/v1`, apiKey, headers }),
);
