/** Model backends that fail, the choice between them, and Workers AI. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { startSandbox } from '../sandbox/server.ts';
import { errorOf, eventsOf, requestId, say, stream, textOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

const BOTH = [
  ['plain', say],
  ['streamed', stream],
] as const;

describe('a backend that refuses', () => {
  const cases: [string, number][] = [
    ['status=400', 400],
    ['status=401', 502],
    ['status=402', 502],
    ['status=403', 502],
    ['status=404', 502],
    ['status=413', 400],
    ['status=418', 502],
    ['status=422', 400],
    ['status=429', 503],
    ['status=500', 502],
    ['status=502', 502],
    ['status=503', 503],
    ['status=504', 504],
    ['status=529', 503],
    ['html', 502],
    ['html status=200', 502],
    ['html status=503', 503],
    ['drop', 502],
    ['redirect=https://example.com/elsewhere', 502],
    ['redirect=https://example.com/elsewhere status=307', 502],
    ['error=0', 502],
    ['badjson=0', 502],
    ['cut=0', 502],
  ];
  for (const [directives, status] of cases) {
    for (const [what, make] of BOTH) {
      test(`with ${directives} gives ${status}, ${what}`, async () => {
        const response = await gateway.chat(key, make(`[[sandbox: ${directives}]]`));
        const { error, message, details } = await errorOf(response, status);
        assert.ok(!/sandbox|html|example\.com/i.test(message), message);
        assert.equal(details, undefined);
        assert.equal(response.headers.get('location'), null);
        assert.equal(response.headers.get('www-authenticate'), null);
        assert.equal(response.headers.get('retry-after'), status === 503 ? '1' : null);
        const points = await gateway.points(requestId(response));
        assert.deepEqual(
          [points.requests.length, points.tokens.length, points.auth.length],
          [1, 1, 1],
        );
        assert.equal(points.requests[0]?.blobs[6], error);
      });
    }
  }

  for (const [asked, told] of [
    ['7', '7'],
    ['0', '1'],
    ['999999', '3600'],
  ]) {
    test(`and asks for a wait of ${asked} s has the caller told ${told}`, async () => {
      const response = await gateway.chat(key, say(`[[sandbox: retry_after=${asked}]]`));
      assert.equal(response.headers.get('retry-after'), told);
      await errorOf(response, 503);
    });
  }

  test('costs nothing', async () => {
    for (const directives of ['status=500', 'status=429', 'drop', 'error=0']) {
      const response = await gateway.chat(key, say(`hello there [[sandbox: ${directives}]]`));
      await response.arrayBuffer();
      const { tokens } = await gateway.points(requestId(response));
      assert.deepEqual(tokens[0]?.doubles, [0, 0, 0, 0], directives);
    }
  });

  test('is asked once', async () => {
    for (const directives of ['status=500', 'status=429', 'drop', 'redirect=/v1/models']) {
      const before = gateway.sandbox.requests.length;
      await (await gateway.chat(key, say(`[[sandbox: ${directives}]]`))).arrayBuffer();
      assert.equal(gateway.sandbox.requests.length, before + 1, directives);
    }
  });
});

describe('a plain answer that breaks', () => {
  for (const directives of ['cut=1', 'end=1', 'badjson=1', 'error=1', 'huge=20000000']) {
    test(`with ${directives} is 502`, async () => {
      await errorOf(await gateway.chat(key, say(`[[sandbox: ${directives}]]`)), 502);
    });
  }

  test('byte by byte it does not', async () => {
    const response = await gateway.chat(key, say('[[sandbox: split=1 unicode]]'));
    const { text } = (await response.json()) as { text: string };
    assert.match(text, /👩‍🚀/u);
  });

  test('with a byte order mark it is read', async () => {
    const response = await gateway.chat(key, say('[[sandbox: bom]]'));
    assert.equal(response.status, 200, await response.text());
  });

  test('may be large', async () => {
    const response = await gateway.chat(key, say('[[sandbox: huge=5000000]]'));
    const { text } = (await response.json()) as { text: string };
    assert.ok(text.length > 4_900_000);
  });
});

describe('a backend that is not there', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const alone = await gatewayForTests({ variables: { SANDBOX_URL: `http://127.0.0.1:${port}` } });
  const own = await alone.makeKey();

  for (const [what, make] of BOTH) {
    test(`is 502, ${what}`, async () => {
      await errorOf(await alone.chat(own.key, make('hi')), 502);
    });
  }
});

describe('a server of the deployment’s choice', async () => {
  const secret = 'sk-of-the-backend';
  const server = await startSandbox({ key: secret });
  after(() => server.close());
  const chosen = await gatewayForTests({
    variables: {
      MODEL_BACKEND_URL: `${server.url}/v1`,
      MODEL_BACKEND_KEY: secret,
      MODEL_BACKEND_MODEL: 'llama3.2',
    },
  });
  const own = await chosen.makeKey();

  for (const [what, make] of BOTH) {
    test(`answers instead of the sandbox, with its own key and model, ${what}`, async () => {
      const before = server.requests.length;
      const response = await chosen.chat(own.key, make('hi', { model: 'gpt-4o' }));
      assert.equal(response.status, 200);
      await response.arrayBuffer();
      const entry = server.requests.at(-1);
      assert.equal(server.requests.length, before + 1);
      assert.equal(entry?.path, '/v1/chat/completions');
      assert.equal(entry?.model, 'llama3.2');
      const digest = createHash('sha256').update(secret).digest('hex').slice(0, 8);
      assert.equal(entry?.headers.authorization, `Bearer sha256:${digest}`);
      assert.equal(chosen.sandbox.requests.length, 0);
      const { requests } = await chosen.points(requestId(response));
      assert.equal(requests[0]?.blobs[4], 'openai-compatible');
    });
  }

  test('that refuses the gateway’s key is 502, not the caller’s 401', async () => {
    const wrong = await gatewayForTests({
      variables: { MODEL_BACKEND_URL: server.url, MODEL_BACKEND_KEY: 'sk-wrong' },
    });
    const made = await wrong.makeKey();
    const response = await wrong.chat(made.key, say('hi'));
    assert.equal(response.headers.get('www-authenticate'), null);
    await errorOf(response, 502);
    assert.ok(!wrong.logged.some((line) => line.includes('sk-wrong')));
  });
});

describe('outside a local run', () => {
  for (const url of ['http://127.0.0.1:1/v1', 'https://localhost/v1', 'http://example.com/v1']) {
    test(`${url} is never called`, async () => {
      const strict = await gatewayForTests({
        variables: { LOCAL: undefined, MODEL_BACKEND_URL: url },
      });
      const made = await strict.makeKey();
      await errorOf(await strict.chat(made.key, say('hi')), 502);
    });
  }

  test('the sandbox never answers: without a backend it is 502', async () => {
    const bare = await gatewayForTests({ variables: { LOCAL: undefined } });
    const made = await bare.makeKey();
    for (const [, make] of BOTH) {
      await errorOf(await bare.chat(made.key, make('hi')), 502);
    }
    assert.equal(bare.sandbox.requests.length, 0);
  });
});

describe('Workers AI', async () => {
  const deployed: Gateway = await gatewayForTests({
    variables: { LOCAL: undefined },
    workersAi: true,
  });
  const own = await deployed.makeKey();

  test('answers plain', async () => {
    const response = await deployed.chat(own.key, say('hello cloud'));
    const answer = (await response.json()) as Record<string, unknown>;
    assert.equal(response.status, 200);
    assert.match(String(answer['text']), /«hello cloud»/);
    assert.equal(answer['inputTokens'], 3);
    const entry = deployed.sandbox.requests.at(-1);
    assert.equal(entry?.path, '/workers-ai/run');
    assert.equal(entry?.model, '@cf/meta/llama-3.1-8b-instruct');
    const { requests } = await deployed.points(requestId(response));
    assert.equal(requests[0]?.blobs[4], 'workers-ai');
  });

  test('answers in a stream', async () => {
    const response = await deployed.chat(
      own.key,
      stream('hello cloud [[sandbox: unicode split=1]]'),
    );
    const events = eventsOf(await response.text());
    assert.match(textOf(events), /👩‍🚀.*«hello cloud»/su);
    const last = events.at(-1);
    assert.equal(last?.done, true);
    assert.equal(last?.usageEstimated, undefined);
    assert.ok(Number(last?.outputTokens) > 5);
  });

  for (const [what, make] of BOTH) {
    test(`calls tools, ${what}`, async () => {
      const tools = [
        {
          type: 'function',
          function: {
            name: 'look_up',
            parameters: { type: 'object', properties: { word: { type: 'string' } } },
          },
        },
      ];
      const response = await deployed.chat(own.key, make('look_up this', { tools }));
      const text = await response.text();
      assert.equal(response.status, 200, text);
      const calls =
        make === say
          ? (JSON.parse(text) as { toolCalls: { id: string; function: object }[] }).toolCalls
          : eventsOf(text).flatMap(({ delta }) => delta?.toolCalls ?? []);
      assert.equal(calls.length, 1);
      assert.ok(calls[0]?.id);
      assert.deepEqual(calls[0]?.function, { name: 'look_up', arguments: '{"word":"sandbox"}' });
    });
  }

  for (const [directives, status] of [
    ['status=500', 502],
    ['status=429', 503],
    ['status=403', 502],
    ['html', 502],
    ['drop', 502],
  ] as const) {
    test(`that fails with ${directives} is ${status}`, async () => {
      for (const [, make] of BOTH) {
        await errorOf(await deployed.chat(own.key, make(`[[sandbox: ${directives}]]`)), status);
      }
    });
  }

  test('that fails in the middle is an error event', async () => {
    for (const directives of ['error=2', 'cut=2', 'end=2']) {
      const response = await deployed.chat(own.key, stream(`[[sandbox: ${directives}]]`));
      const events = eventsOf(await response.text());
      assert.equal(events.at(-1)?.error, 'UPSTREAM_ERROR');
      assert.ok(events.every(({ done }) => done !== true));
    }
  });

  test('has no models of others: those are 502', async () => {
    const before = deployed.sandbox.requests.length;
    await errorOf(await deployed.chat(own.key, say('hi', { model: 'gpt-4o' })), 502);
    assert.equal(deployed.sandbox.requests.length, before);
  });
});
