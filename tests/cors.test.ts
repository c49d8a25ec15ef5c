/** Widget keys and the pages of other origins. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();

const PAGE = 'https://shop.example';
const exact = await gateway.makeKey({ type: 'pk', origins: [PAGE] });
const wildcard = await gateway.makeKey({ type: 'pk', origins: ['https://*.example.com'] });
const any = await gateway.makeKey({ type: 'pk', origins: ['*'] });

function from(origin: string | undefined): RequestInit {
  return origin === undefined ? {} : { headers: { origin } };
}

/** A page of this origin may read the answer, and what it needs of the headers. */
function assertReadable(response: Response, origin: string): void {
  const allowed = response.headers.get('access-control-allow-origin') ?? '';
  assert.ok(['*', origin].includes(allowed), `allows "${allowed}"`);
  assert.equal(response.headers.get('access-control-allow-credentials'), null);
  const exposed = (response.headers.get('access-control-expose-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  for (const name of ['retry-after', 'x-request-id']) assert.ok(exposed.includes(name), name);
  if (allowed !== '*') assert.match(response.headers.get('vary') ?? '', /origin/i);
}

describe('a preflight for chat', () => {
  for (const origin of [PAGE, 'https://anything.test', 'http://localhost:3000', 'null']) {
    test(`is answered for ${origin}, without credentials`, async () => {
      const { objects } = await gateway.calls();
      const response = await gateway.call('/ai/chat', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-neureus-surface',
        },
      });
      assert.equal(response.status, 204);
      assert.equal(await response.text(), '');
      const { headers } = response;
      assert.ok(['*', origin].includes(headers.get('access-control-allow-origin') ?? ''));
      assert.equal(headers.get('access-control-allow-credentials'), null);
      assert.match(headers.get('access-control-allow-methods') ?? '', /\bPOST\b/);
      const allowed = (headers.get('access-control-allow-headers') ?? '').toLowerCase();
      for (const name of ['authorization', 'content-type', 'x-neureus-surface']) {
        assert.ok(allowed.includes(name), name);
      }
      assert.ok(Number(headers.get('access-control-max-age')) > 0);
      assert.equal((await gateway.calls()).objects, objects);
    });
  }

  for (const path of ['/ai/models', '/operator/keys', '/health']) {
    test(`for ${path} is not answered`, async () => {
      const response = await gateway.call(path, { method: 'OPTIONS', headers: { origin: PAGE } });
      assert.equal(response.headers.get('access-control-allow-origin'), null);
      await errorOf(response, 405);
    });
  }
});

describe('a widget key is taken from', () => {
  const cases: [string, string, string | undefined, boolean][] = [
    ['its origin', exact.key, PAGE, true],
    ['a subdomain of its wildcard', wildcard.key, 'https://a.example.com', true],
    ['a subdomain of a subdomain', wildcard.key, 'https://b.a.example.com', true],
    ['anywhere, when made for any', any.key, 'https://anything.test', true],
    ['no origin, when made for any', any.key, undefined, true],
    ['the null origin, when made for any', any.key, 'null', true],
    ['another origin', exact.key, 'https://evil.example', false],
    ['its origin over http', exact.key, 'http://shop.example', false],
    ['its origin on another port', exact.key, `${PAGE}:8443`, false],
    ['a subdomain of its origin', exact.key, 'https://a.shop.example', false],
    ['an origin that starts like its own', exact.key, `${PAGE}.evil.test`, false],
    ['an origin that ends like its wildcard', wildcard.key, 'https://evilexample.com', false],
    ['the domain of its wildcard itself', wildcard.key, 'https://example.com', false],
    ['a wildcard over http', wildcard.key, 'http://a.example.com', false],
    ['no origin', exact.key, undefined, false],
    ['the null origin', exact.key, 'null', false],
    ['no origin, with a wildcard', wildcard.key, undefined, false],
    ['the null origin, with a wildcard', wildcard.key, 'null', false],
  ];
  for (const [what, key, origin, taken] of cases) {
    test(`${what}: ${taken ? 'yes' : '403'}`, async () => {
      for (const body of [say('hi'), stream('hi')]) {
        const before = gateway.sandbox.requests.length;
        const response = await gateway.chat(key, body, from(origin));
        assertReadable(response, origin ?? '*');
        if (taken) {
          assert.equal(response.status, 200);
          await response.arrayBuffer();
        } else {
          await errorOf(response, 403);
        }
        assert.equal(gateway.sandbox.requests.length - before, taken ? 1 : 0);
      }
    });
  }
});

