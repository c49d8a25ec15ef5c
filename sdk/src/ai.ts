/** Chats. */
import type { ChatAnswer, ChatPayload } from './chat.ts';
import { ChatStream } from './stream.ts';
import type { Call, ChatOptions, Transport } from './transport.ts';

export class Ai {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends a conversation to a model, and gives its whole answer. */
  async chat(payload: ChatPayload, options: ChatOptions = {}): Promise<ChatAnswer> {
    if ((payload as { stream?: unknown }).stream === true) {
      throw new TypeError('for a stream there is client.ai.stream(payload)');
    }
    return this.#transport.json<ChatAnswer>(call(payload), options);
  }

  /**
   * The same, in pieces as the model makes them: `for await (const text of client.ai.stream(payload))`. The request goes
   * out with the first read.
   */
  stream(payload: Omit<ChatPayload, 'stream'>, options: ChatOptions = {}): ChatStream {
    const streamed = call({ ...payload, stream: true });
    return new ChatStream((hangUp) =>
      this.#transport.run(streamed, options, (exchange) => exchange, hangUp),
    );
  }
}

function call(body: object): Call {
  return { method: 'POST', path: '/ai/chat', body, repeat: 'keyed' };
}
