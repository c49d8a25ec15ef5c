/** Widget keys, for chats in public pages; made by admins. */
import type { CallOptions, Transport } from './transport.ts';

export interface WidgetKey {
  /** The key itself; it may stand in a public page. */
  key: string;
  keyId: string;
  keyPreview: string;
}

export class Widget {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `origins`: `https://shop.example`, `https://*.example.com`, or `*`. */
  createKey(
    { agentId, origins }: { agentId?: string; origins: string[] },
    options?: CallOptions,
  ): Promise<WidgetKey> {
    const body = { ...(agentId === undefined ? {} : { agent_id: agentId }), origins };
    return this.#transport.json(
      { method: 'POST', path: '/ai/widget/key', body, repeat: 'once' },
      options,
    );
  }

  async deleteKey(keyId: string, options?: CallOptions): Promise<void> {
    await this.#transport.json(
      { method: 'DELETE', path: '/ai/widget/key', body: { keyId }, repeat: 'safe' },
      options,
    );
  }
}
