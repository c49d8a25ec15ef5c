/** Backends that take too long: a status before the first byte, an event after it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { eventually } from './harness/wait.ts';
import { assertOnePoint } from './harness/watch.ts';

describe('deadlines', async () => {
  const impatient = await gatewayForTests({
    variables: { DEADLINES_MS: '800,800,800,2500' },
  });
  const own = await impatient.makeKey();

  for (const [what, body] of [
    ['the headers of a stream', stream('[[sandbox: delay=20000]]')],
    ['the first byte of a stream', stream('[[sandbox: first=20000]]')],
    ['the first delta of a stream', stream('[[sandbox: stall=0]]')],
    ['a plain answer', say('[[sandbox: delay=20000]]')],
    ['the second half of a plain answer', say('[[sandbox: stall=1]]')],
  ] as const) {
    test(`${what}: 504, and the call is ended`, async () => {
      const began = performance.now();
      const response = await impatient.chat(own.key, body);
      await errorOf(response, 504);
      const tookMs = performance.now() - began;
      assert.ok(tookMs >= 750 && tookMs < 15_000, `${tookMs} ms`);
      const entry = impatient.sandbox.requests.at(-1);
      await eventually('the end of the call', () => entry?.clientLeftAt ?? undefined);
      assertOnePoint(await impatient.points(requestId(response)), 'UPSTREAM_TIMEOUT');
    });
  }

  for (const [what, directives, deltas] of [
    ['a pause in a stream', 'stall=2', 2],
    ['a pause between two deltas', 'gap=5000', 1],
    ['the whole of a stream', 'gap=100 tokens=200', undefined],
  ] as const) {
    test(`${what}: an error event, and the call is ended`, async () => {
      const began = performance.now();
      const response = await impatient.chat(own.key, stream(`[[sandbox: ${directives}]]`));
      assert.equal(response.status, 200);
      const events = eventsOf(await response.text());
      const tookMs = performance.now() - began;
      assert.ok(tookMs >= 750 && tookMs < 15_000, `${tookMs} ms`);
      assert.equal(events.at(-1)?.error, 'UPSTREAM_TIMEOUT');
      assert.ok(events.every(({ done }) => done !== true));
      if (deltas !== undefined) assert.equal(events.length, deltas + 1);
      const entry = impatient.sandbox.requests.at(-1);
      await eventually('the end of the call', () => entry?.clientLeftAt ?? undefined);
      assertOnePoint(await impatient.points(requestId(response)), 'UPSTREAM_TIMEOUT');
    });
  }

  test('a backend that only says it is alive: 504 when the whole time is over', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write(': working\n\n'), 100);
      response.on('close', () => clearInterval(timer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const stuck = await gatewayForTests({
      variables: {
        DEADLINES_MS: '800,800,800,2500',
        MODEL_BACKEND_URL: `http://127.0.0.1:${port}`,
      },
    });
    const made = await stuck.makeKey();
    try {
      const signal = AbortSignal.timeout(15_000);
      await errorOf(await stuck.chat(made.key, stream('hi'), { signal }), 504);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
