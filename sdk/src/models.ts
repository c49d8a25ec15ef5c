/** The catalog. */
import type { CallOptions, Transport } from './transport.ts';

/** USD per million tokens. */
export interface Price {
  input: number;
  output: number;
  /** As `input` where absent. */
  cached_input?: number;
  /** Tokens that the backend writes into its cache because the request asks for it. */
  cache_write?: number;
  /** USD for an image, on top of its tokens. */
  image?: number;
  source: string;
  date: string;
}

export interface CatalogModel {
  id: string;
  aliases: string[];
  kind: 'chat' | 'embedding';
  /** Input and output tokens together. */
  contextWindow: number;
  /** 0 for an embedding model. */
  maxOutput: number;
  capabilities: ('tools' | 'vision' | 'json_schema' | 'reasoning' | 'streaming')[];
  price: Price;
}

export interface Catalog {
  /** The model of a chat that names none. */
  default: string;
  defaultEmbedding: string;
  models: CatalogModel[];
}

export class Models {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Every model, with what it can do and costs. */
  list(options?: CallOptions): Promise<Catalog> {
    return this.#transport.json({ method: 'GET', path: '/ai/models', repeat: 'safe' }, options);
  }
}
