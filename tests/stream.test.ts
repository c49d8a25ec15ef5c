/** Streams: any split of the bytes, usage in every form, failures in the middle. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, requestId, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { eventually } from './harness/wait.ts';
import { assertOnePoint, entryOf, readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

async function streamed(text: string, extra: object = {}): Promise<StreamEvent[]> {
  const response = await gateway.chat(key, stream(text, extra));
  assert.equal(response.status, 200);
  return eventsOf(await response.text());
}

describe('however the backend cuts its stream, the client gets the same events', async () => {
  const text = async (directives: string) => {
    const events = await streamed(`same text [[sandbox: ${directives}]]`);
    assert.equal(events.at(-1)?.done, true);
    assert.equal(events.filter(({ done }) => done).length, 1);
    return textOf(events);
  };
  for (const directives of [
    'split=1 unicode',
    'split=2 unicode',
    'split=3 unicode crlf',
    'split=7 unicode bom',
    'split=1 unicode crlf bom comments',
    'split=1000 unicode',
    'burst unicode',
    'unicode gap=2',
    'unicode comments',
    'unicode crlf',
    'unicode bom',
  ]) {
    test(directives, async () => {
      const whole = await text('unicode');
      assert.match(whole, /👩‍🚀.*«same text»/su);
      assert.equal(await text(directives), whole);
    });
  }

  test('tool calls and reasoning, byte by byte', async () => {
    const tools = [{ type: 'function', function: { name: 'look_up', parameters: {} } }];
    const joined = async (directives: string) => {
      const events = await streamed(`look_up [[sandbox: ${directives} reasoning=3]]`, { tools });
      const deltas = events.flatMap(({ delta }) => (delta ? [delta] : []));
      return {
        reasoning: deltas.map(({ reasoning }) => reasoning ?? '').join(''),
        calls: deltas
          .flatMap(({ toolCalls }) => toolCalls ?? [])
          .map((call) => call.function.arguments ?? '')
          .join(''),
      };
    };
    assert.deepEqual(await joined('split=1 crlf'), await joined('burst'));
  });
});

test('the first delta is there before the backend has finished', async () => {
  const mark = 'first-before-last';
  const leave = new AbortController();
  const response = await gateway.chat(key, stream(`${mark} [[sandbox: stall=2]]`), {
    signal: leave.signal,
  });
  const reader = readerOf(response);
  assert.match(await readUntil(reader, ' is'), /"This"/);
  const entry = await entryOf(gateway, mark);
  assert.equal(entry.endedAt, null);
  assert.equal(entry.deltasSent, 2);
  leave.abort();
});

test('each delta is there when it was sent, not with the next one', async () => {
  const response = await gateway.chat(key, stream('[[sandbox: tokens=5 gap=100]]'));
  const reader = readerOf(response);
  let arrivals = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (Buffer.from(value).includes('"delta"')) arrivals += 1;
  }
  assert.equal(arrivals, 5);
});

test('while the backend is silent, comments keep the connection alive', async () => {
  const leave = new AbortController();
  const response = await gateway.chat(key, stream('[[sandbox: stall=1]]'), {
    signal: leave.signal,
  });
  await readUntil(readerOf(response), '\n\n:\n\n');
  leave.abort();
});

describe('usage in a stream', () => {
  const last = async (directives: string) => {
    const events = await streamed(`count me [[sandbox: tokens=12 ${directives}]]`);
    return events.at(-1) ?? {};
  };

  test('in every event: the last one counts', async () => {
    const [once, every] = [await last(''), await last('usage=every')];
    assert.equal(every.outputTokens, 12);
    assert.equal(once.outputTokens, 12);
    assert.equal(every.usageEstimated, undefined);
  });

  for (const usage of ['none', 'null', 'absurd']) {
    test(`${usage}: estimated, and said to be`, async () => {
      const { usageEstimated, outputTokens, costUsd } = await last(`usage=${usage}`);
      assert.equal(usageEstimated, true);
      assert.ok(Number(outputTokens) > 0 && Number(outputTokens) < 100, `${outputTokens}`);
      assert.ok(Number(costUsd) > 0 && Number(costUsd) < 0.001, `${costUsd}`);
    });
  }

  test('zero: stays zero', async () => {
    const { inputTokens, outputTokens, costUsd, usageEstimated } = await last('usage=zero');
    assert.deepEqual([inputTokens, outputTokens, costUsd, usageEstimated], [0, 0, 0, undefined]);
  });

  test('wrong: as the backend reports it, it is what it bills', async () => {
    const { outputTokens } = await last('usage=wrong');
    assert.equal(outputTokens, 25);
  });
});

describe('a failure after the first byte is an event, and no end is claimed', () => {
  for (const [what, directives] of [
    ['the connection is cut', 'cut=3'],
    ['the stream ends without [DONE]', 'end=3'],
    ['the backend sends an error', 'error=3'],
    ['an event is broken', 'badjson=3'],
    ['an event is too large', 'reasoning=3 huge=2000000'],
  ] as const) {
    test(what, async () => {
      const response = await gateway.chat(key, stream(`[[sandbox: ${directives}]]`));
      assert.equal(response.status, 200);
      const events = eventsOf(await response.text());
      const last = events.at(-1);
      assert.equal(events.filter(({ delta }) => delta).length, 3);
      assert.equal(events.length, 4);
      assert.equal(last?.error, 'UPSTREAM_ERROR');
      assert.ok(last.message && !last.message.includes('asked to'));
      assert.deepEqual(Object.keys(last), ['error', 'message']);
      assert.ok(events.every(({ done }) => done !== true));
      assertOnePoint(await gateway.points(requestId(response)), 'UPSTREAM_ERROR');
    });
  }
});

describe('a failure before the first byte is a status', () => {
  for (const [what, directives] of [
    ['the connection is cut', 'cut=0'],
    ['the stream ends at once', 'end=0'],
    ['the backend sends an error', 'error=0'],
    ['the first event is broken', 'badjson=0'],
    ['the first event is too large', 'huge=2000000'],
  ] as const) {
    test(what, async () => {
      const response = await gateway.chat(key, stream(`[[sandbox: ${directives}]]`));
      await errorOf(response, 502);
      assertOnePoint(await gateway.points(requestId(response)), 'UPSTREAM_ERROR');
    });
  }
});

test('an event of just under the largest size passes', async () => {
  const events = await streamed('[[sandbox: huge=1000000 tokens=2]]');
  assert.equal(events.at(-1)?.done, true);
  assert.ok(textOf(events).length > 990_000);
});

test('the stream ends with [DONE], whatever the backend does after it', async () => {
  const mark = 'never-closes';
  const events = await streamed(`${mark} [[sandbox: noclose tokens=3]]`);
  assert.equal(events.at(-1)?.done, true);
  const entry = await entryOf(gateway, mark);
  await eventually('the end of the call', () => entry.clientLeftAt ?? entry.endedAt ?? undefined);
});

describe('what a finished stream records', () => {
  test('one point of each kind, with its numbers', async () => {
    const response = await gateway.chat(key, stream('[[sandbox: tokens=7 first=40]]'));
    const events = eventsOf(await response.text());
    const points = await gateway.points(requestId(response));
    const tokens = assertOnePoint(points, 'complete');
    const [request] = points.requests;
    assert.deepEqual(request?.blobs.slice(1, 5), ['/ai/chat', '', 'meta-llm', 'sandbox']);
    assert.equal(request?.blobs[7], 'stream');
    const [status = 0, latency = 0, firstToken = 0] = request?.doubles ?? [];
    assert.equal(status, 200);
    assert.ok(firstToken >= 40 && firstToken <= latency, `${firstToken} of ${latency}`);
    const last = events.at(-1);
    assert.deepEqual(tokens.doubles, [
      last?.inputTokens,
      last?.outputTokens,
      0,
      Math.round(Number(last?.costUsd) * 1e9),
    ]);
    assert.equal(tokens.blobs[5], 'reported');
  });

  test('many at once record one point each', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const response = await gateway.chat(key, stream(`[[sandbox: tokens=20 split=${at + 1}]]`));
        assert.equal(eventsOf(await response.text()).at(-1)?.done, true);
        return requestId(response);
      }),
    );
    for (const id of ids) assertOnePoint(await gateway.points(id), 'complete');
  });
});
