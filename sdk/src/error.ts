/**
 * What can go wrong: one class per status, and those for what never got an answer.
 *
 * All of them are a `NeureusError`. A cancelled call is none: it rejects with the reason of its signal,
 * as `fetch` does.
 */
import type { ResponseHeaders } from './headers.ts';

/** The code of an error: stable, and made for comparing. */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'PAYMENT_REQUIRED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'VALIDATION_ERROR'
  | 'RATE_LIMITED'
  | 'INTERNAL_ERROR'
  | 'UPSTREAM_ERROR'
  | 'OVERLOADED'
  | 'UPSTREAM_TIMEOUT'
  | (string & {});

/** Anything this package throws on purpose. */
export class NeureusError extends Error {
  static {
    nameOf(this, 'NeureusError');
  }
}

/** There was no answer, or it broke off. */
export class ConnectionError extends NeureusError {
  static {
    nameOf(this, 'ConnectionError');
  }
  declare readonly status: undefined;
  declare readonly headers: undefined;
}

/** There was no answer within the timeout. */
export class TimeoutError extends ConnectionError {
  static {
    nameOf(this, 'TimeoutError');
  }
}

/** What an error was made from. */
export interface ErrorParts {
  status: number;
  error: string;
  message: string;
  details: unknown;
  headers: ResponseHeaders;
}

/** The gateway answered with an error, or ended a stream with one. */
export class ApiError<Details = unknown> extends NeureusError {
  static {
    nameOf(this, 'ApiError');
  }
  /** The HTTP status; of an error in the middle of a stream, the one its code stands for. */
  readonly status: number;
  /** The code: stable, unlike the message. */
  readonly error: ErrorCode;
  /** What the code brings; see each class. */
  readonly details: Details | undefined;
  /** The answer's headers, by lower-case name, and with `get`. */
  readonly headers: ResponseHeaders;
  /** Names the request in the logs of the gateway; say it when you report a problem. */
  readonly requestId: string | undefined;

  constructor({ status, error, message, details, headers }: ErrorParts) {
    super(message);
    this.status = status;
    this.error = error;
    this.details = details as Details | undefined;
    this.headers = headers;
    this.requestId = headers['x-request-id'];
  }
}

/** 400: not JSON, or not what the schema wants. */
export class BadRequestError extends ApiError<{ field?: string }> {
  static {
    nameOf(this, 'BadRequestError');
  }
}

/** 401: the key is missing, wrong, expired or revoked. */
export class UnauthorizedError extends ApiError<undefined> {
  static {
    nameOf(this, 'UnauthorizedError');
  }
}

/** What 402 says; of a widget key only `limit_source`. */
export interface PaymentRequiredDetails {
  limit_source: 'tenant' | 'key';
  limit_usd?: number;
  spent_usd?: number;
  /** ISO 8601. */
  resets_at?: string;
}

/** 402: the spend limit of the tenant or the key is reached. */
export class PaymentRequiredError extends ApiError<PaymentRequiredDetails> {
  static {
    nameOf(this, 'PaymentRequiredError');
  }
}

/** 403: the role, the kind of key, its origin or its models do not allow this. */
export class ForbiddenError extends ApiError {
  static {
    nameOf(this, 'ForbiddenError');
  }
}

/** 404: no such path or thing. */
export class NotFoundError extends ApiError<undefined> {
  static {
    nameOf(this, 'NotFoundError');
  }
}

/** 405: the path takes other methods, which the header `allow` lists. */
export class MethodNotAllowedError extends ApiError<undefined> {
  static {
    nameOf(this, 'MethodNotAllowedError');
  }
}

/** 409: used before with another body, still running, or changed by somebody else meanwhile. */
export class ConflictError extends ApiError<{ logId?: string; version?: number }> {
  static {
    nameOf(this, 'ConflictError');
  }
}

/** 413: the body is too large. */
export class PayloadTooLargeError extends ApiError<undefined> {
  static {
    nameOf(this, 'PayloadTooLargeError');
  }
}

