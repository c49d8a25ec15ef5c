/** A tenant's privacy settings: a text tried against them, and what they do to chats. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, eventsOf, say, stream, textOf } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const SSN = '078-05-1120';
/** The sandbox says what it was told without directives: whole only in the answer. */
const SAYS_SSN = 'it is 078-05[[sandbox:]]-1120, they say';
const BADGE = { name: 'badge', labels: ['badge no'], shape: 'A-9999' };

interface Scan {
  findings: { kind: string }[];
  blocked: boolean;
}

function send(key: string, method: string, path: string, body?: unknown): Promise<Response> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': 'application/json' };
  return gateway.call(
    path,
    body === undefined ? { method, key } : { method, key, headers, body: content },
  );
}

function scan(key: string, body: unknown): Promise<Response> {
  return send(key, 'POST', '/api/privacy/scan', body);
}

/** What is found, once it was seen that this is all that is said. */
async function found(key: string, text: string, profile?: string): Promise<string[]> {
  const response = await scan(key, { text, profile });
  const answer = await response.text();
  assert.equal(response.status, 200, answer);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const { findings, blocked, ...rest } = JSON.parse(answer) as Scan;
  assert.deepEqual(rest, {});
  assert.equal(blocked, findings.length > 0);
  for (const finding of findings) assert.deepEqual(Object.keys(finding), ['kind']);
  return findings.map(({ kind }) => kind);
}

/** A key of a tenant with these settings. */
async function under(settings: object): Promise<string> {
  const { key } = await gateway.makeKey({ role: 'owner' });
  const response = await send(key, 'PUT', '/api/privacy', settings);
  assert.equal(response.status, 200, await response.text());
  return key;
}

