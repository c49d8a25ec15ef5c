/** Sessions: the cookie, rotation, ends of every kind, and what a deployment with TLS does otherwise. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { operatorLink, Person, personOf } from './harness/person.ts';
import type { Begun, Session } from './harness/person.ts';
import type { CreationOptions } from './harness/authenticator.ts';

const gateway = await gatewayForTests();
const DAY_MS = 86_400_000;
const UNAUTHORIZED = { error: 'UNAUTHORIZED', message: 'Invalid or missing API key' };

const hashOf = (token: string | undefined): string =>
  createHash('sha256')
    .update(token ?? '')
    .digest('hex');

const rows = (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  gateway.rows(sql, ...values);

/** Makes the session older, by columns of its row. */
async function age(
  person: Person & { id: string },
  columns: Record<string, number>,
): Promise<void> {
  const sets = Object.keys(columns).map((column) => `${column} = ${column} - ?`);
  const sql = `UPDATE sessions SET ${sets.join(', ')} WHERE user_id = ?`;
  await rows(sql, ...Object.values(columns), person.id);
}

test('the cookie is kept from scripts and sent to no other site, and only its hash is stored', async () => {
  const person = await personOf(gateway);
  const token = person.cookies.get('neureus');
  assert.match(token ?? '', /^[\w-]{43}$/);
  assert.equal(
    person.setCookie,
    `neureus=${token}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`,
  );
  const [row] = await rows('SELECT * FROM sessions WHERE user_id = ?', person.id);
  assert.equal(row?.['hash'], hashOf(token));
  assert.equal(row?.['user_agent'], 'Test/1.0');
});

describe('a deployment with TLS', async () => {
  const ORIGIN = 'https://app.example.com';
  const deployed = await gatewayForTests({
    variables: { LOCAL: undefined, ORIGIN, SIGNUP: 'open' },
  });

  test('binds the cookie to its host, and passkeys to its name', async () => {
    const person = await personOf(deployed, { origin: ORIGIN });
    const token = person.cookies.get('__Host-neureus');
    assert.match(token ?? '', /^[\w-]{43}$/);
    assert.equal(
      person.setCookie,
      `__Host-neureus=${token}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure`,
    );
    const { publicKey } = await person.beginSignIn();
    assert.equal(publicKey.rpId, 'app.example.com');
    assert.match(
      await operatorLink(deployed, person.tenant),
      /^https:\/\/app\.example\.com\/join#/,
    );
    // The plain name of the local mode says nothing here.
    const other = new Person(deployed, { origin: ORIGIN });
    other.cookies.set('neureus', token ?? '');
    assert.equal((await other.session()).signedIn, false);
  });

  test('lets people sign up with a tenant of their own, where it is open', async () => {
    const person = new Person(deployed, { origin: ORIGIN });
    assert.equal((await person.session()).signup, 'open');
    const signUp = async (who: Person, credentialId = randomBytes(32)): Promise<Response> => {
      const begun = await who.ask<Begun<CreationOptions>>('POST', '/api/signup/options', {
        name: 'Grace',
      });
      const credential = who.authenticator.create(begun.publicKey, { credentialId });
      const body = { challengeId: begun.challengeId, credential };
      return who.call('POST', '/api/signup', {
        ...body,
        name: 'Grace',
        tenantName: 'Acme & Söhne',
      });
    };
    const id = randomBytes(32);
    const response = await signUp(person, id);
    const session = (await response.json()) as Session;
    assert.equal(response.status, 201, JSON.stringify(session));
    assert.equal(session.user?.name, 'Grace');
    const [tenant, ...more] = session.tenants ?? [];
    assert.deepEqual(more, []);
    assert.match(tenant?.id ?? '', /^acme-s-hne-[0-9a-z]{12}$/);
    assert.deepEqual([tenant?.name, tenant?.role], ['Acme & Söhne', 'owner']);
    // The same passkey makes no second person.
    await errorOf(await signUp(new Person(deployed, { origin: ORIGIN }), id), 409);
  });
});

test('nobody signs up where it is not open', async () => {
  for (const path of ['/api/signup/options', '/api/signup']) {
    await errorOf(await new Person(gateway).call('POST', path, { name: 'Eve' }), 403);
  }
});

