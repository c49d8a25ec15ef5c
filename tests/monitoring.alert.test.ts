/** Alerts: each caused for real, told once when it fires and once when it is over, whatever the receiver does. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { errorOf, say } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey } from './harness/gateway.ts';
import { answered, json, MONITORED, PATIENCE_MS, Receiver, sent } from './harness/monitoring.ts';
import type { Metrics } from './harness/monitoring.ts';
import { personOf } from './harness/person.ts';
import { settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests({ variables: MONITORED });

const HOOKS = '/api/alerts/webhooks';
const RULES = '/api/alerts/rules';
const KINDS = [
  'error_rate',
  'latency_p95',
  'spend',
  'spend_forecast',
  'auth_failures',
  'backend_down',
  'revoked_key',
] as const;

interface Rule {
  kind: (typeof KINDS)[number];
  enabled?: boolean;
  threshold: number;
  windowMinutes: number;
  minimumRequests?: number;
}

/** Only these rules are on. */
function only(...rules: Rule[]): { rules: Rule[] } {
  const off = KINDS.filter((kind) => !rules.some((rule) => rule.kind === kind)).map((kind) => ({
    kind,
    enabled: false,
    threshold: 1,
    windowMinutes: 1,
  }));
  return { rules: [...rules, ...off] };
}

interface Hook {
  id: string;
  secret: string;
}

interface Hooks {
  webhooks: Record<string, unknown>[];
  deliveries: { waiting: { webhook: string; failure: string }[]; dead: unknown[] };
}

const hookOf = ({ key }: MadeKey, receiver: Receiver, shape = 'json'): Promise<Hook> =>
  json(gateway, key, HOOKS, sent('POST', { url: receiver.url, shape }));
const hooksOf = ({ key }: MadeKey): Promise<Hooks> => json(gateway, key, HOOKS);
const putRules = ({ key }: MadeKey, rules: { rules: Rule[] }): Promise<unknown> =>
  json(gateway, key, RULES, sent('PUT', rules));

async function chats({ key }: MadeKey, count: number, text: string): Promise<void> {
  for (let n = 0; n < count; n++) await answered(await gateway.chat(key, say(text)));
}

const until = (what: string, look: () => boolean | Promise<boolean>): Promise<true> =>
  eventually(what, async () => ((await look()) ? true : undefined), PATIENCE_MS);

