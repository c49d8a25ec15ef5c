/** A tenant's own keys for the providers of models; admins. */
import type { ChangeOptions } from './keys.ts';
import { segment } from './transport.ts';
import type { Call, CallOptions, Transport } from './transport.ts';

export interface Provider {
  /** `openai`, `anthropic`. */
  provider: string;
  /** Whether the tenant has a key for it. */
  set: boolean;
  /** The ends of the key. */
  preview?: string;
  /** Grows with every change. */
  version?: number;
  updatedAtMs?: number;
  updatedBy?: { id: string; name: string };
}

export interface ProviderList {
  providers: Provider[];
  /** Whether the deployment can keep keys at all. */
  available: boolean;
}

export class Providers {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The providers, and whether there is a key for each; never the key. */
  list(options?: CallOptions): Promise<ProviderList> {
    return this.#transport.json({ method: 'GET', path: '/ai/providers', repeat: 'safe' }, options);
  }

  /** Calls for the provider's models are made with this key, and paid there. */
  setKey(provider: string, key: string, options?: ChangeOptions): Promise<Provider> {
    // With a version the second attempt of a change that was made would find it changed.
    const repeat = options?.version === undefined ? 'safe' : 'once';
    return this.#change(
      { method: 'PUT', path: placeOf(provider, 'key'), body: { key }, repeat },
      options,
    );
  }

  /** Puts a new key in the place of the present one; without one, the present one is encrypted anew. */
  rotateKey(provider: string, key?: string, options?: ChangeOptions): Promise<Provider> {
    const body = key === undefined ? {} : { key };
    const path = placeOf(provider, 'rotate');
    return this.#change({ method: 'POST', path, body, repeat: 'once' }, options);
  }

  async deleteKey(provider: string, options?: ChangeOptions): Promise<void> {
    await this.#change(
      { method: 'DELETE', path: placeOf(provider, 'key'), repeat: 'once' },
      options,
    );
  }

  #change(call: Call, options?: ChangeOptions): Promise<Provider> {
    return this.#transport.json({ ...call, ifVersion: options?.version }, options);
  }
}

function placeOf(provider: string, what: 'key' | 'rotate'): string {
  return `/ai/providers/${segment(provider)}/${what}`;
}
