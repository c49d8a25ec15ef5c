import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { Entry } from '../sandbox/journal.ts';
import { errorOf, eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { DataPoint, Dataset, Gateway } from './harness/gateway.ts';
import { chatHead, open } from './harness/raw.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

/** How soon the backend must know that the client has left. */
const SOON_MS = 1_000;

async function streamed(text: string, extra: object = {}): Promise<StreamEvent[]> {
  const response = await gateway.chat(key, stream(text, extra));
  assert.equal(response.status, 200);
  return eventsOf(await response.text());
}

/** The sandbox's record of the request that holds this mark. */
function entryOf(mark: string, of: Gateway = gateway): Promise<Entry> {
  return eventually(`a request with ${mark}`, () =>
    of.sandbox.requests.find(({ body }) => JSON.stringify(body).includes(mark)),
  );
}

/** Reads until the bytes so far hold a text. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  text: string,
): Promise<string> {
  let sofar = '';
  const decoder = new TextDecoder();
  while (!sofar.includes(text)) {
    const { done, value } = await reader.read();
    assert.ok(!done, `ended without ${text}: ${sofar}`);
    sofar += decoder.decode(value, { stream: true });
  }
  return sofar;
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  assert.ok(response.body);
  return response.body.getReader();
}

/** Exactly one point of each kind, and their outcome. */
function assertOnePoint(points: Record<Dataset, DataPoint[]>, outcome: string): DataPoint {
  assert.equal(points.requests.length, 1);
  assert.equal(points.tokens.length, 1);
  assert.equal(points.auth.length, 1);
  assert.equal(points.requests[0]?.blobs[6], outcome);
  assert.equal(points.auth[0]?.blobs[1], 'ok');
  const [tokens] = points.tokens;
  assert.ok(tokens);
  return tokens;
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
  const entry = await entryOf(mark);
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
      const entry = await entryOf(mark);
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
        const entry = await entryOf(mark);
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
      const entry = await entryOf(mark);
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
  const most = 64 << 20;
  const flood = 'ignorecap burst size=65536 tokens=4000'; // 256 MB and more
  const body = JSON.stringify(stream(`${mark} [[sandbox: ${flood.replace('burst ', '')}]]`));
  const socket = open(gateway.url);
  socket.pause();
  const head = chatHead(key, `content-length: ${Buffer.byteLength(body)}`);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  await once(socket, 'connect');
  const entry = await entryOf(mark);
  await eventually('standstill', async () => {
    const before = entry.bytesSent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return before > 0 && entry.bytesSent === before ? true : undefined;
  });
  assert.equal(entry.endedAt, null);
  assert.ok(entry.bytesSent < most, `${entry.bytesSent} bytes taken`);
  const leftAt = Date.now();
  socket.destroy();
  const seenAt = await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
  assert.ok(seenAt - leftAt <= SOON_MS, `${seenAt - leftAt} ms`);
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
  const entry = await entryOf(mark);
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
      assert.ok(tookMs >= 750 && tookMs < 4_500, `${tookMs} ms`);
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
      assert.ok(tookMs >= 750 && tookMs < 4_500, `${tookMs} ms`);
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
      const signal = AbortSignal.timeout(6_000);
      await errorOf(await stuck.chat(made.key, stream('hi'), { signal }), 504);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
