/** Looking on from outside: at the backend's record, at a stream while it flows, at the data points. */
import assert from 'node:assert/strict';
import type { Entry } from '../../sandbox/journal.ts';
import type { DataPoint, Dataset, Gateway } from './gateway.ts';
import { eventually } from './wait.ts';

/** The sandbox's record of the request that holds this mark. */
export function entryOf(gateway: Gateway, mark: string): Promise<Entry> {
  return eventually(`a request with ${mark}`, () =>
    gateway.sandbox.requests.find(({ body }) => JSON.stringify(body).includes(mark)),
  );
}

/** Reads until the bytes so far hold a text. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  let sofar = '';
  const decoder = new TextDecoder();
  while (!sofar.includes(text)) {
    const { done, value } = await reader.read();
    assert.ok(!done, `ended without ${text}: ${sofar}`);
    sofar += decoder.decode(value, { stream: true });
  }
  return sofar;
}

export function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  assert.ok(response.body);
  return response.body.getReader();
}

/** Exactly one point of each kind, and their outcome. */
export function assertOnePoint(points: Record<Dataset, DataPoint[]>, outcome: string): DataPoint {
  assert.equal(points.requests.length, 1);
  assert.equal(points.tokens.length, 1);
  assert.equal(points.auth.length, 1);
  assert.equal(points.requests[0]?.blobs[6], outcome);
  assert.equal(points.auth[0]?.blobs[1], 'ok');
  const [tokens] = points.tokens;
  assert.ok(tokens);
  return tokens;
}
