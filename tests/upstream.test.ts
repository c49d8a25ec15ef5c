/** What backends of each dialect send that they should not, byte by byte over a socket, and what it costs. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { errorOf, eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import type { StreamEvent } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { charged, estimated, nanos, priceOf, settled } from './harness/usage.ts';

/** What the backend answers next, whatever it is asked. */
let next = { type: 'application/json', body: '' };

const backend = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': next.type });
    response.end(next.body);
  });
});
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
after(() => backend.close());
const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;

const gateway = await gatewayForTests({
  variables: {
    SANDBOX_URL: undefined,
    OPENAI_BASE_URL: url,
    OPENAI_API_KEY: 'sk-of-the-deployment-openai',
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'sk-of-the-deployment-anthropic',
    WORKERS_AI_URL: url,
  },
});

interface Dialect {
  model: string;
  /** The API whose form is this dialect's own: its events are passed on. */
  own?: string;
  /** A whole answer of this text, with more fields. */
  plain: (text: string, usage?: object) => object;
  /** Answers that hold none. */
  none: object[];
  begin: object[];
  text: (text: string) => object[];
  usage: (input: number, output: number) => object;
  /** Nothing, in the ways that there are. */
  nothing: object[];
  /** Two calls, `f({"a":1})` and `g({"b":2})`, their pieces in turn. */
  calls: object[];
  end: (object | string)[];
}

const dialects: Record<string, Dialect> = {
  'OpenAI’s': {
    model: 'gpt-4o-mini',
    own: '/v1/chat/completions',
    plain: (text, usage) => ({
      choices: [{ index: 0, message: { role: 'assistant', content: text } }],
      ...usage,
    }),
    none: [{ choices: [] }, { choices: null }, { choices: [{ index: 0 }] }],
    begin: [],
    text: (text) => [{ choices: [{ index: 0, delta: { content: text } }] }],
    usage: (input, output) => ({
      choices: [],
      usage: { prompt_tokens: input, completion_tokens: output },
    }),
    nothing: [
      { choices: [] },
      { choices: null, usage: null },
      { choices: [{ index: 0, delta: { role: 'assistant', content: null } }] },
      {},
    ],
    calls: [
      [0, { id: 'c0', type: 'function', function: { name: 'f', arguments: '{"a"' } }],
      [1, { id: 'c1', type: 'function', function: { name: 'g', arguments: '{"b"' } }],
      [0, { function: { arguments: ':1}' } }],
      [1, { function: { arguments: ':2}' } }],
    ].map(([index, call]) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index, ...(call as object) }] } }],
    })),
    end: ['[DONE]'],
  },
  'Anthropic’s': {
    model: 'claude-haiku-4-5',
    own: '/v1/messages',
    plain: (text, usage) => ({
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      ...usage,
    }),
    none: [{ type: 'message' }, { content: null }],
    begin: [{ type: 'message_start', message: { role: 'assistant', content: [] } }],
    text: (text) => [
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
      { type: 'content_block_stop', index: 0 },
    ],
    usage: (input, output) => ({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: input, output_tokens: output },
    }),
    nothing: [
      { type: 'ping' },
      { type: 'later', x: [1] },
      { type: 'message_delta', delta: {}, usage: null },
    ],
    calls: [
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'c0', name: 'f', input: {} },
      },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 'c1', name: 'g', input: {} },
      },
      ...['{"a"', '{"b"', ':1}', ':2}'].map((piece, at) => ({
        type: 'content_block_delta',
        index: at % 2,
        delta: { type: 'input_json_delta', partial_json: piece },
      })),
    ],
    end: [{ type: 'message_stop' }],
  },
  'Workers AI’s': {
    model: 'meta-llm',
    plain: (text, usage) => ({ response: text, ...usage }),
    none: [{}, { response: null }, { choices: [] }],
    begin: [],
    text: (text) => [{ response: text, p: 'abc' }],
    usage: (input, output) => ({
      response: '',
      usage: { prompt_tokens: input, completion_tokens: output },
    }),
    nothing: [{ response: '' }, { response: null, tool_calls: [] }, { choices: [] }],
    calls: [
      { response: '', tool_calls: [{ name: 'f', arguments: { a: 1 } }] },
      { response: '', tool_calls: [{ name: 'g', arguments: '{"b":2}' }] },
    ],
    end: ['[DONE]'],
  },
};

