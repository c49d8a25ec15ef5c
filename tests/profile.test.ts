/** Regulated profiles: personal data is refused before anything is forwarded. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const { key } = await gateway.makeKey();

describe('a regulated profile refuses personal data, and nothing is forwarded', async () => {
  const body = (extra: object) => say('my number is 555-0100', extra);

  /** Refused in whatever way it is asked, known to the isolate or not. */
  async function assertRefused(regulated: string, extra: object = {}): Promise<void> {
    const before = gateway.sandbox.requests.length;
    for (const more of [{}, { stream: true }, { model: 'nothing' }, { model: 'gpt-4o' }]) {
      const response = await gateway.chat(regulated, body({ ...extra, ...more }));
      const error = await errorOf(response, 422);
      assert.deepEqual(error.details, { kinds: ['phone'] });
      assert.ok(!JSON.stringify(error).includes('555'));
    }
    assert.equal(gateway.sandbox.requests.length, before);
    assert.equal((await gateway.chat(regulated, say('hi', extra))).status, 200);
  }

  for (const profile of ['healthcare', 'finance', 'legal']) {
    test(`${profile} of a key`, async () => {
      await assertRefused((await gateway.makeKey({ profile })).key);
    });

    test(`${profile} of a tenant`, async () => {
      const tenant = gateway.newTenant();
      await gateway.putTenant(tenant, { profile });
      const made = await gateway.makeKey({ tenant });
      await assertRefused(made.key);
      await assertRefused(made.key, { profile: 'general' });
    });

    test(`${profile} of a request`, async () => {
      await assertRefused(key, { profile });
    });
  }

  test('one that a tenant takes on holds for the next request of a key in use', async () => {
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
    await gateway.putTenant(tenant, { profile: 'healthcare' });
    await assertRefused(made.key);
  });

  test('one that a tenant lays down holds no more for the next request', async () => {
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    await gateway.putTenant(tenant, { profile: 'healthcare' });
    await assertRefused(made.key);
    await gateway.putTenant(tenant, {});
    assert.equal((await gateway.chat(made.key, say('hi'))).status, 200);
  });

  test('general is no regulated profile', async () => {
    const made = await gateway.makeKey({ profile: 'general' });
    assert.equal((await gateway.chat(made.key, body({ profile: 'general' }))).status, 200);
  });

  test('wherever it stands in a request', async () => {
    const made = await gateway.makeKey({ profile: 'finance' });
    const before = gateway.sandbox.requests.length;
    const tool = (parameters: object) => ({
      type: 'function',
      function: { name: 'f', parameters },
    });
    const call = (text: string) => ({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: text } }],
    });
    const ssn = '078-05-1120';
    for (const extra of [
      { systemPrompt: `for ${ssn}` },
      { stop: [ssn] },
      { tools: [tool({ type: 'object', properties: { [ssn]: { type: 'string' } } })] },
      { tools: [tool({ type: 'object', enum: [{ ssn: 78051120 + 1e8 }] })] },
      { messages: [call(JSON.stringify({ ssn: '078051120' })), { role: 'user', content: 'x' }] },
      { messages: [{ role: 'user', content: [...ssn].map((text) => ({ type: 'text', text })) }] },
      { model: ssn },
      { unknown: ssn },
    ]) {
      const error = await errorOf(await gateway.chat(made.key, say('hi', extra)), 422);
      assert.deepEqual(error.details, { kinds: ['ssn'] });
    }
    const twice = `{"messages":[{"role":"user","content":"${ssn}","content":"hi"}]}`;
    assert.equal((await gateway.chat(made.key, twice)).status, 422);
    assert.equal(gateway.sandbox.requests.length, before);
  });

  test('an image cannot be scanned', async () => {
    const made = await gateway.makeKey({ profile: 'healthcare' });
    const before = gateway.sandbox.requests.length;
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/x.png' } }];
    const response = await gateway.chat(
      made.key,
      say('', { messages: [{ role: 'user', content }] }),
    );
    const error = await errorOf(response, 400);
    assert.deepEqual(error.details, { field: '$.messages[0].content[0].type' });
    assert.equal(gateway.sandbox.requests.length, before);
  });

  test('a body that cannot be read is no way round it', async () => {
    const made = await gateway.makeKey({ profile: 'legal' });
    for (const wrong of ['{', '[]', '{"messages":[]}']) {
      const { status } = await gateway.chat(made.key, wrong);
      assert.ok([400, 422].includes(status));
    }
  });
});

after(() => assert.ok(!gateway.logged.some((line) => line.includes('555-0100'))));
