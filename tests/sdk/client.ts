/** Clients of the gateway under test, and servers and fetches that misbehave. */
import { Neureus } from '../../sdk/src/index.ts';
import type { Fetch, NeureusOptions } from '../../sdk/src/index.ts';
import type { Gateway, NewKey } from '../harness/gateway.ts';

/** A client with a key of its own; without retries where a test does not ask for them. */
export async function clientOf(
  gateway: Gateway,
  key: NewKey = {},
  options: NeureusOptions = {},
): Promise<Neureus> {
  const { key: apiKey } = await gateway.makeKey(key);
  return new Neureus({ apiKey, baseURL: gateway.url, maxRetries: 0, ...options });
}

export interface Scripted {
  fetch: Fetch;
  /** What was sent, in order. */
  calls: { url: string; init: RequestInit; headers: Record<string, string>; atMs: number }[];
}

/** A `fetch` that gives these answers, one after the other; an error is thrown. */
export function scripted(...answers: (Response | Error)[]): Scripted {
  const calls: Scripted['calls'] = [];
  const fetch: Fetch = (url, init) => {
    const headers = init.headers as Record<string, string>;
    calls.push({ url, init, headers, atMs: performance.now() });
    const answer = answers.shift() ?? new Error('no more answers');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { fetch, calls };
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** An event stream of exactly these pieces; it ends with an error where one is given. */
export function streamAnswer(pieces: readonly string[], failure?: Error): Response {
  const left = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

export function user(content: string): { messages: [{ role: 'user'; content: string }] } {
  return { messages: [{ role: 'user', content }] };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}
