/** The data points of a request: at most one of each kind, whatever its end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const made = await gateway.makeKey({ tenant: 'measured' });

async function allPoints(): Promise<number> {
  const response = await gateway.call('/_harness/points');
  return ((await response.json()) as unknown[]).length;
}

test('a plain answer records one point of each kind, with its numbers', async () => {
  const headers = { 'content-type': 'application/json', 'x-neureus-surface': 'docs' };
  const body = say('count [[sandbox: tokens=5 delay=20]]', { model: 'gpt-4o-mini' });
  const response = await gateway.chat(made.key, body, { headers });
  const answer = (await response.json()) as {
    inputTokens: number;
    outputTokens: number;
    costUsd: number;
  };
  const id = requestId(response);
  const points = await gateway.points(id);
  assert.equal(points.requests.length, 1);
  const [request] = points.requests;
  assert.deepEqual(request?.indexes, ['measured']);
  assert.deepEqual(request.blobs, [
    id,
    '/ai/chat',
    'docs',
    'gpt-4o-mini',
    'sandbox',
    made.keyId,
    'complete',
    'plain',
    '',
    '',
    '',
    '',
  ]);
  const [status = 0, latency = 0, firstToken = 0, attempts = 0] = request.doubles;
  assert.deepEqual([status, attempts], [200, 1]);
  assert.ok(20 <= firstToken && firstToken <= latency && latency < 10_000);
  assert.deepEqual(points.tokens, [
    {
      indexes: ['measured'],
      blobs: [id, 'gpt-4o-mini', 'sandbox', made.keyId, 'docs', 'reported', ''],
      doubles: [answer.inputTokens, answer.outputTokens, 0, Math.round(answer.costUsd * 1e9)],
    },
  ]);
  assert.deepEqual(points.auth, [
    { indexes: ['measured'], blobs: [id, 'ok', '/ai/chat', made.keyId], doubles: [1] },
  ]);
});

describe('a request that reaches no backend records its end and no tokens', () => {
  const limited = gateway.makeKey({ rpm: 0 });
  const viewer = gateway.makeKey({ role: 'viewer' });
  const expired = gateway.makeKey({ expiresAtMs: 1 });
  const regulated = gateway.makeKey({ profile: 'legal' });
  const revoked = gateway.makeKey().then(async (key) => (await gateway.revoke(key), key));
  const chat = async (key: Promise<MadeKey>, body: unknown = say('hi')) =>
    gateway.chat((await key).key, body);
  const own = Promise.resolve(made);

  const cases: [string, () => Promise<Response>, number, string][] = [
    ['without a key', () => gateway.call('/ai/models'), 401, 'malformed'],
    ['with a malformed key', () => gateway.chat('nru_nonsense', say('hi')), 401, 'malformed'],
    ['with a revoked key', () => chat(revoked), 401, 'revoked'],
    ['with an expired key', () => chat(expired), 401, 'expired'],
    ['with too low a role', () => chat(viewer), 403, 'forbidden'],
    ['with a bad body', () => chat(own, '{'), 400, 'ok'],
    ['with an unknown model', () => chat(own, say('hi', { model: 'nothing' })), 400, 'ok'],
    ['under a regulated profile', () => chat(regulated, say('ssn 078-05-1120')), 422, 'ok'],
    ['over its limit', () => chat(limited), 429, 'ok'],
    ['over its limit, streamed', () => chat(limited, stream('hi')), 429, 'ok'],
  ];
  for (const [what, ask, status, auth] of cases) {
    test(what, async () => {
      // Twice: a key that the isolate knows takes another way than one that it does not.
      for (let turn = 0; turn < 2; turn += 1) {
        const response = await ask();
        const { error } = await errorOf(response, status);
        const points = await gateway.points(requestId(response));
        assert.equal(points.requests.length, 1);
        assert.equal(points.requests[0]?.blobs[6], error);
        assert.equal(points.requests[0]?.doubles[0], status);
        assert.deepEqual(points.tokens, []);
        assert.equal(points.auth.length, 1);
        assert.equal(points.auth[0]?.blobs[1], auth);
      }
    });
  }

  test('while its object is down', async (t) => {
    t.after(() => gateway.faults({}));
    await gateway.faults({ objects: 'throw' });
    const response = await gateway.chat(made.key, say('hi'));
    await errorOf(response, 503);
    const { requests, tokens } = await gateway.points(requestId(response));
    assert.equal(requests[0]?.blobs[6], 'OVERLOADED');
    assert.deepEqual(tokens, []);
  });
});

test('reading the models records a request and an auth point', async () => {
  const response = await gateway.call('/ai/models', { key: made.key });
  await response.arrayBuffer();
  const points = await gateway.points(requestId(response));
  assert.equal(points.requests[0]?.blobs[1], '/ai/models');
  assert.deepEqual([points.requests.length, points.tokens.length, points.auth.length], [1, 0, 1]);
});

test('health, preflights and paths that are not there record nothing', async () => {
  const before = await allPoints();
  for (const [path, method] of [
    ['/health', 'GET'],
    ['/ai/chat', 'OPTIONS'],
    ['/nothing', 'GET'],
  ] as const) {
    await (await gateway.call(path, { method })).arrayBuffer();
  }
  assert.equal(await allPoints(), before);
});

test('points that cannot be written harm no answer', async (t) => {
  t.after(() => gateway.faults({}));
  await gateway.faults({ points: 'throw' });
  assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
  const streamed = await gateway.chat(made.key, stream('hi'));
  assert.match(await streamed.text(), /"done":true/);
  await errorOf(await gateway.chat('nonsense', say('hi')), 401);
});

test('no point holds a key, a prompt or an answer', async () => {
  await (await gateway.chat(made.key, say('a very private question'))).arrayBuffer();
  const response = await gateway.call('/_harness/points');
  const text = await response.text();
  assert.ok(text.includes(made.keyId));
  for (const secret of [made.key, made.key.slice(4, -6), 'private question', 'not a model']) {
    assert.ok(!text.includes(secret), secret);
  }
});