describe('a page can read every refusal', () => {
  test('of a bad key, a bad body, a bad type and a backend that fails', async () => {
    const headers = { origin: PAGE };
    const plain = { headers: { origin: PAGE, 'content-type': 'text/plain' } };
    for (const [response, status] of [
      [await gateway.chat('nonsense', say('hi'), { headers }), 401],
      [await gateway.chat(exact.key, '{', { headers }), 400],
      [await gateway.chat(exact.key, say('hi'), plain), 415],
      [await gateway.chat(exact.key, say('[[sandbox: status=500]]'), { headers }), 502],
      [
        await gateway.chat(exact.key, say('ssn 078-05-1120', { profile: 'legal' }), { headers }),
        422,
      ],
    ] as const) {
      assertReadable(response, PAGE);
      await errorOf(response, status);
    }
  });

  test('of a limit', async () => {
    const { key } = await gateway.makeKey({ type: 'pk', origins: [PAGE], rpm: 1 });
    assert.equal((await gateway.chat(key, say('hi'), from(PAGE))).status, 200);
    const response = await gateway.chat(key, say('hi'), from(PAGE));
    assertReadable(response, PAGE);
    assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
    await errorOf(response, 429);
  });

  test('of an object that is down', async (t) => {
    t.after(() => gateway.faults({}));
    await gateway.faults({ objects: 'throw' });
    const response = await gateway.chat(exact.key, say('hi'), from(PAGE));
    assertReadable(response, PAGE);
    await errorOf(response, 503);
  });

  test('of a method that chat does not take', async () => {
    const response = await gateway.call('/ai/chat', from(PAGE));
    assertReadable(response, PAGE);
    await errorOf(response, 405);
  });
});

test('a widget key may do nothing but chat', async () => {
  for (const { key } of [exact, any]) {
    await errorOf(await gateway.call('/ai/models', { key, ...from(PAGE) }), 403);
  }
});

describe('an answer to a widget key', () => {
  test('shows no money, plain or streamed', async () => {
    const plain = (await (await gateway.chat(any.key, say('hi'))).json()) as object;
    assert.ok(!('costUsd' in plain));
    const events = eventsOf(await (await gateway.chat(any.key, stream('hi'))).text());
    assert.ok(!('costUsd' in (events.at(-1) ?? {})));
    assert.equal(events.at(-1)?.done, true);
  });

  test('shows none of the tenant’s limits, admitted or refused', async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, { rpm: 2 });
    const { key } = await gateway.makeKey({ tenant, type: 'pk', origins: ['*'] });
    const admitted = await gateway.chat(key, say('hi'));
    assert.equal(admitted.status, 200);
    assert.equal((await gateway.chat(key, say('hi'))).status, 200);
    const refused = await gateway.chat(key, say('hi'));
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    for (const { headers } of [admitted, refused]) {
      assert.ok(![...headers.values()].some((value) => value.includes('tenant')));
      assert.match(headers.get('ratelimit') ?? '"key-requests"', /^"key-requests"/);
      assert.notEqual(headers.get('x-ratelimit-limit-requests'), '2');
    }
    const body = await errorOf(refused, 429);
    assert.ok(!JSON.stringify(body).includes('2 requests'), body.message);
    assert.notEqual(body.details?.['limit'], 2);
  });

  test('has an output cap', async () => {
    const capped = async (extra: object) => {
      await (await gateway.chat(any.key, say('hi', { model: 'gpt-4o', ...extra }))).arrayBuffer();
      return (gateway.sandbox.requests.at(-1)?.body as { max_tokens: number }).max_tokens;
    };
    assert.equal(await capped({}), 1024);
    assert.equal(await capped({ maxTokens: 100_000 }), 1024);
    assert.equal(await capped({ maxTokens: 10 }), 10);
  });
});

test('a standard key is no matter of origins', async () => {
  const { key } = await gateway.makeKey();
  for (const origin of [undefined, 'null', 'https://anything.test']) {
    assert.equal((await gateway.chat(key, say('hi'), from(origin))).status, 200);
  }
});
