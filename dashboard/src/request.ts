/**
 * One way to ask the control plane: JSON in, JSON out, failures as `ApiError`.
 *
 * The session is a cookie that scripts cannot read; what goes along is the tenant that this page shows, so
 * that two tabs may show two tenants.
 */

/** A refusal or failure, as the API tells it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0: there was no answer at all. */
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterS: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      details?: Record<string, unknown> | undefined;
      retryAfterS?: number | undefined;
      requestId?: string | undefined;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? {};
    this.retryAfterS = more.retryAfterS;
    this.requestId = more.requestId;
  }
}

type Context = {
  tenant: () => string | undefined;
  signedOut: () => void;
  /** The role or the membership may have changed meanwhile. */
  refused: () => void;
};
let context: Context = { tenant: () => undefined, signedOut: () => {}, refused: () => {} };

/** Tells where the tenant comes from, and whom to tell what refusals mean for the session. */
export function connect(to: Context): void {
  context = to;
}

export type Ask = {
  body?: unknown;
  /** The version that was edited: another one there now is a 409. */
  version?: number | undefined;
  signal?: AbortSignal | undefined;
  /** About nobody's tenant; a 401 is an answer here, not the end of the session. */
  anonymous?: boolean;
};

export async function send(method: string, path: string, ask: Ask = {}): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  const tenant = ask.anonymous ? undefined : context.tenant();
  if (tenant !== undefined) headers.set('x-neureus-tenant', tenant);
  if (ask.version !== undefined) headers.set('if-match', `"${ask.version}"`);
  if (ask.body !== undefined) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      ...(ask.signal ? { signal: ask.signal } : {}),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'NO_ANSWER', 'The gateway did not answer.');
  }
  if (response.ok) return response;
  const failure = await failureOf(response);
  if (!ask.anonymous) {
    if (failure.status === 401) context.signedOut();
    if (failure.status === 403 || failure.status === 404) context.refused();
  }
  throw failure;
}

/** What an answer that is no success says. */
export async function failureOf(response: Response): Promise<ApiError> {
  let body: { error?: unknown; message?: unknown; details?: unknown } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not the API's: something in between answered.
  }
  const retry = Number(response.headers.get('retry-after') ?? '');
  return new ApiError(
    response.status,
    typeof body.error === 'string' ? body.error : 'UNKNOWN',
    typeof body.message === 'string' ? body.message : `The answer was ${response.status}.`,
    {
      details:
        typeof body.details === 'object' && body.details !== null
          ? (body.details as Record<string, unknown>)
          : undefined,
      retryAfterS: retry > 0 ? retry : undefined,
      requestId: response.headers.get('x-request-id') ?? undefined,
    },
  );
}

export async function ask<T>(method: string, path: string, options: Ask = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** `?a=1&b=2` of what is given. */
export function query(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
