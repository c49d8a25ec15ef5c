/** Keys, limits, usage and the audit log: in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gatewayForTests } from '../harness/gateway.ts';
import { browserForTests } from './browser.ts';
import { chatStatus, makeKey, newcomer } from './enter.ts';

const run = promisify(execFile);
const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', { plan: 'pro' });
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');
const { page } = ada;

test('a key made in the page works at once, and is refused right after it was revoked there', async () => {
  const key = await makeKey(ada, 'Backend');
  assert.equal(await chatStatus(gateway, key), 200);
  const row = page.getByRole('row', { name: /Backend/ });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await ada.button('Revoke the key').click();
  await row.waitFor({ state: 'detached' });
  assert.equal(await chatStatus(gateway, key), 401);
});

test('the command beside a new key works in a shell as it stands there', async () => {
  await ada.open('/keys?new');
  await page.getByRole('dialog').getByLabel('Name').fill('Shell');
  await ada.button('Make the key').click();
  const key = await ada.secret();
  const command = await page.getByRole('region', { name: 'the command' }).innerText();
  assert.ok(command.includes(key));
  const { stdout } = await run('bash', ['-c', `${command} -sS`]);
  assert.match(stdout, /"done":true/);
  await ada.button('I have saved it').click();
  const row = page.getByRole('row', { name: /Shell/ });
  await row.getByRole('button', { name: 'Revoke' }).click();
  await ada.button('Revoke the key').click();
  await row.waitFor({ state: 'detached' });
  const after = await run('bash', ['-c', `${command} -sS`]);
  assert.deepEqual(JSON.parse(after.stdout), {
    error: 'UNAUTHORIZED',
    message: 'Invalid or missing API key',
  });
});

test('a rotated key: the new one works, and the old one stops at once where that was asked', async () => {
  const old = await makeKey(ada, 'Rotating');
  const row = page.getByRole('row', { name: /Rotating/ });
  await row.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('radio', { name: /^At once/ }).check();
  await ada.button('Make the new key').click();
  const fresh = await ada.secret();
  await ada.button('I have saved it').click();
  assert.notEqual(fresh, old);
  assert.equal(await chatStatus(gateway, fresh), 200);
  assert.equal(await chatStatus(gateway, old), 401);
});

test('a limit and a list of models set on a key are felt by its next request', async () => {
  const key = await makeKey(ada, 'Limited');
  assert.equal(await chatStatus(gateway, key), 200);
  await page
    .getByRole('row', { name: /Limited/ })
    .getByRole('button', { name: 'Edit' })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Requests per minute').fill('0');
  await ada.button('Save').click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await chatStatus(gateway, key), 429);
  await page
    .getByRole('row', { name: /Limited/ })
    .getByRole('button', { name: 'Edit' })
    .click();
  await dialog.getByLabel('Requests per minute').fill('');
  await dialog.getByLabel('gpt-4o-mini').check();
  await ada.button('Save').click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await chatStatus(gateway, key), 403);
});

test('two at once: who was slower is told, and loses nothing that the other did', async () => {
  await makeKey(ada, 'Contended');
  await ada.open('/keys');
  await page
    .getByRole('row', { name: /Contended/ })
    .getByRole('button', { name: 'Edit' })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Mine');
  const other = await ada.context.newPage();
  await other.goto('/keys');
  await other
    .getByRole('row', { name: /Contended/ })
    .getByRole('button', { name: 'Edit' })
    .click();
  await other.getByRole('dialog').getByLabel('Name').fill('Theirs');
  await other.getByRole('button', { name: 'Save' }).click();
  await other.getByRole('dialog').waitFor({ state: 'detached' });
  await ada.button('Save').click();
  await dialog.getByText('Somebody else changed this meanwhile, so nothing was saved.').waitFor();
  await dialog.getByRole('button', { name: 'Reload' }).click();
  await page.getByRole('row', { name: /Theirs/ }).waitFor();
  await other.close();
});

test('a limit of the tenant is felt by the next request, and none goes above the plan', async () => {
  const key = await makeKey(ada, 'Tenant limit');
  await ada.open('/settings/billing');
  await page.getByLabel('Requests per minute').fill('0');
  await ada.button('Save the limits').click();
  await page.getByText('Saved. The limits hold from the next request on.').waitFor();
  assert.equal(await chatStatus(gateway, key), 429);
  await page.getByLabel('Requests per minute').fill('1000000');
  await ada.button('Save the limits').click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Requests per minute').fill('');
  await ada.button('Save the limits').click();
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await ada.settled();
  await ada.checkPage('/settings/billing');
});

test('what was used shows on the overview, by day, model and key', async () => {
  await ada.open('/overview');
  await ada.heading('By model', 2).waitFor();
  await page.getByRole('table', { name: 'Usage by model' }).getByText('meta-llm').waitFor();
  await page.getByRole('table', { name: 'Usage by key' }).getByText('Backend').waitFor();
  await ada.checkPage('/overview');
});

test('from a model or a key to its requests, by the time and the name of the key', async () => {
  await page.getByRole('table', { name: 'Usage by model' }).getByText('meta-llm').click();
  await ada.heading('Requests').waitFor();
  assert.equal(await page.getByLabel('Model').inputValue(), 'meta-llm');
  const requests = page.getByRole('table', { name: 'Requests' });
  await requests.getByText('Backend').first().waitFor();
  await page.getByLabel('Time').selectOption('The last hour');
  await ada.settled();
  assert.match(page.url(), /span=1h/);
  await requests.getByText('Backend').first().waitFor();
  await page.getByLabel('Ended').selectOption('Never heard of again');
  await page.getByText('No request fits the filter.').waitFor();
  await ada.button('Show all').click();
  await requests.getByText('Backend').first().waitFor();
  await ada
    .button(/^Details of/)
    .first()
    .click();
  await page.getByRole('dialog').getByText('Charged').waitFor();
  await page.keyboard.press('Escape');
});

test('usage is exported as CSV', async () => {
  await ada.open('/settings/billing');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    ada.button('Export CSV').click(),
  ]);
  const csv = await readFile(await file.path(), 'utf8');
  const [head = '', ...rows] = csv.trim().split(/\r?\n/);
  assert.match(head, /^day,.*requests.*cost/i);
  assert.match(rows[0] ?? '', /^\d{4}-\d\d-\d\d,[1-9]/, csv);
});

test('the audit log has it all, by filter and as CSV, and no secret', async () => {
  await ada.open('/audit');
  const events = page.getByRole('table', { name: 'Changes' });
  await events.getByText('Ada Lovelace').first().waitFor();
  assert.ok((await events.getByRole('row').count()) > 10);
  assert.doesNotMatch(await page.content(), /nru_\w{20}/);
  await ada.checkPage('/audit');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    ada.button('Export CSV').click(),
  ]);
  assert.ok((await readFile(await file.path(), 'utf8')).split('\n').length > 10);
  await page.getByLabel('From').fill('2020-01-01');
  await page.getByLabel('To').fill('2020-01-02');
  await page.keyboard.press('Tab');
  await page.getByText('No change fits the filter.').waitFor();
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(ada.complaints, []);
});
