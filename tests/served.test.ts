/** What a gateway serves to everybody besides the dashboard: the API document, its page, and the widget. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gatewayForTests } from './harness/gateway.ts';
import { isReadable } from './harness/sight.ts';

const gateway = await gatewayForTests({ assets: true });
const document = join(import.meta.dirname, '..', 'docs', 'openapi.json');

test('the API document, to pages of any origin, without a key', async () => {
  const response = await fetch(`${gateway.site}/openapi.json`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  assert.deepEqual(await response.json(), JSON.parse(readFileSync(document, 'utf8')));
});

test('its page, under a policy that allows no script of others', async () => {
  const response = await fetch(`${gateway.site}/reference`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.match(await response.text(), /<h1>API reference<\/h1>/);
  assert.equal((await fetch(`${gateway.site}/reference.css`)).status, 200);
});

test('its page to everybody: in light and dark, on a phone', () =>
  isReadable(`${gateway.site}/reference`, 'article:nth-of-type(n+3), .schema:nth-of-type(n+4)'));

test('the widget, to pages of any origin, in at most 15 KB compressed', async () => {
  const response = await fetch(`${gateway.site}/widget.js`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /javascript/);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
  assert.equal(response.headers.get('cache-control'), 'public, max-age=3600');
  const bytes = gzipSync(Buffer.from(await response.arrayBuffer()), { level: 9 }).length;
  assert.ok(bytes <= 15 << 10, `${bytes} bytes`);
});
