/** `Idempotency-Key`: a request that comes again is not run again, and nobody else gets its answer. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { errorOf, eventsOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { Gateway, MadeKey } from './harness/gateway.ts';
import { chatHead, open, rawCall } from './harness/raw.ts';
import { requestsOf, settled as usageAtEnd } from './harness/usage.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';
import { entryOf, readerOf, readUntil } from './harness/watch.ts';

const gateway = await gatewayForTests();

/** The longest answer that is kept, in bytes. */
const KEPT_MAX = 256 << 10;

type Settled = Usage & { requests: number };

let names = 0;

/** A text that no other test uses, for idempotency keys, prompts and holds. */
function fresh(what = 'repeat'): string {
  names += 1;
  return `${what}-${names}-of-${process.pid}`;
}

function ask(
  { key }: MadeKey,
  idempotencyKey: string,
  body: unknown,
  at: Gateway = gateway,
): Promise<Response> {
  return at.chat(key, body, { headers: { 'idempotency-key': idempotencyKey } });
}

/** What a tenant used, once every request has ended for its object. */
async function settled({ tenantId }: MadeKey, at: Gateway = gateway): Promise<Settled> {
  const usage = await usageAtEnd(at, tenantId);
  return { ...usage, requests: requestsOf(usage) };
}

/** How often the backend was sent this text. */
function callsWith(mark: string, at: Gateway = gateway): number {
  return at.sandbox.requests.filter(({ body }) => JSON.stringify(body).includes(mark)).length;
}

async function release(name: string): Promise<void> {
  await eventually(`the release of ${name}`, async () => {
    const response = await fetch(`${gateway.sandbox.url}/_sandbox/release/${name}`, {
      method: 'POST',
    });
    const { released } = (await response.json()) as { released: number };
    return released > 0 ? true : undefined;
  });
}

async function bodyOf(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

/** The repeat's body is the first answer, and says that it is a repeat. */
async function assertReplay(response: Response, first: string): Promise<void> {
  const text = await bodyOf(response);
  assert.equal(response.headers.get('idempotent-replayed'), 'true');
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.ok(first.includes('"cached":false'));
  assert.equal(text, first.replace('"cached":false', '"cached":true'));
}

/** A 409 that says that waiting helps. */
async function assertRunning(response: Response): Promise<void> {
  assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(response.headers.get('x-should-retry'), null);
  assert.equal(response.headers.get('idempotent-replayed'), null);
  const { details } = await errorOf(response, 409);
  assert.equal(details, undefined);
}

/** A 409 that names the request which has ended, and that waiting does not help. */
async function assertGone(response: Response, first: string): Promise<void> {
  assert.equal(response.headers.get('retry-after'), null);
  assert.equal(response.headers.get('x-should-retry'), 'false');
  assert.notEqual(requestId(response), first);
  assert.deepEqual((await errorOf(response, 409)).details, { logId: first });
}

describe('a plain answer is given again', () => {
  test('to the byte, without asking the backend, billing, or taking from a limit', async () => {
    const made = await gateway.makeKey({ rpm: 1, tpm: 50_000, concurrency: 1, budgetUsd: 1 });
    const [id, mark] = [fresh(), fresh('What is')];
    const body = say(mark, { maxTokens: 50 });
    const first = await ask(made, id, body);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const answer = await bodyOf(first);
    const { logId } = JSON.parse(answer) as { logId: string };
    assert.equal(logId, requestId(first));
    const before = await settled(made);
    assert.deepEqual([before.requests, before.reserved_usd], [1, 0]);
    assert.ok(before.spent_usd > 0);
    // The key has no second request this minute: a repeat is none.
    for (let at = 0; at < 3; at += 1) {
      const again = await ask(made, id, body);
      await assertReplay(again, answer);
      assert.match(requestId(again), /^req_/);
      assert.notEqual(requestId(again), logId);
      const points = await gateway.points(requestId(again));
      assert.equal(points.requests.length, 1);
      assert.deepEqual(points.tokens, [], 'no tokens are counted twice');
    }
    await errorOf(await ask(made, fresh(), body), 429);
    assert.equal(callsWith(mark), 1);
    assert.deepEqual(await settled(made), before);
  });

  test('also when it comes compressed', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh('Zip')];
    const body = JSON.stringify(say(mark));
    const answer = await bodyOf(await ask(made, id, body));
    await settled(made);
    const again = await gateway.call('/ai/chat', {
      key: made.key,
      method: 'POST',
      body: gzipSync(body),
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'idempotency-key': id,
      },
    });
    await assertReplay(again, answer);
    assert.equal(callsWith(mark), 1);
  });

  test('with tool calls, and as long as may be kept', async () => {
    const made = await gateway.makeKey();
    const tool = say(`${fresh()} [[sandbox: tool=look_up]]`);
    // The text stands in an answer three times.
    const long = say(`${fresh()} [[sandbox: huge=80000]]`);
    for (const body of [tool, long]) {
      const id = fresh();
      const answer = await bodyOf(await ask(made, id, body));
      assert.ok(Buffer.byteLength(answer) <= KEPT_MAX);
      await settled(made);
      await assertReplay(await ask(made, id, body), answer);
    }
  });

  test('not to a request without a key of its own', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    await bodyOf(await ask(made, id, say(mark)));
    await settled(made);
    for (const again of [await gateway.chat(made.key, say(mark)), await ask(made, '', say(mark))]) {
      assert.match(await bodyOf(again), /"cached":false/);
      assert.equal(again.headers.get('idempotent-replayed'), null);
    }
    assert.equal(callsWith(mark), 3);
    assert.equal((await settled(made)).requests, 3);
  });
});

