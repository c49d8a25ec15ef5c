/**
 * Every page in light and dark, on a desktop and a phone, full and empty: screenshots under build/screenshots,
 * and nothing serious for axe in any of them.
 */
import { after, test } from 'node:test';
import { routes } from '../../dashboard/src/routes.ts';
import { browserForTests, type Device, Person } from './browser.ts';
import { startPlayed } from './played/server.ts';

const browser = await browserForTests();
const full = await startPlayed();
const empty = await startPlayed({ empty: true });
const out = await startPlayed({ session: { signedIn: false, signup: 'open', local: true } });
after(() => Promise.all([full.stop(), empty.stop(), out.stop()]));

const devices: readonly (Device & { name: string })[] = [
  { name: 'desktop-light' },
  { name: 'desktop-dark', colorScheme: 'dark' },
  { name: 'phone-light', phone: true },
  { name: 'phone-dark', phone: true, colorScheme: 'dark' },
];

for (const device of devices) {
  test(`the pages are drawn and accessible: ${device.name}`, async () => {
    const person = await Person.at(browser, full.url, device);
    for (const { path, page, open } of routes.filter((route) => !route.open)) {
      await person.open(path);
      await person.heading(/./).waitFor();
      await person.screenshot(`${device.name}/${page}`);
      await person.checkPage(`${path}${open ? '' : ' (signed in)'}`);
    }
    await person.context.close();
  });

  test(`the doors are drawn and accessible: ${device.name}`, async () => {
    const person = await Person.at(browser, out.url, device);
    for (const path of ['/sign-in', '/join#secret', '/join']) {
      await person.page.goto('about:blank');
      await person.open(path);
      await person.heading(/./).waitFor();
      await person.screenshot(`${device.name}/door${path.replace(/\W/g, '_')}`);
      await person.checkPage(path);
    }
    await person.context.close();
  });
}

for (const device of devices) {
  test(`what is asked and told in dialogs: ${device.name}`, async () => {
    const person = await Person.at(browser, full.url, device);
    const { page } = person;
    const shown = async (name: string): Promise<void> => {
      await page.getByRole('dialog').waitFor();
      await person.checkPage(name);
      await person.screenshot(`${device.name}/dialog_${name}`, 'window');
    };
    await person.open('/keys?new');
    await page.getByText('Limits, models and a profile of its own').click();
    await shown('key_made');
    await page.getByRole('dialog').getByLabel('Name').fill('CI');
    await person.button('Make the key').click();
    await person.secret();
    await shown('key_shown');
    await person.button('I have saved it').click();
    await person.button('Rotate').first().click();
    await shown('key_rotated');
    await page.keyboard.press('Escape');
    await person.button('Revoke').first().click();
    await shown('key_revoked');
    await person.open('/settings/team');
    await person.button('Invite').click();
    await shown('invited');
    await person.open('/logs');
    await person
      .button(/^Details of/)
      .first()
      .click();
    await page.getByText('Up to 5.5 metres.').waitFor();
    await shown('receipt');
    await page.keyboard.press('Escape');
    await person.open('/widget-keys');
    await person.button('Make a widget key').click();
    await page.getByRole('dialog').getByLabel('Origins').fill('*\nexample.com');
    await shown('widget_key');
    await page.keyboard.press('Escape');
    await person.open('/providers');
    await person.button(/^Replace the key/).click();
    await shown('provider_key_replaced');
    await page.keyboard.press('Escape');
    await person.button(/^Remove the key/).click();
    await shown('provider_key_removed');
    await person.open('/settings/general');
    await person.button(/^Delete/).click();
    await shown('tenant_deleted');
    if (device.phone) {
      await person.open('/overview');
      await person.button('Open the navigation').click();
      await shown('drawer');
    }
    await person.context.close();
  });
}

test('empty pages say what to do next', async () => {
  const person = await Person.at(browser, empty.url);
  for (const { path, page } of routes.filter((route) => !route.open)) {
    await person.open(path);
    await person.heading(/./).waitFor();
    await person.screenshot(`empty/${page}`);
    await person.checkPage(`${path} (empty)`);
  }
  await person.context.close();
});
