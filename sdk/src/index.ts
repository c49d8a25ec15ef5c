/**
 * The client of the Neureus gateway.
 *
 *     import { Neureus } from '@neureus/sdk';
 *     const client = new Neureus({ apiKey: 'nru_…' });
 *     const { text } = await client.ai.chat({ messages: [{ role: 'user', content: 'Hello!' }] });
 */
export type * from './chat.ts';
export { Neureus, Neureus as default } from './client.ts';
export type { NeureusOptions } from './client.ts';
export type { EmbeddingsAnswer, EmbeddingsPayload } from './embeddings.ts';
export * from './error.ts';
export type { ResponseHeaders } from './headers.ts';
export type * from './keys.ts';
export type { Catalog, CatalogModel, Price } from './models.ts';
export type { Provider, ProviderList } from './providers.ts';
export type { ChatStream } from './stream.ts';
export type { CallOptions, ChatOptions, Fetch } from './transport.ts';
export type { Days, Usage, UsageOfDay, UsageRow } from './usage.ts';
export type { WidgetKey } from './widget.ts';
