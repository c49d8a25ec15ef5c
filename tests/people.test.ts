/** What people do about themselves is in the audit log of every tenant of theirs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf } from './harness/answer.ts';
import { Authenticator } from './harness/authenticator.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { operatorLink, personOf, secretOf } from './harness/person.ts';
import type { Person } from './harness/person.ts';

const gateway = await gatewayForTests();

interface Event {
  id: string;
  atMs: number;
  actor: { kind: string; id?: string; name?: string };
  action: string;
  target?: string;
  details?: Record<string, unknown>;
  ip?: string;
  requestId: string;
}

async function events(owner: Person, query = ''): Promise<Event[]> {
  return (await owner.ask<{ events: Event[] }>('GET', `/api/audit${query}`)).events;
}

const actions = (list: Event[]): string[] => list.map(({ action }) => action).reverse();

test('signing in, passkeys and sessions are there: who, what, when, from where', async () => {
  const ada = await personOf(gateway);
  const first = (await ada.session()).session;
  const again = ada.elsewhere();
  assert.equal((await again.signIn()).status, 200);
  const second = (await again.session()).session;
  const key = new Authenticator({ origin: ada.origin });
  const added = await ada.addPasskey(key, {}, 'Phone');
  const { id: passkey } = (await added.json()) as { id: string };
  await ada.ask('PATCH', `/api/passkeys/${passkey}`, { name: 'Tablet' });
  await ada.ask('PATCH', '/api/me', { name: 'Ada' });
  await ada.ask('DELETE', `/api/passkeys/${passkey}`, undefined, 204);
  await ada.ask('DELETE', `/api/sessions/${second}`, undefined, 204);
  assert.equal((await again.signIn()).status, 200);
  await ada.ask('DELETE', '/api/sessions', undefined, 204);

  const own = (await events(ada, `?actor=${ada.id}`)).filter(
    ({ action }) => !action.startsWith('member.'),
  );
  assert.deepEqual(actions(own), [
    'session.began',
    'session.began',
    'passkey.added',
    'passkey.renamed',
    'person.renamed',
    'passkey.removed',
    'session.ended',
    'session.began',
    'session.ended',
  ]);
  for (const { id, actor, ip, atMs, requestId } of own) {
    assert.match(id, /^aud_[0-9A-Za-z]{16}$/);
    assert.deepEqual(actor, { kind: 'member', id: ada.id, name: 'Ada' });
    assert.match(ip ?? '', /^192\.0\.2\.\d+$/);
    assert.ok(Math.abs(atMs - Date.now()) < 120_000);
    assert.match(requestId, /^req_/);
  }
  const [ended, , endedByHand, , , named, joined, signedIn, came] = own;
  assert.deepEqual(ended?.details, { why: 'ended', sessions: 1 });
  assert.equal(endedByHand?.target, second);
  assert.deepEqual(named?.details, { name: 'Tablet' });
  assert.deepEqual([joined?.target, joined?.details], [passkey, { name: 'Phone' }]);
  assert.equal(signedIn?.target, second);
  assert.equal(signedIn?.ip, again.address);
  assert.equal(signedIn?.details?.['by'], 'passkey');
  assert.deepEqual([came?.target, came?.details?.['by']], [first, 'link']);

  // With everything else, filtered, in pages, and as a table.
  const all = await events(ada);
  assert.deepEqual(
    all.map(({ atMs }) => atMs),
    all.map(({ atMs }) => atMs).sort((one, other) => other - one),
  );
  assert.ok(actions(all).includes('member.joined'));
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  const sessions = await events(ada, '?action=session');
  assert.equal(sessions.length, 5);
  const table = await (await ada.call('GET', '/api/audit.csv?action=passkey.added')).text();
  assert.match(table, new RegExp(passkey));
  await errorOf(await ada.call('GET', '/api/audit?cursor=17'), 400);
});

test('the log goes on beyond a page, without a gap', async () => {
  const ada = await personOf(gateway);
  for (let at = 0; at < 60; at += 1) await ada.ask('PATCH', '/api/me', { name: `Ada ${at}` });
  const seen: Event[] = [];
  let cursor = '';
  do {
    const page = await ada.ask<{ events: Event[]; next?: string }>(
      'GET',
      `/api/audit?action=person&cursor=${cursor}`,
    );
    seen.push(...page.events);
    cursor = page.next ?? '';
  } while (cursor !== '');
  assert.deepEqual(
    seen.map(({ details }) => details?.['name']),
    Array.from({ length: 60 }, (_, at) => `Ada ${59 - at}`),
  );
});

describe('a person of two tenants', () => {
  test('is in the log of both, and not in that of a tenant they have left', async () => {
    const ada = await personOf(gateway);
    const bob = await personOf(gateway);
    const link = await operatorLink(gateway, bob.tenant, { role: 'viewer' });
    await ada.ask('POST', '/api/links/accept', { secret: secretOf(link) });
    const other = ada.elsewhere();
    assert.equal((await other.signIn()).status, 200);
    await ada.ask('PUT', '/api/session/tenant', { tenant: ada.tenant });
    for (const owner of [ada, bob]) {
      const list = await events(owner, `?actor=${ada.id}&action=session.began`);
      assert.equal(list[0]?.ip, other.address);
    }
    await bob.ask('DELETE', `/api/members/${ada.id}`, undefined, 204);
    await ada.ask('POST', '/api/signout', undefined, 204);
    const left = await events(bob, `?actor=${ada.id}&action=session.ended`);
    assert.deepEqual(left, []);
    assert.equal((await ada.signIn()).status, 200);
    const [ended] = await events(ada, '?action=session.ended');
    assert.equal(ended?.details?.['why'], 'signed_out');
  });
});

test('a recovery that was used, and the sessions that it ended', async () => {
  const owner = await personOf(gateway);
  const ada = await personOf(gateway, { tenant: owner.tenant, role: 'developer' });
  const url = await operatorLink(gateway, owner.tenant, { user: ada.id });
  const fresh = ada.elsewhere();
  Object.assign(fresh, { authenticator: new Authenticator({ origin: ada.origin }) });
  assert.equal((await fresh.join(url)).status, 200);
  const list = (await events(owner, `?actor=${ada.id}`)).slice(0, 4);
  assert.deepEqual(actions(list).sort(), [
    'passkey.added',
    'recovery.used',
    'session.began',
    'session.ended',
  ]);
  const ended = list.find(({ action }) => action === 'session.ended');
  assert.equal(ended?.details?.['why'], 'recovery');
  const began = list.find(({ action }) => action === 'session.began');
  assert.equal(began?.details?.['by'], 'recovery');
});

test('what is refused is not there, and no secret is', async () => {
  const ada = await personOf(gateway);
  const before = (await events(ada)).length;
  const [passkey] = (await ada.ask<{ passkeys: { id: string }[] }>('GET', '/api/passkeys'))
    .passkeys;
  await errorOf(await ada.call('DELETE', `/api/passkeys/${passkey?.id}`), 409);
  await errorOf(await ada.call('DELETE', '/api/passkeys/pky_0123456789abcdef'), 404);
  await errorOf(await ada.call('DELETE', '/api/sessions/ses_0123456789abcdef'), 404);
  await errorOf(await ada.call('PATCH', '/api/passkeys/pky_0123456789abcdef', { name: 'x' }), 404);
  const stranger = ada.elsewhere();
  Object.assign(stranger, { authenticator: new Authenticator({ origin: ada.origin }) });
  const after = await events(ada);
  assert.equal(after.length, before);
  const [token] = ada.cookies.values();
  assert.ok(token && !JSON.stringify(after).includes(token));
});
