/**
 * Calls with a tenant's own provider key: for that tenant's calls alone, not charged, counted all the same, and
 * never replaced by the gateway's key without a word.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { startSandbox } from '../sandbox/server.ts';
import type { Entry } from '../sandbox/journal.ts';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests, PROVIDER_MASTER_KEY } from './harness/gateway.ts';
import type { Gateway, GatewayOptions, MadeKey, NewKey } from './harness/gateway.ts';
import { charged, nanos, priceOf, settled } from './harness/usage.ts';
import type { Usage } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const GPT = 'gpt-4o-mini';
const CLAUDE = 'claude-haiku-4-5';
/** The deployment's own keys. */
const OURS = { openai: 'sk-of-the-deployment-openai', anthropic: 'sk-of-the-deployment-anthropic' };

const openai = await startSandbox();
const anthropic = await startSandbox();
after(() => anthropic.close());

/** A gateway before both providers. With it ends its sandbox: one that a test makes needs one of its own. */
function before(variables: GatewayOptions['variables'] = {}, sandbox = openai): Promise<Gateway> {
  return gatewayForTests({
    sandbox,
    variables: {
      OPENAI_BASE_URL: openai.url,
      OPENAI_API_KEY: OURS.openai,
      ANTHROPIC_BASE_URL: anthropic.url,
      ANTHROPIC_API_KEY: OURS.anthropic,
      ...variables,
    },
  });
}

const gateway = await before();
const falling = await before({ RESILIENCE: 'retries=0 fallbacks=2 breaker=0' });

let made = 0;
/** A provider key that no other test has. */
function secret(): string {
  made += 1;
  return `sk-own-${String(made).padStart(4, '0')}-${'Zz9'.repeat(9)}`;
}

let marks = 0;
/** A text that no other test has, with a directive. */
function marked(directives = 'tokens=5'): string {
  marks += 1;
  return `byok-${marks}. [[sandbox: ${directives}]]`;
}

function seen(text: string): Entry[] {
  const mark = JSON.stringify(text.slice(0, text.indexOf('.') + 1)).slice(1, -1);
  return [...openai.requests, ...anthropic.requests]
    .filter(({ body }) => JSON.stringify(body).includes(mark))
    .sort((a, b) => a.startedAt - b.startedAt);
}

/** The keys that backends were called with for this text, as the journal keeps them. */
function keysFor(text: string): string[] {
  return seen(text).map(({ headers }) =>
    String(headers['x-api-key'] ?? headers.authorization).replace(/^Bearer /, ''),
  );
}

