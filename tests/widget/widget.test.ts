/**
 * The widget in a real browser, on pages of other origins than the gateway's, under a strict content security policy.
 *
 * `shop.example` and `other.example` are this machine: only the first one is among the key's origins.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { widget } from '../../scripts/widget.ts';
import { gatewayForTests } from '../harness/gateway.ts';
import type { NewKey } from '../harness/gateway.ts';
import { isAccessible, startBrowser } from '../harness/sight.ts';
import { eventually } from '../harness/wait.ts';
import { entryOf } from '../harness/watch.ts';

const root = join(import.meta.dirname, '..', '..');
const gateway = await gatewayForTests({ assets: true });
const folder = await mkdtemp(join(tmpdir(), 'neureus-widget-'));
await widget(folder);
const script = await readFile(join(folder, 'widget.js'));

const documentation = await readFile(join(root, 'docs', 'widget.md'), 'utf8');

/** What the documentation says of this gateway and this key. */
function here(found: RegExpMatchArray | null, key: string): string {
  return (found?.[1] ?? '')
    .replaceAll('https://app.neureus.ai', gateway.site)
    .replaceAll('pk_…', key)
    .replaceAll(/\s+/g, ' ');
}

/** Pages as the documentation makes them: script, element and policy stand in it. */
const documented: Record<string, (key: string) => string> = {
  '/script': (key) => here(/```html\n([^]*?)```/.exec(documentation), key),
  '/element': (key) =>
    here(/(<neureus-chat [^]*?<\/neureus-chat>)/.exec(documentation), key) +
    `<script src="${gateway.site}/widget.js" async></script>`,
};
const policy = (): string =>
  here(/allow the script and the calls: `([^`]*)`/.exec(documentation), '');

/** Serves the script, as the gateway's assets do, and pages that hold it; `?…` are its attributes. */
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  if (url.pathname === '/widget.js') {
    response.writeHead(200, {
      'content-type': 'text/javascript',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    });
    response.end(script);
    return;
  }
  const page = documented[url.pathname];
  if (page) {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; ${policy()}`,
    });
    response.end(
      `<!doctype html><html lang="en"><title>Shop</title>${page(url.searchParams.get('key') ?? '')}`,
    );
    return;
  }
  const attributes = [...url.searchParams]
    .map(([name, value]) => ` data-${name}="${value}"`)
    .join('');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      `default-src 'none'; script-src ${assets}; connect-src ${gateway.url}; ` +
      "require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'",
    'cross-origin-embedder-policy': 'require-corp',
  });
  response.end(
    `<!doctype html><html lang="en"><head><title>Shop</title></head><body><main><h1>Shop</h1></main>` +
      `<script src="${assets}/widget.js" crossorigin${attributes} async></script></body></html>`,
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const assets = `http://assets.example:${port}`;
const SHOP = `http://shop.example:${port}`;
const OTHER = `http://other.example:${port}`;

const browser = await startBrowser('--host-resolver-rules=MAP *.example 127.0.0.1');
after(async () => {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Somebody who looks at a page. */
class Visitor {
  readonly page: Page;
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // What the browser itself says of an answer such as 429.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(message.text());
      }
    });
  }

  get input(): Locator {
    return this.page.getByRole('textbox');
  }

  get answers(): Locator {
    return this.page.locator('neureus-chat .assistant');
  }

  async open(): Promise<void> {
    await this.page.getByRole('button', { name: 'Open the chat' }).click();
  }

  async ask(text: string): Promise<void> {
    await this.input.fill(text);
    await this.input.press('Enter');
  }

  /** What is said on the line for errors. */
  get apology(): Locator {
    return this.page.getByRole('alert');
  }
}

async function visit(
  origin: string,
  key: NewKey = {},
  attributes: Record<string, string> = {},
  path = '/',
): Promise<Visitor> {
  const made = await gateway.makeKey({ type: 'pk', origins: [SHOP], ...key });
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  const visitor = new Visitor(page);
  const all = { key: made.key, gateway: gateway.url, ...attributes };
  await page.goto(`${origin}${path}?${new URLSearchParams(all)}`);
  await page.locator('neureus-chat').waitFor({ state: 'attached' });
  return visitor;
}

