/** `npm run admin`: each command against a running gateway, and what it says to bad options. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { admin } from './harness/admin.ts';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import { Person, personOf } from './harness/person.ts';

const gateway = await gatewayForTests();

/** What a command prints for people; it has to go well. */
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await admin(gateway, args);
  assert.deepEqual([code, stderr], [0, ''], args.join(' '));
  return stdout.trim();
}

/** What it prints with `--json`: one object and nothing else. */
async function json(...args: string[]): Promise<Record<string, unknown>> {
  const text = await told(...args, '--json');
  assert.equal(text.split('\n').length, 1);
  return JSON.parse(text) as Record<string, unknown>;
}

async function chat(key: string): Promise<number> {
  const response = await gateway.chat(key, say('hi'));
  await response.arrayBuffer();
  return response.status;
}

describe('tenants', () => {
  test('are listed, beyond a page, and shown', async () => {
    const made = await Promise.all(
      Array.from({ length: 103 }, () =>
        gateway.operator('PUT', `/tenants/${gateway.newTenant()}`, {}),
      ),
    );
    for (const response of made) assert.equal(response.status, 200);
    const { tenantId } = await gateway.makeKey();
    await personOf(gateway, { tenant: tenantId });
    const { tenants } = (await json('tenants')) as { tenants: Record<string, unknown>[] };
    assert.ok(tenants.length >= 104);
    assert.equal(new Set(tenants.map(({ id }) => id)).size, tenants.length);
    const own = tenants.find(({ id }) => id === tenantId);
    assert.deepEqual([own?.['members'], own?.['keys'], own?.['suspended']], [1, 1, false]);
    assert.match(await told('tenants'), new RegExp(`^${tenantId} .*1 members, 1 keys`, 'm'));

    const shown = await json('tenant', '--tenant', tenantId);
    assert.deepEqual([shown['tenantId'], shown['suspended']], [tenantId, false]);
    assert.match(
      await told('tenant', '--tenant', tenantId),
      new RegExp(`^tenantId +${tenantId}$`, 'm'),
    );
  });

  test('get plans and limits, one by one, and the others stay', async () => {
    const { key, tenantId } = await gateway.makeKey();
    const tenant = ['--tenant', tenantId];
    await json('plan', ...tenant, '--plan', 'free', '--max-plan', 'scale');
    const limited = await json('limits', ...tenant, '--rpm', '0', '--budget-usd', '2.5');
    const { plan, maxPlan, rpm, budgetUsd, tpm } = limited;
    assert.deepEqual([plan, maxPlan, rpm, budgetUsd, tpm], ['free', 'scale', 0, 2.5, null]);
    assert.equal(await chat(key), 429);
    const shadow = await json('shadow', ...tenant);
    assert.deepEqual([shadow['shadow'], shadow['rpm'], shadow['plan']], [true, 0, 'free']);
    assert.equal(await chat(key), 200);
    assert.equal((await json('shadow', ...tenant, '--off'))['shadow'], false);
    assert.equal(await chat(key), 429);
    const freed = await json('limits', ...tenant, '--rpm', 'none', '--concurrency', '3');
    assert.deepEqual([freed['rpm'], freed['concurrency'], freed['budgetUsd']], [null, 3, 2.5]);
    assert.equal((await json('plan', ...tenant, '--plan', 'none'))['plan'], null);
  });

  test('are suspended and go on', async () => {
    const { key, tenantId } = await gateway.makeKey();
    assert.equal(await told('suspend', '--tenant', tenantId), `${tenantId} is suspended.`);
    await errorOf(await gateway.chat(key, say('hi')), 403);
    assert.equal((await json('suspend', '--tenant', tenantId, '--off'))['suspended'], false);
    assert.equal(await chat(key), 200);
  });

  test('are checked: what differs is mended and named', async () => {
    const { keyId, tenantId } = await gateway.makeKey();
    assert.equal(await told('check', '--tenant', tenantId), 'The stores agree.');
    const database = await gateway.miniflare.getD1Database('DB');
    await database.prepare('DELETE FROM api_keys WHERE id = ?').bind(keyId).run();
    const mended = await told('check', '--tenant', tenantId);
    assert.match(mended, /^mended:\n/);
    assert.ok(mended.includes(keyId));
    const after = await json('check', '--tenant', tenantId);
    assert.ok(Object.values(after).every((list) => Array.isArray(list) && list.length === 0));
  });

  test('are deleted, by whoever names them twice', async () => {
    const { key, tenantId } = await gateway.makeKey();
    for (const confirm of [[], ['--confirm', 'another']]) {
      const refused = await admin(gateway, ['delete', '--tenant', tenantId, ...confirm]);
      assert.deepEqual([refused.code, refused.stdout], [2, '']);
    }
    assert.equal(await chat(key), 200);
    const done = await json('delete', '--tenant', tenantId, '--confirm', tenantId);
    assert.deepEqual(done, { tenantId, deleted: true });
    assert.equal(await chat(key), 401);
    const { tenants } = (await json('tenants')) as { tenants: Record<string, unknown>[] };
    assert.ok(tenants.find(({ id }) => id === tenantId)?.['deletedAtMs']);
  });
});