describe('while the first is running, others are a 409 with Retry-After', () => {
  for (const [what, make] of [
    ['plain', say],
    ['streamed', stream],
  ] as const) {
    test(what, async () => {
      const made = await gateway.makeKey({ concurrency: 1 });
      const [id, hold] = [fresh(), fresh('hold')];
      const body = make(`[[sandbox: hold=${hold}]]`);
      const first = ask(made, id, body);
      await entryOf(gateway, hold);
      for (const again of await Promise.all(Array.from({ length: 5 }, () => ask(made, id, body)))) {
        await assertRunning(again);
      }
      await release(hold);
      await bodyOf(await first);
      assert.equal((await settled(made)).requests, 1);
      assert.equal(callsWith(hold), 1);
    });
  }

  test('of twenty at the same moment one runs', async () => {
    const made = await gateway.makeKey();
    const [id, hold] = [fresh(), fresh('hold')];
    const body = say(`[[sandbox: hold=${hold}]]`);
    let refused = 0;
    const all = Array.from({ length: 20 }, async () => {
      const response = await ask(made, id, body);
      if (response.status === 200) return response.text();
      await assertRunning(response);
      refused += 1;
      return undefined;
    });
    await eventually('19 refusals', () => (refused === 19 ? true : undefined));
    await release(hold);
    const answers = (await Promise.all(all)).filter((answer) => answer !== undefined);
    assert.equal(answers.length, 1);
    assert.equal(callsWith(hold), 1);
    assert.equal((await settled(made)).requests, 1);
    await assertReplay(await ask(made, id, body), answers[0] ?? '');
  });

  test('until the object has heard of the end, however often that has to be said', async (t) => {
    t.after(() => gateway.faults({}));
    const made = await gateway.makeKey();
    const [id, hold] = [fresh(), fresh('hold')];
    const body = say(`[[sandbox: hold=${hold}]]`);
    const first = ask(made, id, body);
    await entryOf(gateway, hold);
    await gateway.faults({ objects: 'throw' });
    await release(hold);
    const answer = await bodyOf(await first);
    await errorOf(await ask(made, id, body), 503);
    await gateway.faults({});
    const again = await eventually('the replay', async () => {
      const response = await ask(made, id, body);
      if (response.status === 200) return response;
      await assertRunning(response);
      return undefined;
    });
    await assertReplay(again, answer);
    assert.equal((await settled(made)).requests, 1);
    assert.equal(callsWith(hold), 1);
  });
});