describe('on a page that the key is made for', () => {
  test('answers stream into the chat, and the conversation goes on', async () => {
    const visitor = await visit(SHOP);
    await visitor.open();
    assert.ok(await visitor.input.evaluate((node) => node.matches(':focus')), 'one can type');
    await visitor.ask('Hello! [[sandbox: gap=30]]');
    await visitor.page.getByRole('button', { name: 'Stop the answer' }).waitFor();
    await visitor.answers.filter({ hasText: 'You said: «Hello!»' }).waitFor();
    await visitor.page.getByRole('button', { name: 'Send' }).waitFor();
    // Read out once it is complete.
    assert.match((await visitor.page.getByRole('status').textContent()) ?? '', /one token\.$/);

    await visitor.ask('And then?');
    await visitor.answers.filter({ hasText: '«And then?»' }).waitFor();
    const sent = gateway.sandbox.requests.at(-1)?.body as { messages: { role: string }[] };
    assert.deepEqual(
      sent.messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    assert.equal((await gateway.pointsOfSurface('widget')).requests.length, 1);
    assert.deepEqual(visitor.complaints, []);
  });

  test('an answer can be stopped, which stops the model', async () => {
    const visitor = await visit(SHOP);
    await visitor.open();
    await visitor.ask('stop-me [[sandbox: tokens=100000 gap=20 ignorecap]]');
    await visitor.answers.filter({ hasText: 'This is' }).waitFor();
    await visitor.page.getByRole('button', { name: 'Stop the answer' }).click();
    const entry = await entryOf(gateway, 'stop-me');
    await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
    assert.match((await visitor.answers.last().textContent()) ?? '', /This is/);
    assert.equal(await visitor.apology.isVisible(), false);
    assert.deepEqual(visitor.complaints, []);
  });

  test('leaving the page stops the model, too', async () => {
    const visitor = await visit(SHOP);
    await visitor.open();
    await visitor.ask('left-page [[sandbox: tokens=100000 gap=20 ignorecap]]');
    await visitor.answers.filter({ hasText: 'This is' }).waitFor();
    await visitor.page.close();
    const entry = await entryOf(gateway, 'left-page');
    await eventually('the leaving', () => entry.clientLeftAt ?? undefined);
  });

  test('an answer is text and never markup', async () => {
    const visitor = await visit(SHOP);
    await visitor.open();
    await visitor.ask('<img src=x onerror=alert(1)><b>bold</b>');
    await visitor.answers.filter({ hasText: '<b>bold</b>' }).waitFor();
    assert.equal(await visitor.page.locator('neureus-chat img, neureus-chat b').count(), 0);
    assert.deepEqual(visitor.complaints, []);
  });

  for (const path of Object.keys(documented)) {
    test(`the ${path.slice(1)} of the documentation works under the policy of the documentation`, async () => {
      const visitor = await visit(SHOP, {}, {}, path);
      await visitor.open();
      await visitor.ask('Hello!');
      await visitor.answers.filter({ hasText: 'You said: «Hello!»' }).waitFor();
      assert.deepEqual(visitor.complaints, []);
    });
  }

  test('the keyboard is enough', async () => {
    const visitor = await visit(SHOP);
    await visitor.page.keyboard.press('Tab');
    await visitor.page.keyboard.press('Enter');
    await visitor.input.waitFor();
    await visitor.page.keyboard.type('one');
    await visitor.page.keyboard.press('Shift+Enter');
    await visitor.page.keyboard.type('two');
    assert.equal(await visitor.input.inputValue(), 'one\ntwo');
    await visitor.page.keyboard.press('Enter');
    await visitor.answers.filter({ hasText: 'You said' }).waitFor();
    await visitor.page.keyboard.press('Escape');
    const launch = visitor.page.getByRole('button', { name: 'Open the chat' });
    assert.ok(await launch.evaluate((node) => node.matches(':focus')));
    assert.equal(await launch.getAttribute('aria-expanded'), 'false');
  });

  test('attributes set its words and its look', async () => {
    const visitor = await visit(
      SHOP,
      {},
      {
        heading: 'Ask us',
        greeting: 'Good day!',
        placeholder: 'Your question',
        accent: 'rgb(255, 220, 0)',
        radius: '3px',
        theme: 'dark',
        position: 'left',
        model: 'gpt-4o-mini',
        open: '',
      },
    );
    const dialog = visitor.page.getByRole('dialog', { name: 'Ask us' });
    await dialog.waitFor();
    await visitor.answers.filter({ hasText: 'Good day!' }).waitFor();
    const look: unknown = await visitor.page.evaluate(`(() => {
      const root = document.querySelector('neureus-chat').shadowRoot;
      const style = (selector) => getComputedStyle(root.querySelector(selector));
      return {
        accent: style('.send').backgroundColor,
        text: style('.send').color,
        radius: style('.panel').borderTopLeftRadius,
        left: root.querySelector('.panel').getBoundingClientRect().left,
      };
    })()`);
    assert.deepEqual(look, {
      accent: 'rgb(255, 220, 0)',
      text: 'rgb(0, 0, 0)',
      radius: '3px',
      left: 20,
    });
    await visitor.page.getByRole('textbox', { name: 'Your question' }).fill('x');
    await visitor.input.press('Enter');
    await visitor.answers.filter({ hasText: 'You said' }).waitFor();
    assert.equal((gateway.sandbox.requests.at(-1)?.body as { model: string }).model, 'gpt-4o-mini');
    assert.deepEqual(visitor.complaints, []);
  });

  for (const theme of ['light', 'dark']) {
    test(`axe finds nothing wrong in ${theme}`, async () => {
      const visitor = await visit(SHOP, { rpm: 1 }, { theme, greeting: 'Good day!' });
      await visitor.open();
      await visitor.ask('Hello');
      await visitor.answers.filter({ hasText: 'You said' }).waitFor();
      await visitor.ask('Again');
      await visitor.apology.filter({ hasText: 'at once' }).waitFor();
      await isAccessible(visitor.page, theme);
    });
  }
});

describe('when it is refused', () => {
  test('on a page of another origin it says so, and ends', async () => {
    const visitor = await visit(OTHER);
    await visitor.open();
    await visitor.ask('Hello');
    await visitor.apology.filter({ hasText: 'may not be used on this page' }).waitFor();
    assert.ok(await visitor.input.isDisabled());
    assert.equal(await visitor.answers.count(), 0);
    // A new chat is no way round that, and does not hide why.
    await visitor.page.getByRole('button', { name: 'Begin a new chat' }).click();
    assert.ok(await visitor.input.isDisabled());
    assert.ok(await visitor.apology.isVisible());
    assert.deepEqual(visitor.complaints, []);
  });

  test('for want of money it says so without numbers', async () => {
    const visitor = await visit(SHOP, { budgetUsd: 0 });
    await visitor.open();
    await visitor.ask('Hello');
    await visitor.apology.filter({ hasText: 'come back later' }).waitFor();
    assert.doesNotMatch((await visitor.apology.textContent()) ?? '', /\d/);
    assert.ok(await visitor.input.isDisabled());
  });

  test('by a limit it counts down, keeps the question, and goes on after it', async () => {
    const visitor = await visit(SHOP, { rpm: 30 });
    await visitor.open();
    // Uses up the burst.
    const { key } = Object.fromEntries(new URL(visitor.page.url()).searchParams) as { key: string };
    const one = { messages: [{ role: 'user', content: 'x' }], maxTokens: 1 };
    for (let spent = 0; spent < 30; spent += 1) {
      await (await gateway.chat(key, one, { headers: { origin: SHOP } })).arrayBuffer();
    }
    await visitor.ask('Is it my turn?');
    await visitor.apology.filter({ hasText: 'a lot at once' }).waitFor();
    const clock = visitor.page.getByRole('timer');
    await clock.filter({ hasText: /again in [12] seconds?\./ }).waitFor();
    assert.equal(await visitor.input.inputValue(), 'Is it my turn?');
    const send = visitor.page.getByRole('button', { name: 'Send' });
    assert.ok(await send.isDisabled());
    await clock.filter({ hasText: 'You can write again.' }).waitFor();
    assert.ok(await send.isEnabled());
    await send.click();
    await visitor.answers.filter({ hasText: '«Is it my turn?»' }).waitFor();
    assert.equal(await visitor.apology.isVisible(), false);
    assert.deepEqual(visitor.complaints, []);
  });

  test('by a backend that breaks off, what came is kept and the rest is apologised for', async () => {
    const visitor = await visit(SHOP);
    await visitor.open();
    await visitor.ask('x [[sandbox: cut=3]]');
    await visitor.apology.filter({ hasText: 'went wrong' }).waitFor();
    assert.match((await visitor.answers.last().textContent()) ?? '', /This is the/);
  });
});
