/**
 * What the SDK's types promise. The compiler is the test: `npm run check` fails where a line below is wrong, or an expected
 * error is none. Nothing of it runs.
 */
import { test } from 'node:test';
import { Neureus, RateLimitedError } from '../../sdk/src/index.ts';
import type * as sdk from '../../sdk/src/index.ts';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_True extends true>(): void {}

declare const client: Neureus;

export async function chats(): Promise<void> {
  const answer = await client.ai.chat({ messages: [{ role: 'user', content: 'x' }] });
  holds<Same<typeof answer, sdk.ChatAnswer>>();
  holds<Same<typeof answer.text, string>>();
  holds<Same<typeof answer.costUsd, number | undefined>>();
  holds<Same<typeof answer.toolCalls, sdk.ToolCall[] | undefined>>();

  await client.ai.chat({
    messages: [
      { role: 'system', content: 'x' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test' } }] },
      { role: 'assistant', tool_calls: [] },
      { role: 'tool', content: 'x', tool_call_id: 'call_1' },
    ],
    model: 'a model of this deployment',
    profile: 'healthcare',
    response_format: { type: 'json_schema', json_schema: { name: 'x' } },
    tool_choice: { type: 'function', function: { name: 'x' } },
  });

  // @ts-expect-error: there are no messages
  await client.ai.chat({});
  // @ts-expect-error: there is no such role
  await client.ai.chat({ messages: [{ role: 'nobody', content: 'x' }] });
  // @ts-expect-error: a tool's message names its call
  await client.ai.chat({ messages: [{ role: 'tool', content: 'x' }] });
  // @ts-expect-error: only users send images
  await client.ai.chat({ messages: [{ role: 'system', content: [{ type: 'image_url' }] }] });
  // @ts-expect-error: for streams there is stream()
  await client.ai.chat({ messages: [], stream: true });
  // @ts-expect-error: a misspelt field
  await client.ai.chat({ messages: [], temprature: 1 });
  // @ts-expect-error: there is no such profile
  await client.ai.chat({ messages: [], profile: 'none' });
}

export async function streams(): Promise<void> {
  const stream = client.ai.stream({ messages: [] }, { signal: new AbortController().signal });
  holds<Same<typeof stream, sdk.ChatStream>>();
  for await (const text of stream) holds<Same<typeof text, string>>();
  const usage = await stream.usage;
  holds<Same<typeof usage, sdk.ChatUsage>>();
  for await (const event of stream.events()) {
    if (event.done) {
      holds<Same<typeof event, sdk.ChatDone>>();
      holds<Same<typeof event.inputTokens, number>>();
    } else {
      holds<Same<typeof event.delta.content, string | undefined>>();
    }
  }
  holds<Same<typeof stream extends AsyncIterable<infer Text> ? Text : never, string>>();
}

export async function failures(): Promise<void> {
  try {
    await client.models.list();
  } catch (error) {
    if (error instanceof RateLimitedError) {
      holds<Same<typeof error.status, number>>();
      holds<Same<typeof error.details, sdk.RateLimitedDetails | undefined>>();
      const after: string | undefined = error.headers['retry-after'];
      const same: string | null = error.headers.get('Retry-After');
      void [after, same];
      // @ts-expect-error: headers are read only
      error.headers['retry-after'] = '1';
    }
  }
}

export async function others(): Promise<void> {
  const made = await client.keys.create({ name: 'x', limits: { rpm: 1 } });
  holds<Same<typeof made.key, string>>();
  const [listed] = await client.keys.list();
  // @ts-expect-error: a key is shown once
  void listed?.key;
  await client.keys.update('key_1', { limits: { rpm: null } }, { version: 1 });
  // @ts-expect-error: a new key has no limit to take away
  await client.keys.create({ name: 'x', limits: { rpm: null } });
  // @ts-expect-error: a widget key names its origins
  await client.widget.createKey({});

  const numbers = await client.embeddings.create({ input: 'x' });
  holds<Same<(typeof numbers.data)[0]['embedding'], number[]>>();
  const coded = await client.embeddings.create({ input: 'x', encoding_format: 'base64' });
  holds<Same<(typeof coded.data)[0]['embedding'], string>>();
  // @ts-expect-error: summed by something else
  await client.usage.by('colour');

  new Neureus({ apiKey: 'nru_x', fetch: globalThis.fetch });
  // @ts-expect-error: a misspelt option
  new Neureus({ apikey: 'nru_x' });
}

test('the types hold, or this file would not compile', () => {});
