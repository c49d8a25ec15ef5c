/** Bodies that are wrong, too large, or of another form. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { chatHead, chunk, rawCall } from './harness/raw.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

const WEATHER = { type: 'function', function: { name: 'get_weather' } };

describe('a body that is wrong', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const hi = '"messages":[{"role":"user","content":"hi"}]';
  const bad: [string, string, string | object][] = [
    ['is empty', '$', ''],
    ['is no JSON', '$', '{"messages":'],
    ['is not UTF-8', '$', '{"messages":[{"role":"user","content":"\ud800"}]'],
    ['has something after it', '$', `{${hi}} {}`],
    ['is a list', '$', []],
    ['is null', '$', 'null'],
    ['has no messages', '$.messages', {}],
    ['has messages of null', '$.messages', { messages: null }],
    ['has an empty list of messages', '$.messages', { messages: [] }],
    ['has messages that are no list', '$.messages', { messages: 'hi' }],
    ['has a message that is text', '$.messages[0]', { messages: ['hi'] }],
    ['has a message without role', '$.messages[0].role', { messages: [{ content: 'hi' }] }],
    ['has an unknown role', '$.messages[0].role', { messages: [{ role: 'king', content: 'hi' }] }],
    [
      'has no content',
      '$.messages[1].content',
      { messages: [{ role: 'user', content: 'a' }, { role: 'user' }] },
    ],
    [
      'has a number as content',
      '$.messages[0].content',
      { messages: [{ role: 'user', content: 5 }] },
    ],
    [
      'has an unknown part',
      '$.messages[0].content[0].type',
      { messages: [{ role: 'user', content: [{ type: 'sound' }] }] },
    ],
    [
      'has an image of another scheme',
      '$.messages[0].content[0].image_url.url',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
          },
        ],
      },
    ],
    ['has an unknown field', '$.colour', say('hi', { colour: 'red' })],
    [
      'has an unknown field in a message',
      '$.messages[0].colour',
      { messages: [{ role: 'user', content: 'hi', colour: 1 }] },
    ],
    ['has a field twice', '$.model', `{${hi},"model":"gpt-4o","model":"gpt-4o-mini"}`],
    [
      'has a field twice, deep inside',
      '$.messages[0].role',
      '{"messages":[{"role":"user","content":"hi","role":"system"}]}',
    ],
    [
      'has a field twice, once escaped',
      '$.model',
      `{${hi},"model":"gpt-4o","mod\\u0065l":"gpt-4o-mini"}`,
    ],
    ['has a model that is a number', '$.model', say('hi', { model: 5 })],
    ['has a stream that is text', '$.stream', say('hi', { stream: 'true' })],
    ['has a temperature too high', '$.temperature', say('hi', { temperature: 2.1 })],
    ['has a negative temperature', '$.temperature', say('hi', { temperature: -0.1 })],
    ['has a temperature that is text', '$.temperature', say('hi', { temperature: '1' })],
    ['has a top_p too high', '$.top_p', say('hi', { top_p: 1.01 })],
    ['has no tokens to give', '$.maxTokens', say('hi', { maxTokens: 0 })],
    ['has half a token to give', '$.max_tokens', say('hi', { max_tokens: 1.5 })],
    ['has two different caps', '$.maxTokens', say('hi', { maxTokens: 1, max_tokens: 2 })],
    ['has a system prompt that is a list', '$.systemPrompt', say('hi', { systemPrompt: ['x'] })],
    [
      'has a tool without a name',
      '$.tools[0].function.name',
      say('hi', { tools: [{ type: 'function', function: {} }] }),
    ],
    [
      'has two tools of one name',
      '$.tools[1].function.name',
      say('hi', { tools: [WEATHER, WEATHER] }),
    ],
    [
      'has a choice of no tool',
      '$.tool_choice.function.name',
      say('hi', {
        tools: [WEATHER],
        tool_choice: { type: 'function', function: { name: 'other' } },
      }),
    ],
    ['has an empty stop', '$.stop', say('hi', { stop: '' })],
    ['has a format without type', '$.response_format.type', say('hi', { response_format: {} })],
    ['has an unknown profile', '$.profile', say('hi', { profile: 'military' })],
    ['has a name of spaces', '$["a b"]', say('hi', { 'a b': 1 })],
  ];
  for (const [what, field, body] of bad) {
    test(`and ${what} gets 400 with the path ${field}`, async () => {
      const before = gateway.sandbox.requests.length;
      const { details, message } = await errorOf(await gateway.chat(key, body), 400);
      assert.deepEqual(details, { field });
      assert.ok(message.length < 300);
      assert.equal(gateway.sandbox.requests.length, before);
    });
  }

  test('and is nested too deep gets 400', async () => {
    for (const depth of [65, 100_000]) {
      const body = `{${hi},"tools":${nested(depth)}}`;
      const { details } = await errorOf(await gateway.chat(key, body), 400);
      assert.match(String(details?.['field']), /^\$\.tools/);
    }
  });

  test('and holds bytes that are not UTF-8 gets 400', async () => {
    const bytes = Buffer.from('{"messages":[{"role":"user","content":"\xff\xfe"}]}', 'latin1');
    await errorOf(
      await gateway.chat(key, '', { body: bytes, headers: { 'content-type': 'application/json' } }),
      400,
    );
  });

  test('never gets its values back', async () => {
    const secret = 'my-secret-value';
    for (const body of [
      say('hi', { model: secret }),
      say('hi', { profile: secret }),
      { messages: [{ role: secret, content: 'x' }] },
      `{"messages": ${secret}`,
    ]) {
      const text = await (await gateway.chat(key, body)).text();
      assert.ok(!text.includes(secret), text);
    }
  });
});

describe('the size of a body', () => {
  const LIMIT = 4 << 20;

  test('is refused by its declared length before it is sent', async () => {
    const answer = await rawCall(gateway.url, chatHead(key, `content-length: ${LIMIT + 1}`));
    assert.equal(answer.status, 413);
    assert.equal((JSON.parse(answer.body) as { error: string }).error, 'PAYLOAD_TOO_LARGE');
  });

  test('is counted where no length is declared', async () => {
    const piece = chunk('x'.repeat(1 << 20));
    const answer = await rawCall(gateway.url, chatHead(key, 'transfer-encoding: chunked'), [
      piece,
      piece,
      piece,
      piece,
      chunk('x'),
    ]);
    assert.equal(answer.status, 413);
  });

  test('is counted after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(200 << 20, 0x20), { level: 9 });
    assert.ok(bomb.length < LIMIT);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    await errorOf(await gateway.chat(key, '', { body: bomb, headers }), 413);
  });

  test('may be the limit', async () => {
    const empty = JSON.stringify(say('', { model: 'gpt-4o' }));
    const text = 'x'.repeat(LIMIT - Buffer.byteLength(empty));
    const response = await gateway.chat(key, say(text, { model: 'gpt-4o' }));
    assert.equal(response.status, 200, await response.text());
  });
});

describe('the form of a body', () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
    test(`"${type}" is not taken`, async () => {
      const headers = { 'content-type': type };
      await errorOf(await gateway.chat(key, say('hi'), { headers }), 415);
    });
  }

  for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;']) {
    test(`"${type}" is taken`, async () => {
      const headers = { 'content-type': type };
      assert.equal((await gateway.chat(key, say('hi'), { headers })).status, 200);
    });
  }

  for (const encoding of ['br', 'zstd', 'gzip, gzip', 'compress']) {
    test(`encoded as "${encoding}" is not taken`, async () => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      await errorOf(await gateway.chat(key, say('hi'), { headers }), 415);
    });
  }

  test('compressed is taken, and what is not what it says is 400', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(say('squeezed')));
    const response = await gateway.chat(key, '', { body, headers });
    assert.match(await response.text(), /«squeezed»/);
    await errorOf(await gateway.chat(key, '', { body: body.subarray(0, 20), headers }), 400);
    await errorOf(await gateway.chat(key, say('not gzip'), { headers }), 400);
  });
});
