/** Reading Analytics Engine, against a socket that plays its API. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { QUERIES, read } from './lib/analytics.ts';

const ID = '0123456789abcdef0123456789abcdef';
const asked: { url: string; authorization: string; body: string }[] = [];
let status = 200;

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    asked.push({
      url: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body,
    });
    response.writeHead(status).end(
      status === 200
        ? JSON.stringify({
            meta: [
              { name: 'model', type: 'String' },
              { name: 'requests', type: 'UInt64' },
            ],
            data: [{ model: 'meta-llm', requests: '1200' }],
            rows: 1,
          })
        : 'no such table',
    );
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
after(() => new Promise((resolve) => server.close(resolve)));
const account = {
  id: ID,
  token: 'token',
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
};

test('a query is sent as the API takes it, and numbers come as numbers', async () => {
  const rows = await read(account, 'SELECT 1');
  assert.deepEqual(rows, [{ model: 'meta-llm', requests: 1200 }]);
  assert.deepEqual(asked.at(-1), {
    url: `/accounts/${ID}/analytics_engine/sql`,
    authorization: 'Bearer token',
    body: 'SELECT 1\nFORMAT JSON',
  });
});

test('a refusal says why', async (t) => {
  t.after(() => (status = 200));
  status = 422;
  await assert.rejects(read(account, 'SELECT 1'), /answered 422: no such table/);
  await assert.rejects(read({ ...account, id: '../x' }, 'SELECT 1'), /32 hexadecimal/);
});

test('every query accounts for sampling and knows its tenant', () => {
  for (const { name, sql } of QUERIES) {
    assert.match(sql('30d'), /_sample_interval/, name);
    assert.doesNotMatch(sql('30d'), /\bCOUNT\b|\bAVG\b/i, name);
    assert.match(sql('24h', 'acme'), /index1 = 'acme'/, name);
    assert.throws(() => sql('24h', "x' OR 1=1 --"), /no id/);
  }
});
