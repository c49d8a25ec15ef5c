/** One's own account: name, passkeys, sessions, the tenant to work in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { Authenticator } from './harness/authenticator.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { operatorLink, Person, personOf, secretOf } from './harness/person.ts';
import type { Session } from './harness/person.ts';

const gateway = await gatewayForTests();

interface Passkey {
  id: string;
  name: string;
  createdAtMs: number;
  lastUsedAtMs?: number;
  current: boolean;
}

const passkeysOf = async (person: Person): Promise<Passkey[]> =>
  (await person.ask<{ passkeys: Passkey[] }>('GET', '/api/passkeys')).passkeys;

const sessionsOf = async (
  person: Person,
): Promise<{ id: string; current: boolean; userAgent: string; lastSeenAtMs: number }[]> =>
  (await person.ask<{ sessions: [] }>('GET', '/api/sessions')).sessions;

const CALLS: [string, string, unknown][] = [
  ['PATCH', '/api/me', { name: 'Eve' }],
  ['GET', '/api/passkeys', undefined],
  ['POST', '/api/passkeys/options', {}],
  ['POST', '/api/passkeys', {}],
  ['PATCH', '/api/passkeys/pky_0123456789abcdef', { name: 'x' }],
  ['DELETE', '/api/passkeys/pky_0123456789abcdef', undefined],
  ['GET', '/api/sessions', undefined],
  ['DELETE', '/api/sessions', undefined],
  ['DELETE', '/api/sessions/ses_0123456789abcdef', undefined],
  ['PUT', '/api/session/tenant', { tenant: 'demo' }],
];

describe("a person's own account is nobody else's", async () => {
  const person = await personOf(gateway);
  const { key } = await gateway.makeKey({ tenant: person.tenant });
  for (const [method, path, body] of CALLS) {
    test(`${method} ${path} is 401 for nobody, 403 for a key and for another site`, async () => {
      await errorOf(await new Person(gateway).call(method, path, body), 401);
      const bearer = { authorization: `Bearer ${key}` };
      await errorOf(await new Person(gateway).call(method, path, body, bearer), 403);
      await errorOf(await person.call(method, path, body, bearer), 403);
      if (method === 'GET') return;
      const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      await errorOf(await person.call(method, path, body, forged), 403);
    });
  }
});

test('a name is changed, in any script, and shown at once', async () => {
  const person = await personOf(gateway);
  const session = await person.ask<Session>('PATCH', '/api/me', { name: '  Žofie <b>李</b> ' });
  assert.equal(session.user?.name, 'Žofie <b>李</b>');
  assert.equal((await person.session()).user?.name, 'Žofie <b>李</b>');
  for (const name of ['', ' ', 'a\u0000b', '\u202egnp.exe', 'x'.repeat(81), '\u200b']) {
    const { details } = await errorOf(await person.call('PATCH', '/api/me', { name }), 400);
    assert.deepEqual(details, { field: '$.name' });
  }
});

describe('passkeys', () => {
  test('are added, named, used and removed, but never the last', async () => {
    const person = await personOf(gateway);
    const [first] = await passkeysOf(person);
    assert.ok(first?.current);
    assert.equal(first.name, 'Passkey of one device');
    await errorOf(await person.call('DELETE', `/api/passkeys/${first.id}`), 409);

    const other = new Authenticator({ origin: person.origin, algorithm: 'EdDSA', synced: true });
    const added = (await (await person.addPasskey(other)).json()) as Passkey;
    assert.deepEqual([added.name, added.current], ['Synced passkey', false]);
    const named = await person.ask<Passkey>('PATCH', `/api/passkeys/${added.id}`, {
      name: 'Phone',
    });
    assert.equal(named.name, 'Phone');

    const phone = person.elsewhere();
    Object.assign(phone, { authenticator: other });
    assert.equal((await phone.signIn()).status, 200);
    const list = await passkeysOf(phone);
    assert.deepEqual(
      list.map(({ id, current }) => [id, current]),
      [
        [first.id, false],
        [added.id, true],
      ],
    );
    assert.ok(Math.abs((list[1]?.lastUsedAtMs ?? 0) - Date.now()) < 10_000);

    // Whoever holds what was lost is out.
    assert.equal((await phone.call('DELETE', `/api/passkeys/${first.id}`)).status, 204);
    assert.equal((await person.session()).signedIn, false);
    await errorOf(await person.signIn(), 401);
    assert.equal((await phone.session()).signedIn, true);
    await errorOf(await phone.call('DELETE', `/api/passkeys/${added.id}`), 409);
  });

  test('of two removed at once, one stays', async () => {
    const person = await personOf(gateway);
    const added = await person.addPasskey(new Authenticator({ origin: person.origin }));
    assert.equal(added.status, 201);
    const ids = (await passkeysOf(person)).map(({ id }) => id);
    const answers = await Promise.all(
      ids.map((id) => person.call('DELETE', `/api/passkeys/${id}`)),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
    assert.equal((await passkeysOf(person)).length, 1);
  });

  test('are twenty at most', async () => {
    const person = await personOf(gateway);
    for (let i = 1; i < 20; i += 1) {
      person.address = `198.51.100.${i}`;
      const added = await person.addPasskey(new Authenticator({ origin: person.origin }));
      assert.equal(added.status, 201);
    }
    await errorOf(await person.addPasskey(new Authenticator({ origin: person.origin })), 409);
  });

  test('of others are not there', async () => {
    const [person, other] = [await personOf(gateway), await personOf(gateway)];
    const [theirs] = await passkeysOf(other);
    const path = `/api/passkeys/${theirs?.id}`;
    await errorOf(await person.call('PATCH', path, { name: 'mine' }), 404);
    await errorOf(await person.call('DELETE', path), 404);
    const after = await passkeysOf(other);
    assert.equal(after[0]?.name, theirs?.name);
  });

  test('are added for the person who asked, by one answer', async () => {
    const [person, other] = [await personOf(gateway), await personOf(gateway)];
    const begun = await person.ask<{ challengeId: string; publicKey: never }>(
      'POST',
      '/api/passkeys/options',
      {},
    );
    const authenticator = new Authenticator({ origin: person.origin });
    const credential = authenticator.create(begun.publicKey);
    const body = { challengeId: begun.challengeId, credential };
    for (const who of [other, person]) {
      const { details } = await errorOf(await who.call('POST', '/api/passkeys', body), 400);
      assert.deepEqual(details, { field: '$.challengeId' });
    }
  });
});

describe('sessions', () => {
  test('are listed and ended, one or all others, from the next request on', async () => {
    const person = await personOf(gateway);
    const [second, third] = [person.elsewhere(), person.elsewhere()];
    for (const other of [second, third]) assert.equal((await other.signIn()).status, 200);
    const list = await sessionsOf(person);
    assert.equal(list.length, 3);
    assert.deepEqual(list.map(({ current }) => current).sort(), [false, false, true]);
    assert.ok(list.every(({ userAgent }) => userAgent === 'Test/1.0'));

    const own = (await second.session()).session;
    assert.equal((await person.call('DELETE', `/api/sessions/${own}`)).status, 204);
    assert.equal((await second.session()).signedIn, false);
    await errorOf(await person.call('DELETE', `/api/sessions/${own}`), 404);
    assert.equal((await person.call('DELETE', '/api/sessions')).status, 204);
    assert.equal((await third.session()).signedIn, false);
    assert.equal((await sessionsOf(person)).length, 1);

    const current = (await person.session()).session;
    assert.equal((await person.call('DELETE', `/api/sessions/${current}`)).status, 204);
    assert.equal(person.cookies.size, 0);
  });

  test('of others are not there', async () => {
    const [person, other] = [await personOf(gateway), await personOf(gateway)];
    const theirs = (await other.session()).session;
    await errorOf(await person.call('DELETE', `/api/sessions/${theirs}`), 404);
    assert.equal((await other.session()).signedIn, true);
  });
});

test('the chosen tenant stays chosen, and one of others is not there', async () => {
  const person = await personOf(gateway);
  const other = await personOf(gateway);
  const second = gateway.newTenant();
  await gateway.putTenant(second, {});
  const url = await operatorLink(gateway, second, { role: 'developer' });
  await person.ask('POST', '/api/links/accept', { secret: secretOf(url) });
  const choose = (tenant: string): Promise<Response> =>
    person.call('PUT', '/api/session/tenant', { tenant });
  assert.equal((await choose(person.tenant)).status, 200);
  assert.equal((await person.session()).tenant, person.tenant);
  const elsewhere = person.elsewhere();
  assert.equal((await elsewhere.signIn()).status, 200);
  assert.equal((await elsewhere.session()).tenant, person.tenant);
  for (const tenant of [other.tenant, 'never-made']) await errorOf(await choose(tenant), 404);
  const { details } = await errorOf(await choose('NO'), 400);
  assert.deepEqual(details, { field: '$.tenant' });
  assert.equal((await person.session()).tenant, person.tenant);
});