function digest(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

async function manage(of: Gateway, key: string, method: string, path: string, body?: object) {
  const init = { method, key, headers: { 'content-type': 'application/json' } };
  const response = await of.call(
    path,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  );
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
}

function put(of: Gateway, key: string, provider: string, own: string): Promise<void> {
  return manage(of, key, 'PUT', `/ai/providers/${provider}/key`, { key: own });
}

/** A tenant that has keys of its own. */
async function tenantWith(
  of: Gateway,
  own: Record<string, string>,
  options: NewKey = {},
): Promise<MadeKey> {
  const admin = await of.makeKey();
  for (const [provider, key] of Object.entries(own)) await put(of, admin.key, provider, key);
  return of.makeKey({ ...options, tenant: admin.tenantId });
}

async function complete(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

function costOf({ days }: Usage): number {
  return nanos(days.reduce((sum, row) => sum + row.cost_usd, 0));
}

describe('a call with a key of one’s own', () => {
  const apis: [string, (text: string, streamed: boolean, model: string) => object][] = [
    ['/ai/chat', (text, streamed, model) => say(text, { stream: streamed, model })],
    ['/v1/chat/completions', (text, streamed, model) => say(text, { stream: streamed, model })],
    [
      '/v1/messages',
      (text, streamed, model) => say(text, { stream: streamed, model, max_tokens: 50 }),
    ],
  ];
  for (const [path, body] of apis) {
    for (const streamed of [false, true]) {
      for (const [provider, model] of [
        ['openai', GPT],
        ['anthropic', CLAUDE],
      ] as const) {
        const how = streamed ? 'streamed' : 'plain';
        test(`of ${provider}, over ${path}, ${how}, is made with it and costs nothing`, async () => {
          const own = secret();
          const { key, tenantId } = await tenantWith(gateway, { [provider]: own });
          const text = marked();
          const response = await gateway.call(path, {
            method: 'POST',
            key,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body(text, streamed, model)),
          });
          const answer = await complete(response);
          assert.ok(!answer.includes(own));
          if (path === '/ai/chat') assert.match(answer, /"costUsd":0[,}]/);
          assert.equal(response.headers.get('x-neureus-key'), 'own');
          assert.equal(response.headers.get('x-neureus-backend'), provider);
          assert.deepEqual(keysFor(text), [digest(own)]);
          const usage = await charged(gateway, tenantId, 1);
          const [row] = usage.days;
          assert.deepEqual(
            [row?.model, row?.requests, row?.own_key_requests, row?.output_tokens, row?.cost_usd],
            [model, 1, 1, 5, 0],
          );
          assert.equal(usage.spent_usd, 0);
          const { tokens } = await gateway.points(requestId(response));
          assert.equal(tokens[0]?.blobs[6], 'own');
          assert.equal(tokens[0]?.doubles[3], 0);
          const log = await eventually('the row of the log', async () => {
            const one = await gateway.call(`/api/logs/${requestId(response)}`, { key });
            const found = (await one.json()) as { ownKey?: boolean; receipt?: { costUsd: number } };
            return found.receipt ? found : undefined;
          });
          assert.deepEqual([log.ownKey, log.receipt?.costUsd], [true, 0]);
        });
      }
    }
  }

  test('is that tenant’s alone, and of that provider’s models', async () => {
    const own = secret();
    const mine = await tenantWith(gateway, { openai: own });
    const other = await gateway.makeKey();
    const [text, theirs, claude] = [marked(), marked(), marked()];
    await complete(await gateway.chat(mine.key, say(text, { model: GPT })));
    const answer = await gateway.chat(other.key, say(theirs, { model: GPT }));
    await complete(answer);
    assert.equal(answer.headers.get('x-neureus-key'), null);
    await complete(await gateway.chat(mine.key, say(claude, { model: CLAUDE })));
    assert.deepEqual(keysFor(text), [digest(own)]);
    assert.deepEqual(keysFor(theirs), [digest(OURS.openai)]);
    assert.deepEqual(keysFor(claude), [digest(OURS.anthropic)]);
    const usage = await charged(gateway, mine.tenantId, 2);
    assert.equal(
      costOf(usage),
      priceOf(usage.days.find((row) => row.model === CLAUDE)?.input_tokens ?? 0, 5, CLAUDE),
    );
    assert.ok(costOf(await charged(gateway, other.tenantId, 1)) > 0);
  });

  test('begins and ends with the next admission, in an isolate that knows otherwise', async () => {
    const admin = await gateway.makeKey();
    const { key } = await gateway.makeKey({ tenant: admin.tenantId });
    const chat = async (): Promise<string[]> => {
      const text = marked();
      await complete(await gateway.chat(key, say(text, { model: GPT })));
      return keysFor(text);
    };
    assert.deepEqual(await chat(), [digest(OURS.openai)]);
    const [first, second] = [secret(), secret()];
    await put(gateway, admin.key, 'openai', first);
    assert.deepEqual(await chat(), [digest(first)]);
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', { key: second });
    assert.deepEqual(await chat(), [digest(second)]);
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', {});
    assert.deepEqual(await chat(), [digest(second)]);
    await manage(gateway, admin.key, 'DELETE', '/ai/providers/openai/key');
    assert.deepEqual(await chat(), [digest(OURS.openai)]);
  });

  test('counts against every limit but money', async () => {
    const own = secret();
    const narrow = await tenantWith(gateway, { openai: own }, { rpm: 1 });
    await complete(await gateway.chat(narrow.key, say(marked(), { model: GPT })));
    await errorOf(await gateway.chat(narrow.key, say(marked(), { model: GPT })), 429);
    const few = await tenantWith(gateway, { openai: own }, { tpm: 300 });
    await complete(await gateway.chat(few.key, say(marked(), { model: GPT, maxTokens: 50 })));
    await errorOf(await gateway.chat(few.key, say(marked(), { model: GPT, maxTokens: 300 })), 429);
    const broke = await tenantWith(gateway, { openai: own }, { budgetUsd: 0 });
    await complete(await gateway.chat(broke.key, say(marked(), { model: GPT })));
    await errorOf(await gateway.chat(broke.key, say(marked(), { model: CLAUDE })), 402);
  });

  test('goes on while the key is replaced, and ends with the one it began with', async () => {
    const [first, second] = [secret(), secret()];
    const { key, tenantId } = await tenantWith(gateway, { openai: first });
    const admin = await gateway.makeKey({ tenant: tenantId });
    const held = marked(`hold=byok-${marks} tokens=5`);
    const plain = gateway.chat(key, say(held, { model: GPT }));
    await eventually('the held call', () => (seen(held).length > 0 ? true : undefined));
    // Slow enough to be still on its way after the rotation; its end does not depend on that.
    const slow = marked('tokens=40 gap=20');
    const streamed = await gateway.chat(key, stream(slow, { model: GPT }));
    await manage(gateway, admin.key, 'POST', '/ai/providers/openai/rotate', { key: second });
    await fetch(`${openai.url}/_sandbox/release/${/hold=(\S+)/.exec(held)?.[1]}`, {
      method: 'POST',
    });
    await complete(await plain);
    assert.ok((await complete(streamed)).includes('"done":true'));
    const next = marked();
    await complete(await gateway.chat(key, say(next, { model: GPT })));
    assert.deepEqual(keysFor(held), [digest(first)]);
    assert.deepEqual(keysFor(slow), [digest(first)]);
    assert.deepEqual(keysFor(next), [digest(second)]);
    assert.equal((await charged(gateway, tenantId, 3)).spent_usd, 0);
  });
});

