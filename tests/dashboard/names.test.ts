/** Names of any script and length, and people who are removed meanwhile: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests, Person } from './browser.ts';
import { join, makeKey, newcomer, operatorLink } from './enter.ts';

const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', {});
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');
const { page } = ada;

const html = '<img src=x onerror=alert(1)><b>bold</b>';
const arabic = 'تقرير ربع سنوي (2026)';
// The first letter of the second is Cyrillic.
const alike = ['Admin backend', '\u0410dmin backend'];
const longest = 'W'.repeat(80);

async function remove(name: string): Promise<void> {
  await ada.open('/settings/team');
  const row = page.getByRole('row', { name: new RegExp(name) });
  await row.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText(`${name} is removed.`).waitFor();
}

test('names of keys are text in any script, and what looks alike stays two', async () => {
  page.on('dialog', (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
  for (const name of [html, arabic, ...alike, longest]) await makeKey(ada, name);
  await ada.open('/keys');
  for (const name of [html, arabic, ...alike, longest])
    await page.getByRole('rowheader').getByText(name, { exact: true }).waitFor();
  assert.equal(await page.locator('table img, table b').count(), 0);
  await page.locator('span:dir(rtl)', { hasText: arabic }).waitFor();
  const previews = await page
    .getByRole('rowheader')
    .filter({ hasText: 'dmin backend' })
    .locator('.mono')
    .allInnerTexts();
  assert.equal(new Set(previews).size, 2);
  await ada.checkPage('/keys (names)');
});

test('a name of 200 characters is not cut: the page says how long it may be, and sends nothing', async () => {
  await ada.open('/keys');
  await ada.button('Make a key').first().click();
  const dialog = page.getByRole('dialog');
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.url());
  });
  await dialog.getByLabel('Name').fill('n'.repeat(200));
  await dialog.getByText('At most 80 characters; this has 200.').waitFor();
  await ada.button('Make the key').click();
  assert.equal(await dialog.getByLabel('Name').getAttribute('aria-invalid'), 'true');
  assert.deepEqual(sent, []);
  await ada.checkPage('/keys (too long)');
  // Eighty characters of which each takes two of a script's units.
  await dialog.getByLabel('Name').fill('🗝'.repeat(80));
  await ada.button('Make the key').click();
  await ada.secret();
  await ada.button('I have saved it').click();
});

test('what turns the direction of other text around is refused in words', async () => {
  await ada.open('/keys');
  await ada.button('Make a key').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('safe\u202egnp.exe');
  await dialog.getByText(/a character in it that cannot be seen/).waitFor();
  await ada.button('Cancel').click();
  // The gateway says so as well, whatever a page lets through.
  const status = await page.evaluate(
    `fetch('/api/keys', { method: 'POST', body: '{"name":"safe\\u202egnp.exe"}',
      headers: { 'content-type': 'application/json' } }).then((response) => response.status)`,
  );
  assert.equal(status, 400);
});

test('the longest names fit every page, on a desktop and on a phone', async () => {
  await ada.open('/settings/general');
  await page.getByLabel('Name', { exact: true }).fill(longest);
  await ada.button('Save').click();
  await page.getByText('Saved.').waitFor();
  await ada.open('/account');
  await page.getByRole('textbox', { name: 'Your name' }).fill(longest);
  await ada.button('Save').click();
  await page.getByText('Saved.').waitFor();
  for (const size of [
    { width: 1280, height: 860 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(size);
    for (const path of ['/overview', '/keys', '/settings/team', '/settings/general', '/account'])
      await ada.open(path).then(() => ada.checkPage(`${path} at ${size.width}`));
    await ada.open('/keys');
    await page.getByRole('row', { name: longest }).getByRole('button', { name: 'Revoke' }).click();
    await ada.checkPage(`a dialog at ${size.width}`);
    await ada.button('Cancel').click();
  }
  await page.setViewportSize({ width: 1280, height: 860 });
});

test("somebody's name in another person's page is text, too", async () => {
  const mallory = await Person.at(browser, gateway.site);
  await join(mallory, await operatorLink(gateway, 'acme', { role: 'developer' }), html);
  await ada.open('/settings/team');
  await page.getByRole('rowheader').getByText(html).waitFor();
  await page
    .getByRole('row', { name: /onerror/ })
    .getByRole('button', { name: 'Remove' })
    .click();
  await page
    .getByRole('dialog')
    .getByRole('heading', { name: /onerror/ })
    .waitFor();
  assert.equal(await page.locator('main img, dialog img').count(), 0);
  await ada.button('Cancel').click();
  await ada.open('/audit');
  await page.getByRole('table', { name: 'Changes' }).getByText(html).first().waitFor();
  assert.equal(await page.locator('main img').count(), 0);
  await mallory.context.close();
});

test('whoever is removed with a form open is told so when it is sent, and has no tenant', async () => {
  const grace = await newcomer(gateway, browser, 'acme', 'Grace Hopper', { role: 'developer' });
  await grace.open('/keys');
  await grace.button('Make a key').first().click();
  await grace.page.getByRole('dialog').getByLabel('Name').fill('Too late');
  await remove('Grace Hopper');
  await grace.button('Make the key').click();
  await grace.page.getByText('You belong to no tenant.').waitFor();
  assert.equal(await grace.page.getByRole('dialog').count(), 0);
  await grace.checkPage('/keys (removed)');
  await ada.open('/keys');
  assert.equal(await page.getByText('Too late').count(), 0);
  assert.deepEqual(grace.complaints, []);
  await grace.context.close();
});

test('whoever is removed while talking in the playground is out with the next question', async () => {
  const kate = await newcomer(gateway, browser, 'acme', 'Kate Johnson', { role: 'developer' });
  await kate.open('/playground');
  const ask = async (text: string): Promise<void> => {
    await kate.page.getByLabel('Message').fill(text);
    await kate.button('Send').click();
  };
  await ask('Hello');
  await kate.page.getByText('Whole answer').waitFor();
  await remove('Kate Johnson');
  await ask('Still there?');
  await kate.page.getByText('You belong to no tenant.').waitFor();
  assert.deepEqual(kate.complaints, []);
  await kate.context.close();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(ada.complaints, []);
});
