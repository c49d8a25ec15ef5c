/** Devices whose clocks are days off: in a browser against the built Worker. What ends does so by the gateway's clock. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests, Person } from './browser.ts';
import { chatStatus, join, operatorLink } from './enter.ts';

const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
const dayMs = 86_400_000;

for (const [what, days] of [
  ['three days fast', 3],
  ['a year slow', -365],
] as const) {
  describe(`on a device whose clock is ${what}`, async () => {
    const tenant = gateway.newTenant();
    await gateway.putTenant(tenant, {});
    const ada = await Person.at(browser, gateway.site);
    await ada.context.clock.install({ time: Date.now() + days * dayMs });
    await ada.context.clock.resume();

    test('somebody joins, signs out, and signs in again', async () => {
      await join(ada, await operatorLink(gateway, tenant), 'Ada Lovelace');
      await ada.button('Sign out').click();
      await ada.heading('Sign in').waitFor();
      await ada.button('Sign in with a passkey').click();
      await ada.heading('Overview').waitFor();
      assert.deepEqual(ada.complaints, []);
    });

    test('a key for seven days is made for seven days, works, and is shown as new', async () => {
      await ada.open('/keys');
      await ada.button('Make a key').first().click();
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Weekly');
      await dialog.getByLabel('Expires').selectOption('7');
      await ada.button('Make the key').click();
      const key = await ada.secret();
      const [row] = await gateway.rows<{ expires_at_ms: number }>(
        'SELECT expires_at_ms FROM api_keys WHERE tenant_id = ? AND name = ?',
        tenant,
        'Weekly',
      );
      const left = Number(row?.expires_at_ms) - Date.now();
      assert.ok(Math.abs(left - 7 * dayMs) < dayMs / 12, `${left / dayMs} days`);
      await ada.button('I have saved it').click();
      assert.equal(await chatStatus(gateway, key), 200);
      const shown = ada.page.getByRole('row', { name: /Weekly/ });
      await shown.getByText(/ends in [67] days/).waitFor();
      assert.equal(await shown.getByText('expired').count(), 0);
    });

    test('an invitation is shown with the time that it has left', async () => {
      await ada.open('/settings/team');
      await ada.button('Invite').first().click();
      const dialog = ada.page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Make the link' }).click();
      await ada.secret();
      await ada.button('Done').click();
      await ada.page
        .getByText(/^in \d+ (days?|hours?)$/)
        .first()
        .waitFor();
      assert.deepEqual(ada.complaints, []);
    });

    test('one key of the playground does for several questions', async () => {
      await ada.open('/playground');
      for (const question of ['One', 'Two']) {
        await ada.page.getByLabel('Message').fill(question);
        await ada.page.keyboard.press('Enter');
        await ada.page.getByText('Whole answer').waitFor();
        await ada.page.getByRole('button', { name: 'Send' }).waitFor();
      }
      const rows = await gateway.rows(
        'SELECT id FROM api_keys WHERE tenant_id = ? AND passing = 1',
        tenant,
      );
      assert.equal(rows.length, 1);
    });
  });
}