describe('an answer that was not kept is a 409 that names it', () => {
  test('a finished stream', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const first = await ask(made, id, stream(mark));
    const done = eventsOf(await bodyOf(first)).at(-1);
    assert.equal(done?.done, true);
    assert.equal(done?.logId, requestId(first));
    const before = await settled(made);
    await assertGone(await ask(made, id, stream(mark)), requestId(first));
    assert.deepEqual(await settled(made), before);
    assert.equal(before.requests, 1);
    assert.equal(callsWith(mark), 1);
  });

  test('a stream that its caller left, and was charged for', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const body = stream(`${mark} [[sandbox: ignorecap tokens=100000 gap=5]]`);
    const leave = new AbortController();
    const first = await gateway.chat(made.key, body, {
      headers: { 'idempotency-key': id },
      signal: leave.signal,
    });
    await readUntil(readerOf(first), ' is');
    leave.abort();
    const before = await settled(made);
    assert.equal(before.requests, 1);
    assert.ok(before.spent_usd > 0);
    await assertGone(await ask(made, id, body), requestId(first));
    assert.equal(callsWith(mark), 1);
  });

  test('a stream that broke off, and was charged for', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const body = stream(`${mark} [[sandbox: tokens=9 cut=3]]`);
    const first = await ask(made, id, body);
    assert.equal(eventsOf(await bodyOf(first)).at(-1)?.error, 'UPSTREAM_ERROR');
    const before = await settled(made);
    assert.equal(before.requests, 1);
    await assertGone(await ask(made, id, body), requestId(first));
    assert.equal(callsWith(mark), 1);
    assert.deepEqual(await settled(made), before);
  });

  test('a plain answer of more than 256 KiB', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const body = say(`${mark} [[sandbox: huge=120000]]`);
    const first = await ask(made, id, body);
    const answer = await bodyOf(first);
    assert.ok(Buffer.byteLength(answer) > KEPT_MAX, `${answer.length}`);
    await settled(made);
    await assertGone(await ask(made, id, body), requestId(first));
    assert.equal(callsWith(mark), 1);
    assert.equal((await settled(made)).requests, 1);
  });
});

describe('what makes a request the same', () => {
  test('another body under the same key is a 409 that takes and runs nothing', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const answer = await bodyOf(await ask(made, id, say(mark)));
    const before = await settled(made);
    const sent = gateway.sandbox.requests.length;
    for (const other of [
      say(`${mark} `),
      stream(mark),
      say(mark, { profile: 'general' }),
      ` ${JSON.stringify(say(mark))}`,
    ]) {
      const response = await ask(made, id, other);
      assert.equal(response.headers.get('x-should-retry'), 'false');
      assert.equal(response.headers.get('retry-after'), null);
      assert.equal((await errorOf(response, 409)).details, undefined);
    }
    assert.equal(gateway.sandbox.requests.length, sent);
    assert.deepEqual(await settled(made), before);
    await assertReplay(await ask(made, id, say(mark)), answer);
  });

  test('so is another body while the first is running', async () => {
    const made = await gateway.makeKey();
    const [id, hold] = [fresh(), fresh('hold')];
    const first = ask(made, id, say(`[[sandbox: hold=${hold}]]`));
    await entryOf(gateway, hold);
    const other = await ask(made, id, say('another'));
    assert.equal(other.headers.get('x-should-retry'), 'false');
    await errorOf(other, 409);
    await release(hold);
    await bodyOf(await first);
  });

  test('another idempotency key is another request', async () => {
    const made = await gateway.makeKey();
    const mark = fresh();
    const ids = ['a', 'A', `${mark}.1`, '~'.repeat(255), '!"#$%&\'()*,/:;<=>?@[\\]^`{|}'];
    const answers = [];
    for (const id of ids) {
      const response = await ask(made, id, say(mark));
      assert.equal(response.headers.get('idempotent-replayed'), null);
      answers.push(await bodyOf(response));
    }
    assert.equal(callsWith(mark), ids.length);
    assert.equal((await settled(made)).requests, ids.length);
    for (const [at, id] of ids.entries()) {
      await assertReplay(await ask(made, id, say(mark)), answers[at] ?? '');
    }
  });

  test("another API key does not get this one's answer, of the tenant or another", async () => {
    const first = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    const answer = await bodyOf(await ask(first, id, say(mark)));
    await settled(first);
    const others = [await gateway.makeKey({ tenant: first.tenantId }), await gateway.makeKey()];
    for (const other of others) {
      const response = await ask(other, id, say(mark));
      assert.equal(response.headers.get('idempotent-replayed'), null);
      const own = await bodyOf(response);
      assert.match(own, /"cached":false/);
      assert.ok(own.includes(requestId(response)));
    }
    assert.equal(callsWith(mark), 3);
    assert.equal((await settled(first)).requests, 2);
    await assertReplay(await ask(first, id, say(mark)), answer);
  });

  test('under a regulated profile there is no replay, whoever asks for the profile', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), `${fresh()} ssn 078-05-1120`];
    const answer = await bodyOf(await ask(made, id, say(mark)));
    await settled(made);
    await errorOf(await ask(made, id, say(mark, { profile: 'finance' })), 422);
    await gateway.putTenant(made.tenantId, { profile: 'healthcare' });
    for (let at = 0; at < 2; at += 1) await errorOf(await ask(made, id, say(mark)), 422);
    assert.equal(callsWith(mark), 1);
    await gateway.putTenant(made.tenantId, {});
    // The isolate may still know the profile: then it asks the object, which knows better.
    await assertReplay(await ask(made, id, say(mark)), answer);
  });
});

