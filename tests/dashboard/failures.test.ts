/** What the pages say and offer when the API refuses or fails, against a played one that does so at will. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { browserForTests, Person } from './browser.ts';
import { startPlayed } from './played/server.ts';

const browser = await browserForTests();
const played = await startPlayed();
after(() => played.stop());
const person = await Person.at(browser, played.url);
const { page } = person;
const alert = page.getByRole('alert');

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

test('a role that was taken away meanwhile shows as soon as something is refused for it', async () => {
  const shrinking = await startPlayed();
  const other = await Person.at(browser, shrinking.url);
  await other.open('/overview');
  const audit = other.page.getByRole('link', { name: 'Audit log' });
  await audit.waitFor();
  shrinking.faults.set('GET /api/session', {
    body: {
      signedIn: true,
      user: { id: 'usr_1', name: 'Ada Lovelace' },
      tenants: [{ id: 'acme', name: 'Acme Robotics', role: 'viewer' }],
      tenant: 'acme',
    },
  });
  shrinking.faults.set('GET /api/audit', refuse(403, 'FORBIDDEN', 'This needs the role admin'));
  await audit.click();
  await other.page.getByText('This needs the role admin or higher.').waitFor();
  assert.equal(await audit.count(), 0);
  await other.context.close();
  await shrinking.stop();
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

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(person.complaints, []);
});
