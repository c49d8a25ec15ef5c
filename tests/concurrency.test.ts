/** Slots: never more requests at once than the limit, and a slot is free however its request ended. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { errorOf, eventsOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway } from './harness/gateway.ts';
import { chatHead, open } from './harness/raw.ts';
import { settled, usageOf } from './harness/usage.ts';
import { eventually, SOON_MS } from './harness/wait.ts';
import { entryOf, readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();
const impatient = await gatewayForTests({ variables: { DEADLINES_MS: '1000,1000,1000,1500' } });

const QUICK = '[[sandbox: tokens=1]]';

interface Caller {
  socket: Socket;
  /** 0 until the head of the answer is there. */
  status: number;
  answer: string;
}

/** A chat over a socket of its own, to be torn down at will. */
function dial(key: string, body: object): Caller {
  const content = JSON.stringify(body);
  const caller: Caller = { socket: open(gateway.url), status: 0, answer: '' };
  caller.socket.on('error', () => {}); // A reset, which the test made.
  caller.socket.on('data', (piece: Buffer) => {
    caller.answer += piece.toString();
    caller.status ||= Number(/^HTTP\/1.1 (\d+)/.exec(caller.answer)?.[1] ?? 0);
  });
  const head = chatHead(key, `content-length: ${Buffer.byteLength(content)}`);
  caller.socket.write(`${head.join('\r\n')}\r\n\r\n${content}`);
  return caller;
}

async function keyOf(concurrency: number, of: Gateway = gateway) {
  const tenant = of.newTenant();
  await of.putTenant(tenant, { concurrency });
  return of.makeKey({ tenant });
}

describe('a limit of 5 and 100 stalled streams at once', () => {
  for (const whose of ['tenant', 'key'] as const) {
    for (const how of ['destroy', 'resetAndDestroy'] as const) {
      test(`of a ${whose}: 5 run, and 5 more once those have left (${how})`, async (t) => {
        const { key, tenantId } =
          whose === 'tenant' ? await keyOf(5) : await gateway.makeKey({ concurrency: 5 });
        const mark = `stalled-${whose}-${how}`;
        const body = stream(`${mark} [[sandbox: stall=1]]`);
        const callers = Array.from({ length: 100 }, () => dial(key, body));
        const of = (status: number): Caller[] =>
          callers.filter((caller) => caller.status === status);
        await eventually('all 100 decided', () => of(0).length === 0 || undefined, 10_000);
        assert.deepEqual([of(200).length, of(429).length], [5, 95]);
        for (const { answer } of of(429)) {
          assert.match(answer, /\r\nretry-after: 1\r\n/i);
          assert.match(answer, new RegExp(`"limit_source":"${whose}"`));
          assert.match(answer, /"limit_kind":"concurrency"/);
        }
        const reached = (): number =>
          gateway.sandbox.requests.filter(({ body }) => JSON.stringify(body).includes(mark)).length;
        assert.equal(reached(), 5);
        assert.equal((await usageOf(gateway, tenantId)).in_flight, 5);

        const leftAt = performance.now();
        for (const { socket } of of(200)) socket[how]();
        for (const { socket } of of(429)) socket.destroy();
        const next: Caller[] = [];
        while (next.length < 5) {
          const tookMs = performance.now() - leftAt;
          assert.ok(tookMs <= SOON_MS, `${next.length} of 5 admitted within ${tookMs} ms`);
          const caller = dial(key, body);
          await eventually('a decision', () => caller.status || undefined);
          if (caller.status === 200) next.push(caller);
          else await passed(5);
        }
        t.diagnostic(`five more after ${Math.round(performance.now() - leftAt)} ms`);
        // No slot was freed twice.
        const sixth = dial(key, body);
        assert.equal(await eventually('a decision', () => sixth.status || undefined), 429);
        sixth.socket.destroy();
        for (const { socket } of next) socket.resetAndDestroy();
        await settled(gateway, tenantId);
      });
    }
  }
});

