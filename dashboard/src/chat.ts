/** A streamed chat as the playground needs it: pieces as they come, then what it cost. */
import { ApiError, failureOf } from './request.ts';

export type Message = { role: 'system' | 'user' | 'assistant'; content: string };

export type ChatRequest = {
  model: string;
  messages: readonly Message[];
  temperature?: number;
  maxTokens?: number;
  profile?: string;
};

export type Done = {
  logId: string;
  inputTokens: number;
  outputTokens: number;
  costUsd?: number;
  usageEstimated?: boolean;
  finishReason?: string;
};

export type Piece = { content?: string; reasoning?: string };

type Event = Partial<Done> & {
  delta?: Piece;
  done?: boolean;
  error?: string;
  message?: string;
};

/** The data of each event in a text that comes in pieces. */
export class Events {
  #rest = '';

  push(text: string): string[] {
    const lines = (this.#rest + text).split(/\r\n|\n/);
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
  }
}

/** How an answer went. */
export type Told = { headers: Headers; done: Done; firstMs: number; totalMs: number };

/** Runs one chat. Ends with its usage, or throws; `onPiece` is called as the answer comes. */
export async function chat(
  key: string,
  request: ChatRequest,
  signal: AbortSignal,
  onPiece: (piece: Piece) => void,
): Promise<Told> {
  const started = performance.now();
  const response = await fetch('/ai/chat', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'x-neureus-surface': 'playground',
    },
    credentials: 'omit',
    body: JSON.stringify({ ...request, stream: true }),
    signal,
  });
  if (!response.ok || !response.body) throw await failureOf(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const events = new Events();
  let firstMs = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new ApiError(0, 'CUT', 'The answer broke off before its end.');
    for (const data of events.push(value)) {
      const event = JSON.parse(data) as Event;
      if (event.error) {
        throw new ApiError(502, event.error, event.message ?? 'The answer broke off.', {
          requestId: response.headers.get('x-request-id') ?? undefined,
        });
      }
      if (event.done) {
        return {
          headers: response.headers,
          done: event as Done,
          firstMs,
          totalMs: performance.now() - started,
        };
      }
      if (event.delta) {
        firstMs ||= performance.now() - started;
        onPiece(event.delta);
      }
    }
  }
}