describe('an alert', () => {
  test('fires and is over, told once each and signed, through an outage of the receiver', async () => {
    const receiver = await Receiver.start('failing');
    const made = await gateway.makeKey();
    const hook = await hookOf(made, receiver);
    assert.match(hook.secret, /^whsec_[0-9A-Za-z]{43}$/);
    await putRules(
      made,
      only({ kind: 'error_rate', threshold: 50, windowMinutes: 60, minimumRequests: 3 }),
    );
    await chats(made, 6, '[[sandbox:status=500]]');
    const alerts = (): Promise<any> => json(gateway, made.key, '/monitoring/alerts');
    await until('an alert', async () => (await alerts()).firing.length > 0);
    const [firing] = (await alerts()).firing;
    assert.deepEqual([firing.kind, firing.value, firing.threshold], ['error_rate', 100, 50]);
    // While the receiver is down, it is tried again, and what waits can be seen.
    await until('several tries', () => receiver.tries > 1);
    const { waiting } = (await hooksOf(made)).deliveries;
    assert.deepEqual([waiting.length, waiting[0]?.failure], [1, '503']);
    receiver.mood = 'well';
    await until('what was tried again', () => receiver.received.length > 0);
    // Below four fifths of the threshold, it is over.
    await chats(made, 18, 'hello');
    await until('the end', () => receiver.received.length > 1);
    assert.deepEqual(receiver.told(), ['alert.fired error_rate', 'alert.resolved error_rate']);
    const now = await alerts();
    assert.deepEqual([now.firing.length, now.recent.length], [0, 1]);
    // Nothing else is on its way, and nothing else ever was: deliveries are counted.
    await until('quiet', async () => (await hooksOf(made)).deliveries.waiting.length === 0);
    const ids = receiver.received.map(({ headers }) => `${headers['x-neureus-delivery']}`);
    assert.deepEqual(
      ids.map((id) => id.replace(/^dlv_\d+_/, '')),
      ['1', '2'],
    );
    for (const { headers, body } of receiver.received) {
      const timestamp = `${headers['x-neureus-timestamp']}`;
      const mac = createHmac('sha256', hook.secret).update(`${timestamp}.${body}`).digest('hex');
      assert.equal(headers['x-neureus-signature'], `v1=${mac}`);
      assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 120);
      assert.equal(headers['x-neureus-event'], JSON.parse(body).event);
    }
  });

  test('is told whoever listens, whatever becomes of those who do not', async () => {
    const made = await gateway.makeKey();
    const [well, gone, elsewhere, silent] = await Promise.all(
      (['well', 'gone', 'elsewhere', 'silent'] as const).map((mood) => Receiver.start(mood)),
    );
    assert.ok(well && gone && elsewhere && silent);
    const hooks = new Map<Receiver, string>();
    for (const receiver of [silent, elsewhere, gone, well]) {
      hooks.set(receiver, (await hookOf(made, receiver)).id);
    }
    const failed = (receiver: Receiver, failure: string): Promise<true> =>
      until(failure, async () =>
        (await hooksOf(made)).deliveries.waiting.some(
          (it) => it.webhook === hooks.get(receiver) && it.failure === failure,
        ),
      );
    await putRules(
      made,
      only({ kind: 'error_rate', threshold: 50, windowMinutes: 60, minimumRequests: 3 }),
    );
    await chats(made, 6, '[[sandbox:status=500]]');
    await failed(gone, 'unreachable');
    gone.mood = 'well';
    await failed(elsewhere, '307');
    await until('the alert', () => [well, gone].every(({ received }) => received.length > 0));
    await chats(made, 18, 'hello');
    await until('the end', () => [well, gone].every(({ received }) => received.length > 1));
    for (const receiver of [well, gone]) {
      assert.deepEqual(receiver.told(), ['alert.fired error_rate', 'alert.resolved error_rate']);
    }
    await failed(silent, 'unreachable');
    assert.equal(elsewhere.followed, 0);
  });

  test('of every kind is caused for real and told once', async () => {
    const receiver = await Receiver.start();
    const tenant = gateway.newTenant();
    const made = await gateway.makeKey({ tenant });
    const gone = await gateway.makeKey({ tenant });
    await gateway.revoke(gone);
    await hookOf(made, receiver);
    const often = { windowMinutes: 60, minimumRequests: 5 };
    await putRules(
      made,
      only(
        { kind: 'error_rate', threshold: 20, ...often },
        { kind: 'latency_p95', threshold: 20, ...often },
        { kind: 'spend', threshold: 100, windowMinutes: 1 },
        { kind: 'spend_forecast', threshold: 100, windowMinutes: 1 },
        { kind: 'auth_failures', threshold: 2, windowMinutes: 60 },
        { kind: 'backend_down', threshold: 90, ...often },
        { kind: 'revoked_key', threshold: 1, windowMinutes: 60 },
      ),
    );
    await chats(made, 5, 'hello [[sandbox:delay=40]]');
    for (let n = 0; n < 6; n++) {
      const body = say('[[sandbox:status=500]]', { model: 'gpt-4o-mini' });
      await answered(await gateway.chat(made.key, body));
    }
    for (let n = 0; n < 2; n++) await errorOf(await gateway.chat(gone.key, say('hello')), 401);
    const { spent_usd: spent } = await settled(gateway, tenant);
    // So that nine tenths of the budget are spent: two of its three heights.
    await gateway.putTenant(tenant, { budgetUsd: Math.ceil((spent * 1e9) / 0.9) / 1e9 });
    // The forecast begins with the second tenth of a month.
    const now = new Date();
    const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
    const ahead = now.getUTCDate() > days / 10 + 1 && now.getUTCDate() < days * 0.9;
    const expected = [
      'alert.fired auth_failures',
      'alert.fired backend_down gpt-4o-mini',
      'alert.fired error_rate',
      'alert.fired latency_p95',
      `alert.fired revoked_key ${gone.keyId}`,
      'alert.fired spend 50%',
      'alert.fired spend 80%',
      ...(ahead ? ['alert.fired spend_forecast'] : []),
    ];
    await until('all of them', () => expected.every((one) => receiver.told().includes(one)));
    const told = receiver.told().filter((one) => ahead || !one.includes('forecast'));
    assert.deepEqual(told.toSorted(), expected.toSorted());
  });
});