describe('a provider that refuses', () => {
  for (const status of [401, 403]) {
    test(`the tenant’s own key with ${status} is a 502 that says so, and nobody else is asked`, async () => {
      const own = secret();
      const { key, tenantId } = await tenantWith(falling, { openai: own });
      const text = marked(`status=${status}`);
      const response = await falling.chat(key, say(text, { model: GPT }));
      const { message } = await errorOf(response, 502);
      assert.match(message, /your organisation's own key/);
      assert.ok(!message.includes(own));
      assert.deepEqual(keysFor(text), [digest(own)]);
      assert.equal(response.headers.get('x-neureus-key'), 'own');
      assert.equal((await settled(falling, tenantId)).spent_usd, 0);
    });
  }

  test('the gateway’s own is told from it', async () => {
    const { key } = await gateway.makeKey();
    const text = marked('status=401');
    const { message } = await errorOf(await gateway.chat(key, say(text, { model: GPT })), 502);
    assert.match(message, /the gateway's own/);
  });

  test('one tenant’s own key is not left alone for others', async () => {
    const breaking = { RESILIENCE: 'retries=0 fallbacks=0 breaker=2' };
    const resting = await before(breaking, await startSandbox());
    const mine = await tenantWith(resting, { openai: secret() });
    for (let round = 0; round < 2; round += 1) {
      const failing = say(marked('status=429'), { model: GPT });
      await errorOf(await resting.chat(mine.key, failing), 503);
    }
    const left = marked();
    await errorOf(await resting.chat(mine.key, say(left, { model: GPT })), 503);
    assert.deepEqual(seen(left), []);
    for (const other of [
      await resting.makeKey(),
      await tenantWith(resting, { openai: secret() }),
    ]) {
      await complete(await resting.chat(other.key, say(marked(), { model: GPT })));
    }
  });
});

describe('a fallback', () => {
  const failing = (): string => marked(`status=500 only=${GPT} tokens=5`);

  test('goes with the gateway’s key, at the catalog’s price', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { openai: own });
    const text = failing();
    const response = await falling.chat(key, say(text, { model: GPT }));
    await complete(response);
    assert.deepEqual(keysFor(text), [digest(own), digest(OURS.anthropic)]);
    assert.equal(response.headers.get('x-neureus-key'), null);
    const usage = await charged(falling, tenantId, 1);
    const [row] = usage.days;
    assert.deepEqual([row?.model, row?.own_key_requests], [CLAUDE, 0]);
    assert.equal(costOf(usage), priceOf(row?.input_tokens ?? 0, 5, CLAUDE));
    assert.equal(usage.reserved_usd, 0);
  });

  test('goes with the other provider’s own key where there is one, and costs nothing', async () => {
    const own = { openai: secret(), anthropic: secret() };
    const { key, tenantId } = await tenantWith(falling, own, { budgetUsd: 0 });
    const text = failing();
    const response = await falling.chat(key, say(text, { model: GPT }));
    await complete(response);
    assert.deepEqual(keysFor(text), [digest(own.openai), digest(own.anthropic)]);
    assert.equal(response.headers.get('x-neureus-key'), 'own');
    const usage = await charged(falling, tenantId, 1);
    assert.deepEqual([usage.days[0]?.model, usage.days[0]?.own_key_requests], [CLAUDE, 1]);
    assert.equal(costOf(usage), 0);
  });

  test('is not asked where no budget covers it', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { openai: own }, { budgetUsd: 0.000001 });
    const text = failing();
    await errorOf(await falling.chat(key, say(text, { model: GPT })), 502);
    assert.deepEqual(keysFor(text), [digest(own)]);
    assert.equal((await settled(falling, tenantId)).spent_usd, 0);
  });

  test('from a model that is paid for to one with a key of one’s own costs nothing', async () => {
    const own = secret();
    const { key, tenantId } = await tenantWith(falling, { anthropic: own });
    const text = failing();
    await complete(await falling.chat(key, say(text, { model: GPT })));
    assert.deepEqual(keysFor(text), [digest(OURS.openai), digest(own)]);
    assert.equal(costOf(await charged(falling, tenantId, 1)), 0);
  });
});

