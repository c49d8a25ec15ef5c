/** When the SDK tries again, and when not. No gateway: its answers are scripted. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, Neureus, RateLimitedError, TimeoutError } from '../../sdk/src/index.ts';
import type { Fetch } from '../../sdk/src/index.ts';
import { pauseBefore } from '../../sdk/src/retry.ts';
import { errorOf } from '../../sdk/src/error.ts';
import { headersOf } from '../../sdk/src/headers.ts';
import { jsonAnswer, rejection, scripted, streamAnswer, user } from './client.ts';

const ANSWER = { text: 'hi' };
const DONE = 'data: {"done":true,"logId":"req_1","inputTokens":1,"outputTokens":1}\n\n';

function client(fetch: Fetch, maxRetries = 2, timeout = 5000): Neureus {
  const options = { apiKey: 'nru_x', baseURL: 'http://gateway.test/', maxRetries, timeout };
  return new Neureus({ ...options, fetch });
}

function limited(headers: Record<string, string> = { 'retry-after-ms': '1' }): Response {
  return jsonAnswer(429, { error: 'RATE_LIMITED', message: 'too many' }, headers);
}

function pause(
  status: number,
  headers: Record<string, string>,
  repeat: 'safe' | 'keyed' | 'priced' | 'once' = 'keyed',
  random = 0,
): number | undefined {
  const failure = errorOf(status, '{}', headersOf(new Headers(headers)));
  return pauseBefore(failure, 0, repeat, random, 0);
}

describe('a call that failed', () => {
  for (const [what, answer] of [
    ['429', limited()],
    ['500', jsonAnswer(500, {})],
    ['502', new Response('<html>', { status: 502 })],
    ['503', jsonAnswer(503, {}, { 'retry-after': '0' })],
    ['504', jsonAnswer(504, {})],
    ['a broken connection', new TypeError('fetch failed')],
  ] as const) {
    test(`with ${what} is tried again, under the same name`, async () => {
      const { fetch, calls } = scripted(answer, jsonAnswer(200, ANSWER));
      assert.deepEqual(await client(fetch).ai.chat(user('x')), ANSWER);
      assert.equal(calls.length, 2);
      const [first, second] = calls.map(({ headers }) => headers['idempotency-key']);
      assert.match(first ?? '', /^[a-p]{32}$/);
      assert.equal(first, second);
    });
  }

  for (const status of [400, 401, 402, 403, 404, 405, 409, 413, 415, 422]) {
    test(`with ${status} is not`, async () => {
      const { fetch, calls } = scripted(jsonAnswer(status, {}));
      await assert.rejects(client(fetch).ai.chat(user('x')), { status });
      assert.equal(calls.length, 1);
    });
  }

  test('is tried again as often as was said, and then fails with the last error', async () => {
    const { fetch, calls } = scripted(limited(), limited(), limited({ 'retry-after': '1' }));
    const error = await rejection(client(fetch).ai.chat(user('x')));
    assert.ok(error instanceof RateLimitedError);
    assert.equal(error.headers['retry-after'], '1');
    assert.equal(calls.length, 3);
    const none = scripted(limited());
    await assert.rejects(client(none.fetch, 0).ai.chat(user('x')), { status: 429 });
    assert.equal(none.calls.length, 1);
  });

  test('does what x-should-retry says', () => {
    assert.equal(pause(429, { 'x-should-retry': 'false', 'retry-after': '1' }), undefined);
    assert.equal(pause(503, { 'x-should-retry': 'false' }), undefined);
    assert.ok(pause(422, { 'x-should-retry': 'true' }));
  });

  test('waits at least as long as it was told, and no minute', () => {
    assert.equal(pause(429, { 'retry-after': '2' }), 2000);
    assert.equal(pause(429, { 'retry-after': '2', 'retry-after-ms': '1200' }), 1200);
    assert.equal(pause(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:05 GMT' }), 5000);
    assert.equal(pause(429, { 'retry-after': '61' }), undefined);
    const all = [0, 0.3, 0.9, 0.999].map((random) =>
      pause(429, { 'retry-after': '2' }, 'keyed', random),
    );
    assert.equal(new Set(all).size, all.length, 'jitter');
    assert.ok(all.every((ms) => ms !== undefined && ms >= 2000 && ms <= 2500));
  });

  test('without such a word waits longer each time, up to 8 s', () => {
    const failure = new ConnectionError('x');
    const waits = [0, 1, 2, 9].map((attempt) => pauseBefore(failure, attempt, 'safe', 1, 0));
    assert.deepEqual(waits, [500, 1000, 2000, 8000]);
  });

  test('is tried again with 409 where the first attempt is still running', () => {
    assert.ok(pause(409, { 'retry-after': '1' }));
    assert.equal(pause(409, {}), undefined);
    assert.equal(pause(409, { 'retry-after': '1' }, 'safe'), undefined);
  });

  test('and makes something is tried again only where it was refused', async () => {
    assert.ok(pause(429, {}, 'once'));
    assert.equal(pause(503, { 'retry-after': '1' }, 'once'), undefined);
    const { fetch, calls } = scripted(new TypeError('fetch failed'));
    await assert.rejects(client(fetch).keys.create({ name: 'x' }), ConnectionError);
    assert.equal(calls.length, 1);
  });

  test('waits no longer once it is cancelled', async () => {
    const { fetch, calls } = scripted(limited({ 'retry-after': '50' }));
    const leave = new AbortController();
    const started = performance.now();
    setTimeout(() => leave.abort(new Error('enough')), 20);
    const call = client(fetch).ai.chat(user('x'), { signal: leave.signal });
    await assert.rejects(call, /^Error: enough$/);
    assert.ok(performance.now() - started < 20_000);
    assert.equal(calls.length, 1);
  });
});

describe('a stream', () => {
  test('is tried again before it begins', async () => {
    const { fetch, calls } = scripted(limited(), streamAnswer([DONE]));
    assert.equal(await client(fetch).ai.stream(user('x')).text(), '');
    assert.equal(calls.length, 2);
  });

  test('is never tried again once it has begun', async () => {
    for (const pieces of [[], ['data: {"delta":{"content":"a"},"done":false}\n\n']]) {
      for (const failure of [undefined, new TypeError('reset')]) {
        const { fetch, calls } = scripted(streamAnswer(pieces, failure), streamAnswer([DONE]));
        const stream = client(fetch).ai.stream(user('x'));
        await assert.rejects(stream.text(), ConnectionError);
        await assert.rejects(stream.usage, ConnectionError);
        assert.equal(calls.length, 1);
      }
    }
  });
});

describe('a timeout', () => {
  const never: Fetch = (_url, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });

  test('is an error of its own, and of each attempt', async () => {
    let calls = 0;
    const counting: Fetch = (url, init) => {
      calls += 1;
      return never(url, init);
    };
    const error = await rejection(client(counting, 1, 20).ai.chat(user('x')));
    assert.ok(error instanceof TimeoutError && error instanceof ConnectionError);
    assert.match(error.message, /20 ms/);
    assert.equal(calls, 2);
  });

  test('can be told for one call', async () => {
    const call = client(never, 0, 60_000).ai.chat(user('x'), { timeout: 20 });
    await assert.rejects(call, TimeoutError);
  });

  test('also ends a body that does not come', async () => {
    const stalls: Fetch = (_url, { signal }) => {
      const body = new ReadableStream({
        start: (controller) =>
          signal?.addEventListener('abort', () => controller.error(signal.reason)),
      });
      return Promise.resolve(new Response(body));
    };
    await assert.rejects(client(stalls, 0, 20).ai.chat(user('x')), TimeoutError);
  });
});