/** 415: the body is not JSON by its content type, or encoded in a way that is not known. */
export class UnsupportedMediaTypeError extends ApiError<undefined> {
  static {
    nameOf(this, 'UnsupportedMediaTypeError');
  }
}

/** 422: a regulated profile applies, and there is personal data; nothing was forwarded. */
export class ValidationError extends ApiError<{ kinds: string[] }> {
  static {
    nameOf(this, 'ValidationError');
  }
}

/** What 429 says; a widget key is told less of its tenant. */
export interface RateLimitedDetails {
  limit_source: 'tenant' | 'key' | 'visitor';
  limit_kind?: 'requests' | 'tokens' | 'concurrency';
  limit?: number;
  retry_after_ms: number;
}

/** 429: a limit of requests, tokens or concurrency is reached. */
export class RateLimitedError extends ApiError<RateLimitedDetails> {
  static {
    nameOf(this, 'RateLimitedError');
  }
}

/** 500: a fault of the gateway. */
export class InternalError extends ApiError<undefined> {
  static {
    nameOf(this, 'InternalError');
  }
}

/** 502: the model's backend failed. */
export class UpstreamError extends ApiError<undefined> {
  static {
    nameOf(this, 'UpstreamError');
  }
}

/** 503: the backend, or a part of the gateway, has too much to do. */
export class OverloadedError extends ApiError<undefined> {
  static {
    nameOf(this, 'OverloadedError');
  }
}

/** 504: the backend took too long. */
export class UpstreamTimeoutError extends ApiError<undefined> {
  static {
    nameOf(this, 'UpstreamTimeoutError');
  }
}

const KINDS: readonly (readonly [number, string, new (parts: ErrorParts) => ApiError])[] = [
  [400, 'BAD_REQUEST', BadRequestError],
  [401, 'UNAUTHORIZED', UnauthorizedError],
  [402, 'PAYMENT_REQUIRED', PaymentRequiredError],
  [403, 'FORBIDDEN', ForbiddenError],
  [404, 'NOT_FOUND', NotFoundError],
  [405, 'METHOD_NOT_ALLOWED', MethodNotAllowedError],
  [409, 'CONFLICT', ConflictError],
  [413, 'PAYLOAD_TOO_LARGE', PayloadTooLargeError],
  [415, 'UNSUPPORTED_MEDIA_TYPE', UnsupportedMediaTypeError],
  [422, 'VALIDATION_ERROR', ValidationError],
  [429, 'RATE_LIMITED', RateLimitedError],
  [500, 'INTERNAL_ERROR', InternalError],
  [502, 'UPSTREAM_ERROR', UpstreamError],
  [503, 'OVERLOADED', OverloadedError],
  [504, 'UPSTREAM_TIMEOUT', UpstreamTimeoutError],
];

/** The error of an answer's status and text, which may be a proxy's and not the gateway's. */
export function errorOf(status: number, text: string, headers: ResponseHeaders): ApiError {
  const body = parsed(text);
  const [, code = `HTTP_${status}`, Kind = ApiError] =
    KINDS.find(([known]) => known === status) ?? [];
  return new Kind({
    status,
    error: typeof body.error === 'string' ? body.error : code,
    message: typeof body.message === 'string' ? body.message : `The answer has status ${status}`,
    details: body.details,
    headers,
  });
}

/** The error that is the last event of a stream. */
export function errorInStream(body: Record<string, unknown>, headers: ResponseHeaders): ApiError {
  const { error, message, details } = body;
  const code = typeof error === 'string' ? error : 'UPSTREAM_ERROR';
  const [status = 500, , Kind = ApiError] = KINDS.find(([, known]) => known === code) ?? [];
  return new Kind({
    status,
    error: code,
    message: typeof message === 'string' ? message : 'The stream ended with an error',
    details,
    headers,
  });
}

function parsed(text: string): { error?: unknown; message?: unknown; details?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Written down, as a minifier renames classes. */
function nameOf(kind: { prototype: Error }, name: string): void {
  Object.defineProperty(kind.prototype, 'name', { value: name, configurable: true });
}
