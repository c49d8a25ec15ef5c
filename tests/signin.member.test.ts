/** People as members: what a session may do in a tenant, from one request to the next. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { operatorLink, Person, personOf, secretOf } from './harness/person.ts';
import type { Session } from './harness/person.ts';

const gateway = await gatewayForTests();

interface Invitation {
  id: string;
  url: string;
}

const invite = (who: Person, role: string): Promise<Invitation> =>
  who.ask<Invitation>('POST', '/api/invitations', { role }, 201);

/** A person of a role in the tenant of another one. */
const colleague = (
  of: Person & { tenant: string },
  role: string,
): Promise<Person & { id: string; tenant: string }> =>
  personOf(gateway, { tenant: of.tenant, role, name: `A ${role}` });

test('a member who is removed while signed in is out on the next request', async () => {
  const owner = await personOf(gateway);
  const admin = await colleague(owner, 'admin');
  assert.equal((await admin.call('GET', '/api/members')).status, 200);
  assert.equal((await owner.call('DELETE', `/api/members/${admin.id}`)).status, 204);
  await errorOf(await admin.call('GET', '/api/members'), 404);
  await errorOf(await admin.call('POST', '/api/invitations', { role: 'viewer' }), 404);
  // The person is still somebody, and in no tenant.
  const session = await admin.session();
  assert.deepEqual([session.signedIn, session.tenants, session.tenant], [true, [], null]);
  assert.equal((await admin.call('GET', '/api/passkeys')).status, 200);
});

test('who is removed from the chosen tenant works on in another one', async () => {
  const owner = await personOf(gateway);
  const person = await personOf(gateway);
  const link = await operatorLink(gateway, owner.tenant, { role: 'admin' });
  await person.ask('POST', '/api/links/accept', { secret: secretOf(link) });
  const { id } = await person.ask<{ id: string }>('GET', '/api/tenant');
  assert.equal(id, owner.tenant);
  assert.equal((await owner.call('DELETE', `/api/members/${person.id}`)).status, 204);
  const after = await person.ask<{ id: string }>('GET', '/api/tenant');
  assert.equal(after.id, person.tenant);
  assert.equal((await person.session()).tenant, person.tenant);
});

test('a role that is taken away is gone on the next request', async () => {
  const owner = await personOf(gateway);
  const admin = await colleague(owner, 'admin');
  await owner.ask('PATCH', `/api/members/${admin.id}`, { role: 'viewer' });
  const { message } = await errorOf(
    await admin.call('POST', '/api/invitations', { role: 'viewer' }),
    403,
  );
  assert.match(message, /admin/);
});

describe('an invitation', () => {
  test('by an admin lets in a person with its role, once', async () => {
    const owner = await personOf(gateway);
    const admin = await colleague(owner, 'admin');
    const { url } = await invite(admin, 'developer');
    const guest = new Person(gateway);
    const joined = (await (await guest.join(url, 'Guest')).json()) as Session;
    assert.deepEqual(
      joined.tenants?.map(({ role }) => role),
      ['developer'],
    );
    await errorOf(await guest.call('POST', '/api/links/look', { secret: secretOf(url) }), 404);
  });

  test('of an admin who was removed lets nobody in, and leaves nobody behind', async () => {
    const owner = await personOf(gateway);
    const admin = await colleague(owner, 'admin');
    const { url } = await invite(admin, 'developer');
    assert.equal((await owner.call('DELETE', `/api/members/${admin.id}`)).status, 204);
    const guest = new Person(gateway);
    await errorOf(await guest.join(url, 'Uninvited'), 404);
    await errorOf(await guest.signIn(), 401);
    const { members } = await owner.ask<{ members: unknown[] }>('GET', '/api/members');
    assert.equal(members.length, 1);
  });

  test('that was withdrawn lets nobody in', async () => {
    const owner = await personOf(gateway);
    const { id, url } = await invite(owner, 'viewer');
    assert.equal((await owner.call('DELETE', `/api/invitations/${id}`)).status, 204);
    const look = await new Person(gateway).call('POST', '/api/links/look', {
      secret: secretOf(url),
    });
    await errorOf(look, 404);
  });
});

