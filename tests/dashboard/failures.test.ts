/** What the pages say and offer when the API refuses or fails, against a played one that does so at will. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { eventually } from '../harness/wait.ts';
import { browserForTests, Person } from './browser.ts';
import { startPlayed } from './played.ts';

const browser = await browserForTests();
const played = await startPlayed();
after(() => played.stop());
const person = await Person.at(browser, played.url);
const { page } = person;
const alert = page.getByRole('alert');
const focused = page.locator(':focus');

beforeEach(() => {
  played.faults.clear();
  played.asked.length = 0;
});

function refuse(status: number, error: string, message: string, details?: object) {
  return { status, body: { error, message, ...(details ? { details } : {}) } };
}

test('a session that has ended leads to the sign-in, and says where to go back to', async () => {
  await person.open('/keys');
  played.faults.set('GET /api/audit', refuse(401, 'UNAUTHORIZED', 'Invalid or missing API key'));
  await page.getByRole('link', { name: 'Audit log' }).click();
  await person.heading('Sign in').waitFor();
  assert.equal(new URL(page.url()).search, '?next=%2Faudit');
});

test('a page that one has no right to names the role, and asks the API nothing', async () => {
  const viewer = await startPlayed({ role: 'viewer' });
  const other = await Person.at(browser, viewer.url);
  await other.open('/audit');
  await other.page.getByText('This needs the role admin or higher.').waitFor();
  assert.deepEqual(
    viewer.asked.map(({ call }) => call),
    ['GET /api/session'],
  );
  await other.context.close();
  await viewer.stop();
});

test('403 says what the API said', async () => {
  played.faults.set('GET /api/members', refuse(403, 'FORBIDDEN', 'This needs the role admin'));
  await person.open('/settings/team');
  await alert.getByText('This needs the role admin').waitFor();
});

test('409 of a version that moved saves nothing and offers to read anew', async () => {
  await person.open('/keys');
  await person.button('Edit').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Another name');
  played.faults.set('PATCH /api/keys/key_aa', refuse(409, 'CONFLICT', 'Changed', { version: 2 }));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Somebody else changed this meanwhile, so nothing was saved.').waitFor();
  const change = played.asked.find(({ call }) => call === 'PATCH /api/keys/key_aa');
  assert.equal(change?.version, '"1"');
  played.asked.length = 0;
  await dialog.getByRole('button', { name: 'Reload' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.ok(played.asked.some(({ call }) => call === 'GET /api/keys'));
});

test('409 of a rule, such as the last owner, is told in its own words', async () => {
  await person.open('/settings/team');
  await page.getByLabel('Role of Ada Lovelace').selectOption('admin');
  played.faults.set(
    'PATCH /api/members/usr_1',
    refuse(409, 'CONFLICT', 'A tenant always has an owner'),
  );
  await page.getByRole('dialog').getByRole('button', { name: 'Change my role' }).click();
  await page.getByRole('dialog').getByText('A tenant always has an owner').waitFor();
  await person.button('Cancel').click();
  assert.equal(await page.getByLabel('Role of Ada Lovelace').inputValue(), 'owner');
});

test('429 counts down to the next try', async () => {
  played.faults.set('GET /api/billing', {
    ...refuse(429, 'RATE_LIMITED', 'Too many requests'),
    headers: { 'retry-after': '2' },
  });
  await person.open('/settings/billing');
  await page.getByText('Too many requests').waitFor();
  await page.getByText('Try again in 2 s.').waitFor();
  await page.getByText('You can try again now.').waitFor();
  played.faults.clear();
  await person.button('Try again').click();
  await person.heading('Plan', 2).waitFor();
});

test('402 in the playground leads to the limits, and the question is not lost', async () => {
  played.faults.set(
    'POST /ai/chat',
    refuse(402, 'PAYMENT_REQUIRED', 'The spending limit is reached'),
  );
  await person.open('/playground');
  await page.getByLabel('Message').fill('Are you there?');
  await person.button('Send').click();
  await alert.getByText('The spending limit is reached').waitFor();
  assert.equal(await alert.getByRole('link').getAttribute('href'), '/settings/billing');
  assert.equal(await page.getByLabel('Message').inputValue(), 'Are you there?');
});

test('500 gives the request id, no answer at all offers another try', async () => {
  played.faults.set('GET /api/tenant', refuse(500, 'INTERNAL_ERROR', 'Something failed'));
  await person.open('/settings/general');
  await alert.getByText('req_0aZ3kQ9dXw2Rf7TbLm5cYu').waitFor();
  played.faults.clear();
  await page.route('**/api/tenant', (route) => route.abort());
  await person.button('Try again').click();
  await alert.getByText('The gateway did not answer.').waitFor();
  await page.unroute('**/api/tenant');
  await person.button('Try again').click();
  await page.getByLabel('Name', { exact: true }).waitFor();
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
