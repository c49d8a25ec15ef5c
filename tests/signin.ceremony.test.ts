/** Sign-in by passkey: what lets somebody in, and everything that does not. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { Authenticator } from './harness/authenticator.ts';
import type { Algorithm, Lies } from './harness/authenticator.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { operatorLink, Person, personOf } from './harness/person.ts';
import type { Session } from './harness/person.ts';

const gateway = await gatewayForTests();
const UNAUTHORIZED = { error: 'UNAUTHORIZED', message: 'Invalid or missing API key' };

const rows = (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  gateway.rows(sql, ...values);

describe('a person who comes in by a link signs out and in again', () => {
  for (const algorithm of ['ES256', 'RS256', 'EdDSA'] as Algorithm[]) {
    for (const attestation of ['none', 'packed'] as const) {
      test(`with ${algorithm} and attestation ${attestation}`, async () => {
        const person = await personOf(gateway, { algorithm, attestation, name: '李 <b>x</b>' });
        const joined = await person.session();
        assert.equal(joined.signedIn, true);
        assert.equal(joined.user?.name, '李 <b>x</b>');
        assert.match(joined.user?.id ?? '', /^usr_[0-9A-Za-z]{16}$/);
        assert.deepEqual(joined.tenants, [
          { id: person.tenant, name: person.tenant, role: 'owner' },
        ]);
        assert.equal(joined.tenant, person.tenant);

        assert.equal((await person.call('POST', '/api/signout')).status, 204);
        assert.equal(person.cookies.size, 0);
        assert.deepEqual(await person.session(), {
          signedIn: false,
          signup: 'invitation',
          local: true,
        });
        const response = await person.signIn();
        const signedIn = (await response.json()) as Session;
        assert.equal(response.status, 200);
        assert.deepEqual(signedIn.user, joined.user);
        assert.notEqual(signedIn.session, joined.session);
      });
    }
  }
});

test('the options ask for a verified user and name nobody', async () => {
  const { challengeId, publicKey } = await new Person(gateway).beginSignIn();
  assert.match(challengeId, /^cer_[0-9A-Za-z]{16}$/);
  assert.match(publicKey.challenge, /^[\w-]{43}$/);
  assert.deepEqual(publicKey.allowCredentials, []);
  assert.equal(publicKey.userVerification, 'required');
  assert.equal(publicKey.rpId, 'localhost');
  assert.ok(publicKey.timeout <= 300_000);
});

describe('an assertion that is not right in every part is the one 401, and no session', async () => {
  const person = await personOf(gateway, { counts: true });
  await person.signIn();
  const stranger = await personOf(gateway);
  const other = randomBytes(32).toString('base64url');
  const lies: [string, Lies][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['a subdomain of ours', { origin: person.origin.replace('//', '//evil.') }],
    ['our origin without its port', { origin: 'http://localhost' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['another challenge', { challenge: other }],
    ['no challenge', { challenge: '' }],
    ['the other ceremony', { type: 'webauthn.create' }],
    ['a frame of another origin', { clientData: { crossOrigin: true } }],
    ['a page within another', { clientData: { topOrigin: 'https://evil.example' } }],
    ['a user who was not verified', { flags: (flags) => flags & ~0x04 }],
    ['a user who was not there', { flags: (flags) => flags & ~0x01 }],
    ['a backup that its key does not allow', { flags: (flags) => flags | 0x10 }],
    ['a key that can be backed up now', { flags: (flags) => flags | 0x18 }],
    ['flags that promise extensions', { flags: (flags) => flags | 0x80 }],
    ['flags that promise a credential', { flags: (flags) => flags | 0x40 }],
    ['a counter that went back', { counter: 0 }],
    ['a signature with a bit changed', { signature: (it) => flip(it, it.length - 1) }],
    ['a signature cut short', { signature: (it) => it.subarray(0, -1) }],
    ['a signature with a byte more', { signature: (it) => Buffer.concat([it, Buffer.from([0])]) }],
    ['no signature', { signature: () => Buffer.alloc(0) }],
    ['a signature that is a zero', { signature: () => Buffer.from('3006020100020100', 'hex') }],
    ['no user', { userHandle: null }],
    ['another user', { userHandle: Buffer.from(stranger.id).toString('base64url') }],
    ['a user that is no base64url', { userHandle: '=' }],
    ['another id than the raw one', { envelope: (it) => ({ ...it, id: 'AAAA' }) }],
    ['another type', { envelope: (it) => ({ ...it, type: 'password' }) }],
    ['an unknown credential', { envelope: (it) => ({ ...it, id: 'AAAA', rawId: 'AAAA' }) }],
    [
      "another's credential",
      { envelope: (it) => ({ ...it, ...idOf(stranger.authenticator.keys[0]?.id) }) },
    ],
  ];
  for (const [what, lie] of lies) {
    test(what, async () => {
      const visitor = person.elsewhere();
      const response = await visitor.signIn(lie);
      assert.deepEqual(await errorOf(response, 401), UNAUTHORIZED);
      assert.equal(visitor.cookies.size, 0);
      assert.equal((await visitor.session()).signedIn, false);
    });
  }

  test('and the right one still lets in', async () => {
    assert.equal((await person.elsewhere().signIn()).status, 200);
  });
});

describe('a challenge is answered once', () => {
  test('an assertion that is sent again is refused', async () => {
    const person = await personOf(gateway);
    const { challengeId, publicKey } = await person.beginSignIn();
    const body = { challengeId, credential: person.authenticator.get(publicKey) };
    assert.equal((await person.call('POST', '/api/signin', body)).status, 200);
    const again = await person.elsewhere().call('POST', '/api/signin', body);
    assert.deepEqual(await errorOf(again, 401), UNAUTHORIZED);
  });

  test('of two at once one is let in', async () => {
    const person = await personOf(gateway);
    const { challengeId, publicKey } = await person.beginSignIn();
    const body = { challengeId, credential: person.authenticator.get(publicKey) };
    const both = await Promise.all(
      [person.elsewhere(), person.elsewhere()].map((it) => it.call('POST', '/api/signin', body)),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401]);
  });

  test('a wrong answer uses it up, too', async () => {
    const person = await personOf(gateway);
    const { challengeId, publicKey } = await person.beginSignIn();
    const wrong = person.authenticator.get(publicKey, { origin: 'https://evil.example' });
    const right = person.authenticator.get(publicKey);
    for (const credential of [wrong, right]) {
      await errorOf(await person.call('POST', '/api/signin', { challengeId, credential }), 401);
    }
  });

  test('one of another ceremony, and one that is too old, are refused', async () => {
    const person = await personOf(gateway);
    const link = await operatorLink(gateway, person.tenant, { role: 'viewer' });
    const join = await person.beginJoin(new URL(link).hash.slice(1), 'Eve');
    const options = {
      ...(await person.beginSignIn()).publicKey,
      challenge: join.publicKey.challenge,
    };
    const credential = person.authenticator.get(options);
    const crossed = { challengeId: join.challengeId, credential };
    await errorOf(await person.call('POST', '/api/signin', crossed), 401);

    const { challengeId, publicKey } = await person.beginSignIn();
    await rows('UPDATE ceremonies SET expires_at_ms = ? WHERE id = ?', Date.now(), challengeId);
    const late = { challengeId, credential: person.authenticator.get(publicKey) };
    await errorOf(await person.call('POST', '/api/signin', late), 401);
  });
});

describe('a signature counter', () => {
  test('that goes up lets in, and one that stands still does not', async () => {
    const person = await personOf(gateway, { counts: true });
    assert.equal((await person.signIn()).status, 200);
    assert.equal((await person.signIn({ counter: 9 })).status, 200);
    await errorOf(await person.signIn({ counter: 9 }), 401);
    assert.equal((await person.signIn({ counter: 4_294_967_295 })).status, 200);
    await errorOf(await person.signIn({ counter: 0 }), 401);
    const [row] = await rows('SELECT counter FROM passkeys WHERE user_id = ?', person.id);
    assert.equal(row?.['counter'], 4_294_967_295);
  });

  test('of two assertions at once with the same count, one is let in', async () => {
    const person = await personOf(gateway, { counts: true });
    const begun = await Promise.all([person.beginSignIn(), person.beginSignIn()]);
    const answers = await Promise.all(
      begun.map(({ challengeId, publicKey }) => {
        const credential = person.authenticator.get(publicKey, { counter: 5 });
        return person.elsewhere().call('POST', '/api/signin', { challengeId, credential });
      }),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  });
});

describe('a registration that is not right names the credential, and the link stays good', async () => {
  const lies: [string, Lies][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['another relying party', { rpId: 'evil.example' }],
    ['another challenge', { challenge: randomBytes(32).toString('base64url') }],
    ['the other ceremony', { type: 'webauthn.get' }],
    ['a user who was not verified', { flags: (flags) => flags & ~0x04 }],
    ['no credential in the data', { flags: (flags) => flags & ~0x40 }],
    ['malformed CBOR', { attestation: (it) => it.subarray(0, -1) }],
    ['a byte after the CBOR', { attestation: (it) => Buffer.concat([it, Buffer.from([0])]) }],
    ['CBOR without an end', { attestation: () => Buffer.from('9f', 'hex') }],
    ['deep CBOR', { attestation: () => Buffer.alloc(2000, 0x81) }],
    ['no attestation', { attestation: () => Buffer.alloc(0) }],
    ['a key of another algorithm', { publicKey: (key) => replace(key, '0326', '0327') }],
    ['a key that is no point', { publicKey: (key) => flip(key, key.length - 1) }],
    [
      'another id than that of the data',
      { envelope: (it) => ({ ...it, id: 'AAAA', rawId: 'AAAA' }) },
    ],
  ];
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, {});
  const link = await operatorLink(gateway, tenant);
  for (const [what, lie] of lies) {
    test(what, async () => {
      const { details } = await errorOf(await new Person(gateway).join(link, 'Eve', lie), 400);
      assert.deepEqual(details, { field: '$.credential' });
      const left = await rows("SELECT id FROM users WHERE name = 'Eve'");
      assert.deepEqual(left, []);
    });
  }

  test('and then the right one is taken', async () => {
    assert.equal((await new Person(gateway).join(link, 'Ada')).status, 200);
  });
});

test('a passkey is registered once, by whomever', async () => {
  const person = await personOf(gateway);
  const id = person.authenticator.keys[0]?.id;
  assert.ok(id);
  const link = await operatorLink(gateway, person.tenant, { role: 'viewer' });
  const copied = await new Person(gateway).join(link, 'Eve', { credentialId: id });
  await errorOf(copied, 409);
  assert.deepEqual(
    await rows("SELECT id FROM users WHERE name = 'Eve' AND tenant_id = ?", person.tenant),
    [],
  );
  // The link is not used up by that.
  assert.equal((await new Person(gateway).join(link, 'Bob')).status, 200);
  const again = await person.addPasskey(new Authenticator({ origin: person.origin }), {
    credentialId: id,
  });
  await errorOf(again, 409);
  // An authenticator that has one of this account is told so, and makes no other.
  await assert.rejects(person.addPasskey(person.authenticator), /InvalidStateError/);
});

describe('a body that is wrong names the field', () => {
  const bad: [string, string, unknown, string][] = [
    ['/api/signin/options', 'no object', '[]', '$'],
    ['/api/signin/options', 'a member too many', { user: 'x' }, '$.user'],
    ['/api/signin', 'nothing', {}, '$'],
    ['/api/signin', 'a challenge of another form', { challengeId: 7 }, '$.challengeId'],
    [
      '/api/signin',
      'a credential without a response',
      {
        challengeId: 'cer_0123456789abcdef',
        credential: { id: 'AA', rawId: 'AA', type: 'public-key' },
      },
      '$.credential',
    ],
    ['/api/links/look', 'a secret that is short', { secret: 'x' }, '$.secret'],
    ['/api/links/look', 'a secret that is a number', { secret: 7 }, '$.secret'],
    [
      '/api/links/options',
      'a name that turns text around',
      { secret: 'A'.repeat(43), name: '\u202e' },
      '$.name',
    ],
    [
      '/api/links/accept',
      'a credential without a challenge',
      { secret: 'A'.repeat(43), credential: {} },
      '$.credential',
    ],
  ];
  for (const [path, what, body, field] of bad) {
    test(`${path}: ${what}`, async () => {
      const { details } = await errorOf(await new Person(gateway).call('POST', path, body), 400);
      assert.deepEqual(details, { field });
    });
  }
});

describe('calls that no page of ours made are refused', () => {
  const PATHS = [
    '/api/signin/options',
    '/api/signin',
    '/api/signout',
    '/api/links/look',
    '/api/links/options',
    '/api/links/accept',
  ];
  const FOREIGN: [string, Record<string, string>][] = [
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sister', { 'sec-fetch-site': 'same-site', origin: 'https://evil.localhost' }],
    ['an old browser on another site', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['a page without an origin', { 'sec-fetch-site': '', origin: 'null' }],
    ['no page', { 'sec-fetch-site': '', origin: '' }],
  ];
  for (const path of PATHS) {
    for (const [who, headers] of FOREIGN) {
      test(`${path} by ${who}`, async () => {
        const response = await new Person(gateway).call('POST', path, {}, headers);
        assert.equal((await errorOf(response, 403)).error, 'FORBIDDEN');
      });
    }
  }

  test('an old browser on a page of ours is let through', async () => {
    const person = new Person(gateway);
    const response = await person.call('POST', '/api/signin/options', {}, { 'sec-fetch-site': '' });
    assert.equal(response.status, 200);
  });
});

test('who tries too often has to wait, and nobody else', async () => {
  const person = new Person(gateway);
  const statuses = new Set<number>();
  for (let i = 0; i < 70; i += 1) {
    const response = await person.call('POST', '/api/links/look', { secret: 'A'.repeat(43) });
    statuses.add(response.status);
    if (response.status === 429) {
      assert.equal(response.headers.get('retry-after'), '60');
      const { error, details } = await errorOf(response, 429);
      assert.equal(error, 'RATE_LIMITED');
      assert.deepEqual(details, { limit_source: 'client', limit: 60, retry_after_ms: 60_000 });
      break;
    }
    await response.arrayBuffer();
  }
  assert.deepEqual([...statuses], [404, 429]);
  await errorOf(await person.call('POST', '/api/signin/options', {}), 429);
  await new Person(gateway).beginSignIn();
});

describe('when a part does not answer, nobody is let in', () => {
  for (const part of ['brake', 'database'] as const) {
    test(`503 without the ${part}, and the challenge is still good`, async (t) => {
      t.after(() => gateway.faults({}));
      const person = await personOf(gateway);
      const { challengeId, publicKey } = await person.beginSignIn();
      const body = { challengeId, credential: person.authenticator.get(publicKey) };
      await gateway.faults({ [part]: 'throw' });
      await errorOf(await person.elsewhere().call('POST', '/api/signin', body), 503);
      await gateway.faults({});
      assert.equal((await person.call('POST', '/api/signin', body)).status, 200);
    });
  }

  test('401 becomes 503 when sessions cannot be looked up', async (t) => {
    t.after(() => gateway.faults({}));
    const person = await personOf(gateway);
    await gateway.faults({ database: 'throw' });
    await errorOf(await person.call('GET', '/api/sessions'), 503);
    await errorOf(await person.call('GET', '/api/session'), 503);
  });
});

test('nothing that was secret is in the log or in D1', async () => {
  const person = await personOf(gateway);
  const link = await operatorLink(gateway, person.tenant, { role: 'viewer' });
  const secrets = [new URL(link).hash.slice(1), ...person.cookies.values()];
  await errorOf(await person.elsewhere().signIn({ origin: 'https://evil.example' }), 401);
  const tables = ['users', 'passkeys', 'sessions', 'links', 'ceremonies', 'audit_log'];
  const stored = await Promise.all(tables.map((table) => rows(`SELECT * FROM ${table}`)));
  const all = JSON.stringify(stored) + gateway.logged.join('\n');
  assert.ok(secrets.length === 2);
  for (const secret of secrets) assert.ok(!all.includes(secret));
  assert.ok(gateway.logged.some((line) => line.includes('a passkey was refused: origin')));
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function replace(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('hex').replace(from, to), 'hex');
}

function idOf(id: Buffer | undefined): { id: string; rawId: string } {
  const text = id?.toString('base64url') ?? '';
  return { id: text, rawId: text };
}