describe('webhooks', () => {
  test('are tested, listed and removed by admins, and lead nowhere private', async () => {
    const tenant = gateway.newTenant();
    const admin = await gateway.makeKey({ tenant, role: 'admin' });
    const viewer = await gateway.makeKey({ tenant, role: 'viewer' });
    const receiver = await Receiver.start();
    const post = sent('POST', { url: receiver.url, shape: 'slack' });
    await errorOf(await gateway.call(HOOKS, { key: viewer.key, ...post }), 403);
    const hook = await hookOf(admin, receiver, 'slack');
    await json(gateway, admin.key, `${HOOKS}/${hook.id}/test`, sent('POST'));
    await until('a test', () => receiver.received.length > 0);
    assert.match(JSON.parse(receiver.received[0]?.body ?? '').text, /test of a webhook/);
    await json(gateway, admin.key, `${HOOKS}/${hook.id}`, sent('DELETE'));
    const again = { key: admin.key, ...sent('DELETE') };
    await errorOf(await gateway.call(`${HOOKS}/${hook.id}`, again), 404);
    for (const url of ['ftp://x.com', 'https://user:pw@x.com/', 'nonsense']) {
      await errorOf(await gateway.call(HOOKS, { key: admin.key, ...sent('POST', { url }) }), 400);
    }
    const wrong = { rules: [{ kind: 'error_rate', threshold: -1, windowMinutes: 5 }] };
    await errorOf(await gateway.call(RULES, { key: admin.key, ...sent('PUT', wrong) }), 400);
  });

  test('have secrets that are stored sealed and shown once', async () => {
    const receiver = await Receiver.start();
    const made = await gateway.makeKey();
    const { secret } = await hookOf(made, receiver);
    assert.ok(!JSON.stringify(await hooksOf(made)).includes('whsec_'));
    assert.ok(!(await stored(made.tenantId)).includes(secret));
    assert.match(await stored(made.tenantId), /"sealed":"01[0-9a-f]+"/);
  });

  test('are not made where there is no key to seal their secrets with', async () => {
    const bare = await gatewayForTests({ variables: { PROVIDER_MASTER_KEY: undefined } });
    const made = await bare.makeKey();
    const post = sent('POST', { url: 'http://127.0.0.1:9/' });
    const refused = await errorOf(await bare.call(HOOKS, { key: made.key, ...post }), 409);
    assert.match(refused.message, /no key to seal/);
  });
});

/** What a monitor has stored, as text. */
async function stored(name: string): Promise<string> {
  const { miniflare } = gateway;
  const namespace = (await miniflare.getDurableObjectNamespace('MONITORS')) as unknown as {
    getByName(name: string): { stored(): Promise<string> };
  };
  return namespace.getByName(name).stored();
}

describe('of a deleted tenant', () => {
  test('no rule, webhook or alert is left', async () => {
    const receiver = await Receiver.start();
    const made = await gateway.makeKey();
    await hookOf(made, receiver);
    await putRules(made, only());
    await chats(made, 3, 'hello');
    assert.match(await stored(made.tenantId), /"webhooks":\[\{/);
    const deleted = await gateway.operator('DELETE', `/tenants/${made.tenantId}`, {
      confirm: made.tenantId,
    });
    assert.ok(deleted.ok, await deleted.text());
    await until('nothing', async () => (await stored(made.tenantId)) === '');
  });
});

describe('a signed-in person', () => {
  test('reads what their tenant counted, and changes alerts by their role, for the audit log', async () => {
    const owner = await personOf(gateway);
    const made = await gateway.makeKey({ tenant: owner.tenant });
    await answered(await gateway.chat(made.key, say('hello')));
    const metrics = await owner.ask<Metrics>('GET', '/monitoring/metrics');
    assert.equal(metrics.requests, 1);
    const rules = [{ kind: 'error_rate', threshold: 7, windowMinutes: 5 }];
    await owner.ask('PUT', RULES, { rules });
    const database = await gateway.miniflare.getD1Database('DB');
    await eventually('the audit log', async () => {
      const { results } = await database
        .prepare("SELECT * FROM audit_log WHERE tenant_id = ? AND action = 'alert_rules.changed'")
        .bind(owner.tenant)
        .all();
      return results.length === 1 ? true : undefined;
    });
    const viewer = await personOf(gateway, { tenant: owner.tenant, role: 'viewer' });
    await viewer.ask('GET', '/monitoring/alerts');
    await viewer.ask('PUT', RULES, { rules }, 403);
    const stranger = await personOf(gateway);
    const strange = await stranger.ask<Metrics>('GET', '/monitoring/metrics');
    assert.equal(strange.requests, 0);
  });
});
