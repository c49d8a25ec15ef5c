/** The playground and the preview of a widget: answers as they are written, in a browser against the built Worker. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gatewayForTests } from '../harness/gateway.ts';
import { eventually } from '../harness/wait.ts';
import { browserForTests } from './browser.ts';
import { makeKey, newcomer } from './enter.ts';

const run = promisify(execFile);
const browser = await browserForTests();
const gateway = await gatewayForTests({ assets: true });
await gateway.putTenant('acme', { plan: 'pro' });
const ada = await newcomer(gateway, browser, 'acme', 'Ada Lovelace');
const { page } = ada;
const turns = page.locator('.turn');
const answer = page.locator('.turn.assistant .turn-text').last();
const alert = page.getByRole('alert');
const code = page.getByRole('region', { name: 'the code' });

async function send(text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.keyboard.press('Enter');
}

test('an answer shows while it is written, and stays as far as it came when it is stopped', async () => {
  await ada.open('/playground');
  await send('Count [[sandbox: tokens=9 stall=3]]');
  await ada.button('Stop').waitFor();
  const partly = await eventually('the first words', async () => {
    const text = (await answer.innerText()).trim();
    return text.split(/\s+/).length >= 3 ? text : undefined;
  });
  await ada.button('Stop').click();
  await turns.last().getByText('Not complete.').waitFor();
  assert.ok((await answer.innerText()).startsWith(partly));
  await ada.button('Send').waitFor();
  assert.equal(await alert.count(), 0, 'to stop is no failure');
});

test('an answer has its usage, cost, model and headers beside it', async () => {
  await ada.button('Start anew').click();
  await page.getByLabel('Model').selectOption('gpt-4o-mini');
  await page.getByLabel('System prompt').fill('Be brief.');
  await page.getByLabel('Temperature').fill('0.3');
  await page.getByLabel('Output cap').fill('50');
  await send('Tell me something [[sandbox: tokens=12]]');
  await page.getByText('Whole answer').waitFor();
  assert.equal(await alert.count(), 0);
  assert.ok((await answer.innerText()).trim().split(/\s+/).length >= 3);
  assert.equal(await page.locator('.turn.assistant .turn-who').innerText(), 'gpt-4o-mini');
  const facts = await page.locator('.facts dl').innerText();
  assert.match(facts, /Input\s+[1-9]\d* tokens?/);
  assert.match(facts, /Output\s+12 tokens/);
  assert.match(facts, /Cost\s+\$0\.0*[1-9]/);
  assert.match(facts, /Ended by\s+stop/);
  await page.getByText('Response headers').click();
  const headers = await page.getByRole('region', { name: 'Response headers' }).innerText();
  for (const wanted of [
    /^x-request-id: req_\w+$/m,
    /^ratelimit: /m,
    /^server-timing: \w/m,
    /^content-type: text\/event-stream/m,
  ])
    assert.match(headers, wanted);
  await ada.screenshot('desktop-light/playground_answered');
  await ada.checkPage('/playground');
});

test('the same call stands there as curl, which gets the same answer', async () => {
  const key = await makeKey(ada, 'For the shell');
  await ada.open('/playground');
  await page.getByLabel('Model').selectOption('claude-haiku-4-5');
  await page.getByLabel('System prompt').fill("Don't be long.");
  await send("What's `new`, $HOME? [[sandbox: tokens=5]]");
  await page.getByText('Whole answer').waitFor();
  const command = await code.innerText();
  const { stdout } = await run('bash', ['-c', `${command} -sS`], {
    env: { PATH: process.env['PATH'] ?? '', NEUREUS_API_KEY: key },
  });
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)) as { delta?: { content?: string }; done?: boolean });
  assert.equal(events.at(-1)?.done, true, stdout);
  const text = events.map(({ delta }) => delta?.content ?? '').join('');
  assert.equal(text.trim(), (await answer.innerText()).trim());
});

test('and as TypeScript and Python, with the same model, prompt and question', async () => {
  for (const [language, library] of [
    ['TypeScript', '@neureus/sdk'],
    ['Python', 'from openai import OpenAI'],
  ] as const) {
    await ada.button(language).click();
    const text = await code.innerText();
    assert.ok(text.includes(library), text);
    assert.ok(text.includes('claude-haiku-4-5'), text);
    assert.ok(text.includes("Don't be long."), text);
    assert.ok(text.includes("What's `new`, $HOME?"), text);
    assert.ok(text.includes(gateway.site), text);
    assert.doesNotMatch(text, /nru_/);
  }
});

test('an answer that breaks off says so, and keeps what came', async () => {
  await ada.open('/playground');
  await send('Count [[sandbox: tokens=9 cut=3]]');
  await alert.waitFor();
  await turns.last().getByText('Not complete.').waitFor();
  assert.ok((await answer.innerText()).trim().length > 0);
  await ada.checkPage('/playground (broken off)');
});

test('a question that is refused goes back to where it was typed', async () => {
  await gateway.putTenant('acme', { plan: 'pro', budgetUsd: 0 });
  await ada.open('/playground');
  await send('Are you there?');
  await alert.getByRole('link', { name: 'Billing and limits' }).waitFor();
  assert.equal(await page.getByLabel('Message').inputValue(), 'Are you there?');
  await gateway.putTenant('acme', { plan: 'pro' });
  await ada.button('Send').click();
  await page.getByText('Whole answer').waitFor();
});

test('the key of the playground is in no list and in no storage', async () => {
  await ada.open('/keys');
  await page.getByRole('row', { name: /For the shell/ }).waitFor();
  assert.equal(await page.getByRole('row', { name: /Playground/ }).count(), 0);
  const stored = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }])',
  );
  assert.doesNotMatch(String(stored), /nru_/);
});

test('what the playground used is named', async () => {
  await ada.open('/logs');
  await page
    .getByRole('cell', { name: /^Playground/ })
    .first()
    .waitFor();
  const listed = await page.evaluate(
    "fetch('/api/keys?playground=1').then((it) => it.json()).then(({ keys }) => keys.map(({ name }) => name))",
  );
  assert.deepEqual([...new Set(listed as string[])], ['Playground']);
});

test('a widget key gives the snippet, and the widget itself answers in the preview', async () => {
  await ada.open('/widget-keys');
  await ada.button('Make a widget key').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Help centre');
  await dialog.getByLabel('Origins').fill('https://help.example/path');
  await dialog.getByText(/is no origin/).waitFor();
  assert.equal(await ada.button('Make the key').isDisabled(), true);
  await dialog.getByLabel('Origins').fill('https://help.example');
  await dialog.getByLabel(/^Allow it here/).check();
  await ada.button('Make the key').click();
  const snippet = await page.getByRole('region', { name: 'the snippet' }).innerText();
  assert.match(
    snippet,
    /^<script src="http:\/\/localhost:\d+\/widget\.js" data-key="pk_\w+" async><\/script>$/,
  );
  await ada.button('Show the widget here').click();
  const widget = page.locator('neureus-chat');
  await widget.getByRole('textbox').fill('Hello [[sandbox: tokens=6]]');
  await page.keyboard.press('Enter');
  await widget.locator('.assistant:not(.wait)').waitFor();
  await widget.getByRole('button', { name: 'Send' }).waitFor();
  await ada.screenshot('desktop-light/dialog_widget_preview', 'window');
  await ada.checkPage('/widget-keys (preview)');
  await ada.button('Done').click();
  const row = page.getByRole('row', { name: /Help centre/ });
  await row.getByText('https://help.example').waitFor();
  assert.doesNotMatch(await page.content(), /pk_\w{20}/, 'the key is told once');
  await ada.checkPage('/widget-keys');
});

test('the origins of a widget key are changed, and hold from the next request on', async () => {
  await ada.open('/widget-keys');
  await ada.button('Make a widget key').first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Shop');
  await dialog.getByLabel('Origins').fill('https://shop.example');
  await ada.button('Make the key').click();
  const snippet = await page.getByRole('region', { name: 'the snippet' }).innerText();
  const key = /data-key="(\w+)"/.exec(snippet)?.[1] ?? '';
  await ada.button('Done').click();
  const from = async (origin: string): Promise<number> => {
    const response = await gateway.chat(
      key,
      { messages: [{ role: 'user', content: 'Hello' }] },
      { headers: { origin } },
    );
    await response.arrayBuffer();
    return response.status;
  };
  assert.equal(await from('https://shop.example'), 200);
  assert.equal(await from('https://new.example'), 403);
  await page.getByRole('row', { name: /Shop/ }).getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Origins').fill('https://new.example');
  await ada.button('Save').click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await from('https://new.example'), 200);
  assert.equal(await from('https://shop.example'), 403);
});

test('nothing was logged as an error, and the policy had nothing to refuse', () => {
  assert.deepEqual(ada.complaints, []);
});