describe('trying a text', () => {
  test('names kinds and patterns, sorted, and agrees with a chat', async () => {
    const key = await under({ profile: 'healthcare', patterns: [BADGE] });
    const text = `SSN ${SSN}, SSN 219-09-9999, mail a@example.com, badge no K-1234`;
    const kinds = ['email', 'ssn', 'pattern:badge'];
    assert.deepEqual(await found(key, text), kinds);
    const { details } = await errorOf(await gateway.chat(key, say(text)), 422);
    assert.deepEqual(details, { kinds });
    assert.deepEqual(await found(key, 'How tall is a giraffe?'), []);
    assert.deepEqual(await found(key, ''), []);
  });

  test('takes a profile as a request does: it adds to that of the tenant', async () => {
    const general = (await gateway.makeKey()).key;
    const text = `MRN 00482913, SSN ${SSN}`;
    assert.deepEqual(await found(general, text), []);
    assert.deepEqual(await found(general, text, 'general'), []);
    assert.deepEqual(await found(general, text, 'healthcare'), ['mrn', 'ssn']);
    assert.deepEqual(await found(general, text, 'finance'), ['ssn']);
    assert.deepEqual(await found(general, text, 'legal'), ['ssn']);
    const healthcare = await under({ profile: 'healthcare' });
    assert.deepEqual(await found(healthcare, text, 'general'), ['mrn', 'ssn']);
    assert.deepEqual(await found(healthcare, text, 'finance'), ['mrn', 'ssn']);
  });

  test('knows the profile that the operator asks for', async () => {
    const { key, tenantId } = await gateway.makeKey();
    await gateway.putTenant(tenantId, { profile: 'legal' });
    assert.deepEqual(await found(key, `SSN ${SSN}`), ['ssn']);
  });

  test("uses no other tenant's patterns", async () => {
    const [own, other] = [
      await under({ profile: 'legal', patterns: [BADGE] }),
      await under({ profile: 'legal' }),
    ];
    assert.deepEqual(await found(own, 'badge no K-1234'), ['pattern:badge']);
    assert.deepEqual(await found(other, 'badge no K-1234'), []);
  });

  test('refuses bad input by its field', async () => {
    const { key } = await gateway.makeKey();
    for (const [body, field] of [
      [{ text: 1 }, '$.text'],
      [{ text: null }, '$.text'],
      [{ text: 'a', profile: 'military' }, '$.profile'],
      [{ text: 'a', profile: 1 }, '$.profile'],
      [{ text: 'a', more: true }, '$.more'],
      [{}, '$'],
      [[], '$'],
      ['', '$'],
      ['{"text":"a","text":"b"}', '$.text'],
    ] as const) {
      const { details } = await errorOf(await scan(key, body), 400);
      assert.deepEqual(details, { field }, JSON.stringify(body));
    }
    const plain = { method: 'POST', key, body: '{"text":"a"}' };
    await errorOf(await gateway.call('/api/privacy/scan', plain), 415);
  });

  test('takes 64 KiB of text however it is written, and no more', async () => {
    const key = await under({ profile: 'finance' });
    const text = `${'é'.repeat(32 * 1024 - 6)} ${SSN}`;
    assert.equal(Buffer.byteLength(text), 65_536);
    assert.deepEqual(await found(key, text), ['ssn']);
    const escaped = `{"text":"${'\\u0041'.repeat(65_536)}"}`;
    assert.equal((await scan(key, escaped)).status, 200);
    const { details } = await errorOf(await scan(key, { text: `${text}.` }), 400);
    assert.deepEqual(details, { field: '$.text' });
    await errorOf(await scan(key, { text: 'a'.repeat(400 * 1024) }), 413);
  });

  test('is for developers', async () => {
    const { key, tenantId: tenant } = await gateway.makeKey({ role: 'developer' });
    assert.deepEqual(await found(key, 'hello'), []);
    const viewer = await gateway.makeKey({ tenant, role: 'viewer' });
    const { message } = await errorOf(await scan(viewer.key, { text: 'hello' }), 403);
    assert.match(message, /\bdeveloper\b/);
    const bare = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    await errorOf(await gateway.call('/api/privacy/scan', bare), 401);
  });

  test('leaves nothing of the text behind', async () => {
    const key = await under({ profile: 'healthcare' });
    const mark = 'Xylophagous';
    const text = `Patient: ${mark} Roe, SSN ${SSN}`;
    assert.ok((await found(key, text)).includes('ssn'));
    for (const body of [{ text, profile: mark }, { text: [text] }, { text: text.repeat(9000) }]) {
      const response = await scan(key, body);
      assert.ok(response.status >= 400);
      const answer = await response.text();
      assert.ok(!answer.includes(mark) && !answer.includes(SSN), answer);
    }
    const audit = await (await send(key, 'GET', '/api/audit')).text();
    const log = await (await send(key, 'GET', '/api/logs')).text();
    const { requests } = gateway.sandbox;
    for (const kept of [audit, log, gateway.logged.join('\n'), JSON.stringify(requests)]) {
      assert.ok(!kept.includes(mark));
    }
    assert.ok(audit.includes('privacy.updated') && !audit.includes('scan'), audit);
  });
});