describe('what failed before an answer runs anew', () => {
  /** Answers with the next of these, then with an answer. */
  const script: ((response: ServerResponse) => void)[] = [];
  let called = 0;
  const backend = createServer((request, response) => {
    called += 1;
    request.resume().on('end', () => (script.shift() ?? answer)(response));
  });
  const answer = (response: ServerResponse): void => {
    response.setHeader('content-type', 'application/json');
    const message = { role: 'assistant', content: `answer ${called}` };
    response.end(
      JSON.stringify({
        id: 'a',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
      }),
    );
  };
  const status =
    (code: number) =>
    (response: ServerResponse): void => {
      response.statusCode = code;
      response.end('{}');
    };
  after(() => backend.close());
  const flaky = new Promise<Gateway>((resolve, reject) => {
    backend.listen(0, '127.0.0.1', () => {
      const { port } = backend.address() as AddressInfo;
      const variables = {
        MODEL_BACKEND_URL: `http://127.0.0.1:${port}/v1`,
        DEADLINES_MS: '700,700,700,700',
      };
      gatewayForTests({ variables }).then(resolve, reject);
    });
  });

  const failures: [string, number, (response: ServerResponse) => void][] = [
    ['a status of failure', 502, status(500)],
    ['an overloaded backend', 503, status(429)],
    ['a refusal as invalid', 400, status(400)],
    ['a dropped connection', 502, (response) => void response.destroy()],
    ['no JSON', 502, (response) => void response.end('no')],
    ['no answer in time', 504, () => {}],
  ];
  for (const [what, code, fail] of failures) {
    for (const [form, make] of [
      ['plain', say],
      ['streamed', stream],
    ] as const) {
      test(`${what}, ${form}, and is billed once`, async () => {
        const at = await flaky;
        const made = await at.makeKey({ concurrency: 1 });
        const id = fresh();
        const before = called;
        script.push(fail, fail);
        const body = make('hi');
        for (let failed = 0; failed < 2; failed += 1) {
          const response = await ask(made, id, body, at);
          assert.equal(response.headers.get('idempotent-replayed'), null);
          await errorOf(response, code);
          const nothing = await settled(made, at);
          assert.deepEqual([nothing.requests, nothing.spent_usd, nothing.reserved_usd], [0, 0, 0]);
        }
        assert.equal(called - before, 2);
        if (form === 'streamed') return;
        const third = await ask(made, id, body, at);
        const text = await bodyOf(third);
        assert.equal(third.headers.get('idempotent-replayed'), null);
        assert.equal((await settled(made, at)).requests, 1);
        await assertReplay(await ask(made, id, body, at), text);
        assert.equal(called - before, 3);
        assert.equal((await settled(made, at)).requests, 1);
      });
    }
  }

  test('so does what a limit refused', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    await gateway.putTenant(made.tenantId, { rpm: 0 });
    await errorOf(await ask(made, id, say(mark)), 429);
    await gateway.putTenant(made.tenantId, { budgetUsd: 0 });
    await errorOf(await ask(made, id, say(mark)), 402);
    await gateway.putTenant(made.tenantId, {});
    const answer = await bodyOf(await ask(made, id, say(mark)));
    await settled(made);
    // And what has an answer gives it, whatever the limits are now.
    await gateway.putTenant(made.tenantId, { rpm: 0, tpm: 0, concurrency: 0, budgetUsd: 0 });
    await assertReplay(await ask(made, id, say(mark)), answer);
    assert.equal(callsWith(mark), 1);
  });

  test('so does what was invalid', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    await errorOf(await ask(made, id, say(mark, { model: 'nothing' })), 400);
    await bodyOf(await ask(made, id, say(mark)));
  });
});

