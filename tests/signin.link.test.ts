/** One-time links: who makes them, what they let in, and that each does so once. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import { operatorLink, Person, personOf, secretOf } from './harness/person.ts';
import type { Session } from './harness/person.ts';

const gateway = await gatewayForTests();

const rows = (sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> =>
  gateway.rows(sql, ...values);

async function newTenant(): Promise<string> {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, {});
  return tenant;
}

const look = (who: Person, url: string): Promise<Response> =>
  who.call('POST', '/api/links/look', { secret: secretOf(url) });

describe('the operator makes links', () => {
  test('for the first owner of a tenant, whose secret is in the fragment and stored as its hash', async () => {
    const tenant = await newTenant();
    const response = await gateway.operator('POST', `/tenants/${tenant}/links`, { role: 'owner' });
    assert.equal(response.status, 201);
    const made = (await response.json()) as Record<string, unknown>;
    const { id, url, expiresAtMs, ...rest } = made;
    assert.deepEqual(rest, { kind: 'owner', tenantId: tenant, role: 'owner' });
    assert.match(String(id), /^inv_[0-9A-Za-z]{16}$/);
    assert.ok(Math.abs(Number(expiresAtMs) - Date.now() - 86_400_000) < 10_000);
    const hash = createHash('sha256')
      .update(secretOf(String(url)))
      .digest('hex');
    const [row] = await rows('SELECT * FROM links WHERE id = ?', id);
    assert.equal(row?.['hash'], hash);
    assert.equal(row?.['created_by'], null);
  });

  const wrong: [string, Record<string, unknown>, string][] = [
    ['an unknown role', { role: 'king' }, '$.role'],
    ['a role and a person', { role: 'viewer', user: 'usr_0123456789abcdef' }, '$.role'],
    ['a person of another form', { user: 'ada' }, '$.user'],
    ['a time too long', { expiresInS: 2_592_001 }, '$.expiresInS'],
    ['a time too short', { expiresInS: 10 }, '$.expiresInS'],
    ['a recovery for an hour', { user: 'usr_0123456789abcdef', expiresInS: 3600 }, '$.expiresInS'],
    ['an unknown member', { colour: 1 }, '$.colour'],
  ];
  for (const [what, body, field] of wrong) {
    test(`but not with ${what}`, async () => {
      const response = await gateway.operator('POST', `/tenants/${await newTenant()}/links`, body);
      assert.deepEqual((await errorOf(response, 400)).details, { field });
    });
  }

  test('but not for a tenant or a person that nobody knows', async () => {
    await errorOf(await gateway.operator('POST', '/tenants/never-made/links', {}), 404);
    const tenant = await newTenant();
    const user = { user: 'usr_0123456789abcdef' };
    await errorOf(await gateway.operator('POST', `/tenants/${tenant}/links`, user), 404);
    assert.deepEqual(await rows('SELECT id FROM links WHERE tenant_id = ?', tenant), []);
  });

  test('and nobody else', async () => {
    const tenant = await newTenant();
    for (const token of ['', 'wrong', `${OPERATOR_TOKEN}x`]) {
      await errorOf(await gateway.operator('POST', `/tenants/${tenant}/links`, {}, token), 401);
    }
  });
});

test('a link tells what it is for as often as it is asked, and is used up by none of that', async () => {
  const tenant = await newTenant();
  const url = await operatorLink(gateway, tenant, { role: 'admin', note: 'for Grace' });
  const visitor = new Person(gateway);
  for (let i = 0; i < 3; i += 1) {
    const { expiresAtMs, ...rest } = (await (await look(visitor, url)).json()) as Session & {
      expiresAtMs: number;
    };
    assert.ok(expiresAtMs > Date.now());
    assert.deepEqual(rest, {
      kind: 'invitation',
      tenant: { id: tenant, name: tenant },
      role: 'admin',
    });
    await visitor.beginJoin(secretOf(url), 'Grace');
  }
  const { details } = await errorOf(
    await visitor.call('POST', '/api/links/options', { secret: secretOf(url) }),
    400,
  );
  assert.deepEqual(details, { field: '$.name' });
  const joined = await visitor.join(url, 'Grace');
  const session = (await joined.json()) as Session;
  assert.deepEqual(session.tenants, [{ id: tenant, name: tenant, role: 'admin' }]);
});

describe('a link is not good', () => {
  const ends: [string, (url: string) => Promise<unknown>][] = [
    ['that was used', (url) => new Person(gateway).join(url, 'First')],
    ['that has expired', () => rows('UPDATE links SET expires_at_ms = ?', Date.now())],
    ['that was withdrawn', () => rows('UPDATE links SET revoked_at_ms = 1')],
  ];
  for (const [what, end] of ends) {
    test(what, async () => {
      const url = await operatorLink(gateway, await newTenant());
      const visitor = new Person(gateway);
      const secret = secretOf(url);
      const { challengeId, publicKey } = await visitor.beginJoin(secret, 'Late');
      await end(url);
      const missing = await errorOf(await look(visitor, url), 404);
      const unknown = { secret: 'A'.repeat(43) };
      const never = await errorOf(await visitor.call('POST', '/api/links/look', unknown), 404);
      assert.deepEqual(missing, never);
      const credential = visitor.authenticator.create(publicKey);
      const body = { secret, challengeId, credential };
      await errorOf(await visitor.call('POST', '/api/links/accept', body), 404);
      const options = { secret, name: 'Late' };
      await errorOf(await visitor.call('POST', '/api/links/options', options), 404);
      assert.deepEqual(await rows("SELECT id FROM users WHERE name = 'Late'"), []);
    });
  }
});

test('of several who use a link at once, exactly one comes in', async () => {
  const tenant = await newTenant();
  const url = await operatorLink(gateway, tenant, { role: 'developer' });
  const secret = secretOf(url);
  const crowd = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const person = new Person(gateway);
      const { challengeId, publicKey } = await person.beginJoin(secret, `Racer ${at}`);
      return {
        person,
        body: { secret, challengeId, credential: person.authenticator.create(publicKey) },
      };
    }),
  );
  const answers = await Promise.all(
    crowd.map(({ person, body }) => person.call('POST', '/api/links/accept', body)),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 404, 404, 404, 404, 404]);
  const people = await rows("SELECT id FROM users WHERE name LIKE 'Racer %'");
  const members = await rows('SELECT user_id FROM memberships WHERE tenant_id = ?', tenant);
  assert.deepEqual(
    members.map((row) => row['user_id']),
    people.map((row) => row['id']),
  );
  assert.equal(people.length, 1);
});

test('a challenge of one link is none of another', async () => {
  const [one, other] = [
    await operatorLink(gateway, await newTenant(), { role: 'viewer' }),
    await operatorLink(gateway, await newTenant(), { role: 'owner' }),
  ];
  const person = new Person(gateway);
  const { challengeId, publicKey } = await person.beginJoin(secretOf(one), 'Eve');
  const credential = person.authenticator.create(publicKey);
  const body = { secret: secretOf(other), challengeId, credential };
  const { details } = await errorOf(await person.call('POST', '/api/links/accept', body), 400);
  assert.deepEqual(details, { field: '$.challengeId' });
});

describe('somebody who is signed in', () => {
  test('comes into another tenant by the secret alone, and works there', async () => {
    const person = await personOf(gateway);
    const tenant = await newTenant();
    const url = await operatorLink(gateway, tenant, { role: 'viewer' });
    const secret = secretOf(url);
    const session = await person.ask<Session>('POST', '/api/links/accept', { secret });
    assert.deepEqual(
      session.tenants?.map(({ id, role }) => [id, role]),
      [
        [person.tenant, 'owner'],
        [tenant, 'viewer'],
      ],
    );
    assert.equal(session.tenant, tenant);
    assert.equal((await person.session()).tenant, tenant);
    await errorOf(await person.call('POST', '/api/links/accept', { secret }), 404);
  });

  test('keeps the role that they have, and the link is used up all the same', async () => {
    const person = await personOf(gateway, { role: 'viewer' });
    const url = await operatorLink(gateway, person.tenant, { role: 'owner' });
    const body = { secret: secretOf(url) };
    const session = await person.ask<Session>('POST', '/api/links/accept', body);
    assert.equal(session.tenants?.[0]?.role, 'viewer');
    await errorOf(await look(person, url), 404);
  });

  test('and nobody comes in by the secret alone', async () => {
    const url = await operatorLink(gateway, await newTenant());
    const response = await new Person(gateway).call('POST', '/api/links/accept', {
      secret: secretOf(url),
    });
    assert.deepEqual((await errorOf(response, 400)).details, { field: '$.credential' });
  });
});

describe('when the tenant cannot be reached', () => {
  test('a new person may sign in and go on with the link, and nobody else can', async (t) => {
    t.after(() => gateway.faults({}));
    const tenant = await newTenant();
    const url = await operatorLink(gateway, tenant, { role: 'admin' });
    const person = new Person(gateway);
    const { challengeId, publicKey } = await person.beginJoin(secretOf(url), 'Patient');
    const credential = person.authenticator.create(publicKey);
    await gateway.faults({ objects: 'throw' });
    const body = { secret: secretOf(url), challengeId, credential };
    await errorOf(await person.call('POST', '/api/links/accept', body), 503);
    await gateway.faults({});

    await errorOf(await look(new Person(gateway), url), 404);
    assert.equal((await person.signIn()).status, 200);
    assert.deepEqual((await person.session()).tenants, []);
    const session = await person.ask<Session>('POST', '/api/links/accept', {
      secret: secretOf(url),
    });
    assert.deepEqual(session.tenants, [{ id: tenant, name: tenant, role: 'admin' }]);
    await errorOf(await look(person, url), 404);
  });
});

describe("the operator's recovery", () => {
  test('gives one more passkey, ends all sessions, and is good for 15 minutes', async () => {
    const person = await personOf(gateway, { name: 'Ada' });
    const url = await operatorLink(gateway, person.tenant, { user: person.id });
    const [row] = await rows('SELECT * FROM links WHERE user_id = ?', person.id);
    assert.equal(Number(row?.['expires_at_ms']) - Number(row?.['created_at_ms']), 900_000);

    const again = new Person(gateway);
    const seen = (await (await look(again, url)).json()) as Record<string, unknown>;
    assert.deepEqual([seen['kind'], seen['user']], ['recovery', { name: 'Ada' }]);
    assert.equal(seen['tenant'], undefined);
    const joined = await again.join(url);
    const session = (await joined.json()) as Session;
    assert.equal(joined.status, 200, JSON.stringify(session));
    assert.deepEqual(session.user, { id: person.id, name: 'Ada' });
    assert.deepEqual(
      session.tenants?.map(({ id }) => id),
      [person.tenant],
    );

    assert.equal((await person.session()).signedIn, false);
    const { passkeys } = await again.ask<{ passkeys: unknown[] }>('GET', '/api/passkeys');
    assert.equal(passkeys.length, 2);
    assert.equal((await person.signIn()).status, 200, 'the old passkey is removed by hand');
    await errorOf(await look(again, url), 404);
  });

  test('is used once, also by several at once', async () => {
    const person = await personOf(gateway);
    const url = await operatorLink(gateway, person.tenant, { user: person.id });
    const answers = await Promise.all(
      [new Person(gateway), new Person(gateway), new Person(gateway)].map((it) => it.join(url)),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 404, 404]);
    const passkeys = await rows('SELECT id FROM passkeys WHERE user_id = ?', person.id);
    assert.equal(passkeys.length, 2);
  });

  test('needs a passkey, whoever is signed in', async () => {
    const person = await personOf(gateway);
    const url = await operatorLink(gateway, person.tenant, { user: person.id });
    const response = await person.call('POST', '/api/links/accept', { secret: secretOf(url) });
    assert.deepEqual((await errorOf(response, 400)).details, { field: '$.credential' });
  });
});
