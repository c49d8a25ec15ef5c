/**
 * The queries of `npm run metrics:sql` and of docs/metrics.md, run against a played SQL API: a row that stands for ten
 * points has to count as ten.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { read, QUERIES } from '../scripts/lib/analytics.ts';
import { capture } from '../scripts/lib/process.ts';
import { blocksOf } from './documents/blocks.ts';
import { Engine, HOUR_S } from './harness/engine.ts';

const ID = '0123456789abcdef0123456789abcdef';
const TOKEN = 'token-of-the-tests';

const requests = { table: 'neureus_requests', index: 'acme' };
const tokens = { table: 'neureus_tokens', index: 'acme' };
const engine = new Engine([
  // Ten fast ones behind one row, and one slow one that failed.
  {
    ...requests,
    ago: 60,
    interval: 10,
    blobs: {
      2: '/ai/chat',
      4: 'meta-llm',
      5: 'sandbox',
      6: 'key_1',
      7: 'complete',
      8: 'stream',
    },
    doubles: { 1: 200, 2: 100, 3: 40 },
  },
  {
    ...requests,
    ago: 60,
    interval: 1,
    blobs: { 2: '/ai/chat', 4: 'meta-llm', 5: 'sandbox', 6: 'key_1', 7: 'UPSTREAM_ERROR' },
    doubles: { 1: 502, 2: 9_000, 3: 0 },
  },
  // Longer ago than a day, and of another tenant.
  {
    ...requests,
    ago: 40 * HOUR_S,
    interval: 100,
    blobs: { 4: 'gpt-4o', 5: 'openai', 6: 'key_1', 7: 'complete' },
    doubles: { 1: 200 },
  },
  {
    ...requests,
    index: 'other',
    ago: 60,
    interval: 1_000,
    blobs: { 4: 'gpt-4o', 5: 'openai', 6: 'key_2', 7: 'complete' },
    doubles: { 1: 200 },
  },
  {
    ...tokens,
    ago: 60,
    interval: 10,
    blobs: { 5: 'docs' },
    doubles: { 1: 20, 2: 30, 4: 1_500_000 },
  },
  { ...tokens, ago: 60, interval: 1, blobs: { 5: 'docs' }, doubles: { 1: 7, 2: 9, 4: 500_000 } },
  { table: 'neureus_auth', index: '-', ago: 60, interval: 3, blobs: { 2: 'revoked' }, doubles: {} },
]);

const asked: string[] = [];
const server = createServer((request, response) => {
  let sql = '';
  request.setEncoding('utf8').on('data', (chunk) => (sql += chunk));
  request.on('end', () => {
    asked.push(sql);
    const known =
      request.method === 'POST' &&
      request.url === `/accounts/${ID}/analytics_engine/sql` &&
      request.headers.authorization === `Bearer ${TOKEN}`;
    if (!known) return void response.writeHead(403).end('{"errors":[{"message":"no"}]}');
    try {
      response.end(JSON.stringify(engine.query(sql)));
    } catch (error) {
      response.writeHead(422).end(`${error}`);
    }
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const account = { id: ID, token: TOKEN, url };

function sqlOf(name: string, tenant?: string): string {
  const found = QUERIES.find((query) => query.name === name) ?? assert.fail(`no query ${name}`);
  return found.sql('24h', tenant);
}

describe('the reader of the SQL API', () => {
  test('counts a sampled row as often as it stands for, in the window and of the tenant', async () => {
    const [row, ...more] = await read(account, sqlOf('requests', 'acme'));
    assert.deepEqual(more, []);
    assert.deepEqual([row?.['model'], row?.['requests'], row?.['failed']], ['meta-llm', 11, 1]);
    const all = await read(account, sqlOf('requests'));
    assert.deepEqual(
      all.map(({ requests }) => requests),
      [1_000, 11],
    );
  });

  test('weighs percentiles, tokens and money', async () => {
    const [latency] = await read(account, sqlOf('latency', 'acme'));
    assert.deepEqual(
      [latency?.['requests'], latency?.['p50_ms'], latency?.['p95_ms']],
      [11, 100, 9_000],
    );
    assert.deepEqual(await read(account, sqlOf('spend', 'acme')), [
      { surface: 'docs', requests: 11, input_tokens: 207, output_tokens: 309, usd: 0.0155 },
    ]);
    assert.deepEqual(await read(account, sqlOf('auth')), [{ reason: 'revoked', requests: 3 }]);
  });

  test('has only queries that weigh every row', async () => {
    for (const { name } of QUERIES) {
      const sql = sqlOf(name, 'acme');
      assert.match(sql, /SUM\(_sample_interval\)/, name);
      assert.doesNotMatch(sql, /\b(COUNT|AVG)\b/i, name);
      await read(account, sql);
    }
  });

  test('says what the API refuses, and asks for nobody whose id is SQL', async () => {
    await assert.rejects(read({ ...account, token: 'wrong' }, sqlOf('auth')), /answered 403/);
    await assert.rejects(read({ ...account, id: 'x' }, sqlOf('auth')), /32 hexadecimal/);
    assert.throws(() => sqlOf('auth', "' OR 1=1 --"), /no id of a tenant/);
  });
});

describe('the queries of the documentation', () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'metrics.md'), 'utf8');
  const queries = blocksOf(page).filter(({ language }) => language === 'sql');

  test('run, and weigh every row', async () => {
    assert.equal(queries.length, 6);
    for (const { text, line } of queries) {
      assert.match(text, /_sample_interval/, `line ${line}`);
      assert.doesNotMatch(text, /\b(COUNT|AVG)\b/i, `line ${line}`);
      assert.ok((await read(account, text)).length > 0, `line ${line}`);
    }
  });

  test('tell how many were refused in an hour', async () => {
    const rows = await read(account, queries[0]?.text ?? '');
    const sum = (name: string): number => rows.reduce((all, row) => all + Number(row[name]), 0);
    assert.deepEqual([sum('requests'), sum('refused')], [11, 1]);
  });
});

describe('npm run metrics:sql', () => {
  const run = (args: string[], env: Record<string, string> = {}): ReturnType<typeof capture> =>
    capture(
      process.execPath,
      [join(import.meta.dirname, '..', 'scripts', 'metrics_sql.ts'), ...args],
      { env: { ...process.env, ...env } },
    );

  test('prints every query ready to run', async () => {
    const { code, stdout } = await run(['--window', '30d', '--tenant', 'acme']);
    assert.equal(code, 0);
    for (const { name } of QUERIES) assert.match(stdout, new RegExp(`^-- ${name}: `, 'm'));
    assert.match(stdout, /INTERVAL '30' DAY\n  AND index1 = 'acme'/);
  });

  test('runs them where an account and a token are configured', async () => {
    const without = await run(['--run', 'auth'], {
      CLOUDFLARE_ACCOUNT_ID: '',
      CLOUDFLARE_API_TOKEN: '',
    });
    assert.equal(without.code, 2);
    const before = asked.length;
    const { code, stdout } = await run(['--run', 'auth'], {
      CLOUDFLARE_ACCOUNT_ID: ID,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_API_BASE_URL: url,
    });
    assert.equal(code, 0);
    assert.match(stdout, /revoked.*3/);
    assert.equal(asked.length, before + 1);
  });
});