describe("a model's answer that holds personal data", () => {
  test('comes redacted, plain and streamed', async () => {
    const key = await under({ profile: 'healthcare', answers: 'redact' });
    const plain = await gateway.chat(key, say(SAYS_SSN));
    const text = await plain.text();
    assert.equal(plain.status, 200, text);
    assert.equal(plain.headers.get('x-neureus-found'), 'ssn');
    assert.ok(text.includes('it is [ssn], they say') && !text.includes(SSN), text);

    const streamed = await gateway.chat(key, stream(SAYS_SSN));
    const body = await streamed.text();
    assert.ok(!body.includes(SSN) && !body.includes('1120'), body);
    const events = eventsOf(body);
    assert.ok(textOf(events).includes('it is [ssn], they say'), body);
    const last = events.at(-1) as { done?: boolean; found?: string[] };
    assert.equal(last.done, true);
    assert.deepEqual(last.found, ['ssn']);
  });

  test('is blocked, plain and streamed', async () => {
    const key = await under({ profile: 'healthcare', answers: 'block' });
    const plain = await gateway.chat(key, say(SAYS_SSN));
    const error = await errorOf(plain, 422);
    assert.deepEqual(error.details, { kinds: ['ssn'] });
    assert.ok(!JSON.stringify(error).includes('1120'));

    const body = await (await gateway.chat(key, stream(SAYS_SSN))).text();
    assert.ok(!body.includes('1120'), body);
    const last = eventsOf(body).at(-1) as { error?: string; details?: unknown };
    assert.equal(last.error, 'VALIDATION_ERROR');
    assert.deepEqual(last.details, { kinds: ['ssn'] });
    assert.equal((await gateway.chat(key, say('hello'))).status, 200);
  });

  test('goes on as it is when that is what the tenant wants', async () => {
    const flagged = await under({ profile: 'healthcare', answers: 'flag' });
    const plain = await gateway.chat(flagged, say(SAYS_SSN));
    assert.equal(plain.headers.get('x-neureus-found'), 'ssn');
    assert.ok((await plain.text()).includes(SSN));
    const off = await under({ profile: 'healthcare', answers: 'off' });
    const unseen = await gateway.chat(off, say(SAYS_SSN));
    assert.equal(unseen.headers.get('x-neureus-found'), null);
    assert.ok((await unseen.text()).includes(SSN));
  });
});

describe("a tenant's own pattern", () => {
  test('refuses a chat by its name, and nothing is forwarded', async () => {
    const key = await under({ profile: 'finance', patterns: [BADGE] });
    const before = gateway.sandbox.requests.length;
    for (const body of [say('Badge No: K-1234'), stream('badge_no=k-1234')]) {
      const error = await errorOf(await gateway.chat(key, body), 422);
      assert.deepEqual(error.details, { kinds: ['pattern:badge'] });
    }
    assert.equal(gateway.sandbox.requests.length, before);
    assert.equal((await gateway.chat(key, say('badge no: none'))).status, 200);
  });

  test('holds for the next request of a key in use, and is gone when taken away', async () => {
    const key = await under({ profile: 'finance' });
    const chat = () => gateway.chat(key, say('badge no K-1234'));
    assert.equal((await chat()).status, 200);
    const put = async (patterns: object[]): Promise<void> => {
      const response = await send(key, 'PUT', '/api/privacy', { profile: 'finance', patterns });
      assert.equal(response.status, 200, await response.text());
    };
    await put([BADGE]);
    await errorOf(await chat(), 422);
    await put([]);
    assert.equal((await chat()).status, 200);
  });

  test('is redacted in an answer, flagged or blocked, plain and streamed', async () => {
    const says = 'badge no K-1[[sandbox:]]234, they say';
    const settings = { profile: 'finance', patterns: [BADGE] };
    const redacts = await under({ ...settings, answers: 'redact' });
    const plain = await gateway.chat(redacts, say(says));
    const text = await plain.text();
    assert.equal(plain.headers.get('x-neureus-found'), 'pattern:badge');
    assert.ok(text.includes('badge no [pattern:badge], they say'), text);
    const streamed = await (await gateway.chat(redacts, stream(says))).text();
    assert.ok(textOf(eventsOf(streamed)).includes('badge no [pattern:badge], they say'), streamed);
    assert.ok(!streamed.includes('K-1234'), streamed);

    const blocks = await under({ ...settings, answers: 'block' });
    const error = await errorOf(await gateway.chat(blocks, say(says)), 422);
    assert.deepEqual(error.details, { kinds: ['pattern:badge'] });
    const body = await (await gateway.chat(blocks, stream(says))).text();
    const last = eventsOf(body).at(-1) as { error?: string; details?: unknown };
    assert.deepEqual(last.details, { kinds: ['pattern:badge'] });
    assert.ok(!body.includes('1234'), body);
  });
});
