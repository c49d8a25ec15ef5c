/** Canned answers of monitoring, for the played control plane. */
import type * as T from '../../../dashboard/src/types.ts';
import { now, ok, type Play, type Routes } from './answer.ts';

const stepMs = 60_000;

function percentiles(ms: number, count: number): T.Percentiles {
  return count === 0
    ? { count, mean: null, p50: null, p95: null, p99: null }
    : { count, mean: ms, p50: ms, p95: ms * 3, p99: ms * 5 };
}

function sums(requests: number, failed: number): T.MetricSums {
  return {
    requests,
    inputTokens: requests * 240,
    outputTokens: requests * 310,
    costUsd: requests * 0.0012,
    errors: failed > 0 ? { UPSTREAM_ERROR: failed } : {},
    limited: {},
    latencyMs: percentiles(820, requests),
    timeToFirstTokenMs: percentiles(190, requests),
  };
}

/** An hour by the minute, with some minutes of trouble; all quiet when `empty`. */
function metrics(empty: boolean): T.Metrics {
  const begin = now - (now % stepMs) - 59 * stepMs;
  const steps = Array.from({ length: 60 }, (_, n) => {
    const requests = empty ? 0 : Math.round(40 + 25 * Math.sin(n / 7)) + (n % 5);
    return { atMs: begin + n * stepMs, ...sums(requests, n > 40 && n < 46 && !empty ? 12 : 0) };
  });
  const total = steps.reduce((sum, step) => sum + step.requests, 0);
  return {
    ...sums(total, empty ? 0 : 60),
    window: '1h',
    step: '1m',
    relativeError: 1 / 64,
    inFlight: 3,
    steps,
  };
}

function alerts(empty: boolean): { firing: T.Alert[]; recent: T.Alert[] } {
  const alert = (id: string, over: Partial<T.Alert>): T.Alert => ({
    id,
    kind: 'error_rate',
    subject: '',
    value: 23.4,
    threshold: 5,
    firedAtMs: now - 900_000,
    ...over,
  });
  return empty
    ? { firing: [], recent: [] }
    : {
        firing: [alert('alr_3', {})],
        recent: [
          alert('alr_2', {
            kind: 'spend',
            subject: '50%',
            value: 51,
            threshold: 50,
            resolvedAtMs: now - 60_000,
          }),
        ],
      };
}

const rules: T.AlertRule[] = (
  [
    ['error_rate', 5, 5, 20],
    ['latency_p95', 30_000, 5, 20],
    ['spend', 100, 1, 0],
    ['spend_forecast', 100, 1, 0],
    ['auth_failures', 20, 5, 0],
    ['backend_down', 90, 5, 5],
    ['revoked_key', 1, 5, 0],
  ] as const
).map(([kind, threshold, windowMinutes, minimumRequests]) => ({
  kind,
  enabled: true,
  threshold,
  windowMinutes,
  minimumRequests,
}));

function webhooks(empty: boolean): T.Webhooks {
  if (empty) return { webhooks: [], deliveries: { waiting: [], dead: [] } };
  return {
    webhooks: [
      {
        id: 'whk_0123456789abcdef',
        url: 'https://hooks.acme.com/alerts',
        shape: 'json',
        createdAtMs: now - 86_400_000,
      },
    ],
    deliveries: {
      waiting: [
        {
          id: 'dlv_1',
          webhook: 'whk_0123456789abcdef',
          event: 'alert.fired',
          tries: 2,
          failure: '503',
          dueMs: now + 30_000,
        },
      ],
      dead: [],
    },
  };
}

function logs(empty: boolean): { logs: T.LogEntry[] } {
  const entry = (n: number, over: Partial<T.LogEntry>): T.LogEntry => ({
    logId: `req_${`${n}`.padStart(22, '0')}`,
    atMs: now - n * 20_000,
    outcome: 'complete',
    status: 200,
    route: '/ai/chat',
    surface: null,
    key: 'key_aa71bQ0123456789',
    model: 'meta-llm',
    backend: 'workers-ai',
    limit: null,
    latencyMs: 812,
    timeToFirstTokenMs: 190,
    timingsMs: { auth: 0, admit: 3, upstream: 800 },
    receipt: {
      priceVersion: '2026-11-22',
      inputTokens: 212,
      cachedTokens: 0,
      outputTokens: 340,
      costUsd: 0.00034,
      estimated: false,
    },
    ...over,
  });
  return {
    logs: empty
      ? []
      : [
          entry(1, {}),
          entry(2, { outcome: 'UPSTREAM_ERROR', status: 502, receipt: null }),
          entry(3, { outcome: 'RATE_LIMITED', status: 429, limit: 'key-requests', receipt: null }),
          entry(4, { outcome: 'cancelled', surface: 'docs' }),
        ],
  };
}

export function monitoring({ empty = false }: Play): Routes {
  return [
    ['GET /monitoring/metrics', ok(metrics(empty))],
    ['GET /monitoring/alerts', ok(alerts(empty))],
    ['GET /api/alerts/rules', ok({ rules, version: 3 })],
    ['GET /api/alerts/webhooks', ok(webhooks(empty))],
    ['GET /api/logs', ok(logs(empty))],
    [
      `GET /api/logs/${logs(false).logs[0]?.logId}`,
      ok({
        ...logs(false).logs[0],
        texts: {
          prompt: { text: 'user: How tall is a giraffe?', cut: true },
          answer: { text: 'Up to 5.5 metres.', cut: false },
        },
      }),
    ],
  ];
}
