/** How the pages are served: each path a file, no fallback, a policy that lets nothing in, a budget. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../../dashboard/src/routes.ts';
import { scriptBytes } from '../../scripts/assets.ts';
import { errorOf } from '../harness/answer.ts';
import { gatewayForTests } from '../harness/gateway.ts';

const gateway = await gatewayForTests({ assets: true });

test('every page is a file of its own, with its title and its frame in it', async () => {
  for (const { path, title } of routes) {
    const response = await fetch(gateway.site + path, { redirect: 'manual' });
    const html = await response.text();
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.ok(html.includes(`<title>${title}</title>`), path);
    assert.ok(html.includes(`<h1>${title}</h1>`), path);
  }
});

test('a path that is no page, and an unknown path of the API, are 404s of the Worker', async () => {
  for (const path of ['/nothing', '/settings', '/api/nothing', '/api/keys.html', '/ai/nothing'])
    await errorOf(await fetch(gateway.site + path), 404);
});

test('the policy allows scripts, styles and fonts of the same origin, and nothing inline', async () => {
  const response = await fetch(`${gateway.site}/overview`);
  const html = await response.text();
  const policy = response.headers.get('content-security-policy') ?? '';
  const rules = new Map(
    policy.split(';').map((rule): [string, string] => {
      const [name = '', ...values] = rule.trim().split(' ');
      return [name, values.join(' ')];
    }),
  );
  assert.equal(rules.get('default-src'), "'none'");
  for (const name of ['script-src', 'style-src', 'font-src', 'connect-src'])
    assert.equal(rules.get(name), "'self'", name);
  for (const name of ['base-uri', 'form-action', 'frame-ancestors'])
    assert.equal(rules.get(name), "'none'", name);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
});

test('what has its hash in its name may be kept for ever, a page never', async () => {
  const response = await fetch(`${gateway.site}/overview`);
  assert.match(response.headers.get('cache-control') ?? '', /max-age=0, must-revalidate/);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await response.text())?.[1];
  const asset = await fetch(gateway.site + String(script));
  assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable');
});

test('all scripts together stay below 120 KB compressed', () => {
  const bytes = scriptBytes();
  console.log(`scripts: ${bytes} bytes compressed`);
  assert.ok(bytes <= 120 * 1024, `${bytes} bytes`);
});
