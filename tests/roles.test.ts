/**
 * Every credential on every documented operation: whether it is let in is what the table of routes says. The API
 * document has the same roles and credentials as that table, which a test beside the table holds it to.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import { bodyOf, operations, pathOf } from './harness/operations.ts';
import type { Operation } from './harness/operations.ts';
import { Person, personOf } from './harness/person.ts';

type Shown = 'session' | 'apiKey' | 'operatorToken';

const gateway = await gatewayForTests();
const ROLES = ['viewer', 'developer', 'admin', 'owner'];
/** Where a widget key may go. */
const CHATS = ['/ai/chat', '/v1/chat/completions', '/v1/messages'];

/** A tenant with somebody, and a key, of every role. */
interface Cast {
  tenantId: string;
  people: Map<string, Person>;
  keys: Map<string, string>;
  widget: string;
  /** A key to do things to. */
  keyId: string;
}

async function cast(roles = ROLES): Promise<Cast> {
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, {});
  const people = new Map<string, Person>();
  const keys = new Map<string, string>();
  for (const role of roles) {
    people.set(role, await personOf(gateway, { tenant, role }));
    keys.set(role, (await gateway.makeKey({ tenant, role })).key);
  }
  const { key: widget } = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'] });
  const { keyId } = await gateway.makeKey({ tenant, role: 'viewer' });
  return { tenantId: tenant, people, keys, widget, keyId };
}

/** The same for one who ends something that others need. */
const ENDS = new Set([
  'DELETE /api/tenant',
  'DELETE /operator/tenants/{tenant}',
  'POST /api/signout',
]);
const everybody = await cast();

/** What the object asks more for, by what it is done to: others' keys and members. */
const BY_TARGET = /^(PATCH|DELETE|POST) \/api\/(keys|members)\/\{/;

interface Credential {
  name: string;
  shown?: Shown;
  role?: string;
  call(method: string, path: string, body: unknown): Promise<Response>;
}

/** A program with this in `Authorization`, from an address of its own. */
function bearer(name: string, token: string, shown?: Shown, role?: string): Credential {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  return {
    name,
    ...(shown ? { shown } : {}),
    ...(role ? { role } : {}),
    call: (method, path, body) => new Person(gateway).call(method, path, body, headers),
  };
}

function credentials({ people, keys, widget }: Cast): Credential[] {
  return [
    bearer('nobody', ''),
    bearer('a wrong token', 'not-the-operators-token'),
    bearer('the operator', OPERATOR_TOKEN, 'operatorToken'),
    bearer('a widget key', widget, 'apiKey', 'widget'),
    ...[...keys].map(([role, key]) => bearer(`a key, ${role}`, key, 'apiKey', role)),
    ...[...people].map(([role, person]): Credential => ({
      name: `a session, ${role}`,
      shown: 'session',
      role,
      call: (method, path, body) => person.call(method, path, body),
    })),
  ];
}

/** The refusal that the table means for a credential; none when it is let in. */
function refusal(
  { path, role, takes }: Operation,
  { name, shown, role: own = '' }: Credential,
): number | undefined {
  if (role === 'public') return undefined;
  if (role === 'session') {
    if (shown === 'session') return undefined;
    return name === 'nobody' ? 401 : 403;
  }
  // What one tenant asked is not the operator's to read, and that is said.
  if (shown === 'operatorToken' && path.startsWith('/api/logs')) return 403;
  if (shown === undefined || !takes.includes(shown)) return 401;
  if (shown === 'operatorToken' || role === 'operator') return undefined;
  if (own === 'widget') return CHATS.includes(path) ? undefined : 403;
  return ROLES.indexOf(own) >= ROLES.indexOf(role) ? undefined : 403;
}

function ask(operation: Operation, credential: Credential, of: Cast): Promise<Response> {
  const { method } = operation;
  const body = method === 'GET' ? undefined : bodyOf(operation, of);
  return credential.call(method, pathOf(operation, of), body);
}

/** Those of a cast that only this credential needs, where it ends something. */
async function alone(operation: Operation, credential: Credential): Promise<[Cast, Credential]> {
  if (!ENDS.has(operation.name) || refusal(operation, credential) !== undefined)
    return [everybody, credential];
  const own = await cast(
    credential.role && credential.role !== 'widget' ? [credential.role] : ['owner'],
  );
  const same = credentials(own).find((other) => other.name === credential.name);
  assert.ok(same, credential.name);
  return [own, same];
}

describe('what is public', () => {
  for (const operation of operations.filter(({ role }) => role === 'public')) {
    test(`${operation.name} says the same to everybody`, async () => {
      const [nobody, ...others] = credentials(everybody);
      assert.ok(nobody);
      const { status } = await ask(operation, nobody, everybody);
      assert.ok(status < 500);
      for (const credential of others) {
        const [of, shown] = await alone(operation, credential);
        const response = await ask(operation, shown, of);
        assert.equal(response.status, status, `${credential.name}: ${await response.text()}`);
      }
    });
  }
});

describe('every credential', () => {
  const guarded = operations.filter(({ role }) => role !== 'public');
  assert.ok(guarded.length >= 70);
  for (const operation of guarded) {
    const { name, role } = operation;
    test(`on ${name}, which takes ${role}`, async () => {
      for (const credential of credentials(everybody)) {
        const [of, shown] = await alone(operation, credential);
        const response = await ask(operation, shown, of);
        const text = await response.text();
        const said = `${credential.name}: ${response.status} ${text}`;
        const wanted = refusal(operation, credential);
        if (wanted !== undefined) {
          assert.equal(response.status, wanted, said);
          // The role that would do, in words for people.
          if (wanted === 403 && ROLES.includes(credential.role ?? '') && ROLES.includes(role))
            assert.match(text, new RegExp(`\\b${role}\\b`));
          continue;
        }
        const byTarget = BY_TARGET.test(name) && response.status === 403;
        if (byTarget && !['admin', 'owner'].includes(credential.role ?? '')) continue;
        // Some ids are nobody's, and an empty body is none; the door was passed all the same.
        const passed = response.ok || [400, 404, 409].includes(response.status);
        assert.ok(passed, said);
      }
    });
  }
});
