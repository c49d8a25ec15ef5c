/** Who is let in: one 401 for every failure, revocation at once, KV as a mere projection, roles. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { errorOf, requestId, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { chatHead, rawCall } from './harness/raw.ts';

const gateway = await gatewayForTests();

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const UNAUTHORIZED = '{"error":"UNAUTHORIZED","message":"Invalid or missing API key"}';

function checksum(text: string): string {
  let digits = '';
  for (let rest = crc32(text); digits.length < 6; rest = Math.floor(rest / 62)) {
    digits = LETTERS.charAt(rest % 62) + digits;
  }
  return digits;
}

/** A key of the right form that nobody made. */
function unknownKey(prefix = 'nru_'): string {
  const secret = Array.from({ length: 32 }, () => LETTERS.charAt(randomInt(62))).join('');
  return prefix + secret + checksum(prefix + secret);
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The one 401: nothing of it may tell one cause from another. */
async function assertUnauthorized(response: Response, what: string): Promise<void> {
  assert.equal(response.status, 401, what);
  assert.equal(await response.text(), UNAUTHORIZED, what);
  assert.equal(response.headers.get('www-authenticate'), 'Bearer', what);
  assert.equal(response.headers.get('content-type'), 'application/json', what);
  assert.match(requestId(response), /^req_/, what);
  const names = [...response.headers.keys()].filter(
    (name) => !name.startsWith('access-control-') && name !== 'server-timing',
  );
  assert.deepEqual(
    names,
    ['cache-control', 'content-length', 'content-type', 'www-authenticate', 'x-request-id'],
    what,
  );
}

async function assertRefusedEverywhere(authorization: string | undefined, what: string) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  await assertUnauthorized(await gateway.call('/ai/models', { headers }), `${what}, models`);
  for (const body of [JSON.stringify(say('hello')), '{not json', '']) {
    const response = await gateway.call('/ai/chat', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    await assertUnauthorized(response, `${what}, chat with ${body || 'no body'}`);
  }
}

describe('a credential that is no good gets the one 401', () => {
  const good = unknownKey();
  const changed = good.slice(0, 8) + (good[8] === 'A' ? 'B' : 'A') + good.slice(9);
  const malformed: [string, string | undefined][] = [
    ['no header', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Bearer'],
    ['another scheme', `Basic ${good}`],
    ['the key alone', good],
    ['two keys', `Bearer ${good} ${good}`],
    ['a wrong prefix', `Bearer xyz_${good.slice(4)}`],
    ['a prefix in capitals', `Bearer NRU_${good.slice(4)}`],
    ['a letter outside the alphabet', `Bearer ${good.slice(0, 10)}-${good.slice(11)}`],
    ['a key too short', `Bearer ${good.slice(0, -1)}`],
    ['a key too long', `Bearer ${good}0`],
    ['a very long key', `Bearer nru_${'a'.repeat(4000)}`],
    ['a wrong checksum', `Bearer ${changed}`],
    ['the checksum of the other type', `Bearer pk_${good.slice(4)}`],
  ];
  for (const [what, authorization] of malformed) {
    test(`${what}, and nothing is looked up`, async () => {
      const before = await gateway.calls();
      await assertRefusedEverywhere(authorization, what);
      assert.deepEqual(await gateway.calls(), before);
    });
  }

  test('a well-formed key that nobody made', async () => {
    await assertRefusedEverywhere(`Bearer ${unknownKey()}`, 'unknown');
    await assertRefusedEverywhere(`Bearer ${unknownKey('pk_')}`, 'unknown widget key');
  });

  test('a revoked key', async () => {
    const made = await gateway.makeKey();
    await gateway.revoke(made);
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'revoked');
  });

  test('an expired key', async () => {
    const made = await gateway.makeKey({ expiresAtMs: Date.now() - 1 });
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'expired');
  });

  test('a key that expires while it is in use', async () => {
    const end = Date.now() + 1_000;
    const made = await gateway.makeKey({ expiresAtMs: end });
    assert.equal((await gateway.call('/ai/models', { key: made.key })).status, 200);
    for (;;) {
      const asked = Date.now();
      const { status } = await gateway.call('/ai/models', { key: made.key });
      if (status === 401) {
        assert.ok(Date.now() >= end, 'refused before its end');
        break;
      }
      assert.equal(status, 200);
      assert.ok(asked < end, 'accepted after its end');
    }
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'expired in use');
  });
});