describe('invitations that are repeated', () => {
  test('are links of their own, of which each lets in one person', async () => {
    const owner = await personOf(gateway);
    const made = [await invite(owner, 'viewer'), await invite(owner, 'viewer')];
    assert.equal(new Set(made.flatMap(({ id, url }) => [id, url])).size, 4);
    const { invitations } = await owner.ask<{ invitations: { id: string }[] }>(
      'GET',
      '/api/invitations',
    );
    assert.deepEqual(invitations.map(({ id }) => id).sort(), made.map(({ id }) => id).sort());
    for (const { url } of made) {
      assert.equal((await new Person(gateway).join(url, 'Guest')).status, 200);
    }
    const { members } = await owner.ask<{ members: unknown[] }>('GET', '/api/members');
    assert.equal(members.length, 3);
  });

  test('make nobody a member twice, nor more or less than they are', async () => {
    const owner = await personOf(gateway);
    const guest = await colleague(owner, 'developer');
    for (const role of ['viewer', 'admin', 'developer']) {
      const { url } = await invite(owner, role);
      await guest.ask('POST', '/api/links/accept', { secret: secretOf(url) });
    }
    const { members } = await owner.ask<{ members: { id: string; role: string }[] }>(
      'GET',
      '/api/members',
    );
    const own = members.filter(({ id }) => id === guest.id);
    assert.deepEqual(
      own.map(({ role }) => role),
      ['developer'],
    );
    const { invitations } = await owner.ask<{ invitations: unknown[] }>('GET', '/api/invitations');
    assert.deepEqual(invitations, []);
  });
});

describe("an admin's recovery", () => {
  const recover = (who: Person, id: string): Promise<Response> =>
    who.call('POST', `/api/members/${id}/recovery`, {});

  test('lets somebody of a lower role back in', async () => {
    const owner = await personOf(gateway);
    const admin = await colleague(owner, 'admin');
    const viewer = await colleague(owner, 'viewer');
    const response = await recover(admin, viewer.id);
    const made = (await response.json()) as { url: string; expiresAtMs: number };
    assert.equal(response.status, 201, JSON.stringify(made));
    assert.ok(made.expiresAtMs - Date.now() <= 900_000);
    const again = new Person(gateway);
    const joined = await again.join(made.url);
    const session = (await joined.json()) as Session;
    assert.equal(joined.status, 200, JSON.stringify(session));
    assert.equal(session.user?.id, viewer.id);
    assert.equal((await viewer.session()).signedIn, false);
  });

  test('is not for equals, betters, strangers or oneself', async () => {
    const owner = await personOf(gateway);
    const [admin, equal] = [await colleague(owner, 'admin'), await colleague(owner, 'admin')];
    const stranger = await personOf(gateway);
    await errorOf(await recover(admin, owner.id), 403);
    await errorOf(await recover(admin, equal.id), 403);
    await errorOf(await recover(admin, admin.id), 403);
    await errorOf(await recover(admin, stranger.id), 404);
    await errorOf(await recover(admin, 'usr_0123456789abcdef'), 404);
    const viewer = await colleague(owner, 'viewer');
    await errorOf(await recover(viewer, admin.id), 403);
  });

  test("is the operator's for whoever belongs to another tenant, too", async () => {
    const owner = await personOf(gateway);
    const viewer = await colleague(owner, 'viewer');
    const other = await personOf(gateway);
    const response = await recover(owner, viewer.id);
    const { url } = (await response.json()) as { url: string };
    const link = await operatorLink(gateway, other.tenant, { role: 'viewer' });
    await viewer.ask('POST', '/api/links/accept', { secret: secretOf(link) });
    // Neither a new one, nor the one that was made before.
    await errorOf(await recover(owner, viewer.id), 403);
    await errorOf(await new Person(gateway).join(url), 404);
    const operators = await operatorLink(gateway, owner.tenant, { user: viewer.id });
    assert.equal((await new Person(gateway).join(operators)).status, 200);
  });

  test('is void once its maker may not make it any more', async () => {
    const owner = await personOf(gateway);
    const admin = await colleague(owner, 'admin');
    const viewer = await colleague(owner, 'viewer');
    const { url } = (await (await recover(admin, viewer.id)).json()) as { url: string };
    await owner.ask('PATCH', `/api/members/${admin.id}`, { role: 'developer' });
    await errorOf(await new Person(gateway).join(url), 404);

    const { url: second } = (await (await recover(owner, viewer.id)).json()) as { url: string };
    await owner.ask('PATCH', `/api/members/${viewer.id}`, { role: 'owner' });
    await errorOf(await new Person(gateway).join(second), 404);
    assert.equal((await viewer.session()).signedIn, true);
  });
});

test('forged calls of a signed-in person are refused, whatever they ask for', async () => {
  const owner = await personOf(gateway);
  const forged = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
  for (const [method, path, body] of [
    ['POST', '/api/invitations', { role: 'owner' }],
    ['POST', '/api/keys', { name: 'x' }],
    ['PATCH', '/api/tenant', { name: 'x' }],
    ['DELETE', `/api/members/${owner.id}`, undefined],
  ] as const) {
    await errorOf(await owner.call(method, path, body, forged), 403);
  }
});
