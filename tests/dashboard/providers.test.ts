/** A tenant's own key with a provider, there and back: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSandbox } from '../../sandbox/server.ts';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests } from './browser.ts';
import { makeKey, newcomer } from './enter.ts';

const browser = await browserForTests();
// The sandbox plays OpenAI, with a key of the gateway's own.
const sandbox = await startSandbox();
const gateway = await gatewayForTests({
  assets: true,
  sandbox,
  variables: { OPENAI_BASE_URL: sandbox.url, OPENAI_API_KEY: 'sk-of-the-gateway-0123456789' },
});
await gateway.putTenant('acme', { plan: 'pro' });
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');
const { page } = ada;
const row = page.getByRole('row', { name: /OpenAI/ });
const first = 'sk-test-0123456789abcdefghijklmnopqrstuvwxyz';
const second = 'sk-test-9876543210zyxwvutsrqponmlkjihgfedcba';
const key = await makeKey(ada, 'Backend');

/** Whose key the provider was called with. */
async function calledWith(): Promise<string | null> {
  const response = await gateway.chat(key, {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
  return response.headers.get('x-neureus-key');
}

/** No page and no storage has a provider's key. */
async function toldNowhere(): Promise<void> {
  const all = (await page.content()) + String(await page.evaluate('JSON.stringify(localStorage)'));
  assert.doesNotMatch(all, /0123456789abcdef|9876543210zyxwv/);
}

test('a key goes in, is used from the next request on, and only its ends are shown', async () => {
  assert.equal(await calledWith(), null);
  await ada.open('/providers');
  await row.getByText("the gateway's key").waitFor();
  await row.getByRole('button', { name: /^Add a key/ }).click();
  const field = page.getByRole('dialog').getByLabel('API key');
  assert.equal(await field.getAttribute('type'), 'password');
  await field.fill(first);
  await ada.checkPage('/providers (dialog)');
  await page.getByRole('dialog').getByRole('button', { name: 'Save the key' }).click();
  await row.getByText('your key').waitFor();
  await row.getByText('by Ada Lovelace').waitFor();
  await toldNowhere();
  assert.equal(await calledWith(), 'own');
  await ada.checkPage('/providers');
});

test('the playground says that it was called with the own key, and that it cost nothing here', async () => {
  await ada.open('/playground');
  await page.getByLabel('Model').selectOption('gpt-4o-mini');
  await page.getByLabel('Message').fill('Hello');
  await page.keyboard.press('Enter');
  await page.getByText('Whole answer').waitFor();
  const facts = await page.locator('.facts dl').innerText();
  assert.match(facts, /Called with\s+your own key/);
  assert.match(facts, /Cost\s+\$0\.00\b/);
});

test('it is replaced by another, and the preview changes with it', async () => {
  await ada.open('/providers');
  const before = await row.locator('code').innerText();
  await row.getByRole('button', { name: /^Replace/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`It takes the place of ${before}.`).waitFor();
  await dialog.getByLabel('API key').fill(second);
  await dialog.getByRole('button', { name: 'Replace the key' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByText(second.slice(-4)).waitFor();
  assert.notEqual(await row.locator('code').innerText(), before);
  await toldNowhere();
  assert.equal(await calledWith(), 'own');
});

test('what is no key is refused, and not told again', async () => {
  await row.getByRole('button', { name: /^Replace/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('API key').fill('short');
  await dialog.getByRole('button', { name: 'Replace the key' }).click();
  await dialog.getByRole('alert').waitFor();
  assert.doesNotMatch(await dialog.getByRole('alert').innerText(), /short/);
  await ada.button('Cancel').click();
});

test('it is asked before it is removed; afterwards the calls go with the key of the gateway', async () => {
  await row.getByRole('button', { name: /^Remove/ }).click();
  await page
    .getByRole('dialog')
    .getByText(/with the gateway's own key/)
    .waitFor();
  await ada.button('Cancel').click();
  assert.equal(await calledWith(), 'own');
  await row.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove the key' }).click();
  await row.getByText("the gateway's key").waitFor();
  assert.equal(await calledWith(), null);
});

test('the audit log has each step, and no key', async () => {
  await ada.open('/audit');
  await page
    .getByRole('table', { name: 'Changes' })
    .getByText(/^provider/)
    .nth(2)
    .waitFor();
  await toldNowhere();
});

test('a developer is told which role it needs', async () => {
  const grace = await newcomer(gateway, browser, 'acme', 'Grace Hopper', { role: 'developer' });
  assert.equal(await grace.page.getByRole('link', { name: 'Providers' }).count(), 0);
  await grace.open('/providers');
  await grace.page.getByText('This needs the role admin or higher.').waitFor();
  const status = await grace.page.evaluate('fetch("/ai/providers").then(({ status }) => status)');
  assert.equal(status, 403);
  await grace.context.close();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(ada.complaints, []);
});
