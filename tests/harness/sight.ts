/** What axe finds on a page, and whether it fits into its window. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from '../../scripts/lib/chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function startBrowser(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', ...args],
  });
}

/** Fails when axe finds anything. */
export async function isAccessible(page: Page, what: string): Promise<void> {
  // The page's policy is right to refuse this script, so it comes by the debugger.
  await page.evaluate(axe);
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes]))',
  );
  assert.deepEqual(found, [], what);
}

/**
 * Looks at a page that needs no script: in light and dark, in a wide window and on a phone. What is `alike` is taken away
 * before axe looks, which takes its time.
 */
export async function isReadable(url: string, alike = ''): Promise<void> {
  const browser = await startBrowser();
  try {
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 1280],
      ['light', 360],
      ['dark', 360],
    ] as const) {
      const what = `${colorScheme}, ${width} pixels`;
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 740 } });
      await page.goto(url);
      const wide: unknown = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(wide) <= width, `${what}: ${String(wide)}`);
      if (alike !== '') {
        const selector = JSON.stringify(alike);
        await page.evaluate(`document.querySelectorAll(${selector}).forEach((it) => it.remove())`);
      }
      await isAccessible(page, what);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
