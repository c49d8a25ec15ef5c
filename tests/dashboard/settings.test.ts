/** Privacy, the forecast, rotation with a grace, and two people at once: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayForTests } from '../harness/gateway.ts';
import { eventually } from '../harness/wait.ts';
import { browserForTests } from './browser.ts';
import { chatStatus, makeKey, newcomer } from './enter.ts';

const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', { plan: 'pro' });
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');
const grace = await newcomer(gateway, browser, 'acme', 'Grace Hopper', { role: 'admin' });
const { page } = ada;
const stale = 'Somebody else changed this meanwhile, so nothing was saved.';

test('a regulated profile holds from the next request on, and the tester says the same', async () => {
  const key = await makeKey(ada, 'Ward');
  const said = 'My SSN is 123-45-6789';
  assert.equal(await chatStatus(gateway, key, said), 200);
  await ada.open('/settings/privacy');
  await page.getByRole('radio', { name: /^Healthcare/ }).check();
  await ada.button('Save').click();
  await page.getByText('Saved. It holds from the next request on.').waitFor();
  assert.equal(await chatStatus(gateway, key, said), 422);
  assert.equal(await chatStatus(gateway, key, 'Good morning'), 200);

  await page.getByLabel('Text').fill(said);
  await ada.button('Check the text').click();
  await page.getByText('Such a request is refused with 422.').waitFor();
  assert.deepEqual(await page.locator('.findings li').allInnerTexts(), ['ssn']);
  await ada.checkPage('/settings/privacy (found)');
  await page.getByLabel('Text').fill('Good morning');
  await ada.button('Check the text').click();
  await page.getByText('Nothing was found. Such a request passes.').waitFor();
});

test("a pattern of one's own is found from the next request on, and refused in the gateway's words", async () => {
  const key = await makeKey(ada, 'Insurance');
  const said = 'Please open locker KX-204518 for me';
  assert.equal(await chatStatus(gateway, key, said), 200);
  await ada.open('/settings/privacy');
  await ada.button('Add a pattern').click();
  const pattern = page.getByLabel('Name', { exact: true });
  await pattern.fill('locker');
  await page.getByLabel('Words beside it').fill('locker, box');
  await page.getByLabel('Shape').fill('AA-999999');
  await ada.button('Save').click();
  await page.getByText('Saved. It holds from the next request on.').waitFor();
  assert.equal(await chatStatus(gateway, key, said), 422);
  await page.getByLabel('Text').fill(said);
  await ada.button('Check the text').click();
  await page.locator('.findings').getByText('locker').waitFor();
  await page.getByLabel('Shape').fill('!');
  await ada.button('Save').click();
  await page.getByRole('alert').filter({ hasText: 'A shape is ASCII' }).waitFor();
  await ada.open('/settings/privacy');
  await page.getByRole('radio', { name: /^General/ }).check();
  await page.getByText('Requests will no longer be checked under healthcare.').waitFor();
  await ada.button('Save').click();
  await page.getByText('Saved. It holds from the next request on.').waitFor();
  assert.equal(await chatStatus(gateway, key, 'My SSN is 123-45-6789'), 200);
});

test('a key with a profile of its own is held to it, in a tenant without one', async () => {
  await ada.open('/keys?new');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Clinic');
  await dialog.getByText('Limits, models and a profile of its own').click();
  await dialog.getByLabel('Profile').selectOption('healthcare');
  await ada.button('Make the key').click();
  const key = await ada.secret();
  await ada.button('I have saved it').click();
  await page
    .getByRole('row', { name: /Clinic/ })
    .getByText('with the profile healthcare')
    .waitFor();
  assert.equal(await chatStatus(gateway, key, 'My SSN is 123-45-6789'), 422);
  assert.equal(await chatStatus(gateway, key, 'Good morning'), 200);
});

test('a rotated key with a grace: both work, and the old one says until when', async () => {
  const old = await makeKey(ada, 'Graceful');
  const rows = page.getByRole('row', { name: /Graceful/ });
  await rows.getByRole('button', { name: 'Rotate' }).click();
  assert.equal(await page.getByRole('radio', { name: /^In a day/ }).isChecked(), true);
  await ada.button('Make the new key').click();
  const fresh = await ada.secret();
  await ada.button('I have saved it').click();
  assert.notEqual(fresh, old);
  assert.equal(await chatStatus(gateway, fresh), 200);
  assert.equal(await chatStatus(gateway, old), 200);
  await rows.nth(1).waitFor();
  assert.equal(await rows.count(), 2);
  const ending = rows.filter({ hasText: 'expires soon' });
  assert.match(await ending.innerText(), /ends (in 2\d hours|tomorrow)/);
});

test('what was spent, its forecast and what is set aside stand on the billing page', async () => {
  await ada.open('/settings/billing');
  const figure = async (label: string): Promise<number> => {
    const text = await page.locator('.figures > div').filter({ hasText: label }).innerText();
    return Number(/\$([\d.,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
  };
  const spent = await figure('Spent this month');
  assert.ok(spent > 0);
  assert.ok((await figure('Forecast for the month')) >= spent);
  assert.equal(await figure('Set aside'), 0);
  assert.equal(await figure('Spending limit'), 500);
  for (const [by, what] of [
    ['Model', 'meta-llm'],
    ['Key', 'Ward'],
  ] as const) {
    await page
      .getByRole('group', { name: 'Usage by' })
      .getByRole('button', { name: by, exact: true })
      .click();
    await page.getByRole('table').getByText(what).waitFor();
  }
});

test('two at once on the name of the tenant: the slower is told, reads anew, and can go on', async () => {
  await ada.open('/settings/general');
  await grace.open('/settings/general');
  await grace.page.getByLabel('Name', { exact: true }).fill('Acme by Grace');
  await grace.button('Save').click();
  await grace.page.getByText('Saved.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Acme by Ada');
  await ada.button('Save').click();
  await page.getByText(stale).waitFor();
  await ada.button('Reload').click();
  await page.getByText(stale).waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Acme by Grace');
  await page.getByLabel('Name', { exact: true }).fill('Acme Robotics');
  await ada.button('Save').click();
  await page.getByText('Saved.').waitFor();
  await page.locator('.side').getByText('Acme Robotics').first().waitFor();
});

test('two at once on the limits: neither overwrites what the other has set', async () => {
  await ada.open('/settings/billing');
  await grace.open('/settings/billing');
  await grace.page.getByLabel('Requests per minute').fill('40');
  await grace.button('Save the limits').click();
  await grace.page.getByText('Saved. The limits hold from the next request on.').waitFor();
  await page.getByLabel('Spend per month, USD').fill('7');
  await ada.button('Save the limits').click();
  await page.getByText(stale).waitFor();
  await ada.button('Reload').click();
  await page.getByText(stale).waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Requests per minute').inputValue(), '40');
  assert.equal(await page.getByLabel('Spend per month, USD').inputValue(), '');
});

test('two at once on the privacy: the stricter setting is not lost', async () => {
  await ada.open('/settings/privacy');
  await grace.open('/settings/privacy');
  await grace.page.getByRole('radio', { name: /^Finance/ }).check();
  await grace.button('Save').click();
  await grace.page.getByText('Saved. It holds from the next request on.').waitFor();
  await page.getByRole('radio', { name: /^Flag/ }).check();
  await ada.button('Save').click();
  await page.getByText(stale).waitFor();
  await ada.button('Reload').click();
  await page.getByText(stale).waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('radio', { name: /^Finance/ }).isChecked(), true);
});

test('two at once on the alert rules: the slower is told, and what the other set is kept', async () => {
  const rule = { name: 'Failed requests' };
  const least = 'With at least (requests)';
  await ada.open('/alerts');
  await grace.open('/alerts');
  await grace.page.getByRole('group', rule).getByLabel(least).fill('7');
  await grace.button('Save the rules').click();
  await grace.page.getByText('Saved. The next look goes by these rules.').waitFor();
  await page.getByRole('group', rule).getByLabel('From (%)').fill('9');
  await ada.button('Save the rules').click();
  await page.getByText(stale).waitFor();
  await ada.button('Reload').click();
  await page.getByText(stale).waitFor({ state: 'detached' });
  const reads = (label: string, text: string): Promise<true> =>
    eventually(`${label} is ${text}`, async () => {
      const field = page.getByRole('group', rule).getByLabel(label);
      return (await field.inputValue()) === text || undefined;
    });
  await reads(least, '7');
  await reads('From (%)', '5');
  await ada.button('Back to the defaults').click();
  await ada.button('Take the defaults').click();
  await page.getByText('The rules are the defaults again.').waitFor();
  await reads(least, '20');
});

test('what the operator asks for is told, and nothing is kept under it whatever is chosen', async () => {
  await gateway.putTenant('ruled', { profile: 'finance' });
  const owner = await newcomer(gateway, browser, 'ruled', 'Ruth');
  await owner.open('/settings/privacy');
  await owner.page.getByText('The operator asks for the profile finance.').waitFor();
  await owner.page.getByRole('radio', { name: /^General/ }).check();
  const texts = owner.page.getByRole('checkbox', { name: 'Keep what is asked and answered' });
  assert.equal(await texts.isDisabled(), true);
  await owner.button('Save').click();
  await owner.page.getByText('Saved. It holds from the next request on.').waitFor();
  const key = await makeKey(owner, 'Ruled');
  assert.equal(await chatStatus(gateway, key, 'My SSN is 123-45-6789'), 422);
  await owner.context.close();
});

test('two at once on a role: the slower is told, and sees the role that holds', async () => {
  const kate = await newcomer(gateway, browser, 'acme', 'Katherine Johnson', { role: 'viewer' });
  await kate.context.close();
  const role = 'Role of Katherine Johnson';
  await ada.open('/settings/team');
  await grace.open('/settings/team');
  await grace.page.getByLabel(role).selectOption('developer');
  await grace.page.getByText('Katherine Johnson is a developer now.').waitFor();
  await page.getByLabel(role).selectOption('admin');
  await page.getByText(stale).waitFor();
  await ada.button('Reload').click();
  await page.getByText(stale).waitFor({ state: 'detached' });
  await page.getByLabel(role).locator('option:checked', { hasText: 'developer' }).waitFor({
    state: 'attached',
  });
});

test('a way back in is offered for those below oneself alone', async () => {
  const offers = async (person: typeof ada, of: RegExp): Promise<number> => {
    const row = person.page.getByRole('row', { name: of });
    await row.waitFor();
    return row.getByRole('button', { name: 'Recovery link' }).count();
  };
  const second = await newcomer(gateway, browser, 'acme', 'Mary Jackson');
  await second.open('/settings/team');
  assert.equal(await offers(second, /Ada Lovelace/), 0);
  assert.equal(await offers(second, /Grace Hopper/), 1);
  await grace.open('/settings/team');
  assert.equal(await offers(grace, /Ada Lovelace/), 0);
  assert.equal(await offers(grace, /Katherine Johnson/), 1);
  await second.context.close();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual([...ada.complaints, ...grace.complaints], []);
});
