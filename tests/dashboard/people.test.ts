/** Colleagues, roles, ways back in, and the end of a tenant: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests, Person } from './browser.ts';
import { chatStatus, join, makeKey, newcomer } from './enter.ts';

const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', {});
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');

const grace = await Person.at(browser, gateway.site);

test('a colleague invited as viewer sees, and changes nothing', async () => {
  await ada.open('/settings/team');
  await ada.button('Invite').click();
  await ada.page.getByLabel('For whom').fill('Grace, compilers');
  await ada.page.getByRole('radio', { name: /^viewer/ }).check();
  await ada.button('Make the link').click();
  const url = new URL(await ada.secret());
  await ada.button('Done').click();
  await ada.page.getByText('Grace, compilers').waitFor();

  await join(grace, url.hash.slice(1), 'Grace Hopper');
  const links = grace.page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  assert.deepEqual(await links.allInnerTexts(), [
    'Overview',
    'Models',
    'Alerts',
    'Requests',
    'Team',
    'Billing and limits',
    'Privacy',
    'General',
  ]);
  await grace.open('/playground');
  await grace.page.getByText('This needs the role developer or higher.').waitFor();
  await grace.open('/settings/team');
  assert.equal(await grace.button('Invite').count(), 0);
  assert.equal(await grace.page.getByLabel(/^Role of/).count(), 0);
  // The server says so as well, whatever a page shows.
  for (const [method, path] of [
    ['POST', '/api/keys'],
    ['POST', '/api/invitations'],
    ['POST', '/api/playground/key'],
    ['PATCH', '/api/billing'],
  ]) {
    const status = await grace.page.evaluate(
      `fetch(${JSON.stringify(path)}, { method: ${JSON.stringify(method)}, body: '{"role":"viewer","name":"x"}',
        headers: { 'content-type': 'application/json' } }).then((response) => response.status)`,
    );
    assert.equal(status, 403, `${method} ${path}`);
  }
});

let graceKey = '';

test('promoted, she makes a key of her own', async () => {
  await ada.open('/settings/team');
  await ada.page.getByLabel('Role of Grace Hopper').selectOption('developer');
  await ada.page.getByText('Grace Hopper is a developer now.').waitFor();
  graceKey = await makeKey(grace, 'Compiler');
  assert.equal(await chatStatus(gateway, graceKey), 200);
});

test('made a viewer again, her key stops with the next request', async () => {
  await ada.open('/settings/team');
  await ada.page.getByLabel('Role of Grace Hopper').selectOption('viewer');
  await ada.page.getByText('Grace Hopper is a viewer now.').waitFor();
  assert.equal(await chatStatus(gateway, graceKey), 403);
});

test('the last owner can neither step down nor leave', async () => {
  await ada.open('/settings/team');
  await ada.page.getByLabel('Role of Ada Lovelace').selectOption('admin');
  await ada.button('Change my role').click();
  await ada.page.getByRole('dialog').getByRole('alert').waitFor();
  await ada.button('Cancel').click();
  await ada.button('Leave').click();
  await ada.button('Leave the tenant').click();
  await ada.page.getByRole('dialog').getByRole('alert').waitFor();
  await ada.button('Cancel').click();
  assert.equal(await ada.page.getByLabel('Role of Ada Lovelace').inputValue(), 'owner');
});

test('a lost passkey: a recovery link from the owner, and she is in again', async () => {
  await grace.button('Sign out').click();
  await grace.heading('Sign in').waitFor();
  await grace.losePasskeys();
  await ada.open('/settings/team');
  await ada.button('Recovery link').click();
  await ada.button('Make the link').click();
  const url = new URL(await ada.secret());
  await ada.button('Done').click();
  await grace.page.goto(`/join#${url.hash.slice(1)}`);
  await grace.heading(/^Welcome back/).waitFor();
  await grace.button('Create a passkey').click();
  await grace.heading('Overview').waitFor();
  await grace.open('/account');
  const keys = grace.page.getByRole('table', { name: 'Passkeys' }).getByRole('row');
  assert.equal(await keys.count(), 3, 'a head and two passkeys');
  await grace.checkPage('/account');
});

test('whoever is removed is out at once, and the keys go along', async () => {
  await ada.open('/settings/team');
  await ada.page.getByLabel('Role of Grace Hopper').selectOption('developer');
  await ada.page.getByText('Grace Hopper is a developer now.').waitFor();
  assert.equal(await chatStatus(gateway, graceKey), 200);
  await ada.page
    .getByRole('row', { name: /Grace Hopper/ })
    .getByRole('button', { name: 'Remove' })
    .click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await ada.page.getByText('Grace Hopper is removed.').waitFor();
  assert.equal(await chatStatus(gateway, graceKey), 401);
  await grace.open('/overview');
  await grace.page.getByText('You belong to no tenant.').waitFor();
});

test('a tenant is deleted by typing its id; its keys are refused', async () => {
  await gateway.putTenant('gone', {});
  const owner = await newcomer(gateway, browser, 'gone', 'Omar');
  const key = await makeKey(owner, 'Server');
  assert.equal(await chatStatus(gateway, key), 200);
  await owner.open('/settings/general');
  await owner.button(/^Delete /).click();
  await owner.page.getByLabel('Type gone to confirm').fill('gone');
  await owner.button('Delete for good').click();
  // It was the only one, so the person is gone with it.
  await owner.heading('Sign in').waitFor();
  assert.equal(await chatStatus(gateway, key), 401);
  await owner.context.close();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual([...ada.complaints, ...grace.complaints], []);
});
