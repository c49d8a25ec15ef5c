/** What the widget says and sends; no browser. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf } from '../../sdk/src/error.ts';
import { headersOf } from '../../sdk/src/headers.ts';
import { Conversation } from '../../widget/src/conversation.ts';
import { apologyFor, countdown } from '../../widget/src/words.ts';

function apology(status: number, headers: Record<string, string> = {}, message = 'SECRET 5 USD') {
  const body = JSON.stringify({ error: 'X', message, details: { limit_usd: 5 } });
  return apologyFor(errorOf(status, body, headersOf(new Headers(headers))));
}

describe('an apology', () => {
  test('is there for whatever happens, and repeats nothing of what the gateway said', () => {
    for (const status of [400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504]) {
      const { text } = apology(status);
      assert.ok(text.length > 10, `${status}`);
      assert.doesNotMatch(text, /SECRET|USD|\d/);
    }
    assert.match(apologyFor(new TypeError('x')).text, /reached/);
  });

  test('has a wait where the gateway named one', () => {
    assert.equal(apology(429, { 'retry-after': '12' }).waitMs, 12_000);
    assert.equal(apology(429, { 'retry-after': '2', 'retry-after-ms': '1200' }).waitMs, 1200);
    assert.equal(apology(503).waitMs, 1000);
    assert.deepEqual(apology(429, { 'retry-after': '86400' }), {
      text: 'This chat is very busy. Please come back later.',
      final: true,
    });
  });

  test('ends the chat where another try is of no use', () => {
    for (const status of [401, 402, 403]) assert.equal(apology(status).final, true);
    for (const status of [413, 422, 429, 500]) assert.equal(apology(status).final, undefined);
  });
});

test('a countdown is said in words', () => {
  assert.equal(countdown(65_000), 'You can write again in 1 minute 5 seconds.');
  assert.equal(countdown(120_000), 'You can write again in 2 minutes.');
  assert.equal(countdown(400), 'You can write again in 1 second.');
  assert.equal(countdown(0), 'You can write again.');
  assert.equal(countdown(-5), 'You can write again.');
});

describe('a conversation', () => {
  test('sends what was said, and the question', () => {
    const conversation = new Conversation();
    conversation.add('a', 'b');
    assert.deepEqual(conversation.with('c'), [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ]);
    conversation.clear();
    assert.deepEqual(conversation.with('c'), [{ role: 'user', content: 'c' }]);
  });

  test('sends the last of a long one, beginning with a question', () => {
    const conversation = new Conversation();
    for (let turn = 0; turn < 50; turn += 1) conversation.add(`q${turn}`, `a${turn}`);
    const sent = conversation.with('last');
    assert.ok(sent.length <= 20);
    assert.equal(sent[0]?.role, 'user');
    assert.equal(sent.at(-1)?.content, 'last');
    conversation.add('x'.repeat(20_000), 'y'.repeat(20_000));
    assert.deepEqual(conversation.with('z'.repeat(8_000)), [
      { role: 'user', content: 'z'.repeat(8_000) },
    ]);
  });
});
