/** Liveness to the letter, and paths and methods that are not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();

test('health is answered to the byte, without a key and without touching anything', async () => {
  const before = await gateway.calls();
  const response = await gateway.call('/health');
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '{"status":"ok","product":"neureus"}');
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.match(response.headers.get('x-request-id') ?? '', /^req_/);
  assert.equal(response.headers.get('access-control-allow-origin'), null);
  assert.deepEqual(await gateway.calls(), before);
});

test('a query changes nothing', async () => {
  const response = await gateway.call('/health?verbose=1');
  assert.equal(await response.text(), '{"status":"ok","product":"neureus"}');
});

test('HEAD gets the headers and no body', async () => {
  const response = await gateway.call('/health', { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(await response.text(), '');
});

test('health is there while objects, KV and D1 are down', async (t) => {
  t.after(() => gateway.faults({}));
  await gateway.faults({ objects: 'hang', keys: 'hang', database: 'hang' });
  assert.equal((await gateway.call('/health')).status, 200);
});

for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
  test(`${method} on health is told what the path takes`, async () => {
    const response = await gateway.call('/health', { method });
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
    await errorOf(response, 405);
  });
}

for (const path of [
  '/',
  '/healthz',
  '/health/',
  '/ai',
  '/ai/chat/',
  '/v1',
  '/AI/CHAT',
  '/%2e%2e',
]) {
  test(`there is nothing at ${path}`, async () => {
    await errorOf(await gateway.call(path), 404);
  });
}

test('a path that is there with other methods says which', async () => {
  const response = await gateway.call('/ai/chat');
  assert.equal(response.headers.get('allow'), 'POST');
  await errorOf(response, 405);
  const models = await gateway.call('/ai/models', { method: 'POST' });
  assert.equal(models.headers.get('allow'), 'GET, HEAD');
  await errorOf(models, 405);
});