describe('a session ends', () => {
  test('by signing out, at once and for good', async () => {
    const person = await personOf(gateway);
    const copy = person.elsewhere();
    copy.cookies.set('neureus', person.cookies.get('neureus') ?? '');
    assert.equal((await copy.session()).signedIn, true);
    assert.equal((await person.call('POST', '/api/signout')).status, 204);
    assert.deepEqual(await errorOf(await copy.call('GET', '/api/passkeys'), 401), UNAUTHORIZED);
  });

  test('after seven days without use', async () => {
    const person = await personOf(gateway);
    await age(person, { last_seen_at_ms: 7 * DAY_MS - 60_000 });
    assert.equal((await person.session()).signedIn, true);
    await age(person, { last_seen_at_ms: 7 * DAY_MS });
    assert.equal((await person.session()).signedIn, false);
    assert.deepEqual(await rows('SELECT id FROM sessions WHERE user_id = ?', person.id), []);
    assert.equal(person.cookies.size, 0);
  });

  test('after thirty days, however much it is used', async () => {
    const person = await personOf(gateway);
    await age(person, { created_at_ms: 30 * DAY_MS - 60_000 });
    assert.equal((await person.session()).signedIn, true);
    await age(person, { created_at_ms: 60_000 });
    await errorOf(await person.call('GET', '/api/sessions'), 401);
  });

  test('when another one begins in the same browser', async () => {
    const person = await personOf(gateway);
    const before = (await person.session()).session;
    assert.equal((await person.signIn()).status, 200);
    const { sessions } = await person.ask<{ sessions: { id: string }[] }>('GET', '/api/sessions');
    assert.equal(sessions.length, 1);
    assert.notEqual(sessions[0]?.id, before);
  });
});

test('a token that is not one, or that nobody has, is nobody', async () => {
  for (const token of ['', 'x', 'A'.repeat(43), `${'A'.repeat(43)};`, 'é']) {
    const person = new Person(gateway);
    person.cookies.set('neureus', encodeURIComponent(token));
    assert.equal((await person.session()).signedIn, false);
    await errorOf(await person.call('GET', '/api/sessions'), 401);
  }
});

describe('rotation', () => {
  test('replaces the token after a day; the old one goes on for requests under way', async () => {
    const person = await personOf(gateway);
    const old = person.cookies.get('neureus') ?? '';
    await person.session();
    assert.equal(person.cookies.get('neureus'), old);
    await age(person, { rotated_at_ms: DAY_MS });
    await person.session();
    const next = person.cookies.get('neureus') ?? '';
    assert.notEqual(next, old);

    const late = person.elsewhere();
    late.cookies.set('neureus', old);
    assert.equal((await late.session()).signedIn, true);
    assert.equal(late.cookies.get('neureus'), old, 'nobody is sent a second one');
    assert.equal((await person.session()).signedIn, true);
    assert.equal((await late.session()).signedIn, true);
    assert.equal(person.cookies.get('neureus'), next);
  });

  test('survives an answer that is lost', async () => {
    const person = await personOf(gateway);
    const old = person.cookies.get('neureus') ?? '';
    await age(person, { rotated_at_ms: DAY_MS });
    await person.session();
    person.cookies.set('neureus', old);
    await age(person, { next_at_ms: 60_000 });
    assert.equal((await person.session()).signedIn, true);
    assert.notEqual(person.cookies.get('neureus'), old);
    assert.equal((await person.session()).signedIn, true);
  });

  test('ends the session when the old token is shown long after', async () => {
    const person = await personOf(gateway);
    const copy = person.elsewhere();
    copy.cookies.set('neureus', person.cookies.get('neureus') ?? '');
    await age(person, { rotated_at_ms: DAY_MS });
    await person.session();
    await person.session();
    await age(person, { rotated_at_ms: 60_000 });
    assert.equal((await copy.session()).signedIn, false);
    assert.equal((await person.session()).signedIn, false);
    assert.ok(gateway.logged.some((line) => line.includes('an old token of it was shown')));
  });

  test('gives one token to requests side by side', async () => {
    const person = await personOf(gateway);
    await age(person, { rotated_at_ms: DAY_MS });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => {
        const tab = person.elsewhere();
        tab.cookies.set('neureus', person.cookies.get('neureus') ?? '');
        return tab.call('GET', '/api/session');
      }),
    );
    const cookies = answers.flatMap((answer) => answer.headers.getSetCookie());
    assert.equal(cookies.length, 1);
    for (const answer of answers) {
      assert.equal(((await answer.json()) as Session).signedIn, true);
    }
  });
});

test('a person has at most fifty sessions, and the one used longest ago gives way', async () => {
  const person = await personOf(gateway);
  const first = (await person.session()).session;
  await age(person, { last_seen_at_ms: 1000 });
  const now = Date.now();
  for (let i = 0; i < 49; i += 1) {
    await rows(
      `INSERT INTO sessions (id, user_id, hash, rotated_at_ms, created_at_ms, last_seen_at_ms,
                             expires_at_ms, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, 'x')`,
      `ses_${String(i).padStart(16, '0')}`,
      person.id,
      hashOf(`${person.id}${i}`),
      now,
      now,
      now,
      now + DAY_MS,
    );
  }
  assert.equal((await person.elsewhere().signIn()).status, 200);
  const left = await rows('SELECT id FROM sessions WHERE user_id = ?', person.id);
  assert.equal(left.length, 50);
  assert.ok(!left.some(({ id }) => id === first));
});
