/**
 * Streamed chats in great number, through to their end or left in the middle: nothing is left over, here or at the gateway.
 * 400 of them; 20,000 with `NEUREUS_SOAK=1`, of which the first half warms up: the gateway's memory grows until about the
 * 9,000th, and not from there to the 15,000th.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gatewayForTests } from '../harness/gateway.ts';
import { SOAK } from '../harness/random.ts';
import { nanos, priceOf, settled } from '../harness/usage.ts';
import { eventually } from '../harness/wait.ts';
import { clientOf, user } from './client.ts';

const gateway = await gatewayForTests();
const CHATS = SOAK ? 20_000 : 400;
const WARM_UP = SOAK ? 10_000 : 100;
const AT_ONCE = 8;
const PATIENCE_MS = SOAK ? 1_800_000 : 120_000;

/** What a process has open: connections, and whatever else there was before. */
function descriptors(pid: number | 'self'): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

/** MB of a process that are in memory. */
function resident(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

test(`${CHATS} streams leave nothing behind`, { timeout: PATIENCE_MS }, async (t) => {
  const tenant = gateway.newTenant();
  const client = await clientOf(gateway, { tenant });
  const signal = new AbortController().signal;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((...parts: Parameters<typeof add>) => {
    listeners += 1;
    add(...parts);
  }) as typeof add;
  signal.removeEventListener = ((...parts: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...parts);
  }) as typeof remove;

  let [ended, left] = [0, 0];
  const one = async (at: number): Promise<void> => {
    const leaves = at % 4 === 3;
    const prompt = `number ${at}${leaves ? ' [[sandbox: tokens=500 gap=10]]' : ''}`;
    const stream = client.ai.stream(user(prompt), { signal });
    let pieces = 0;
    for await (const text of stream) {
      assert.equal(typeof text, 'string');
      pieces += 1;
      if (leaves && pieces === 3) break;
    }
    if (leaves) left += 1;
    else {
      assert.equal((await stream.usage).outputTokens, pieces);
      ended += 1;
    }
  };
  const rounds = async (from: number, to: number): Promise<void> => {
    let next = from;
    const lane = async (): Promise<void> => {
      while (next < to) await one(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  await rounds(0, WARM_UP);
  collect();
  const before = {
    heap: process.memoryUsage().heapUsed,
    here: descriptors('self'),
    there: descriptors(gateway.pid),
    timers: timers(),
    wasm: await gateway.wasmBytes(),
  };
  const memory = [resident(gateway.pid)];
  const third = (CHATS - WARM_UP) / 3;
  for (let part = 0; part < 3; part += 1) {
    await rounds(Math.round(WARM_UP + third * part), Math.round(WARM_UP + third * (part + 1)));
    memory.push(resident(gateway.pid));
  }
  collect();
  const grown = (process.memoryUsage().heapUsed - before.heap) / 1e6;
  const wasm = await gateway.wasmBytes();
  const of = memory.map((mb) => mb.toFixed(0)).join(', ');
  t.diagnostic(
    `heap of the SDK ${grown.toFixed(1)} MB more; Wasm ${before.wasm} bytes before, ${wasm} after; ` +
      `workerd after each part: ${of} MB`,
  );

  assert.deepEqual([ended, left], [(CHATS * 3) / 4, CHATS / 4]);
  assert.equal(listeners, 0, 'listeners of the signal');
  // The sandbox of this process has some, too, until it has seen who left.
  await eventually('the end of timers', () => (timers() <= before.timers ? true : undefined));
  // A connection for each lane stays open for the next; those of streams that were left are closed.
  await eventually('closed connections', () => {
    const [here, there] = [
      descriptors('self') - before.here,
      descriptors(gateway.pid) - before.there,
    ];
    // The gateway has one to the backend besides, for each.
    return here <= AT_ONCE && there <= 2 * AT_ONCE ? true : undefined;
  });
  assert.ok(grown < 20, `the heap grew by ${grown} MB`);
  // It never shrinks: what ten thousand leave behind would show.
  assert.ok(wasm - before.wasm <= 1 << 20, `Wasm grew from ${before.wasm} to ${wasm} bytes`);

  const usage = await settled(gateway, tenant, 70_000);
  assert.equal(usage.reserved_usd, 0);
  const [row] = usage.days;
  assert.equal(row?.requests, CHATS);
  assert.equal(row.estimated_requests, left);
  // Each is rounded up to a nano-dollar once.
  const sum = priceOf(row.input_tokens, row.output_tokens);
  assert.ok(nanos(usage.spent_usd) >= sum && nanos(usage.spent_usd) <= sum + CHATS);
  const open = gateway.sandbox.requests.filter(({ endedAt }) => endedAt === null);
  assert.equal(open.length, 0, 'calls of the backend that are still open');
});
