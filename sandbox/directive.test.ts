/** Every directive, seen by a caller on the other end of a socket. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chat,
  chatEvents,
  chatJson,
  deltasOf,
  eventsOf,
  post,
  rawChat,
  recorded,
  sandboxForTests,
} from './testbed.ts';

const sandbox = await sandboxForTests();
const withUsage = { stream_options: { include_usage: true } };

test('tokens=N gives exactly N deltas, few or many', async () => {
  for (const count of [0, 1, 3, 500]) {
    const events = await chatEvents(sandbox, `hi [[sandbox: tokens=${count}]]`, withUsage);
    assert.equal(deltasOf(events).length, count);
    assert.equal(events.at(-2).usage.completion_tokens, count);
    assert.equal(events.at(-1), '[DONE]');
  }
});

test('size=BYTES makes every delta that long, in one-byte and multi-byte text', async () => {
  for (const flag of ['', 'unicode']) {
    const events = await chatEvents(sandbox, `[[sandbox: tokens=40 size=37 ${flag}]]`);
    assert.deepEqual(
      new Set(deltasOf(events).map((text) => Buffer.byteLength(text))),
      new Set([37]),
    );
  }
});

test('delay=MS waits before the headers', async () => {
  const answer = await rawChat(sandbox, '[[sandbox: delay=120]]');
  assert.ok(answer.headAfter >= 115, `headers after ${answer.headAfter} ms`);
});

test('first=MS sends the headers at once and the first byte later', async () => {
  for (const extra of [{ stream: true }, {}]) {
    const answer = await rawChat(sandbox, '[[sandbox: first=200]]', extra);
    assert.ok(answer.bodyAfter - answer.headAfter >= 150);
    assert.ok(answer.ended);
  }
});

test('gap=MS waits between deltas', async () => {
  const startedAt = performance.now();
  await chatEvents(sandbox, '[[sandbox: tokens=6 gap=20]]');
  assert.ok(performance.now() - startedAt >= 95);
});

test('gap=0 gives every event its own chunk', async () => {
  const answer = await rawChat(sandbox, '[[sandbox: tokens=20]]');
  assert.equal(answer.chunks.length, 1 + 20 + 1 + 1);
  assert.ok(answer.chunks.every((chunk) => /^data: [^\n]*\n\n$/.test(chunk.toString())));
});

test('gap=-1, gap=burst and burst write the whole stream at once', async () => {
  for (const burst of ['gap=-1', 'gap=burst', 'burst']) {
    const answer = await rawChat(sandbox, `[[sandbox: tokens=300 ${burst}]]`);
    assert.equal(deltasOf(eventsOf(answer.body)).length, 300);
    assert.ok(answer.ended);
  }
});

test('stall=N sends N deltas and then nothing, without an end', async () => {
  const response = await chat(sandbox, '[[sandbox: tokens=9 stall=3]]', { stream: true });
  const entry = await recorded(sandbox, ({ outcome }) => outcome === 'stalled');
  assert.equal(entry.deltasSent, 3);
  assert.equal(entry.endedAt, null);
  await response.body?.cancel();
  const left = await recorded(sandbox);
  assert.equal(left.outcome, 'stalled');
  assert.notEqual(left.clientLeftAt, null);
});

test('cut=N closes the socket after N deltas have arrived', async () => {
  for (const count of [0, 4]) {
    const answer = await rawChat(sandbox, `[[sandbox: tokens=9 cut=${count}]]`);
    assert.equal(answer.ended, false);
    assert.equal(deltasOf(eventsOf(answer.body)).length, count);
    assert.equal((await recorded(sandbox)).outcome, 'cut');
  }
});

test('end=N ends cleanly after N deltas, without finish reason or [DONE]', async () => {
  const answer = await rawChat(sandbox, '[[sandbox: tokens=9 end=4]]');
  const events = eventsOf(answer.body);
  assert.equal(answer.ended, true);
  assert.equal(deltasOf(events).length, 4);
  assert.ok(events.every((event) => event.choices[0].finish_reason === null));
  assert.equal((await recorded(sandbox)).outcome, 'ended');
});

test('split=N cuts the stream every N bytes, inside characters too, and changes nothing else', async () => {
  const whole = await rawChat(sandbox, '[[sandbox: tokens=12 unicode]]');
  for (const size of [1, 7, 1000]) {
    for (const burst of ['', 'burst']) {
      const answer = await rawChat(
        sandbox,
        `[[sandbox: tokens=12 unicode split=${size} ${burst}]]`,
      );
      const last = answer.chunks.at(-1);
      assert.ok(answer.chunks.slice(0, -1).every((chunk) => chunk.length === size));
      assert.ok(last && last.length <= size);
      assert.deepEqual(deltasOf(eventsOf(answer.body)), deltasOf(eventsOf(whole.body)));
    }
  }
  const bytes = await rawChat(sandbox, '[[sandbox: tokens=12 unicode split=1]]');
  assert.ok(bytes.chunks.some((chunk) => (chunk[0] ?? 0) >= 0x80));
});

test('status=CODE answers with that status and an error of the OpenAI form', async () => {
  for (const [status, type] of [
    [400, 'invalid_request_error'],
    [429, 'requests'],
    [503, 'server_error'],
  ] as const) {
    const response = await chat(sandbox, `[[sandbox: status=${status}]]`, { stream: true });
    assert.equal(response.status, status);
    assert.equal(((await response.json()) as any).error.type, type);
    assert.equal((await recorded(sandbox)).outcome, 'refused');
  }
});

test('a status that is no error leaves the answer as it is', async () => {
  const response = await chat(sandbox, '[[sandbox: status=202]]');
  assert.equal(response.status, 202);
  assert.equal(((await response.json()) as any).object, 'chat.completion');
});

test('retry_after=S sets the header, on a 429 unless another status is named', async () => {
  const limited = await chat(sandbox, '[[sandbox: retry_after=7]]');
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
  const down = await chat(sandbox, '[[sandbox: retry_after=3 status=503]]');
  assert.deepEqual([down.status, down.headers.get('retry-after')], [503, '3']);
});

test('html answers with a page, as a proxy in front of a backend would', async () => {
  for (const [text, status] of [
    ['[[sandbox: html]]', 500],
    ['[[sandbox: html status=502]]', 502],
    ['[[sandbox: html status=200]]', 200],
  ] as const) {
    const response = await chat(sandbox, text);
    assert.equal(response.status, status);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await response.text(), /^<!DOCTYPE html>/);
  }
});

test('error=N sends an error event after N deltas and ends without [DONE]', async () => {
  const events = await chatEvents(sandbox, '[[sandbox: tokens=9 error=2]]');
  assert.equal(deltasOf(events).length, 2);
  assert.equal(events.at(-1).error.code, 'sandbox_error');
  assert.equal((await recorded(sandbox)).outcome, 'failed');
  const plain = await chatJson(sandbox, '[[sandbox: error=2]]');
  assert.equal(plain.error.code, 'sandbox_error');
});

test('badjson=N sends an event that is no JSON after N deltas, and goes on', async () => {
  const answer = await rawChat(sandbox, '[[sandbox: tokens=5 badjson=2]]');
  const data = answer.body.split('\n\n').map((event) => event.slice('data: '.length));
  assert.throws(() => JSON.parse(data[3] ?? ''), SyntaxError);
  assert.equal(data.at(-2), '[DONE]');
  const plain = await chat(sandbox, '[[sandbox: badjson=0]]');
  await assert.rejects(plain.json(), SyntaxError);
});

test('usage=none leaves usage out, plain and streamed', async () => {
  assert.equal('usage' in (await chatJson(sandbox, '[[sandbox: usage=none]]')), false);
  const events = await chatEvents(sandbox, '[[sandbox: usage=none]]', withUsage);
  assert.ok(events.every((event) => event === '[DONE]' || !('usage' in event)));
});

test('usage=zero, null, wrong, inflated and absurd report what no honest backend would', async () => {
  const honest = (await chatJson(sandbox, 'hi [[sandbox: tokens=5]]')).usage;
  const reported = async (fault: string): Promise<any[]> => {
    const text = `hi [[sandbox: tokens=5 usage=${fault}]]`;
    const streamed = (await chatEvents(sandbox, text, withUsage)).at(-2);
    assert.deepEqual(streamed.choices, []);
    return [(await chatJson(sandbox, text)).usage, streamed.usage];
  };
  for (const usage of await reported('zero')) {
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], [0, 0, 0]);
  }
  for (const usage of await reported('null')) assert.equal(usage, null);
  for (const usage of await reported('wrong')) {
    assert.notEqual(usage.completion_tokens, honest.completion_tokens);
    assert.notEqual(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  }
  for (const usage of await reported('inflated')) {
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [1e9, 1e9]);
    assert.equal(usage.total_tokens, 2e9);
  }
  for (const usage of await reported('absurd')) {
    assert.equal(usage.prompt_tokens, -1);
    assert.equal(usage.total_tokens, 1e308);
  }
});

test('usage=every puts a growing usage into every event', async () => {
  const events = await chatEvents(sandbox, '[[sandbox: tokens=3 usage=every]]');
  const counts = events.slice(0, -1).map((event) => event.usage.completion_tokens);
  assert.deepEqual(counts, [0, 1, 2, 3, 3]);
});

test('crlf ends every line with CR LF', async () => {
  const { body } = await rawChat(sandbox, '[[sandbox: tokens=3 crlf]]');
  assert.doesNotMatch(body, /[^\r]\n/);
  assert.match(body, /data: \[DONE\]\r\n\r\n$/);
});

test('bom puts a byte order mark before the stream and before a plain body', async () => {
  for (const extra of [{ stream: true }, {}]) {
    const { chunks } = await rawChat(sandbox, '[[sandbox: tokens=3 bom]]', extra);
    assert.equal(Buffer.concat(chunks).toString('hex', 0, 3), 'efbbbf');
  }
});

test('comments puts comment lines between the events', async () => {
  const { body } = await rawChat(sandbox, '[[sandbox: tokens=3 comments]]');
  assert.match(body, /^: sandbox, not a model\n\n: keep-alive\n\ndata: /);
  assert.equal(body.match(/^: keep-alive$/gm)?.length, 6);
});

test('pad puts a comment of so many bytes before every event', async () => {
  const { body } = await rawChat(sandbox, '[[sandbox: tokens=3 pad=1000]]');
  const pads = body.toString().match(/^:x{1000}\n\ndata: /gm);
  assert.equal(pads?.length, body.toString().match(/^data: /gm)?.length);
});

test('unicode answers in multi-byte text and says still that it is no model', async () => {
  const { choices } = await chatJson(sandbox, 'hé [[sandbox: unicode]]');
  assert.match(choices[0].message.content, /Neureus sandbox .*モデルではありません.*🙂.*«hé»/u);
});

test('noclose never ends after [DONE]', async () => {
  const answer = await rawChat(
    sandbox,
    '[[sandbox: tokens=2 noclose]]',
    { stream: true },
    (sofar) => sofar.includes('[DONE]'),
  );
  assert.equal(answer.ended, false);
  const entry = await recorded(sandbox);
  assert.equal(entry.outcome, 'complete');
  assert.notEqual(entry.clientLeftAt, null);
});

test('ignorecap answers past max_tokens', async () => {
  const { choices, usage } = await chatJson(sandbox, '[[sandbox: tokens=50 ignorecap]]', {
    max_tokens: 5,
  });
  assert.equal(choices[0].finish_reason, 'stop');
  assert.equal(usage.completion_tokens, 50);
});

test('tool=NAME calls that tool, even one that was not offered', async () => {
  const { choices } = await chatJson(sandbox, '[[sandbox: tool=launch]]');
  assert.equal(choices[0].message.tool_calls[0].function.name, 'launch');
  assert.equal(choices[0].finish_reason, 'tool_calls');
});

test('huge=BYTES makes one event, or a plain body, of exactly that size', async () => {
  for (const size of [2_000, 300_000]) {
    for (const crlf of ['', 'crlf']) {
      const streamed = await rawChat(sandbox, `[[sandbox: huge=${size} ${crlf}]]`);
      assert.equal(Math.max(...streamed.chunks.map((chunk) => chunk.length)), size);
    }
    const plain = await rawChat(sandbox, `[[sandbox: huge=${size}]]`, {});
    assert.equal(Buffer.byteLength(plain.body), size);
    assert.doesNotThrow(() => JSON.parse(plain.body));
  }
});

test('redirect=URL answers 302 to there', async () => {
  const response = await chat(sandbox, '[[sandbox: redirect=http://127.0.0.1:9/x?a=b]]');
  assert.equal(response.status, 302);
  assert.equal(response.headers.get('location'), 'http://127.0.0.1:9/x?a=b');
  assert.equal((await chat(sandbox, '[[sandbox: redirect=/x status=307]]')).status, 307);
});

test('reasoning comes before the text and counts as output', async () => {
  const events = await chatEvents(sandbox, '[[sandbox: reasoning=3 tokens=2]]', withUsage);
  const kinds = events
    .map((event) => event.choices?.[0]?.delta ?? {})
    .map((delta) => ('reasoning_content' in delta ? 'r' : delta.content ? 't' : ''));
  assert.equal(kinds.join(''), 'rrrtt');
  const { usage } = events.at(-2);
  assert.equal(usage.completion_tokens, 5);
  assert.equal(usage.completion_tokens_details.reasoning_tokens, 3);
  const plain = await chatJson(sandbox, '[[sandbox: reasoning]]');
  assert.equal(plain.choices[0].message.reasoning_content, 'The sandbox does not');
});

test('hold=NAME keeps even the headers back until the name is released', async () => {
  let answered = false;
  const pending = chat(sandbox, '[[sandbox: hold=gate]]').then((response) => {
    answered = true;
    return response;
  });
  await recorded(sandbox, ({ outcome }) => outcome === 'held');
  assert.deepEqual(await stats(), { open: 1, total: 1, held: ['gate'] });
  assert.equal(answered, false);
  const other = await post(sandbox, '/_sandbox/release/other', '');
  assert.deepEqual(await other.json(), { released: 0 });
  const release = await post(sandbox, '/_sandbox/release/gate', '');
  assert.deepEqual(await release.json(), { released: 1 });
  assert.equal((await pending).status, 200);
});

test('drop closes the connection without an answer', async () => {
  await assert.rejects(chat(sandbox, '[[sandbox: drop]]'), TypeError);
  assert.equal((await recorded(sandbox)).outcome, 'cut');
});

test('a plain answer is cut, stalled or ended half-way', async () => {
  const cut = await rawChat(sandbox, '[[sandbox: cut=0]]', {});
  assert.equal(cut.ended, false);
  assert.ok(cut.body.startsWith('{"id"'));
  const ended = await rawChat(sandbox, '[[sandbox: end=0]]', {});
  assert.equal(ended.ended, true);
  assert.throws(() => JSON.parse(ended.body), SyntaxError);
  const response = await chat(sandbox, '[[sandbox: stall=0]]');
  await recorded(sandbox, ({ outcome }) => outcome === 'stalled');
  await response.body?.cancel();
});

test('a directive works in any message and is not echoed; the later one wins', async () => {
  const messages = [
    { role: 'system', content: 'be brief [[sandbox: tokens=99 unicode]]' },
    { role: 'user', content: [{ type: 'text', text: 'so [[sandbox: tokens=200]] it is' }] },
  ];
  const answer: any = await (
    await post(sandbox, '/v1/chat/completions', { model: 'm', messages })
  ).json();
  assert.equal(answer.usage.completion_tokens, 200);
  assert.match(answer.choices[0].message.content, /«so it is»/);
  assert.doesNotMatch(answer.choices[0].message.content, /\[\[sandbox/);
});

test('a directive may hold for one model, and for the first few requests alone', async () => {
  const statusOf = async (text: string, model: string): Promise<number> => {
    const messages = [{ role: 'user', content: text }];
    const response = await post(sandbox, '/v1/chat/completions', { model, messages });
    await response.arrayBuffer();
    return response.status;
  };
  const only = 'only one [[sandbox: status=500 only=one]]';
  assert.deepEqual([await statusOf(only, 'one'), await statusOf(only, 'other')], [500, 200]);
  const twice = 'twice [[sandbox: status=500 times=2]]';
  const seen = [];
  for (let at = 0; at < 3; at += 1) seen.push(await statusOf(twice, 'one'));
  assert.deepEqual(seen, [500, 500, 200]);
  assert.equal(await statusOf('again [[sandbox: status=500 times=1]]', 'one'), 500);
});

test('an unknown or ill-formed directive is refused with 400', async () => {
  for (const wrong of [
    'tokns=3',
    'tokens',
    'tokens=x',
    'status=99',
    'usage=odd',
    'html=1',
    'tool=',
  ]) {
    const response = await chat(sandbox, `[[sandbox: ${wrong}]]`);
    assert.equal(response.status, 400, wrong);
    assert.equal(((await response.json()) as any).error.code, 'sandbox_directive');
  }
});

async function stats(): Promise<unknown> {
  return (await fetch(`${sandbox.url}/_sandbox/stats`)).json();
}
