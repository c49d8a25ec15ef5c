/** The status page: every state caused for real, by traffic, by probes and by the canary. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { chromium } from 'playwright-core';
import { startSandbox } from '../sandbox/server.ts';
import { say } from './harness/answer.ts';
import { Gateway, gatewayForTests } from './harness/gateway.ts';
import { answered, MONITORED, PATIENCE_MS } from './harness/monitoring.ts';
import { isReadable } from './harness/sight.ts';
import { nanos, settled } from './harness/usage.ts';
import { eventually } from './harness/wait.ts';

interface Status {
  status: string;
  components: { id: string; status: string; days: { uptime: number | null }[] }[];
  incidents: {
    id: string;
    component: string;
    status: string;
    endedAt: string | null;
    notes: { text: string }[];
  }[];
}

const statusOf = (gateway: Gateway): Promise<Status> =>
  gateway.call('/monitoring/status').then((response) => response.json() as Promise<Status>);

/** Waits until a component and the whole are in these states. */
function becomes(
  gateway: Gateway,
  component: string,
  state: string,
  overall: string,
): Promise<Status> {
  return eventually(
    `${component} ${state}, ${overall}`,
    async () => {
      const now = await statusOf(gateway);
      const is = now.components.find(({ id }) => id === component)?.status;
      return is === state && now.status === overall ? now : undefined;
    },
    PATIENCE_MS,
  );
}

/** A screenshot, where `NEUREUS_SCREENSHOTS` names a folder and there is a browser. */
async function picture(url: string, name: string, t: TestContext): Promise<void> {
  const folder = process.env['NEUREUS_SCREENSHOTS'];
  const executablePath = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
  if (folder === undefined || !existsSync(executablePath)) return;
  const browser = await chromium.launch({ executablePath });
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, javaScriptEnabled: false });
    await page.goto(`${url}/monitoring/status`);
    await page.screenshot({ path: join(folder, `status-${name}-${colorScheme}.png`) });
  }
  await browser.close();
  t.diagnostic(`a picture of ${name} is in ${folder}`);
}

describe('the status page', () => {
  test('turns with a backend that fails for real, and back, with one incident', async (t) => {
    const own = await gatewayForTests({ variables: { ...MONITORED, PROBES: 'off' } });
    const made = await own.makeKey();
    const chats = async (count: number, text: string): Promise<void> => {
      for (let n = 0; n < count; n++) await answered(await own.chat(made.key, say(text)));
    };
    // The last five minutes count: a tenth of failures is degraded, nine tenths are down.
    await chats(5, '[[sandbox:status=500]]');
    const worst = await becomes(own, 'sandbox', 'down', 'down');
    await picture(own.url, 'down', t);
    const [incident] = worst.incidents;
    assert.deepEqual(
      [incident?.component, incident?.status, incident?.endedAt],
      ['sandbox', 'down', null],
    );
    assert.ok(!worst.components.some(({ id }) => id === 'canary'));
    const noted = await own.operator('POST', `/incidents/${incident?.id}/notes`, {
      text: 'We are on it',
    });
    assert.equal(noted.status, 200);
    await noted.arrayBuffer();
    await chats(10, 'hello');
    const better = await becomes(own, 'sandbox', 'degraded', 'degraded');
    await picture(own.url, 'degraded', t);
    assert.deepEqual(
      better.incidents.map(({ endedAt }) => endedAt),
      [null],
    );
    await chats(50, 'hello again');
    const well = await becomes(own, 'sandbox', 'operational', 'operational');
    await picture(own.url, 'operational', t);
    assert.deepEqual(
      well.incidents.map(({ id, notes }) => [id, notes.map(({ text }) => text)]),
      [[incident?.id, ['We are on it']]],
    );
    assert.match(`${well.incidents[0]?.endedAt}`, /^\d{4}-/);
    const days = well.components.find(({ id }) => id === 'sandbox')?.days ?? [];
    const today = days.at(-1)?.uptime ?? 0;
    assert.deepEqual([days.length, days[0]?.uptime], [90, null]);
    assert.ok(today > 0 && today < 100, `${today}`);
  });

  test('sees by probes that a backend cannot be reached, without a request', async () => {
    const gone = await startSandbox();
    await gone.close();
    const own = await gatewayForTests({
      variables: { ...MONITORED, MODEL_BACKEND_URL: `${gone.url}/v1` },
    });
    // Asking for the page is enough for it to look.
    const { incidents } = await becomes(own, 'openai-compatible', 'down', 'down');
    assert.equal(incidents[0]?.component, 'openai-compatible');
  });

  test('sees by the canary that a chat through the whole gateway fails, and that it works again', async () => {
    const backend = await startSandbox();
    const first = await gatewayForTests({ sandbox: backend });
    const made = await first.makeKey({ tenant: 'canary', budgetUsd: 1 });
    await first.stop();
    const own = new Gateway(backend, first.state, {
      variables: { ...MONITORED, PROBES: 'off', CANARY_KEY: made.key },
    });
    await own.start();
    let second;
    try {
      await becomes(own, 'canary', 'operational', 'operational');
      // It is a tenant like any other, and pays from its own budget.
      const usage = await settled(own, 'canary');
      assert.ok(nanos(usage.spent_usd) > 0 && usage.days.every(({ key }) => key === made.keyId));
      await backend.close();
      const down = await becomes(own, 'canary', 'down', 'down');
      assert.ok(down.incidents.some((it) => it.component === 'canary' && it.endedAt === null));
      second = await startSandbox({ port: backend.port });
      const well = await eventually(
        'the end of the incident',
        async () => {
          const now = await statusOf(own);
          const is = now.incidents.find(({ component }) => component === 'canary');
          return is?.endedAt ? now : undefined;
        },
        PATIENCE_MS,
      );
      assert.equal(well.incidents.filter(({ component }) => component === 'canary').length, 1);
    } finally {
      await own.stop();
      await second?.close();
    }
  });

  test('is a page without script for a browser, for anybody, also while D1 is down', async () => {
    const own = await gatewayForTests({ variables: MONITORED });
    const made = await own.makeKey();
    await answered(await own.chat(made.key, say('hello')));
    await own.faults({ database: 'throw', keys: 'throw' });
    const response = await own.call('/monitoring/status', { headers: { accept: 'text/html' } });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=30');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    const page = await response.text();
    assert.ok(!page.includes('<script'));
    assert.ok(page.includes('Admission'));
    assert.doesNotMatch(page, /tenant-\d|key_/);
  });

  test('can be read by everybody, in light and dark, on a phone', async () => {
    const own = await gatewayForTests({ variables: { ...MONITORED, PROBES: 'off' } });
    const made = await own.makeKey();
    for (let n = 0; n < 5; n++)
      await answered(await own.chat(made.key, say('[[sandbox:status=500]]')));
    await becomes(own, 'sandbox', 'down', 'down');
    await isReadable(`${own.url}/monitoring/status`);
  });
});