test('a key is made with the form it promises and works at once', async () => {
  const made = await gateway.makeKey();
  assert.match(made.key, /^nru_[0-9A-Za-z]{38}$/);
  assert.equal(made.key.slice(-6), checksum(made.key.slice(0, -6)));
  assert.equal(made.keyPreview, `${made.key.slice(0, 6)}…${made.key.slice(-4)}`);
  assert.equal((await gateway.call('/ai/models', { key: made.key })).status, 200);
  const widget = await gateway.makeKey({ type: 'pk', origins: ['*'] });
  assert.match(widget.key, /^pk_[0-9A-Za-z]{38}$/);
  assert.equal(widget.key.slice(-6), checksum(widget.key.slice(0, -6)));
});

test('the scheme is read in any case', async () => {
  const { key } = await gateway.makeKey();
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const headers = { authorization: `${scheme} ${key}` };
    assert.equal((await gateway.call('/ai/models', { headers })).status, 200, scheme);
  }
});

describe('revocation', () => {
  test('holds on the very next call, with KV and the isolate still remembering the key', async () => {
    const made = await gateway.makeKey();
    const { key } = made;
    assert.equal((await gateway.chat(key, say('warm'))).status, 200);
    await gateway.revoke(made);

    const keys = await gateway.keyStore();
    assert.notEqual(await keys.get(hashOf(key)), null);
    const sent = gateway.sandbox.requests.length;
    await assertUnauthorized(await gateway.chat(key, say('again')), 'chat');
    assert.equal(gateway.sandbox.requests.length, sent);
  });

  for (const [what, body, type] of [
    ['a malformed body', '{', 'application/json'],
    ['a wrong content type', 'hello', 'text/plain'],
    ['an unknown model', JSON.stringify(say('x', { model: 'nothing' })), 'application/json'],
  ] as const) {
    test(`comes before ${what}`, async () => {
      const made = await gateway.makeKey();
      assert.equal((await gateway.chat(made.key, say('warm'))).status, 200);
      await gateway.revoke(made);
      const headers = { 'content-type': type };
      await assertUnauthorized(await gateway.chat(made.key, body, { headers }), what);
      // The isolate has forgotten the key by now; KV has not.
      await assertUnauthorized(await gateway.chat(made.key, body, { headers }), `${what}, again`);
    });
  }

  test('comes before a body that is too large', async () => {
    const made = await gateway.makeKey();
    assert.equal((await gateway.chat(made.key, say('warm'))).status, 200);
    await gateway.revoke(made);
    const answer = await rawCall(gateway.url, chatHead(made.key, `content-length: ${5 << 20}`));
    assert.equal(answer.status, 401);
    assert.equal(answer.body, UNAUTHORIZED);
  });

  test('holds where KV has forgotten the key and D1 is asked', async () => {
    const made = await gateway.makeKey();
    await gateway.revoke(made);
    await (await gateway.keyStore()).delete(hashOf(made.key));
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'revoked, not in KV');
  });

  test('holds from the first step on, though a later one fails', async (t) => {
    t.after(() => gateway.faults({}));
    const made = await gateway.makeKey();
    assert.equal((await gateway.chat(made.key, say('warm'))).status, 200);
    await gateway.faults({ database: 'throw' });
    const path = `/tenants/${made.tenantId}/keys/${made.keyId}`;
    assert.equal((await gateway.operator('DELETE', path)).status, 200);
    await assertUnauthorized(await gateway.chat(made.key, say('hi')), 'half revoked');
    await gateway.faults({});
    await gateway.revoke(made);
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'revoked');
  });

  test('is not undone by doing it again, nor by a restart', async () => {
    const made = await gateway.makeKey();
    await gateway.revoke(made);
    await gateway.revoke(made);
    await gateway.restart();
    await assertRefusedEverywhere(`Bearer ${made.key}`, 'after a restart');
  });
});

describe('KV is never the authority', () => {
  test('a key works at once though KV was asked for it before it was made', async () => {
    // What a negative cache does: KV goes on to miss.
    const made = await gateway.makeKey();
    const keys = await gateway.keyStore();
    await keys.delete(hashOf(made.key));
    const response = await gateway.chat(made.key, say('hello'));
    assert.equal(response.status, 200);
    assert.equal(await keys.get(hashOf(made.key)), null, 'nothing writes a record back');
  });

  test('a record in KV that no object knows opens nothing', async () => {
    const made = await gateway.makeKey();
    const keys = await gateway.keyStore();
    const projection = await keys.get(hashOf(made.key));
    assert.ok(projection);
    const forged = unknownKey();
    await keys.put(hashOf(forged), projection);
    await assertUnauthorized(await gateway.call('/ai/models', { key: forged }), 'forged');
    await assertUnauthorized(await gateway.chat(forged, say('hi')), 'forged');
  });

  test('a record in KV that points to another tenant opens nothing there', async () => {
    const [own, other] = [await gateway.makeKey(), await gateway.makeKey()];
    const keys = await gateway.keyStore();
    const theirs = await keys.get(hashOf(other.key));
    assert.ok(theirs);
    await keys.put(hashOf(own.key), theirs);
    await assertUnauthorized(await gateway.call('/ai/models', { key: own.key }), 'misled');
  });

  test('a record in KV that cannot be read counts as a miss', async () => {
    const made = await gateway.makeKey();
    const keys = await gateway.keyStore();
    await keys.put(hashOf(made.key), '{"tenant": 5');
    assert.equal((await gateway.call('/ai/models', { key: made.key })).status, 200);
  });

  test('KV that is down does not lock anybody out', async (t) => {
    t.after(() => gateway.faults({}));
    const made = await gateway.makeKey();
    await gateway.faults({ keys: 'throw' });
    assert.equal((await gateway.call('/ai/models', { key: made.key })).status, 200);
  });

  test('when neither KV nor D1 answers, it is 503 and no open door', async (t) => {
    t.after(() => gateway.faults({}));
    const made = await gateway.makeKey();
    await gateway.faults({ keys: 'throw', database: 'throw' });
    const response = await gateway.call('/ai/models', { key: made.key });
    assert.equal(response.headers.get('retry-after'), '1');
    await errorOf(response, 503);
  });
});