test('a link lets an owner in', async () => {
  const { tenantId } = await gateway.makeKey();
  const made = await json('link', '--tenant', tenantId, '--note', 'for Ada', '--expires-in', '600');
  assert.ok(Math.abs(Number(made['expiresAtMs']) - Date.now() - 600_000) < 30_000);
  const joined = await new Person(gateway).join(String(made['url']), 'Ada');
  assert.equal(joined.status, 200);
  const text = await told('link', '--tenant', tenantId, '--role', 'viewer');
  assert.match(text, /^http:\/\/localhost:\d+\/join#[\w-]{43}\n\(good once, until /);
});

describe('what the gateway refuses is shown in its words, with exit code 1', () => {
  const CASES: [string[], RegExp][] = [
    [['tenant', '--tenant', 'never-made'], /404/],
    [['tenant', '--tenant', 'NOT A TENANT'], /404/],
    [['suspend', '--tenant', 'never-made'], /404/],
    [['check', '--tenant', 'never-made'], /404/],
    [['delete', '--tenant', 'never-made', '--confirm', 'never-made'], /404/],
    [['limits', '--tenant', 'never-made', '--rpm', '1'], /404/],
    [['link', '--tenant', 'never-made'], /404/],
    [['link', '--tenant', 'never-made', '--role', 'king'], /400/],
  ];
  for (const [args, pattern] of CASES) {
    test(args.join(' '), async () => {
      const { code, stdout, stderr } = await admin(gateway, args);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /^error: the gateway refused/);
      assert.match(stderr, pattern);
      assert.equal(stderr.trim().split('\n').length, 1);
    });
  }

  test('another token, and a gateway that is not there', async () => {
    const other = await admin(gateway, ['tenants'], { OPERATOR_TOKEN: 'x'.repeat(43) });
    assert.deepEqual([other.code, other.stdout], [1, '']);
    assert.match(other.stderr, /does not take this OPERATOR_TOKEN/);
    const nobody = await admin(gateway, ['tenants'], { NEUREUS_URL: 'http://127.0.0.1:9' });
    assert.deepEqual([nobody.code, nobody.stdout], [1, '']);
    assert.match(nobody.stderr, /^error: no gateway answers at/);
  });
});

test('a wrong option is one sentence and exit code 2, and nothing is asked', async () => {
  const { tenantId } = await gateway.makeKey();
  const wrong = [
    ['frobnicate'],
    ['tenants', '--colour', 'red'],
    ['tenants', 'stray'],
    ['tenant'],
    ['tenant', '--tenant', ''],
    ['plan', '--tenant', tenantId, '--plan', 'gold'],
    ['plan', '--tenant', tenantId, '--max-plan', 'gold'],
    ['limits', '--tenant', tenantId, '--rpm', '-1'],
    ['limits', '--tenant', tenantId, '--rpm', '1.5'],
    ['limits', '--tenant', tenantId, '--tpm', 'many'],
    ['limits', '--tenant', tenantId, '--concurrency', '1e3'],
    ['limits', '--tenant', tenantId, '--budget-usd', '0.0000000001'],
    ['shadow', '--off'],
    ['suspend'],
    ['check'],
    ['delete', '--tenant', tenantId],
    ['link', '--tenant', tenantId, '--expires-in', 'soon'],
    ['tenants', '--remote', 'app.neureus.ai'],
    ['tenants', '--remote', 'http://app.neureus.ai'],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await admin(gateway, args);
    const lines = stderr.trim().split('\n').length;
    assert.deepEqual([code, stdout, lines], [2, '', 1], `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, /^error: /, args.join(' '));
  }
  const shown = await json('tenant', '--tenant', tenantId);
  assert.deepEqual([shown['plan'], shown['rpm'], shown['suspended']], [null, null, false]);
});

test('--help lists every command and every option', async () => {
  for (const args of [['--help'], ['plan', '--help']]) {
    const help = await told(...args);
    for (const word of [
      'link',
      'tenants',
      'tenant',
      'plan',
      'limits',
      'shadow',
      'suspend',
      'check',
      'delete',
    ])
      assert.match(help, new RegExp(`^${word}: `, 'm'));
    for (const flag of [
      '--tenant',
      '--max-plan',
      '--budget-usd',
      '--off',
      '--confirm',
      '--json',
      '--remote',
    ])
      assert.ok(help.includes(flag), flag);
  }
  assert.equal((await admin(gateway, [])).code, 2);
});
