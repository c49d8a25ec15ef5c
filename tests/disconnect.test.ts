/** Clients that leave, or do not read: the backend stops within a second. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { chatHead, open } from './harness/raw.ts';
import { eventually, SOON_MS } from './harness/wait.ts';
import { assertOnePoint, entryOf, readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

/** How long a flood may take to come to a standstill. */
const FLOOD_MS = 30_000;

describe('a client that leaves stops the backend', () => {
  const states: [string, string][] = [
    ['while deltas flow', 'ignorecap tokens=100000 gap=5'],
    ['while they flow as fast as they can', 'ignorecap tokens=1000000'],
    ['while the backend stalls', 'stall=3'],
  ];
  for (const [what, directives] of states) {
    test(`${what}, by cancelling`, async () => {
      const mark = `cancel-${what}`;
      const leave = new AbortController();
      const response = await gateway.chat(key, stream(`${mark} [[sandbox: ${directives}]]`), {
        signal: leave.signal,
      });
      await readUntil(readerOf(response), ' is');
      const leftAt = Date.now();
      leave.abort();
      const entry = await entryOf(gateway, mark);
      const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
      assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);
      const points = await gateway.points(requestId(response));
      const tokens = assertOnePoint(points, 'cancelled');
      assert.equal(tokens.blobs[5], 'estimated');
      assert.ok(Number(tokens.doubles[1]) > 0, 'what was produced is charged');
    });

    for (const how of ['destroy', 'end'] as const) {
      test(`${what}, by closing the socket (${how})`, async () => {
        const mark = `socket-${how}-${what}`;
        const body = JSON.stringify(stream(`${mark} [[sandbox: ${directives}]]`));
        const socket = open(gateway.url);
        const head = chatHead(key, `content-length: ${Buffer.byteLength(body)}`);
        socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
        let sofar = '';
        socket.on('data', (piece: Buffer) => (sofar += piece.toString()));
        await eventually('the first deltas', () => (sofar.includes(' is') ? true : undefined));
        const leftAt = Date.now();
        if (how === 'destroy') socket.resetAndDestroy();
        else socket.destroy();
        const entry = await entryOf(gateway, mark);
        const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
        assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);
      });
    }
  }

  // Before anything was sent only a reset tells that the client has left: after a mere FIN it might
  // still be reading.
  for (const [what, body, begun] of [
    ['before the headers of a plain answer', say('[[sandbox: delay=60000]]'), false],
    ['before the headers of a stream', stream('[[sandbox: delay=60000]]'), false],
    ['before the first delta of a stream', stream('[[sandbox: stall=0]]'), true],
    ['in the middle of a plain answer', say('[[sandbox: stall=1]]'), true],
  ] as const) {
    test(what, async () => {
      const mark = `early ${what}`;
      const content = JSON.stringify({ ...body, systemPrompt: mark });
      const socket = open(gateway.url);
      const surface = what.replaceAll(' ', '-').slice(0, 32);
      const head = chatHead(
        key,
        `content-length: ${Buffer.byteLength(content)}`,
        `x-neureus-surface: ${surface}`,
      );
      socket.write(`${head.join('\r\n')}\r\n\r\n${content}`);
      const entry = await entryOf(gateway, mark);
      if (begun) await eventually('its first byte', () => entry.firstByteAt ?? undefined);
      const leftAt = Date.now();
      socket.resetAndDestroy();
      const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
      assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);
      assertOnePoint(await gateway.pointsOfSurface(surface), 'cancelled');
    });
  }
});

test('a client that does not read holds the backend back, and may still leave', async () => {
  const mark = 'never-reads';
  // Within the model's cap, and more by far than the buffers on the way hold: some 130 MB come in and 17 go out.
  const flood = `${mark} [[sandbox: size=60 pad=2000 tokens=60000 usage=every]]`;
  const body = JSON.stringify(stream(flood, { model: 'claude-haiku-4-5' }));
  const socket = open(gateway.url);
  socket.pause();
  const head = chatHead(key, `content-length: ${Buffer.byteLength(body)}`);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  await once(socket, 'connect');
  const entry = await entryOf(gateway, mark);
  await eventually(
    'standstill',
    async () => {
      const before = entry.bytesSent;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return before > 0 && entry.bytesSent === before ? true : undefined;
    },
    FLOOD_MS,
  );
  assert.equal(entry.endedAt, null, `${entry.outcome} after ${entry.bytesSent} bytes`);
  const leftAt = Date.now();
  socket.destroy();
  const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
  assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);
});