test('one client may have D1 asked for so many unknown keys a minute, another is not held up', async () => {
  const from = (address: string) => ({ 'cf-connecting-ip': address });
  const { database: before } = await gateway.calls();
  // More than two minutes' worth, as the minute may end in between.
  for (let at = 0; at < 130; at += 1) {
    const headers = { ...from('203.0.113.7'), authorization: `Bearer ${unknownKey()}` };
    await assertUnauthorized(await gateway.call('/ai/models', { headers }), `guess ${at}`);
  }
  const { database: asked } = await gateway.calls();
  assert.ok(asked - before >= 60, `${asked - before} looked up`);
  assert.ok(asked - before <= 120, `${asked - before} looked up`);

  const made = await gateway.makeKey();
  const keys = await gateway.keyStore();
  await keys.delete(hashOf(made.key));
  const other = { headers: from('203.0.113.8'), key: made.key };
  assert.equal((await gateway.call('/ai/models', other)).status, 200);
});

test('a key in KV is looked up once and then remembered', async () => {
  const { key } = await gateway.makeKey();
  for (let at = 0; at < 3; at += 1) assert.equal((await gateway.chat(key, say('x'))).status, 200);
  const asked = (await gateway.calls()).keys.filter((name) => name === hashOf(key));
  assert.equal(asked.length, 1);
});

describe('roles', () => {
  test('a viewer reads and may not chat; the answer names the role that may', async () => {
    const { key } = await gateway.makeKey({ role: 'viewer' });
    assert.equal((await gateway.call('/ai/models', { key })).status, 200);
    const { message } = await errorOf(await gateway.chat(key, say('hi')), 403);
    assert.match(message, /developer/);
  });

  for (const role of ['developer', 'admin', 'owner']) {
    test(`a ${role} may read and chat`, async () => {
      const { key } = await gateway.makeKey({ role });
      assert.equal((await gateway.call('/ai/models', { key })).status, 200);
      assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    });
  }

  test('a key with a list of models calls those and no other', async () => {
    const { key } = await gateway.makeKey({ models: ['gpt-4o-mini'] });
    assert.equal((await gateway.chat(key, say('hi', { model: 'gpt-4o-mini' }))).status, 200);
    await errorOf(await gateway.chat(key, say('hi', { model: 'gpt-4o' })), 403);
    await errorOf(await gateway.chat(key, say('hi')), 403);
  });
});

test('models are listed with their prices, and nothing about backends', async () => {
  const { key } = await gateway.makeKey();
  const response = await gateway.call('/ai/models', { key });
  const page = (await response.json()) as {
    models: { id: string; price: { input: number; output: number } }[];
  };
  const gpt = page.models.find(({ id }) => id === 'gpt-4o');
  assert.deepEqual([gpt?.price.input, gpt?.price.output], [2.5, 10]);
  const head = await gateway.call('/ai/models', { key, method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
});

test('no secret is at rest anywhere, nor in any log', async () => {
  const made = await gateway.makeKey({ name: 'find-me-in-d1' });
  assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
  await gateway.chat(made.key, '{');
  await gateway.revoke(made);
  await gateway.stop();
  const bytes = filesOf(gateway.state).map((path) => readFileSync(path));
  const holds = (text: string) => bytes.some((content) => content.includes(text));
  assert.ok(holds('find-me-in-d1'), 'the search finds what is there');
  assert.ok(holds(hashOf(made.key)));
  const secret = made.key.slice('nru_'.length, -6);
  assert.ok(!holds(secret));
  assert.ok(!gateway.logged.some((line) => line.includes(secret)));
  await gateway.start();
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