describe('a client that left a plain request', () => {
  const leaves = [
    ['quietly: the request goes on, and its answer is there', false],
    ['with a reset: the request is ended, costs nothing and runs anew', true],
  ] as const;
  for (const [what, reset] of leaves) {
    test(what, async () => {
      const made = await gateway.makeKey();
      const [id, hold] = [fresh(), fresh('hold')];
      const body = JSON.stringify(say(`[[sandbox: hold=${hold}]]`));
      const socket = open(gateway.url);
      const head = chatHead(
        made.key,
        `content-length: ${Buffer.byteLength(body)}`,
        `idempotency-key: ${id}`,
      );
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      const entry = await entryOf(gateway, hold);
      await eventually('the hold', () => (entry.outcome === 'held' ? true : undefined));
      if (reset) {
        socket.resetAndDestroy();
        await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
        assert.equal((await settled(made)).requests, 0);
        const again = ask(made, id, body);
        await eventually('another call', () => (callsWith(hold) === 2 ? true : undefined));
        await release(hold);
        const answer = await bodyOf(await again);
        assert.match(answer, /"cached":false/);
        assert.equal((await settled(made)).requests, 1);
        await assertReplay(await ask(made, id, body), answer);
      } else {
        socket.destroy();
        await passed(50);
        await assertRunning(await ask(made, id, body));
        await release(hold);
        assert.equal((await settled(made)).requests, 1);
        const again = await ask(made, id, body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.match(await bodyOf(again), /"cached":true/);
        assert.equal(callsWith(hold), 1);
        assert.equal((await settled(made)).requests, 1);
      }
    });
  }
});

describe('the header itself', () => {
  const wrong: [string, string][] = [
    ['too long', 'x'.repeat(256)],
    ['with a space', 'a b'],
    ['with a tab', 'a\tb'],
    ['not ASCII', 'schlüssel'],
  ];
  for (const [what, value] of wrong) {
    test(`${what} is a 400 that names it, and nothing is run`, async () => {
      const made = await gateway.makeKey({ rpm: 1 });
      const mark = fresh();
      const response = await ask(made, value, say(mark));
      const { details, message } = await errorOf(response, 400);
      assert.deepEqual(details, { field: 'Idempotency-Key' });
      assert.ok(!message.includes(value));
      assert.equal(callsWith(mark), 0);
      await bodyOf(await gateway.chat(made.key, say(mark)));
    });
  }

  test('twice is a 400', async () => {
    const { key } = await gateway.makeKey();
    const body = JSON.stringify(say('hi'));
    const answer = await rawCall(
      gateway.url,
      chatHead(key, `content-length: ${body.length}`, 'idempotency-key: a', 'Idempotency-Key: b'),
      [body],
    );
    assert.equal(answer.status, 400);
    assert.match(answer.body, /"field":"Idempotency-Key"/);
  });

  test('is looked at after the key, the scan and the body', async () => {
    const made = await gateway.makeKey();
    await errorOf(await ask({ ...made, key: 'nru_wrong' }, 'a b', say('hi')), 401);
    const { details } = await errorOf(await ask(made, 'a b', say('hi', { topP: 1 })), 400);
    assert.deepEqual(details, { field: '$.topP' });
    const guarded = await gateway.makeKey({ profile: 'legal' });
    await errorOf(await ask(guarded, 'a b', say('ssn 078-05-1120')), 422);
  });

  test('of a widget key is not looked at', async () => {
    const made = await gateway.makeKey({ type: 'pk', origins: ['*'] });
    const [id, mark] = [fresh(), fresh()];
    const ids = [id, id, 'a b', 'x'.repeat(256)];
    const logs = new Set<string>();
    for (const [at, value] of ids.entries()) {
      const response = await ask(made, value, say(`${mark}${at > 1 ? at : ''}`));
      assert.equal(response.headers.get('idempotent-replayed'), null);
      const answer = await bodyOf(response);
      assert.match(answer, /"cached":false/);
      logs.add((JSON.parse(answer) as { logId: string }).logId);
    }
    assert.equal(logs.size, ids.length);
    assert.equal(callsWith(mark), ids.length);
    assert.equal((await settled(made)).requests, ids.length);
  });
});

describe('a key that is no good any more', () => {
  test('is 401, not the answer', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh(), fresh()];
    await bodyOf(await ask(made, id, say(mark)));
    await settled(made);
    await gateway.revoke(made);
    for (let at = 0; at < 2; at += 1) {
      const response = await ask(made, id, say(mark));
      assert.equal(response.headers.get('idempotent-replayed'), null);
      await errorOf(response, 401);
    }
  });

  test('is 401 for another body, and while the first is running', async () => {
    const made = await gateway.makeKey();
    const [id, hold] = [fresh(), fresh('hold')];
    const body = say(`[[sandbox: hold=${hold}]]`);
    const first = ask(made, id, body);
    await entryOf(gateway, hold);
    await gateway.revoke(made);
    await errorOf(await ask(made, id, say('another')), 401);
    await errorOf(await ask(made, id, body), 401);
    await release(hold);
    // It was good when it was admitted.
    await bodyOf(await first);
  });

  test('is 401 for a malformed header, too, though this isolate has just known it as good', async () => {
    const made = await gateway.makeKey();
    await bodyOf(await gateway.chat(made.key, say('hi')));
    await gateway.revoke(made);
    await errorOf(await ask(made, 'a b', say('hi')), 401);
  });
});

