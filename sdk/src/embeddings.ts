/** Texts to vectors. */
import type { CallOptions, Transport } from './transport.ts';

export interface EmbeddingsPayload {
  /** A text, up to 2,048 of them, or token numbers where the backend takes them. */
  input: string | string[] | number[] | number[][];
  /** `bge-base-en` by default. */
  model?: string;
  encoding_format?: 'float' | 'base64';
  dimensions?: number;
  user?: string;
}

export interface EmbeddingsAnswer<Vector = number[]> {
  object: 'list';
  data: { object: 'embedding'; index: number; embedding: Vector }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  logId: string;
  /** USD. */
  costUsd?: number;
  usageEstimated?: boolean;
}

export class Embeddings {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** With `encoding_format: 'base64'` a vector is the base64 of its 32-bit floats, little-endian. */
  create(
    payload: EmbeddingsPayload & { encoding_format: 'base64' },
    options?: CallOptions,
  ): Promise<EmbeddingsAnswer<string>>;
  create(
    payload: EmbeddingsPayload & { encoding_format?: 'float' },
    options?: CallOptions,
  ): Promise<EmbeddingsAnswer>;
  create(
    body: EmbeddingsPayload,
    options?: CallOptions,
  ): Promise<EmbeddingsAnswer<number[] | string>> {
    return this.#transport.json(
      { method: 'POST', path: '/ai/embeddings', body, repeat: 'priced' },
      options,
    );
  }
}
