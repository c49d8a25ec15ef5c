/** What the sandbox records: requests, how they ended, and when the caller left. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { chat, chatBody, post, rawChat, recorded, sandboxForTests } from './testbed.ts';

const lines: string[] = [];
const sandbox = await sandboxForTests({ log: (line) => lines.push(line) });

async function control(method: string, path: string): Promise<any> {
  return (await fetch(`${sandbox.url}/_sandbox/${path}`, { method })).json();
}

test('a finished request is recorded with what was sent and when', async () => {
  const response = await chat(sandbox, '[[sandbox: tokens=4]]', { stream: true });
  const text = await response.text();
  await recorded(sandbox);
  const [entry] = await control('GET', 'requests');
  assert.equal(entry.path, '/v1/chat/completions');
  assert.equal(entry.model, 'gpt-4o');
  assert.equal(entry.body.messages[0].content, '[[sandbox: tokens=4]]');
  assert.equal(entry.status, 200);
  assert.equal(entry.outcome, 'complete');
  assert.equal(entry.deltasSent, 4);
  assert.equal(entry.bytesSent, Buffer.byteLength(text));
  assert.equal(entry.clientLeftAt, null);
  assert.ok(entry.startedAt <= entry.firstByteAt && entry.firstByteAt <= entry.endedAt);
});

test('credentials are recorded only as a short hash', async () => {
  const secret = 'nru_top-secret';
  const headers = { authorization: `Bearer ${secret}`, 'x-api-key': secret, cookie: 'a=b' };
  await post(sandbox, '/v1/chat/completions', chatBody('hi'), { headers });
  const [entry] = await control('GET', 'requests');
  const short = `sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;
  assert.equal(entry.headers.authorization, `Bearer ${short}`);
  assert.equal(entry.headers['x-api-key'], short);
  assert.doesNotMatch(JSON.stringify(entry), /top-secret|a=b/);
});

test('a caller that leaves in any phase is noticed at once', async () => {
  const phases: [string, object][] = [
    ['delay=60000', {}],
    ['hold=never', {}],
    ['first=60000', { stream: true }],
    ['tokens=1000 gap=60000', { stream: true }],
    ['tokens=1000000 size=100', { stream: true }],
  ];
  for (const [directive, extra] of phases) {
    const gone = new AbortController();
    const body = chatBody(`[[sandbox: ${directive}]]`, extra);
    const pending = post(sandbox, '/v1/chat/completions', body, { signal: gone.signal });
    pending.catch(() => {});
    await recorded(sandbox, (entry) => JSON.stringify(entry.body).includes(directive));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const leftAt = Date.now();
    gone.abort();
    const entry = await recorded(sandbox);
    assert.equal(entry.outcome, 'client-left', directive);
    assert.ok((entry.clientLeftAt ?? 0) - leftAt < 500, directive);
    assert.equal((await control('GET', 'stats')).open, 0);
    sandbox.reset();
  }
});

test('a caller that only closes its side of the socket has left too', async () => {
  const body = JSON.stringify(chatBody('[[sandbox: tokens=1000 gap=50]]', { stream: true }));
  const socket = connect(sandbox.port, '127.0.0.1');
  socket.on('data', () => {}).on('error', () => {});
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await recorded(sandbox, ({ deltasSent }) => deltasSent >= 2);
  socket.end();
  assert.equal((await recorded(sandbox)).outcome, 'client-left');
});

test('a caller that leaves while it still sends is recorded', async () => {
  const sending = request(`${sandbox.url}/v1/chat/completions`, { method: 'POST' });
  sending.on('error', () => {});
  sending.write('{"model":');
  await recorded(sandbox, ({ outcome }) => outcome === 'open');
  sending.destroy();
  const entry = await recorded(sandbox);
  assert.deepEqual([entry.outcome, entry.status], ['client-left', null]);
});

test('a caller that stops to read stops the stream', async () => {
  const response = await chat(sandbox, '[[sandbox: tokens=100000 size=10000]]', { stream: true });
  const sofar = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return sandbox.requests.at(-1)?.deltasSent ?? 0;
  };
  let before = -1;
  let now = await sofar();
  for (let tries = 0; now !== before && tries < 50; tries += 1)
    [before, now] = [now, await sofar()];
  assert.equal(now, before);
  assert.ok(now < 100_000);
  await response.body?.cancel();
});

test('the record can be cleared and keeps the last 1000', async () => {
  const calls = Array.from({ length: 1010 }, () => fetch(`${sandbox.url}/v1/models`));
  for (const response of await Promise.all(calls)) await response.body?.cancel();
  assert.equal((await control('GET', 'requests')).length, 1000);
  assert.equal((await control('GET', 'stats')).total, 1010);
  assert.deepEqual(await control('DELETE', 'requests'), { cleared: true });
  assert.deepEqual(await control('GET', 'requests'), []);
  assert.deepEqual(await control('GET', 'stats'), { open: 0, total: 0, held: [] });
});

test('a body that is no JSON is recorded as its text, a very long one in part', async () => {
  await post(sandbox, '/v1/chat/completions', 'not json');
  assert.equal(sandbox.requests.at(-1)?.body, 'not json');
  await chat(sandbox, 'x'.repeat(1024 * 1024));
  assert.equal(String(sandbox.requests.at(-1)?.body).length, 256 * 1024);
});

test('reset forgets all and cuts what is still open', async () => {
  const pending = rawChat(sandbox, '[[sandbox: stall=1]]');
  await recorded(sandbox, ({ outcome }) => outcome === 'stalled');
  sandbox.reset();
  assert.equal((await pending).ended, false);
  assert.deepEqual(sandbox.requests, []);
});

test('each answer is logged in one line', async () => {
  lines.length = 0;
  await (await chat(sandbox, '[[sandbox: tokens=2]]', { stream: true })).text();
  await recorded(sandbox);
  const form = /^POST \/v1\/chat\/completions gpt-4o 200 complete 2 deltas \d+ ms$/;
  assert.equal(lines.filter((line) => form.test(line)).length, 1, lines.join('; '));
});

test('the control endpoints answer to a loopback name only', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { host: 'evil.example' };
    request(`${sandbox.url}/_sandbox/requests`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  assert.equal(status, 403);
  assert.match((await control('GET', 'nothing')).error, /no such control/);
});
