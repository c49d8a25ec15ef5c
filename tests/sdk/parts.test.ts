/** The SDK's parts by themselves: the reader of events, headers, what a client is made from, what it sends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EventReader } from '../../sdk/src/events.ts';
import { headersOf } from '../../sdk/src/headers.ts';
import { ConnectionError, Neureus, NeureusError } from '../../sdk/src/index.ts';
import { random } from '../harness/random.ts';
import { jsonAnswer, rejection, scripted, streamAnswer, user } from './client.ts';

describe('the reader of events', () => {
  const text =
    '\ufeff: hello\r\n\r\ndata: {"a":"é🙂"}\n\ndata:x\rdata: y\r\revent: z\nid: 1\n\n:\n\ndata: last\r\n\r\n';
  const bytes = new TextEncoder().encode(text);
  const expected = ['{"a":"é🙂"}', 'x\ny', 'last'];

  test('takes what the standard allows', () => {
    assert.deepEqual(new EventReader().push(bytes), expected);
  });

  test('gives the same for any split of the bytes', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const reader = new EventReader();
      const events = [...reader.push(bytes.slice(0, at)), ...reader.push(bytes.slice(at))];
      assert.deepEqual(events, expected, `split at ${at}`);
    }
    const reader = new EventReader();
    const single = [...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte)));
    assert.deepEqual(single, expected);
  });

  test('does not grow for ever', () => {
    const reader = new EventReader();
    const piece = new TextEncoder().encode(`data: ${'x'.repeat(1 << 20)}`);
    assert.throws(() => {
      for (let n = 0; n < 9; n += 1) reader.push(piece);
    }, ConnectionError);
  });
});

describe('headers of an error', () => {
  const headers = headersOf(new Headers({ 'Retry-After': '2', 'X-Request-Id': 'req_1' }));

  test('are a plain record in lower case, and have get', () => {
    assert.equal(headers['retry-after'], '2');
    assert.equal(headers.get('Retry-After'), '2');
    assert.equal(headers['allow'], undefined);
    assert.equal(headers.get('allow'), null);
    assert.deepEqual({ ...headers }, { 'retry-after': '2', 'x-request-id': 'req_1' });
    assert.equal(JSON.stringify(headers), '{"retry-after":"2","x-request-id":"req_1"}');
  });

  test('hold nothing that was not sent', () => {
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      assert.equal(headers[name], undefined, name);
    }
  });
});

describe('a client', () => {
  test('needs a key, and a URL that is one', () => {
    assert.throws(() => new Neureus({ apiKey: '' }), /API key/);
    for (const baseURL of ['gateway', 'ftp://gateway', 'https://gateway/?a=1']) {
      assert.throws(() => new Neureus({ apiKey: 'nru_x', baseURL }), /baseURL/);
    }
    assert.throws(() => new Neureus({ apiKey: 'nru_x', maxRetries: -1 }), /maxRetries/);
    assert.throws(() => new Neureus({ apiKey: 'nru_x', timeout: NaN }), /timeout/);
  });

  test('takes key and URL from the environment', async () => {
    process.env['NEUREUS_API_KEY'] = 'nru_env';
    process.env['NEUREUS_BASE_URL'] = 'http://env.test/';
    const { fetch, calls } = scripted(jsonAnswer(200, {}));
    try {
      await new Neureus({ fetch }).models.list();
    } finally {
      delete process.env['NEUREUS_API_KEY'];
      delete process.env['NEUREUS_BASE_URL'];
    }
    assert.equal(calls[0]?.url, 'http://env.test/ai/models');
    assert.equal(calls[0]?.headers['authorization'], 'Bearer nru_env');
  });

  test('does not show its key', () => {
    const client = new Neureus({ apiKey: 'nru_secret' });
    assert.doesNotMatch(JSON.stringify(client), /secret/);
  });

  test('asks each part at its place', async () => {
    const seen: string[] = [];
    const client = new Neureus({
      apiKey: 'nru_x',
      baseURL: 'http://gateway.test',
      fetch: (url, init) => {
        const { pathname, search } = new URL(url);
        const body = init.body as string | undefined;
        seen.push([init.method, pathname + search, body].filter(Boolean).join(' '));
        return Promise.resolve(jsonAnswer(200, { keys: [] }));
      },
    });
    await client.keys.list({ type: 'pk', all: true });
    await client.keys.create({ name: 'x', limits: { rpm: 1 } });
    await client.keys.update('key_1', { limits: { rpm: null } }, { version: 3 });
    await client.keys.revoke('a/b');
    await client.keys.rotate('key_1', { graceS: 60 });
    await client.widget.createKey({ agentId: 'a', origins: ['*'] });
    await client.widget.deleteKey('key_1');
    await client.providers.list();
    await client.providers.setKey('openai', 'sk');
    await client.providers.rotateKey('openai', 'sk');
    await client.providers.deleteKey('openai');
    await client.usage.get({ from: '2026-11-01' });
    await client.usage.by('model');
    await client.embeddings.create({ input: 'x' });
    assert.deepEqual(seen, [
      'GET /api/keys?kind=pk&all=1',
      'POST /api/keys {"name":"x","limits":{"rpm":1}}',
      'PATCH /api/keys/key_1 {"limits":{"rpm":null}}',
      'DELETE /api/keys/a%2Fb',
      'POST /api/keys/key_1/rotate {"graceS":60}',
      'POST /ai/widget/key {"agent_id":"a","origins":["*"]}',
      'DELETE /ai/widget/key {"keyId":"key_1"}',
      'GET /ai/providers',
      'PUT /ai/providers/openai/key {"key":"sk"}',
      'POST /ai/providers/openai/rotate {"key":"sk"}',
      'DELETE /ai/providers/openai/key',
      'GET /ai/usage?from=2026-11-01',
      'GET /api/usage?by=model',
      'POST /ai/embeddings {"input":"x"}',
    ]);
  });

  test('walks through all pages of a list', async () => {
    const { fetch, calls } = scripted(
      jsonAnswer(200, { keys: [{ id: 'a' }], next: 'c&1' }),
      jsonAnswer(200, { keys: [{ id: 'b' }] }),
    );
    const keys = await new Neureus({ apiKey: 'nru_x', fetch }).keys.list();
    assert.deepEqual(
      keys.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.match(calls[1]?.url ?? '', /\?cursor=c%261$/);
  });

  test('does not stream from chat', async () => {
    const { fetch } = scripted();
    const payload = { ...user('x'), stream: true } as never;
    await assert.rejects(new Neureus({ apiKey: 'nru_x', fetch }).ai.chat(payload), /ai\.stream/);
  });
});

describe('a stream', () => {
  const client = (...pieces: string[]): Neureus =>
    new Neureus({ apiKey: 'nru_x', fetch: scripted(streamAnswer(pieces)).fetch });

  test('sends nothing before it is read', async () => {
    const { fetch, calls } = scripted(streamAnswer([]));
    new Neureus({ apiKey: 'nru_x', fetch }).ai.stream(user('x'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(calls.length, 0);
  });

  test('is read once', async () => {
    const stream = client('data: {"done":true,"logId":"a"}\n\n').ai.stream(user('x'));
    await stream.text();
    await assert.rejects(stream.text(), NeureusError);
  });

  test('with an event that is no JSON is broken', async () => {
    for (const data of ['{', '1', 'null']) {
      const stream = client(`data: ${data}\n\n`).ai.stream(user('x'));
      assert.ok((await rejection(stream.text())) instanceof ConnectionError);
    }
  });

  test('with random splits gives the same text', async () => {
    const { int } = random();
    const text = Array.from({ length: 50 }, (_, at) => `w${at}é`);
    const wire =
      text
        .map((content) => `data: ${JSON.stringify({ delta: { content }, done: false })}\n\n`)
        .join(': hi\n\n') + 'data: {"done":true,"logId":"a"}\n\n';
    for (let round = 0; round < 20; round += 1) {
      const pieces: string[] = [];
      for (let at = 0; at < wire.length;) {
        const size = int(1, 60);
        pieces.push(wire.slice(at, at + size));
        at += size;
      }
      const stream = client(...pieces).ai.stream(user('x'));
      assert.equal(await stream.text(), text.join(''));
      assert.deepEqual(await stream.usage, { logId: 'a' });
    }
  });
});
