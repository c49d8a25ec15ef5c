/** Canned models. */
import type * as T from '../../../dashboard/src/types.ts';
import { ok, type Routes } from './answer.ts';

const model = (
  id: string,
  input: number,
  output: number,
  contextWindow: number,
  capabilities: string[],
  over: Partial<T.Model> = {},
): T.Model => ({
  id,
  aliases: [],
  kind: 'chat',
  contextWindow,
  maxOutput: 8192,
  capabilities,
  price: { input, output },
  ...over,
});

export const catalog: Routes = [
  [
    'GET /api/models',
    ok({
      default: 'meta-llm',
      defaultEmbedding: 'bge-base-en',
      models: [
        model('meta-llm', 0.282, 0.827, 7968, ['tools', 'json_schema', 'streaming'], {
          aliases: ['auto', 'meta/llama-3.1-8b'],
        }),
        model('gpt-4o', 2.5, 10, 128_000, ['tools', 'vision', 'json_schema', 'streaming'], {
          price: { input: 2.5, output: 10, cached_input: 1.25 },
        }),
        model('claude-sonnet-4-6', 3, 15, 200_000, [
          'tools',
          'vision',
          'json_schema',
          'reasoning',
          'streaming',
        ]),
        model('bge-base-en', 0.067, 0, 512, [], { kind: 'embedding', maxOutput: 0 }),
      ],
    }),
  ],
];