describe(
  'the one slot is taken while a request runs, and free within a second of its end',
  { concurrency: 6 },
  () => {
    /** Nobody else is admitted now. */
    async function assertTaken(key: string, of: Gateway = gateway): Promise<void> {
      const { details } = await errorOf(await of.chat(key, say(QUICK)), 429);
      assert.equal(details?.['limit_kind'], 'concurrency');
    }

    /** Somebody else is admitted, and after that nobody, until it has ended: there is one slot, not two. */
    async function assertFreed(key: string, tenant: string, of: Gateway = gateway): Promise<void> {
      const usage = await settled(of, tenant, SOON_MS);
      assert.equal(usage.reserved_usd, 0);
      const leave = new AbortController();
      const next = await of.chat(key, stream('[[sandbox: stall=1]]'), { signal: leave.signal });
      assert.equal(next.status, 200);
      await assertTaken(key, of);
      // Needed till here: an answer that nobody can read any more is cancelled when it is collected.
      assert.ok(!next.bodyUsed);
      leave.abort();
      await settled(of, tenant);
    }

    test('by a plain answer and a stream that ended well', async () => {
      const { key, tenantId } = await keyOf(1);
      for (const body of [say, stream]) {
        const gate = `well-${body.name}`;
        const running = gateway.chat(key, body(`[[sandbox: hold=${gate}]]`));
        await entryOf(gateway, gate);
        await assertTaken(key);
        await fetch(`${gateway.sandbox.url}/_sandbox/release/${gate}`, { method: 'POST' });
        const response = await running;
        assert.equal(response.status, 200);
        await response.text();
        await assertFreed(key, tenantId);
      }
    });

    for (const [what, directives, status] of [
      ['an error', 'status=500', 502],
      ['an HTML page', 'html', 502],
      ['a closed connection', 'drop', 502],
      ['an answer that is cut', 'cut=0', 502],
    ] as const) {
      for (const [how, body] of [
        ['plain', say],
        ['streamed', stream],
      ] as const) {
        test(`by ${what}, ${how}`, async () => {
          const { key, tenantId } = await keyOf(1);
          await errorOf(await gateway.chat(key, body(`[[sandbox: ${directives}]]`)), status);
          await assertFreed(key, tenantId);
        });
      }
    }

    for (const [what, directives] of [
      ['is cut', 'cut=3'],
      ['ends without its end', 'end=3'],
      ['sends an error', 'error=3'],
      ['breaks', 'badjson=3'],
    ] as const) {
      test(`by a stream that ${what} in the middle`, async () => {
        const { key, tenantId } = await keyOf(1);
        const response = await gateway.chat(key, stream(`[[sandbox: ${directives} gap=700]]`));
        const reader = readerOf(response);
        const begun = await readUntil(reader, 'delta');
        await assertTaken(key);
        let text = begun;
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
          text += Buffer.from(piece.value).toString();
        }
        assert.equal(eventsOf(text).at(-1)?.error, 'UPSTREAM_ERROR');
        await assertFreed(key, tenantId);
      });
    }

    for (const [what, body, status] of [
      ['before its headers, plain', say('[[sandbox: delay=20000]]'), 504],
      ['before its headers, streamed', stream('[[sandbox: delay=20000]]'), 504],
      ['before its first delta', stream('[[sandbox: stall=0]]'), 504],
      ['in the middle of a stream', stream('[[sandbox: stall=2]]'), 200],
      ['in the middle of a plain answer', say('[[sandbox: stall=1]]'), 504],
    ] as const) {
      test(`by a backend that takes too long ${what}`, async () => {
        const { key, tenantId } = await keyOf(1, impatient);
        const running = impatient.chat(key, body);
        await eventually('it is under way', async () =>
          (await usageOf(impatient, tenantId)).in_flight === 1 ? true : undefined,
        );
        await assertTaken(key, impatient);
        const response = await running;
        if (status === 504) await errorOf(response, 504);
        else assert.equal(eventsOf(await response.text()).at(-1)?.error, 'UPSTREAM_TIMEOUT');
        await assertFreed(key, tenantId, impatient);
      });
    }

    for (const [what, body] of [
      ['before the headers of a plain answer', say('[[sandbox: delay=60000]]')],
      ['in the middle of a plain answer', say('[[sandbox: stall=1]]')],
      ['before the headers of a stream', stream('[[sandbox: delay=60000]]')],
      ['before the first delta of a stream', stream('[[sandbox: stall=0]]')],
    ] as const) {
      test(`by a client that goes ${what}`, async () => {
        const { key, tenantId } = await keyOf(1);
        const mark = `gone ${what}`;
        const { socket } = dial(key, { ...body, systemPrompt: mark });
        const entry = await entryOf(gateway, mark);
        await assertTaken(key);
        socket.resetAndDestroy();
        await assertFreed(key, tenantId);
        assert.notEqual(entry.clientLeftAt, null);
      });
    }

    test('by clients that go at any moment of their first 20 ms', async () => {
      const { key, tenantId } = await keyOf(100);
      const callers = await Promise.all(
        Array.from({ length: 60 }, async (_, at) => {
          const body = at % 2 === 0 ? say : stream;
          const caller = dial(key, body('early [[sandbox: delay=60000]]'));
          await passed(at / 3);
          caller.socket.resetAndDestroy();
          return caller;
        }),
      );
      assert.ok(callers.every(({ status }) => status === 0));
      const usage = await settled(gateway, tenantId, 2 * SOON_MS);
      assert.deepEqual([usage.spent_usd, usage.reserved_usd, usage.days], [0, 0, []]);
    });
  },
);
