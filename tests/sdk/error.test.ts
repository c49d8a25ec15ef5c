/** Every error that the gateway has a cause for, as the SDK throws it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as sdk from '../../sdk/src/index.ts';
import { ApiError, Neureus } from '../../sdk/src/index.ts';
import type { ChatAnswer, ChatPayload, Fetch } from '../../sdk/src/index.ts';
import { gatewayForTests } from '../harness/gateway.ts';
import { clientOf, rejection, user } from './client.ts';

const gateway = await gatewayForTests({ variables: { DEADLINES_MS: '400,400,400,5000' } });
const broken = await gatewayForTests({ variables: { CATALOG: '{"default":"nope"}' } });

/** The same `fetch`, with something changed that the SDK would do right. */
function altered(change: (init: RequestInit) => RequestInit): Fetch {
  return (url, init) => fetch(url, change(init));
}

interface Case {
  status: number;
  error: string;
  kind: new (...parts: never[]) => ApiError;
  what: string;
  call: () => Promise<unknown>;
  details?: (details: unknown) => void;
  headers?: (headers: sdk.ResponseHeaders) => void;
}

const client = await clientOf(gateway);

async function twice(): Promise<unknown> {
  const idempotencyKey = 'the-same';
  await client.ai.chat(user('one'), { idempotencyKey });
  return client.ai.chat(user('another'), { idempotencyKey });
}

async function limited(): Promise<unknown> {
  const own = await clientOf(gateway, { rpm: 1 });
  await own.ai.chat(user('one'));
  return own.ai.chat(user('two'));
}

const cases: Case[] = [
  {
    status: 400,
    error: 'BAD_REQUEST',
    kind: sdk.BadRequestError,
    what: 'a field is wrong',
    call: () => client.ai.chat({ messages: [{ role: 'nobody', content: 'x' } as never] }),
    details: (details) => assert.deepEqual(details, { field: '$.messages[0].role' }),
  },
  {
    status: 401,
    error: 'UNAUTHORIZED',
    kind: sdk.UnauthorizedError,
    what: 'the key is wrong',
    call: () => new Neureus({ apiKey: 'nru_x', baseURL: gateway.url }).models.list(),
    headers: (headers) => assert.equal(headers['www-authenticate'], 'Bearer'),
  },
  {
    status: 402,
    error: 'PAYMENT_REQUIRED',
    kind: sdk.PaymentRequiredError,
    what: 'the budget is used up',
    call: async () => (await clientOf(gateway, { budgetUsd: 0 })).ai.chat(user('x')),
    details: (details) => {
      const { limit_source, limit_usd } = details as sdk.PaymentRequiredDetails;
      assert.deepEqual([limit_source, limit_usd], ['key', 0]);
    },
  },
  {
    status: 403,
    error: 'FORBIDDEN',
    kind: sdk.ForbiddenError,
    what: 'the role is too low',
    call: async () => (await clientOf(gateway, { role: 'viewer' })).ai.chat(user('x')),
  },
  {
    status: 404,
    error: 'NOT_FOUND',
    kind: sdk.NotFoundError,
    what: 'there is no such path',
    call: () => new Neureus({ apiKey: 'nru_x', baseURL: `${gateway.url}/no/such` }).models.list(),
  },
  {
    status: 405,
    error: 'METHOD_NOT_ALLOWED',
    kind: sdk.MethodNotAllowedError,
    what: 'the path takes other methods',
    call: async () => {
      const put = altered((init) => ({ ...init, method: 'PUT' }));
      return (await clientOf(gateway, {}, { fetch: put })).ai.chat(user('x'));
    },
    headers: (headers) => assert.equal(headers['allow'], 'POST'),
  },
  {
    status: 409,
    error: 'CONFLICT',
    kind: sdk.ConflictError,
    what: 'the name was used for another request',
    call: twice,
  },
  {
    status: 413,
    error: 'PAYLOAD_TOO_LARGE',
    kind: sdk.PayloadTooLargeError,
    what: 'the body is too large',
    call: () => client.ai.chat(user('x'.repeat((4 << 20) + 1))),
  },
  {
    status: 415,
    error: 'UNSUPPORTED_MEDIA_TYPE',
    kind: sdk.UnsupportedMediaTypeError,
    what: 'the body is no JSON by its type',
    call: () => client.ai.chat(user('x'), { headers: { 'Content-Type': 'text/plain' } }),
  },
  {
    status: 422,
    error: 'VALIDATION_ERROR',
    kind: sdk.ValidationError,
    what: 'a profile finds personal data',
    call: () => client.ai.chat({ ...user('My SSN is 123-45-6789'), profile: 'healthcare' }),
    details: (details) => assert.deepEqual(details, { kinds: ['ssn'] }),
  },
  {
    status: 429,
    error: 'RATE_LIMITED',
    kind: sdk.RateLimitedError,
    what: 'a limit is reached',
    call: limited,
    details: (details) => {
      const { limit_source, limit_kind, limit } = details as sdk.RateLimitedDetails;
      assert.deepEqual([limit_source, limit_kind, limit], ['key', 'requests', 1]);
    },
    headers: (headers) => {
      assert.ok(Number(headers['retry-after']) >= 1);
      assert.equal(headers.get('Retry-After'), headers['retry-after']);
    },
  },
  {
    status: 500,
    error: 'INTERNAL_ERROR',
    kind: sdk.InternalError,
    what: 'the deployment is wrong',
    call: async () => (await clientOf(broken)).models.list(),
  },
  {
    status: 502,
    error: 'UPSTREAM_ERROR',
    kind: sdk.UpstreamError,
    what: 'the backend fails',
    call: () => client.ai.chat(user('[[sandbox: status=500]]')),
  },
  {
    status: 503,
    error: 'OVERLOADED',
    kind: sdk.OverloadedError,
    what: 'the backend has too much to do',
    call: () => client.ai.chat(user('[[sandbox: status=503]]')),
    headers: (headers) => assert.equal(headers['retry-after'], '1'),
  },
  {
    status: 504,
    error: 'UPSTREAM_TIMEOUT',
    kind: sdk.UpstreamTimeoutError,
    what: 'the backend does not answer',
    call: () => client.ai.stream(user('[[sandbox: delay=60000]]')).text(),
  },
];

