/** The request log, and the Worker's own log. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests, OPERATOR_TOKEN } from './harness/gateway.ts';
import { answered, json, MONITORED } from './harness/monitoring.ts';
import { eventually } from './harness/wait.ts';

const gateway = await gatewayForTests({ variables: MONITORED });

describe('the request log', () => {
  test('has a receipt by logId, and nothing of what was said', async () => {
    const made = await gateway.makeKey();
    const response = await gateway.chat(made.key, say('a very private question'), {
      headers: { 'x-neureus-surface': 'docs' },
    });
    const answer = (await response.json()) as Record<string, any>;
    const entry = await eventually('the log', async () => {
      const found = await gateway.call(`/api/logs/${answer['logId']}`, { key: made.key });
      const text = await found.text();
      return found.ok ? (JSON.parse(text) as Record<string, any>) : undefined;
    });
    const { atMs, at, latencyMs, timingsMs, receipt, ...rest } = entry;
    assert.deepEqual(rest, {
      logId: requestId(response),
      outcome: 'complete',
      status: 200,
      route: '/ai/chat',
      surface: 'docs',
      key: made.keyId,
      model: 'meta-llm',
      backend: 'sandbox',
      ownKey: false,
      limit: null,
      timeToFirstTokenMs: null,
      texts: null,
    });
    assert.ok(Math.abs(Date.now() - atMs) < 60_000 && at.startsWith('20'));
    assert.deepEqual(Object.keys(timingsMs).toSorted(), ['admit', 'auth', 'upstream']);
    assert.ok(Object.values<number>(timingsMs).every((ms) => ms >= 0 && ms <= latencyMs));
    const { priceVersion, ...charged } = receipt;
    assert.match(priceVersion, /^\d{4}-\d{2}-\d{2}$/);
    assert.deepEqual(charged, {
      inputTokens: answer['inputTokens'],
      cachedTokens: 0,
      outputTokens: answer['outputTokens'],
      costUsd: answer['costUsd'],
      estimated: false,
    });
    assert.ok(!JSON.stringify(entry).includes('private'));
    const other = await gateway.makeKey();
    await errorOf(await gateway.call(`/api/logs/${answer['logId']}`, { key: other.key }), 404);
  });

  test('names the limit that refused a request', async () => {
    const few = await gateway.makeKey({ rpm: 1 });
    await answered(await gateway.chat(few.key, say('one')));
    const refused = await answered(await gateway.chat(few.key, say('two')));
    const entry = await eventually('the log', async () => {
      const found = await gateway.call(`/api/logs/${refused}`, { key: few.key });
      const text = await found.text();
      return found.ok ? (JSON.parse(text) as Record<string, any>) : undefined;
    });
    assert.deepEqual(
      [entry['outcome'], entry['status'], entry['limit'], entry['receipt']],
      ['RATE_LIMITED', 429, 'key-requests', null],
    );
  });

  test('is read page by page, and by how a request ended', async () => {
    const made = await gateway.makeKey();
    for (let n = 0; n < 5; n++) await answered(await gateway.chat(made.key, say(`number ${n}`)));
    const failed = await answered(await gateway.chat(made.key, say('[[sandbox:status=500]]')));
    interface Page {
      logs: { logId: string; outcome: string; status: number }[];
      next?: string;
    }
    const read = (query: string): Promise<Page> => json(gateway, made.key, `/api/logs?${query}`);
    await eventually('six rows', async () =>
      (await read('')).logs.length === 6 ? true : undefined,
    );
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: Page = await read(`limit=2${next ? `&cursor=${next}` : ''}`);
      assert.ok(page.logs.length <= 2);
      seen.push(...page.logs.map(({ logId }) => logId));
      next = page.next;
    }
    assert.equal(new Set(seen).size, 6);
    const errors = await read('status=error');
    assert.deepEqual(
      errors.logs.map(({ logId, outcome, status }) => [logId, outcome, status]),
      [[failed, 'UPSTREAM_ERROR', 502]],
    );
    await errorOf(await gateway.call('/api/logs?limit=0', { key: made.key }), 400);
  });
});

describe("the Worker's log", () => {
  /** The lines of the log that are JSON, by request. */
  const lineOf = (id: string): Promise<Record<string, unknown>> =>
    eventually('a line', () => {
      const line = gateway.logged.find((it) => it.includes(`"request":"${id}"`));
      return line ? JSON.parse(line.slice(line.indexOf('{'))) : undefined;
    });

  test('has a line for each request, with its level', async () => {
    const made = await gateway.makeKey();
    const bad = `${made.key.slice(0, -1)}${made.key.endsWith('a') ? 'b' : 'a'}`;
    for (const [level, outcome, request] of [
      ['info', 'complete', () => gateway.chat(made.key, say('hello'))],
      ['info', 'complete', () => gateway.chat(made.key, stream('hello'))],
      ['warn', 'BAD_REQUEST', () => gateway.chat(made.key, { nonsense: true })],
      ['warn', 'UNAUTHORIZED', () => gateway.chat(bad, say('hello'))],
      ['error', 'UPSTREAM_ERROR', () => gateway.chat(made.key, say('[[sandbox:status=500]]'))],
      [
        'error',
        'UPSTREAM_ERROR',
        () => gateway.chat(made.key, stream('[[sandbox:tokens=5 cut=2]]')),
      ],
    ] as const) {
      const response = await request();
      const line = await lineOf(await answered(response));
      assert.deepEqual(
        [line['level'], line['outcome'], line['status'], line['route']],
        [level, outcome, response.status, '/ai/chat'],
      );
    }
  });

  test('holds no secret and nothing of what was said, whatever goes wrong', async () => {
    const said = 'a-very-private-question';
    const made = await gateway.makeKey();
    const gone = await gateway.makeKey();
    await gateway.revoke(gone);
    const ids: string[] = [];
    const ask = async (response: Promise<Response>): Promise<void> =>
      void ids.push(await answered(await response));
    for (const text of [said, `[[sandbox:status=500]] ${said}`, `[[sandbox:html]] ${said}`]) {
      await ask(gateway.chat(made.key, say(text)));
      await ask(gateway.chat(made.key, stream(text)));
    }
    await ask(gateway.chat(made.key, stream(`[[sandbox:tokens=5 error=2]] ${said}`)));
    await ask(gateway.chat(made.key, `{"messages": "${said}`));
    await ask(gateway.chat(made.key, { messages: said, model: said }));
    await ask(gateway.chat(made.key, say(said, { model: said })));
    await ask(gateway.chat(gone.key, say(said)));
    await ask(gateway.chat(`${gone.key}x`, say(said)));
    await ask(gateway.operator('GET', '/tenants', undefined, `${OPERATOR_TOKEN}x`));
    await Promise.all(ids.map(lineOf));
    const log = gateway.logged.join('\n');
    for (const secret of [
      said,
      made.key,
      gone.key,
      OPERATOR_TOKEN,
      MONITORED.PROVIDER_MASTER_KEY,
    ]) {
      assert.ok(!log.includes(secret), secret);
    }
  });
});