describe('what is stored', () => {
  /** Every file of the state, in one. */
  function stored(): Buffer {
    const names = readdirSync(gateway.state, { recursive: true, withFileTypes: true });
    const files = names.filter((name) => name.isFile());
    const contents = files.flatMap(({ parentPath, name }) => {
      try {
        return [readFileSync(join(parentPath, name))];
      } catch (error) {
        // A file of SQLite's that has gone since it was listed.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    });
    return Buffer.concat(contents);
  }

  test('cannot be read: neither the answer nor the key is in any file or in KV', async () => {
    const made = await gateway.makeKey();
    const [id, mark] = [fresh('idempotent'), fresh('Secretariat')];
    const answer = await bodyOf(await ask(made, id, say(mark)));
    const { logId, text } = JSON.parse(answer) as { logId: string; text: string };
    assert.ok(text.includes(mark), 'the answer echoes the question');
    await settled(made);
    await assertReplay(await ask(made, id, say(mark)), answer);
    const everything = await eventually('the row on the disk', () => {
      const bytes = stored();
      return bytes.includes(logId) && bytes.includes(made.keyId) ? bytes : undefined;
    });
    const secret = made.key.slice('nru_'.length);
    const secrets = [made.key, secret, mark, text, text.slice(0, 24), id, '"choices"'];
    for (const plain of secrets) {
      const bytes = Buffer.from(plain);
      const forms = [bytes, bytes.toString('hex'), bytes.toString('base64').replace(/..=*$/, '')];
      for (const form of forms) assert.ok(!everything.includes(form), `${plain} is stored`);
    }
    const store = await gateway.keyStore();
    const { keys } = await store.list();
    assert.ok(keys.length > 0);
    for (const { name } of keys) {
      const entry = `${name} ${await store.get(name)}`;
      for (const plain of [...secrets, logId]) assert.ok(!entry.includes(plain));
    }
  });

  const ways: [string, (made: MadeKey) => Promise<void>][] = [
    ['a kill -9 of workerd', () => gateway.kill()],
    ['a restart', () => gateway.restart()],
    [
      'the eviction of the object',
      ({ tenantId }) =>
        gateway.miniflare.unsafeEvictDurableObject('gateway', 'Tenant', { name: tenantId }),
    ],
  ];
  for (const [what, happen] of ways) {
    test(`outlives ${what}`, async () => {
      const made = await gateway.makeKey();
      const [plain, streamed, mark] = [fresh(), fresh(), fresh()];
      const answer = await bodyOf(await ask(made, plain, say(mark)));
      const events = await ask(made, streamed, stream(mark));
      await bodyOf(events);
      const before = await settled(made);
      assert.equal(before.requests, 2);
      await happen(made);
      await assertReplay(await ask(made, plain, say(mark)), answer);
      await assertGone(await ask(made, streamed, stream(mark)), requestId(events));
      await errorOf(await ask(made, plain, say('another')), 409);
      assert.equal(callsWith(mark), 2);
      assert.deepEqual(await settled(made), before);
    });
  }

  test('a request that ran when workerd was killed is not run beside itself', async () => {
    const made = await gateway.makeKey();
    const [id, hold] = [fresh(), fresh('hold')];
    const body = say(`[[sandbox: hold=${hold}]]`);
    const cut = ask(made, id, body).then(
      () => assert.fail('answered'),
      () => undefined,
    );
    await entryOf(gateway, hold);
    await gateway.kill();
    await cut;
    // Nobody knows what the backend did for it.
    for (let at = 0; at < 3; at += 1) await assertRunning(await ask(made, id, body));
    assert.equal(callsWith(hold), 1);
  });
});
