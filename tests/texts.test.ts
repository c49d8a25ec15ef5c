/** Texts of requests in the log: kept only where a tenant wants it, never under a regulated profile. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { errorOf, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { answered, json, MONITORED, sent } from './harness/monitoring.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests({ variables: MONITORED });

interface Excerpt {
  text: string;
  cut: boolean;
}
interface Texts {
  prompt: Excerpt;
  answer: Excerpt | null;
}

let marks = 0;
/** A word that nothing else has. */
const mark = (): string => `unmistakable${process.pid}x${(marks += 1)}x`;

/** A tenant that wants texts kept. */
async function keeping(): Promise<{ key: string; tenantId: string }> {
  const made = await gateway.makeKey({ role: 'owner' });
  await set(made.key, { texts: true });
  return made;
}

const set = (key: string, privacy: object): Promise<{ texts: boolean; version: number }> =>
  json(gateway, key, '/api/privacy', sent('PUT', privacy));

/** What the log has of a request, once it has it. */
async function textsOf(key: string, id: string): Promise<Texts | null> {
  const entry = await eventually('the log', async () => {
    const found = await gateway.call(`/api/logs/${id}`, { key });
    const text = await found.text();
    return found.ok ? (JSON.parse(text) as { texts: Texts | null }) : undefined;
  });
  return entry.texts;
}

/** The files of the gateway's state that hold a word: of objects, KV and D1. */
function filesWith(word: string): string[] {
  return readdirSync(gateway.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(word))
    .map((file) => relative(gateway.state, file));
}

