/**
 * A streamed chat.
 *
 * The request goes out with the first read. It is read once, by one reader; leaving the loop early stops the model,
 * and what it had produced is charged. Nothing is tried again once the answer has begun.
 */
import type { ChatDelta, ChatEvent, ChatUsage } from './chat.ts';
import { ConnectionError, errorInStream, NeureusError } from './error.ts';
import { EventReader } from './events.ts';
import { headersOf } from './headers.ts';
import type { Exchange } from './transport.ts';

/** A stream sends a sign of life every 400 ms, so this much silence is a dead connection. */
const LONGEST_SILENCE_MS = 60_000;
/** How long an answer that is complete may take to close its connection, so that it can be used again. */
const CLOSING_MS = 1_000;

export class ChatStream implements AsyncIterable<string> {
  /**
   * How it ended, once it has been read to its end. Rejects with what broke it off, and where the reader left. It does
   * not read by itself.
   */
  readonly usage: Promise<ChatUsage>;
  readonly #open: (signal: AbortSignal) => Promise<Exchange>;
  readonly #hangUp = new AbortController();
  #settle!: { resolve: (usage: ChatUsage) => void; reject: (error: unknown) => void };
  #started = false;

  /** @internal */
  constructor(open: (signal: AbortSignal) => Promise<Exchange>) {
    this.#open = open;
    this.usage = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever reads the stream gets its error there; nobody has to look here, too.
    this.usage.catch(() => {});
  }

  /** The pieces of the text, and nothing else. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const event of this.events()) {
      if (!event.done && event.delta.content) yield event.delta.content;
    }
  }

  /** All events: text, reasoning and tool calls in pieces, and the end. */
  async *events(): AsyncGenerator<ChatEvent, void, undefined> {
    if (this.#started) throw new NeureusError('A stream can be read only once');
    this.#started = true;
    let exchange: Exchange | undefined;
    let complete = false;
    try {
      exchange = await this.#open(this.#hangUp.signal);
      for await (const event of eventsOf(exchange)) {
        if (event.done) {
          complete = true;
          const { done: _done, ...usage } = event;
          this.#settle.resolve(usage);
        }
        yield event;
      }
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    } finally {
      exchange?.deadline.end(!complete);
      // No word of it where one was said before.
      this.#settle.reject(new NeureusError('The stream was left before its end'));
    }
  }

  /** Reads all of it: the text put together. */
  async text(): Promise<string> {
    let text = '';
    for await (const piece of this) text += piece;
    return text;
  }

  /** Stops the model. A read that waits rejects with the reason. */
  abort(reason: unknown = new DOMException('The stream was aborted', 'AbortError')): void {
    this.#hangUp.abort(reason);
  }
}

async function* eventsOf({ response, deadline }: Exchange): AsyncGenerator<ChatEvent, void> {
  const headers = headersOf(response.headers);
  const reader = response.body?.getReader();
  if (!reader) throw new ConnectionError('The answer has no body');
  deadline.extend(LONGEST_SILENCE_MS);
  const parser = new EventReader();
  try {
    for (;;) {
      const { done, value } = await read(reader, deadline);
      if (done) throw new ConnectionError('The stream broke off before its end');
      for (const data of parser.push(value)) {
        const event = parsed(data);
        if ('error' in event) throw errorInStream(event, headers);
        if (event['done'] !== true) {
          yield event as unknown as ChatDelta;
          continue;
        }
        await close(reader, deadline);
        yield event as unknown as ChatEvent;
        return;
      }
    }
  } finally {
    // Also where the reader leaves: hangs up, which stops the model.
    reader.cancel().catch(() => {});
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function read(reader: Reader, deadline: Exchange['deadline']): ReturnType<Reader['read']> {
  try {
    const chunk = await reader.read();
    deadline.extend();
    return chunk;
  } catch (error) {
    throw deadline.failure(error);
  }
}

/** The answer is complete, whatever happens now. */
async function close(reader: Reader, deadline: Exchange['deadline']): Promise<void> {
  deadline.extend(CLOSING_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // A connection less to use again.
  }
}

function parsed(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new ConnectionError('The stream holds an event that is not JSON');
}