/** The databases of objects that keep sealed keys. */
function vaults(state: string): { file: string; json: string }[] {
  return readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sqlite'))
    .flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const database = new DatabaseSync(file);
      try {
        const has = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'vault'").get();
        const row = has && database.prepare('SELECT json FROM vault').get();
        return row ? [{ file, json: String(row['json']) }] : [];
      } finally {
        database.close();
      }
    });
}

const EMBEDDER = 'embedder';
const embedding = await before(
  {
    CATALOG: JSON.stringify({
      models: [
        {
          id: EMBEDDER,
          kind: 'embedding',
          backend: 'openai',
          dialect: 'openai',
          upstream: 'text-embedding-3-small',
          context_window: 8_191,
          max_output: 0,
          capabilities: [],
          price: { input: 20, output: 0, source: 'tests', date: '2026-11-01' },
        },
      ],
    }),
  },
  await startSandbox(),
);

describe('embeddings', () => {
  for (const path of ['/ai/embeddings', '/v1/embeddings']) {
    test(`over ${path} are made with the tenant’s own key, and cost nothing`, async () => {
      const own = secret();
      const theirs = await tenantWith(embedding, { openai: own });
      const others = await embedding.makeKey();
      const ask = async (key: string): Promise<Response> => {
        const text = marked();
        const response = await embedding.call(path, {
          method: 'POST',
          key,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: EMBEDDER, input: text }),
        });
        assert.ok(!(await complete(response.clone())).includes(own));
        assert.deepEqual(keysFor(text), [digest(key === theirs.key ? own : OURS.openai)]);
        return response;
      };
      assert.equal((await ask(theirs.key)).headers.get('x-neureus-key'), 'own');
      assert.equal((await ask(others.key)).headers.get('x-neureus-key'), null);
      assert.equal(costOf(await charged(embedding, theirs.tenantId, 1)), 0);
      assert.ok(costOf(await charged(embedding, others.tenantId, 1)) > 0);
      const days = (await charged(embedding, theirs.tenantId, 1)).days;
      assert.ok((days[0]?.input_tokens ?? 0) > 0);
    });
  }
});

