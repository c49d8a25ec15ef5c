/** What answers must look like, and how to take them apart. */
import assert from 'node:assert/strict';

export interface ErrorBody {
  error: string;
  message: string;
  details?: Record<string, unknown>;
}

/** The codes of errors, by status. */
const CODES: Record<number, string> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  402: 'PAYMENT_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'VALIDATION_ERROR',
  429: 'RATE_LIMITED',
  500: 'INTERNAL_ERROR',
  502: 'UPSTREAM_ERROR',
  503: 'OVERLOADED',
  504: 'UPSTREAM_TIMEOUT',
};
/** The statuses whose errors may carry `details`. */
const DETAILED = [400, 402, 403, 409, 422, 429];

/** The body of an error of the native API, once all that every error has in common is right. */
export async function errorOf(response: Response, status: number): Promise<ErrorBody> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.match(response.headers.get('x-request-id') ?? '', /^req_[0-9A-Za-z]{22}$/);
  const body = JSON.parse(text) as ErrorBody;
  assert.equal(body.error, CODES[status]);
  assert.ok(body.message.length > 0);
  const { error: _error, message: _message, details, ...rest } = body;
  assert.deepEqual(rest, {});
  if (!DETAILED.includes(status)) assert.equal(details, undefined);
  return body;
}

/** A chat with one message of the user. */
export function say(text: string, extra: object = {}): Record<string, unknown> {
  return { messages: [{ role: 'user', content: text }], ...extra };
}

/** The same, as a stream. */
export function stream(text: string, extra: object = {}): Record<string, unknown> {
  return say(text, { stream: true, ...extra });
}

export interface Delta {
  content?: string;
  reasoning?: string;
  toolCalls?: {
    index: number;
    id?: string;
    type?: string;
    function: { name?: string; arguments?: string };
  }[];
}

export interface StreamEvent {
  delta?: Delta;
  done?: boolean;
  logId?: string;
  inputTokens?: number;
  outputTokens?: number;
  costUsd?: number;
  usageEstimated?: boolean;
  finishReason?: string;
  error?: string;
  message?: string;
}

/** The events of a native stream. Only data lines, blank lines and comments may stand in it. */
export function eventsOf(text: string): StreamEvent[] {
  assert.ok(text === '' || text.endsWith('\n\n'), `cut inside an event: …${text.slice(-80)}`);
  const frames = text.split('\n\n').slice(0, -1);
  return frames
    .filter((frame) => !frame.startsWith(':'))
    .map((frame) => {
      assert.match(frame, /^data: .+$/);
      return JSON.parse(frame.slice('data: '.length)) as StreamEvent;
    });
}

/** The text of a stream's deltas put together. */
export function textOf(events: readonly StreamEvent[]): string {
  return events.map(({ delta }) => delta?.content ?? '').join('');
}

export function requestId(response: Response): string {
  return response.headers.get('x-request-id') ?? '';
}
