/** How the pages behave: focus and keyboard, what is asked first, secrets, themes, charts, the phone. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { eventually } from '../harness/wait.ts';
import { browserForTests, Person } from './browser.ts';
import { startPlayed } from './played/server.ts';

const browser = await browserForTests();
const played = await startPlayed();
after(() => played.stop());
const person = await Person.at(browser, played.url);
const { page } = person;
const focused = page.locator(':focus');

beforeEach(() => {
  played.asked.length = 0;
});

test('a chart leads to the requests of its time, the line of errors to those that failed', async () => {
  for (const [status, fraction] of [
    ['error', 0.97],
    [null, 0.02],
  ] as const) {
    await person.open('/overview');
    const plot = page.getByRole('figure', { name: 'Requests, Errors by time' }).locator('.u-over');
    await plot.waitFor();
    const box = await plot.boundingBox();
    assert.ok(box);
    await plot.click({ position: { x: box.width / 2, y: box.height * fraction } });
    await page.waitForURL(/\/logs\?/);
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get('status'), status);
    assert.ok(Number(searchParams.get('to')) > Number(searchParams.get('from')));
  }
});

test('a chart tells the value under the pointer, and all of them as a table', async () => {
  await person.open('/overview');
  const chart = page.getByRole('figure', { name: 'Spend by day, in UTC' });
  await chart.locator('canvas').waitFor();
  await chart.locator('.u-over').hover();
  const value = chart.locator('.chart-value');
  await value.getByText(/^[A-Z][a-z]+ \d+: \$/).waitFor();
  await person.button('Requests').click();
  const requests = page.getByRole('figure', { name: 'Requests by day, in UTC' });
  await requests.getByText('Show as a table').click();
  const rows = requests.getByRole('row');
  assert.equal(await rows.count(), new Date().getUTCDate() + 1, 'a head and every day until today');
});

test('names are text, whatever is in them', async () => {
  await person.open('/keys');
  await page.getByLabel('Show 1 revoked or expired').check();
  await page.getByText('<b>Old laptop</b>').waitFor();
});

test('a tenant is deleted only when its id is typed', async () => {
  await person.open('/settings/general');
  await person.button(/^Delete Acme/).click();
  const remove = person.button('Delete for good');
  assert.equal(await remove.isDisabled(), true);
  await page.getByLabel('Type acme to confirm').fill('Acme');
  assert.equal(await remove.isDisabled(), true);
  await page.getByLabel('Type acme to confirm').fill('acme');
  assert.equal(await remove.isDisabled(), false);
  assert.ok(!played.asked.some(({ call }) => call.startsWith('DELETE')));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a dialog takes the focus, keeps it, and gives it back', async () => {
  await person.open('/keys');
  const opener = person.button('Make a key');
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Make an API key' });
  await dialog.waitFor();
  const inside = (): Promise<unknown> =>
    page.evaluate('document.activeElement.closest("dialog") !== null');
  await dialog.getByLabel('Name').and(focused).waitFor();
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    // The browser's own bar is part of the round: then nothing of the page has the focus.
    assert.ok(
      (await inside()) || (await page.evaluate('document.activeElement === document.body')),
    );
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await opener.and(focused).waitFor();
});

test('the first Tab leads to a link past the navigation', async () => {
  await person.open('/models');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate('document.activeElement.type'), 'search');
});

test('a key is told once, and nothing secret goes into the storage of the browser', async () => {
  await person.open('/keys?new');
  await page.getByRole('dialog').getByLabel('Name').fill('CI');
  await person.button('Make the key').click();
  const secret = await person.secret();
  assert.match(secret, /^nru_/);
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 1, 'Escape does not close it');
  await person.button('Copy').first().click();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), secret);
  await person.button('I have saved it').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const stored = String(
    await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])'),
  );
  assert.equal(stored.includes('nru_'), false);
  assert.deepEqual(Object.keys((JSON.parse(stored) as object[])[0] ?? {}), ['neureus.role']);
});

test('the frame is painted before any data, and the navigation before the session', async () => {
  const slow = await Person.at(browser, played.url);
  await slow.page.route('**/assets/*.js', (route) => route.abort());
  await slow.page.goto('/overview');
  await slow.heading('Overview').waitFor();
  await slow.page.unroute('**/assets/*.js');
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await slow.page.route('**/api/session', async (route) => {
    await held;
    await route.continue();
  });
  await slow.page.goto('/overview');
  await slow.page.getByRole('link', { name: 'Models' }).waitFor();
  assert.ok(await slow.heading('Overview').isVisible());
  answer();
  await slow.page.getByText('Spent this month').waitFor();
  await slow.context.close();
});

test('the theme is chosen once and holds from the first paint on', async () => {
  await person.open('/models');
  const ground = (): Promise<string> =>
    page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const light = await ground();
  await page.getByLabel('Theme').selectOption('dark');
  // The colour of the whole page follows with the next frame.
  const dark = await eventually('dark', async () => {
    const now = await ground();
    return now === light ? undefined : now;
  });
  await page.route('**/assets/*.js', (route) => route.abort());
  await page.goto('/models');
  assert.equal(await ground(), dark);
  await page.unroute('**/assets/*.js');
  await person.open('/models');
  await page.getByLabel('Theme').selectOption('system');
  await eventually('light', async () => ((await ground()) === light ? true : undefined));
});

test('a phone has the navigation behind a button', async () => {
  const phone = await Person.at(browser, played.url, { phone: true });
  await phone.open('/overview');
  await phone.button('Open the navigation').click();
  await phone.page.getByRole('link', { name: 'API keys' }).click();
  await phone.heading('API keys').waitFor();
  await phone.page.getByRole('dialog').waitFor({ state: 'hidden' });
  const wider = await phone.page.evaluate('document.documentElement.scrollWidth > innerWidth');
  assert.equal(wider, false);
  await phone.context.close();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(person.complaints, []);
});
