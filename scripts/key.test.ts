import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

type Seen = { authorization: string | undefined; body: unknown };
const seen: Seen[] = [];
let url = '';

/** The part of a gateway that the command needs. */
const gateway = createServer(async (request, response) => {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  if (request.url === '/health') return reply(200, { status: 'ok', product: 'neureus' });
  const body = JSON.parse((await request.setEncoding('utf8').toArray()).join('')) as object;
  seen.push({ authorization: request.headers.authorization, body });
  if ('budgetUsd' in body && Number(body.budgetUsd) > 1_000_000) {
    return reply(400, { error: 'BAD_REQUEST', message: 'too much', details: { field: 'b' } });
  }
  return reply(201, { key: 'nru_secret', keyId: 'key_1', tenantId: 'ten_1' });
});

before(async () => {
  await once(gateway.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
});
after(() => gateway.close());

async function key(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'key.ts'), ...args], {
    env: { ...process.env, NEUREUS_URL: url, OPERATOR_TOKEN: 'token' },
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (text.stdout += chunk));
  child.stderr.on('data', (chunk) => (text.stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...text };
}

test('--json prints one JSON object and nothing else', async () => {
  const made = await key('--json');
  assert.equal(made.code, 0);
  assert.deepEqual(JSON.parse(made.stdout), {
    key: 'nru_secret',
    keyId: 'key_1',
    tenantId: 'ten_1',
  });
  assert.equal(made.stdout.trim().split('\n').length, 1);
  assert.deepEqual(seen.at(-1), {
    authorization: 'Bearer token',
    body: { tenant: 'demo', type: 'nru', role: 'owner' },
  });
});

test('every option reaches the gateway', async () => {
  const flags = ['--type=pk', '--role=viewer', '--tenant=acme', '--profile=finance'];
  const limits = ['--rpm=20', '--tpm=4000', '--concurrency=2', '--budget-usd=2.50'];
  await key(...flags, ...limits, '--origins', 'https://a.example, https://b.example', '--name=web');
  assert.deepEqual(seen.at(-1)?.body, {
    tenant: 'acme',
    type: 'pk',
    role: 'viewer',
    name: 'web',
    profile: 'finance',
    rpm: 20,
    tpm: 4000,
    concurrency: 2,
    budgetUsd: 2.5,
    origins: ['https://a.example', 'https://b.example'],
  });
});

test('a refusal of the gateway is shown in its words', async () => {
  const refused = await key('--json', '--budget-usd', '2000000');
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, /^error: the gateway refused \(400\): too much/);
});

test('a wrong option is one sentence and exit code 2', async () => {
  const before = seen.length;
  const wrong = [
    ['--colour', 'red'],
    ['stray'],
    ['--type', 'sk'],
    ['--role', 'boss'],
    ['--tenant', 'A b'],
    ['--rpm', '0'],
    ['--rpm', '1.5'],
    ['--tpm', '0'],
    ['--concurrency', 'x'],
    ['--budget-usd', '-1'],
    ['--budget-usd', '0.0000000001'],
    ['--budget-usd', '1e3'],
    ['--profile', 'military'],
    ['--type', 'pk'],
    ['--origins', 'https://a.example'],
    ['--remote', 'app.neureus.ai'],
    ['--remote', 'http://app.neureus.ai'],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await key(...args);
    assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [2, '', 1], args.join(' '));
    assert.match(stderr, /^error: /, args.join(' '));
  }
  assert.equal(seen.length, before);
});
