/** A wire protocol: how a prompt comes in, and how an answer goes out. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Prompt } from './prompt.ts';
import type { Refusal } from './refusal.ts';

/**
 * One server-sent event. `delta` is a piece of the answer and is what faults count; `open` comes
 * before all deltas, so that a fault after 0 deltas still lets it out; `other` is the rest.
 */
export interface Frame {
  kind: 'open' | 'delta' | 'other';
  event?: string;
  data: string;
}

export interface Dialect {
  /** @throws {Refusal} 400 when the body is not a request of this protocol. */
  prompt(body: unknown, headers: IncomingHttpHeaders): Prompt;
  plain(answer: Answer): unknown;
  frames(answer: Answer): Iterable<Frame>;
  /** The body of an error answer. */
  refused(refusal: Refusal): unknown;
  /** The event that reports a failure in the middle of a stream. */
  failed(message: string): Frame;
}
