/** First run, signing in and out, one's own account: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests, Person } from './browser.ts';
import { join, operatorLink } from './enter.ts';

const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', {});

const ada = await Person.at(browser, gateway.site);
const first = await operatorLink(gateway, 'acme');

test('a first owner comes in by the link, and it is taken out of the address', async () => {
  await ada.page.goto(`/join#${first}`);
  await ada.heading('Welcome').waitFor();
  assert.equal(new URL(ada.page.url()).hash, '');
  await ada.checkPage('/join');
  await ada.page.getByLabel('Your name').fill('Ada Lovelace');
  await ada.button('Create a passkey').click();
  await ada.heading('Overview').waitFor();
  assert.equal(await ada.passkeys(), 1);
  assert.equal(await ada.page.getByRole('link', { name: 'Ada Lovelace' }).count(), 1);
});

test('a passkey that nobody knows is told so', async () => {
  const gone = await Person.at(browser, gateway.site);
  const other = await operatorLink(gateway, 'acme');
  await join(gone, other, 'Gone');
  await gone.button('Sign out').click();
  await gone.heading('Sign in').waitFor();
  // As if its account had been deleted.
  const database = await gateway.miniflare.getD1Database('DB');
  await database
    .prepare("DELETE FROM passkeys WHERE user_id IN (SELECT id FROM users WHERE name = 'Gone')")
    .run();
  await gone.button('Sign in with a passkey').click();
  await gone.page.getByText('This passkey is not known here.').waitFor();
  await gone.context.close();
});

test('the link works once', async () => {
  const late = await Person.at(browser, gateway.site);
  await late.page.goto(`/join#${first}`);
  await late.heading('This link does not work').waitFor();
  await late.context.close();
});

test('signing out ends it, and the passkey signs in again, back to where one was', async () => {
  await ada.button('Sign out').click();
  await ada.heading('Sign in').waitFor();
  await ada.page.goto('/account');
  await ada.heading('Sign in').waitFor();
  await ada.button('Sign in with a passkey').click();
  await ada.heading('Your account').waitFor();
  assert.equal(new URL(ada.page.url()).pathname, '/account');
});

test('a device without a passkey is told so in words', async () => {
  const stranger = await Person.at(browser, gateway.site);
  await stranger.open('/sign-in');
  await stranger.button('Sign in with a passkey').click();
  await stranger.page.getByRole('alert').waitFor();
  await stranger.context.close();
});

const passkeys = ada.page.getByRole('table', { name: 'Passkeys' });
const sessions = ada.page.getByRole('table', { name: 'Sessions' });

test('a second passkey is added, and renamed', async () => {
  await ada.open('/account');
  await passkeys.getByRole('row').nth(1).waitFor();
  assert.equal(await passkeys.getByRole('row').count(), 2, 'a head and one passkey');
  assert.equal(await passkeys.getByRole('button', { name: 'Remove' }).count(), 0);
  const unplug = await ada.plugIn();
  await ada.button('Add a passkey').click();
  await passkeys.getByRole('row').nth(2).waitFor();
  await passkeys.getByRole('button', { name: 'Rename' }).last().click();
  await ada.page.getByRole('dialog').getByLabel('Name').fill('On a stick');
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await passkeys.getByRole('row', { name: /On a stick/ }).waitFor();
  await unplug();
  await ada.checkPage('/account');
});

test('a passkey is removed, but not the last one', async () => {
  const row = passkeys.getByRole('row', { name: /On a stick/ });
  await row.getByRole('button', { name: 'Remove' }).click();
  await ada.button('Remove the passkey').click();
  await row.waitFor({ state: 'detached' });
  assert.equal(await passkeys.getByRole('button', { name: 'Remove' }).count(), 0);
});

test('a name is changed, and shows at once', async () => {
  await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada\u202egniK');
  await ada.page.getByText(/a character in it that cannot be seen/).waitFor();
  await ada.page.getByRole('textbox', { name: 'Your name' }).fill('Ada King');
  await ada.button('Save').click();
  await ada.page.getByRole('link', { name: 'Ada King' }).waitFor();
});

test('lost devices: a recovery link brings one in again, and ends the other sessions', async () => {
  const user = String(
    await ada.page.evaluate('fetch("/api/session").then((r) => r.json()).then((s) => s.user.id)'),
  );
  const secret = await operatorLink(gateway, 'acme', { user });
  const back = await Person.at(browser, gateway.site);
  await back.page.goto(`/join#${secret}`);
  await back.heading('Welcome back, Ada King').waitFor();
  await back.checkPage('/join (recovery)');
  await back.button('Create a passkey').click();
  await back.heading('Overview').waitFor();
  await back.open('/account');
  await back.page.getByRole('table', { name: 'Passkeys' }).getByRole('row').nth(2).waitFor();
  await back.context.close();
});

test('sessions are listed, and the others ended', async () => {
  await ada.page.goto('/account');
  await ada.page.getByRole('heading', { name: /Sign in|Your account/ }).waitFor();
  if (await ada.heading('Sign in').count()) {
    await ada.button('Sign in with a passkey').click();
    await ada.heading('Your account').waitFor();
  }
  await sessions.getByRole('row').nth(2).waitFor();
  await ada.button('Sign out the others').click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Sign out the others' }).click();
  await sessions.getByRole('row').nth(2).waitFor({ state: 'detached' });
  assert.equal(await sessions.getByText('this one').count(), 1);
});

test('somebody with a passkey joins a second tenant, and changes between the two', async () => {
  await gateway.putTenant('umbrella', {});
  const secret = await operatorLink(gateway, 'umbrella', { role: 'developer' });
  await ada.page.goto(`/join#${secret}`);
  await ada.button('Join as Ada King').click();
  await ada.heading('Overview').waitFor();
  const choice = ada.page.getByLabel('Tenant');
  await choice.waitFor();
  assert.equal(await choice.locator('option').count(), 2);
  await choice.selectOption('umbrella');
  await ada.page.getByRole('link', { name: 'Audit log' }).waitFor({ state: 'detached' });
  await choice.selectOption('acme');
  await ada.page.getByRole('link', { name: 'Audit log' }).waitFor();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(ada.complaints, []);
});