const PAGE = '<!doctype html><html><body>502 Bad Gateway</body></html>';

function bytesOf(events: readonly (object | string)[]): string {
  return events
    .map((event) => {
      if (typeof event === 'string') return `data: ${event}\n\n`;
      const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
      return `${name}data: ${JSON.stringify(event)}\n\n`;
    })
    .join('');
}

for (const [whose, it] of Object.entries(dialects)) {
  const { model } = it;

  /** The native events of a stream of these bytes. */
  const streamed = async (bytes: string, key: string): Promise<StreamEvent[]> => {
    next = { type: 'text/event-stream', body: bytes };
    const response = await gateway.chat(key, stream('hi', { model }));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.ok(!text.includes('html'), text);
    return eventsOf(text);
  };
  const spent = async (tenantId: string): Promise<[number, number]> => {
    const { days } = await charged(gateway, tenantId, 1);
    const [row] = days;
    assert.equal(
      nanos(row?.cost_usd),
      priceOf(row?.input_tokens ?? 0, row?.output_tokens ?? 0, model),
    );
    return [row?.output_tokens ?? 0, row?.estimated_requests ?? 0];
  };

  describe(`a stream of ${whose} dialect`, () => {
    const whole = [...it.begin, ...it.text('Good'), ...it.text(' day')];

    test('without usage is charged by an estimate, and says so', async () => {
      const { key, tenantId } = await gateway.makeKey();
      const events = await streamed(bytesOf([...whole, ...it.end]), key);
      const last = events.at(-1);
      assert.equal(textOf(events), 'Good day');
      assert.deepEqual(
        [last?.done, last?.usageEstimated, last?.outputTokens],
        [true, true, estimated('Good day')],
      );
      assert.deepEqual(await spent(tenantId), [estimated('Good day'), 1]);
    });

    test('with usage again and again is charged by the last', async () => {
      const { key, tenantId } = await gateway.makeKey();
      const often = whole.flatMap((event, at) => [event, it.usage(9, at), it.usage(9, at)]);
      const events = await streamed(bytesOf([...often, it.usage(9, 17), ...it.end]), key);
      const last = events.at(-1);
      assert.equal(textOf(events), 'Good day');
      assert.deepEqual([last?.inputTokens, last?.outputTokens], [9, 17]);
      assert.equal(last?.usageEstimated, undefined);
      assert.deepEqual(await spent(tenantId), [17, 0]);
    });

    test('with events that hold nothing, and events after the end, is what it is without', async () => {
      const { key, tenantId } = await gateway.makeKey();
      const padded = whole.flatMap((event) => [event, ...it.nothing]);
      const late = [
        ...it.text('overdue'),
        it.usage(900, 900),
        ...it.end,
        '{"error":"overdue"}',
        PAGE,
      ];
      const bytes = bytesOf([...padded, it.usage(9, 17), ...it.end, ...late]);
      const events = await streamed(bytes, key);
      assert.equal(textOf(events), 'Good day');
      assert.deepEqual([events.at(-1)?.done, events.at(-1)?.outputTokens], [true, 17]);
      assert.deepEqual(await spent(tenantId), [17, 0]);
    });

    test('whose calls come in turn keeps them apart', async () => {
      const { key } = await gateway.makeKey();
      const events = await streamed(bytesOf([...it.begin, ...it.calls, ...it.end]), key);
      const calls = new Map<number, string>();
      for (const { index, function: said } of events.flatMap(
        (event) => event.delta?.toolCalls ?? [],
      )) {
        calls.set(index, `${calls.get(index) ?? ''}${said.name ?? ''}${said.arguments ?? ''}`);
      }
      assert.deepEqual(
        [...calls],
        [
          [0, 'f{"a":1}'],
          [1, 'g{"b":2}'],
        ],
      );
      assert.equal(events.at(-1)?.finishReason, 'tool_calls');
    });

    for (const [what, broken] of [
      ['JSON that is cut', bytesOf(['{"choices":[{'])],
      ['HTML in an event', bytesOf([PAGE])],
      ['HTML between events', `${PAGE}\n\n`],
      ['an error', bytesOf([{ type: 'error', error: { message: 'html' } }])],
      ['nothing more', ''],
    ] as const) {
      test(`that goes wrong with ${what} has no clean end, and is charged for what came`, async () => {
        const { key, tenantId } = await gateway.makeKey();
        const rest = broken.startsWith('data') || broken.startsWith('event') ? bytesOf(it.end) : '';
        const events = await streamed(bytesOf(whole) + broken + rest, key);
        assert.equal(textOf(events), 'Good day');
        assert.equal(events.at(-1)?.error, 'UPSTREAM_ERROR');
        assert.ok(events.every(({ done }) => done !== true));
        assert.deepEqual(await spent(tenantId), [estimated('Good day'), 1]);
      });
    }

    for (const [what, type, body] of [
      ['HTML as a stream', 'text/event-stream', PAGE],
      ['HTML', 'text/html', PAGE],
      ['an error', 'application/json', '{"error":{"message":"html"}}'],
      ['an event that is an error', 'text/event-stream', bytesOf([{ type: 'error', error: {} }])],
      ['nothing', 'text/event-stream', ''],
    ] as const) {
      test(`that is ${what} is 502 and costs nothing`, async () => {
        const { key, tenantId } = await gateway.makeKey();
        next = { type, body };
        const { message } = await errorOf(await gateway.chat(key, stream('hi', { model })), 502);
        assert.ok(!message.includes('html'), message);
        const { spent_usd, reserved_usd } = await settled(gateway, tenantId);
        assert.deepEqual([spent_usd, reserved_usd], [0, 0]);
      });
    }

    if (it.own !== undefined) {
      const { own } = it;
      const isChat = own.includes('chat');
      test('to a caller of the same one ends once, with one usage', async () => {
        const { key } = await gateway.makeKey();
        const often = whole.flatMap((event, at) => [event, ...it.nothing, it.usage(9, at)]);
        next = {
          type: 'text/event-stream',
          body: bytesOf([...often, it.usage(9, 17), ...it.end, ...it.text('overdue'), ...it.end]),
        };
        const options = { stream_options: { include_usage: true } };
        const asked = stream('hi', { model, max_tokens: 50, ...(isChat ? options : {}) });
        const response = await gateway.send(key, 'POST', own, asked);
        const text = await response.text();
        assert.equal(response.status, 200, text);
        const end = typeof it.end[0] === 'string' ? 'data: [DONE]' : 'event: message_stop';
        assert.equal(text.split(end).length, 2, text);
        assert.ok(text.trimEnd().endsWith(end) || end.startsWith('event'), text);
        assert.ok(!text.includes('overdue'), text);
        if (isChat) assert.equal(text.split('"completion_tokens"').length, 2, text);
        const { tokens } = await gateway.points(requestId(response));
        assert.deepEqual(tokens[0]?.doubles.slice(0, 2), [9, 17]);
      });
    }
  });

  describe(`a plain answer of ${whose} dialect`, () => {
    test('without usage is charged by an estimate, and says so', async () => {
      for (const usage of [{}, { usage: null }, { usage: [] }, { usage: { prompt_tokens: -1 } }]) {
        const { key, tenantId } = await gateway.makeKey();
        next = { type: 'application/json', body: JSON.stringify(it.plain('Good day', usage)) };
        const response = await gateway.chat(key, say('hi', { model }));
        const answer = (await response.json()) as Record<string, unknown>;
        assert.deepEqual(
          [answer['text'], answer['outputTokens'], answer['usageEstimated']],
          ['Good day', estimated('Good day'), true],
        );
        assert.deepEqual(await spent(tenantId), [estimated('Good day'), 1]);
      }
    });

    test('that is none is 502 and costs nothing', async () => {
      const good = JSON.stringify(it.plain('Good day'));
      const bodies = [
        '',
        PAGE,
        good.slice(0, -1),
        `${good}}`,
        'null',
        '[]',
        '{"error":{"message":"html"}}',
        ...it.none.map((none) => JSON.stringify(none)),
      ];
      for (const body of bodies) {
        const { key, tenantId } = await gateway.makeKey();
        next = { type: body === PAGE ? 'text/html' : 'application/json', body };
        const { message } = await errorOf(await gateway.chat(key, say('hi', { model })), 502);
        assert.ok(!message.includes('html'), message);
        const { spent_usd, reserved_usd } = await settled(gateway, tenantId);
        assert.deepEqual([spent_usd, reserved_usd], [0, 0], body);
      }
    });
  });
}
