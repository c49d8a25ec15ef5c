/**
 * A real Chromium with a virtual authenticator, for the tests of the dashboard.
 *
 * In scope: people (a browser context each, with passkeys of their own), what axe finds on a page, screenshots
 * under build/screenshots. What a page logs as an error, and what the content security policy refuses, fails
 * the test that saw it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core';
import { findChromium } from '../../scripts/lib/chromium.ts';

const root = join(import.meta.dirname, '..', '..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What is waited for at most; every wait is for something that is about to happen. */
const PATIENCE_MS = 15_000;

export async function browserForTests(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    // As root in a container there is no sandbox to be had; the pages are our own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
  after(() => browser.close());
  return browser;
}

export type Device = {
  colorScheme?: 'light' | 'dark';
  phone?: boolean;
};

/** Somebody with a browser: cookies and passkeys of their own. */
export class Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[] = [];
  #devtools: CDPSession;
  #authenticator: string;

  private constructor(
    context: BrowserContext,
    page: Page,
    devtools: CDPSession,
    authenticator: string,
  ) {
    this.context = context;
    this.page = page;
    this.#devtools = devtools;
    this.#authenticator = authenticator;
    // An answer of 401, 403 and the like is logged by the browser itself; those are what tests ask for.
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error' && !/^Failed to load resource/.test(text))
        this.complaints.push(text);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async at(browser: Browser, origin: string, device: Device = {}): Promise<Person> {
    const context = await browser.newContext({
      baseURL: origin,
      colorScheme: device.colorScheme ?? 'light',
      viewport: device.phone ? { width: 390, height: 844 } : { width: 1280, height: 860 },
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Person(context, page, devtools, authenticatorId);
  }

  /** How many passkeys the authenticator holds. */
  async passkeys(): Promise<number> {
    const { credentials } = await this.#devtools.send('WebAuthn.getCredentials', {
      authenticatorId: this.#authenticator,
    });
    return credentials.length;
  }

  /** Loses the device: no passkey is left. */
  async losePasskeys(): Promise<void> {
    await this.#devtools.send('WebAuthn.clearCredentials', {
      authenticatorId: this.#authenticator,
    });
  }

  /** A second authenticator, as on a stick; what is given takes it out again. */
  async plugIn(): Promise<() => Promise<void>> {
    const { authenticatorId } = await this.#devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return async () => {
      await this.#devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    };
  }

  /** Goes to a page, and waits until it has all that it shows. */
  async open(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.locator('.loading, [aria-busy="true"]').first().waitFor({ state: 'detached' });
  }

  heading(name: string | RegExp, level = 1): ReturnType<Page['getByRole']> {
    return this.page.getByRole('heading', { name, level });
  }

  button(name: string | RegExp): ReturnType<Page['getByRole']> {
    return this.page.getByRole('button', { name });
  }

  /** The secret that the page shows just now. */
  async secret(): Promise<string> {
    return (await this.page.locator('[data-secret]').innerText()).trim();
  }

  /** Fails when axe finds something serious, the page is wider than the window, or it complained. */
  async checkPage(what: string): Promise<void> {
    await this.settled();
    const wide = await this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.ok(Number(wide) <= 0, `${what} is ${String(wide)} px wider than the window`);
    // Through the protocol, since the page's own policy lets no script in.
    await this.page.evaluate(axe);
    const { violations, passes } = (await this.page.evaluate(
      'axe.run({ resultTypes: ["violations"] })',
    )) as {
      violations: {
        id: string;
        impact: string;
        nodes: { html: string; failureSummary: string }[];
      }[];
      passes: unknown[];
    };
    assert.ok(passes.length > 10, `axe looked at ${what}`);
    const serious = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({
        id,
        where: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`),
      }));
    assert.deepEqual(serious, [], `axe on ${what}`);
    assert.deepEqual(this.complaints, [], `complaints of ${what}`);
  }

  /** The whole page, or what the window shows of it. */
  async screenshot(name: string, what: 'page' | 'window' = 'page'): Promise<void> {
    const path = join(root, 'build', 'screenshots', `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await this.settled();
    await this.page.evaluate('document.fonts.ready');
    await this.page.screenshot({ path, fullPage: what === 'page' });
  }
}