/** The rows of all objects' tables that hold a word. */
function rowsWith(word: string): string[] {
  return readdirSync(gateway.state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sqlite'))
    .flatMap((entry) => {
      const database = new DatabaseSync(join(entry.parentPath, entry.name), { readOnly: true });
      try {
        const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'");
        return tables
          .all()
          .map(({ name }) => String(name))
          .filter((name) => !name.startsWith('_cf'))
          .filter((name) =>
            JSON.stringify(database.prepare(`SELECT * FROM ${name}`).all()).includes(word),
          );
      } finally {
        database.close();
      }
    });
}

describe('texts of requests', () => {
  test('are not kept by default, in no store', async () => {
    const { key } = await gateway.makeKey();
    const word = mark();
    const ids = [
      await answered(await gateway.chat(key, say(word))),
      await answered(await gateway.chat(key, stream(word))),
    ];
    for (const id of ids) assert.equal(await textsOf(key, id), null);
    assert.deepEqual(filesWith(word), []);
  });

  test('are kept where the tenant wants it, of plain and streamed answers on every surface', async () => {
    const { key } = await keeping();
    const word = mark();
    const post = (path: string, body: object): Promise<Response> =>
      gateway.call(path, { key, ...sent('POST', body) });
    const messages = [{ role: 'user', content: word }];
    for (const streamed of [false, true]) {
      for (const [path, more] of [
        ['/ai/chat', {}],
        ['/v1/chat/completions', { model: 'gpt-4o' }],
        ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 100 }],
        ['/v1/messages', { model: 'claude-haiku-4-5', max_tokens: 100 }],
      ] as const) {
        const response = await post(path, { messages, stream: streamed, ...more });
        assert.equal(response.status, 200);
        const texts = await textsOf(key, await answered(response));
        assert.deepEqual(texts?.prompt, { text: `user: ${word}`, cut: false }, path);
        assert.ok(texts.answer?.text.includes(word), `${path}: ${texts.answer?.text}`);
      }
    }
    assert.deepEqual(new Set(rowsWith(word)), new Set(['texts']));
    const list = await json<{ logs: object[] }>(gateway, key, '/api/logs');
    assert.equal(list.logs.length, 8);
    assert.ok(!JSON.stringify(list).includes(word));
    assert.ok(!gateway.logged.join('\n').includes(word));
  });

  test('of a request that failed are what was asked', async () => {
    const { key } = await keeping();
    const word = mark();
    for (const body of [say, stream]) {
      const id = await answered(await gateway.chat(key, body(`[[sandbox:status=500]] ${word}`)));
      const texts = await textsOf(key, id);
      assert.ok(texts?.prompt.text.endsWith(word));
      assert.equal(texts?.answer, null);
    }
    const broken = await gateway.chat(key, stream(`[[sandbox:tokens=5 error=2]] ${word}`));
    const texts = await textsOf(key, await answered(broken));
    assert.ok(texts?.answer && texts.answer.text.length > 0);
  });

  test('are cut: the end of what was asked, the beginning of what was answered', async () => {
    const { key } = await keeping();
    for (const body of [say, stream]) {
      const word = mark();
      const long = `[[sandbox:tokens=4000]] ${'ü'.repeat(6_000)} ${word}`;
      const { prompt, answer } = (await textsOf(
        key,
        await answered(await gateway.chat(key, body(long, { maxTokens: 4_000 }))),
      )) as Texts;
      assert.ok(prompt.cut && prompt.text.endsWith(word) && prompt.text.startsWith('ü'));
      assert.ok(Buffer.byteLength(prompt.text) <= 8_192);
      assert.ok(answer?.cut, `${answer?.text.length} letters`);
      const bytes = Buffer.byteLength(answer.text);
      assert.ok(bytes > 8_000 && bytes <= 8_192, `${bytes}`);
      assert.ok(!answer.text.includes(word) && !answer.text.includes('\ufffd'));
    }
  });

  test('are shown to whoever may manage the key', async () => {
    const { key, tenantId } = await keeping();
    const tenant = { tenant: tenantId };
    const developer = await gateway.makeKey({ ...tenant, role: 'developer' });
    const other = await gateway.makeKey({ ...tenant, role: 'developer' });
    const viewer = await gateway.makeKey({ ...tenant, role: 'viewer' });
    const id = await answered(await gateway.chat(developer.key, say(mark())));
    for (const [reader, reads] of [
      [key, true],
      [developer.key, true],
      [other.key, false],
      [viewer.key, false],
    ] as const) {
      assert.equal((await textsOf(reader, id)) !== null, reads);
    }
  });

  for (const [what, end] of [
    ['switched off', (key: string) => set(key, {})],
    ['followed by a regulated profile', (key: string) => set(key, { profile: 'legal' })],
    [
      'followed by one of the operator',
      (_key: string, tenantId: string) => gateway.putTenant(tenantId, { profile: 'finance' }),
    ],
    [
      'deleted with the tenant',
      async (_key: string, tenantId: string) => {
        const response = await gateway.operator('DELETE', `/tenants/${tenantId}`, {
          confirm: tenantId,
        });
        assert.equal(response.status, 204);
      },
    ],
  ] as const) {
    test(`are erased at once when that is ${what}`, async () => {
      const { key, tenantId } = await keeping();
      const word = mark();
      const id = await answered(await gateway.chat(key, say(word)));
      assert.ok(await textsOf(key, id));
      assert.deepEqual(rowsWith(word), ['texts']);
      await end(key, tenantId);
      assert.deepEqual(rowsWith(word), []);
      if (what.startsWith('deleted')) return;
      assert.equal(await textsOf(key, id), null);
      const { texts } = await json<{ texts: boolean }>(gateway, key, '/api/privacy');
      assert.equal(texts, false);
    });
  }
});

describe('under a regulated profile', () => {
  test('of the tenant, texts cannot be switched on', async () => {
    const own = await gateway.makeKey({ role: 'owner' });
    const put = (key: string, privacy: object): Promise<Response> =>
      gateway.call('/api/privacy', { key, ...sent('PUT', privacy) });
    const both = await put(own.key, { profile: 'healthcare', texts: true });
    assert.deepEqual((await errorOf(both, 400)).details, {
      field: '$.texts',
    });
    await gateway.putTenant(own.tenantId, { profile: 'legal' });
    await errorOf(await put(own.key, { texts: true }), 409);
  });

  for (const [whose, options, extra] of [
    ['the tenant', {}, {}],
    ['the key', { profile: 'healthcare' }, {}],
    ['the request', {}, { profile: 'finance' }],
  ] as const) {
    test(`of ${whose}, nothing is stored anywhere`, async () => {
      const { tenantId, key: owner } = await keeping();
      const { key } = await gateway.makeKey({ tenant: tenantId, role: 'owner', ...options });
      if (whose === 'the tenant') await gateway.putTenant(tenantId, { profile: 'legal' });
      const word = mark();
      for (const body of [say, stream]) {
        for (const text of [word, `[[sandbox:status=500]] ${word}`]) {
          const id = await answered(await gateway.chat(key, body(text, extra)));
          assert.equal(await textsOf(owner, id), null);
        }
      }
      assert.deepEqual(filesWith(word), []);
    });
  }
});