describe('an error of each status', () => {
  for (const { status, error, kind, what, call, details, headers } of cases) {
    test(`${status}: ${what}`, async () => {
      const failure = await rejection(call());
      assert.ok(failure instanceof kind && failure instanceof sdk.NeureusError, String(failure));
      assert.equal(failure.constructor.name, failure.name);
      assert.equal(failure.status, status);
      assert.equal(failure.error, error);
      assert.ok(failure.message.length > 0);
      assert.match(failure.requestId ?? '', /^req_[0-9A-Za-z]{22}$/);
      assert.equal(failure.headers['content-type'], 'application/json');
      if (details) details(failure.details);
      headers?.(failure.headers);
    });
  }

  test('is a class of its own, and there is none without a cause here', () => {
    const kinds = new Set(cases.map(({ kind }) => kind));
    assert.equal(kinds.size, cases.length);
    const all = Object.values(sdk).filter(
      (value) => typeof value === 'function' && value.prototype instanceof ApiError,
    );
    assert.equal(all.length, kinds.size);
  });
});

describe('an error in the middle of a stream', () => {
  for (const [what, directive, kind] of [
    ['the backend sends one', 'error=2', sdk.UpstreamError],
    ['the backend breaks off', 'cut=2', sdk.UpstreamError],
    ['the backend stalls', 'stall=2', sdk.UpstreamTimeoutError],
  ] as const) {
    test(`where ${what} comes after the text until there`, async () => {
      const stream = client.ai.stream(user(`x [[sandbox: ${directive}]]`));
      let text = '';
      const failure = await rejection(
        (async () => {
          for await (const piece of stream) text += piece;
        })(),
      );
      assert.equal(text, 'This is');
      assert.ok(failure instanceof kind, String(failure));
      assert.match(failure.requestId ?? '', /^req_/);
      assert.equal(await rejection(stream.usage), failure);
    });
  }

  test('that cannot be reached is one of the connection', async () => {
    const nobody = new Neureus({ apiKey: 'nru_x', baseURL: 'http://127.0.0.1:9', maxRetries: 0 });
    const failure = await rejection(nobody.ai.stream(user('x')).text());
    assert.ok(failure instanceof sdk.ConnectionError);
    assert.ok(!(failure instanceof sdk.TimeoutError));
    assert.equal(failure.status, undefined);
  });
});

test('chatWithRetry, as people write it, runs', async () => {
  const client = await clientOf(gateway, { rpm: 60, concurrency: 1 }, { maxRetries: 0 });

  async function chatWithRetry(payload: ChatPayload, maxRetries = 3) {
    for (let attempt = 0; attempt <= maxRetries; attempt++) {
      try {
        return await client.ai.chat(payload);
      } catch (err: any) {
        if (err.status !== 429 || attempt === maxRetries) throw err;
        const retryAfter = parseInt(err.headers?.['retry-after'] ?? '2');
        await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));
      }
    }
    return undefined;
  }

  const both = await Promise.all([
    chatWithRetry(user('[[sandbox: delay=300]] first')),
    chatWithRetry(user('second')),
  ]);
  for (const answer of both) assert.match((answer as ChatAnswer).text, /sandbox/);
  await assert.rejects(chatWithRetry({ messages: [] }), { status: 400 });
});