describe('the master key', () => {
  test('is replaced without a call that fails, and the old one is not needed then', async () => {
    const turning = await before({}, await startSandbox());
    const own = secret();
    const { key, tenantId } = await tenantWith(turning, { openai: own });
    const none = await turning.makeKey();
    const ask = async (): Promise<void> => {
      const text = marked();
      await complete(await turning.chat(key, say(text, { model: GPT })));
      assert.deepEqual(keysFor(text), [digest(own)]);
    };
    const rewrap = async (): Promise<unknown> => {
      const response = await turning.operator('POST', '/rewrap');
      assert.equal(response.status, 200);
      return response.json();
    };
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [], already: 1, failed: [] });
    const next = 'b2'.repeat(32);
    await turning.restart({
      PROVIDER_MASTER_KEY: next,
      PROVIDER_MASTER_KEY_OLD: PROVIDER_MASTER_KEY,
    });
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [tenantId], already: 0, failed: [] });
    await ask();
    await turning.restart({ PROVIDER_MASTER_KEY_OLD: '' });
    await ask();
    assert.deepEqual(await rewrap(), { rewrapped: [], already: 1, failed: [] });

    // Without it nothing opens: the call is refused, and never made with another key.
    await turning.restart({ PROVIDER_MASTER_KEY: 'c3'.repeat(32) });
    const text = marked();
    const refused = await turning.chat(key, say(text, { model: GPT }));
    assert.equal(refused.headers.get('retry-after'), '60');
    assert.match((await errorOf(refused, 503)).message, /cannot be opened/);
    assert.deepEqual(seen(text), []);
    const usage = await settled(turning, tenantId);
    assert.equal(usage.reserved_usd, 0);
    await complete(await turning.chat(key, say(marked(), { model: CLAUDE })));
    await complete(await turning.chat(none.key, say(marked(), { model: GPT })));
    const { failed } = (await rewrap()) as { failed: { tenantId: string; message: string }[] };
    assert.deepEqual(
      failed.map((it) => it.tenantId),
      [tenantId],
    );
    // Set again, all is well.
    const admin = await turning.makeKey({ tenant: tenantId });
    await put(turning, admin.key, 'openai', own);
    await ask();
  });

  test('opens no key that was moved to another tenant', async () => {
    const moving = await before({}, await startSandbox());
    const own = secret();
    const mine = await tenantWith(moving, { openai: own });
    const thief = await tenantWith(moving, { openai: secret() });
    await moving.stop();
    const all = vaults(moving.state);
    assert.equal(all.length, 2);
    const [one, other] = all;
    for (const [to, from] of [
      [one, other],
      [other, one],
    ]) {
      const database = new DatabaseSync(String(to?.file));
      database.prepare('UPDATE vault SET json = ?').run(String(from?.json));
      database.close();
    }
    await moving.start();
    for (const { key } of [mine, thief]) {
      const text = marked();
      await errorOf(await moving.chat(key, say(text, { model: GPT })), 503);
      assert.deepEqual(seen(text), []);
    }
  });
});

test('a key is nowhere but in memory', async () => {
  const looked = await before(
    { RESILIENCE: 'retries=1 fallbacks=1 breaker=1' },
    await startSandbox(),
  );
  const own = secret();
  const admin = await looked.makeKey();
  const told: string[] = [];
  const keep = async (response: Response): Promise<void> => {
    told.push(JSON.stringify([...response.headers]), await response.text());
  };
  const manageIt = (method: string, path: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return looked.call(path, { method, key: admin.key, headers, ...content }).then(keep);
  };
  const set = (body: object): Promise<void> => manageIt('PUT', '/ai/providers/openai/key', body);
  await set({ key: own });
  await set({ key: own, more: own });
  await set({ key: [own] });
  await manageIt('PUT', '/ai/providers/nobody/key', { key: own });
  await manageIt('POST', '/ai/providers/openai/rotate', { key: own });
  await looked.faults({ database: 'throw', keys: 'throw' });
  await set({ key: own });
  await looked.faults({});
  for (const directives of [
    'tokens=3',
    'status=401',
    'status=500',
    'drop',
    'html',
    'cut=0',
    'error=1',
  ]) {
    for (const body of [say, stream]) {
      await keep(await looked.chat(admin.key, body(marked(directives), { model: GPT })));
    }
  }
  for (const path of ['/ai/providers', '/api/audit', '/api/audit.csv', '/api/logs', '/api/usage']) {
    await manageIt('GET', path);
  }
  for (const path of ['/monitoring/metrics', '/monitoring/alerts', '/monitoring/status']) {
    await manageIt('GET', path);
  }
  await keep(await looked.operator('GET', `/tenants/${admin.tenantId}/audit`));
  await keep(await fetch(`${looked.url}/_harness/points`));
  assert.ok(told.join().includes('provider_key.set'));
  await looked.stop();
  const bytes = Buffer.from(own);
  const forms = [own, bytes.toString('hex'), bytes.toString('base64').slice(0, -4)];
  const files = readdirSync(looked.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  assert.ok(files.length > 2);
  for (const form of [...forms, PROVIDER_MASTER_KEY]) {
    for (const text of [...told, ...looked.logged]) assert.ok(!text.includes(form), text);
    for (const file of files) assert.ok(!readFileSync(file).includes(form), file);
  }
});
