/** A tenant's own keys for the providers of models; admins. */
import { segment } from './transport.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface Provider {
  /** `openai`, `anthropic` … */
  provider: string;
  /** Whether the tenant has a key for it. */
  configured: boolean;
  /** The ends of the key. */
  preview?: string;
  updatedAtMs?: number;
  /** Catalog ids of the models that it pays for. */
  models?: string[];
}

export class Providers {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The providers, and whether there is a key for each; never the key. */
  list(options?: CallOptions): Promise<{ providers: Provider[] }> {
    return this.#transport.json({ method: 'GET', path: '/ai/providers', repeat: 'safe' }, options);
  }

  /** Calls for the provider's models are made with this key, and paid there. */
  async setKey(provider: string, key: string, options?: CallOptions): Promise<void> {
    const path = `/ai/providers/${segment(provider)}/key`;
    await this.#transport.json({ method: 'PUT', path, body: { key }, repeat: 'safe' }, options);
  }

  /** Puts a new key in the place of the present one. */
  async rotateKey(provider: string, key: string, options?: CallOptions): Promise<void> {
    const path = `/ai/providers/${segment(provider)}/rotate`;
    await this.#transport.json({ method: 'POST', path, body: { key }, repeat: 'once' }, options);
  }

  async deleteKey(provider: string, options?: CallOptions): Promise<void> {
    const path = `/ai/providers/${segment(provider)}/key`;
    await this.#transport.json({ method: 'DELETE', path, repeat: 'safe' }, options);
  }
}
