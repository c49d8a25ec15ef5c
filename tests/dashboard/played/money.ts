/** Canned money: the plan, limits, a month until today. */
import type * as T from '../../../dashboard/src/types.ts';
import { ago, dayMs, now, ok, type Play, type Routes, some } from './answer.ts';

const limits = {
  free: { rpm: 60, tpm: 40_000, concurrency: 5, budgetUsd: 5 },
  pro: { rpm: 1000, tpm: 1_000_000, concurrency: 50, budgetUsd: 500 },
  scale: { rpm: 10_000, tpm: 10_000_000, concurrency: 500, budgetUsd: 10_000 },
  enterprise: { rpm: 30_000, tpm: 60_000_000, concurrency: 2000 },
} satisfies Record<T.Plan, T.Limits>;

const names = ['gpt-4o', 'claude-sonnet-4-6', 'meta-llm', 'gpt-4o-mini', 'bge-base-en'];

/** The month until today, busier on weekdays. */
function usage(by: T.UsageBy): T.UsageRow[] {
  const row = (weight: number): T.UsageRow => ({
    requests: Math.round(900 * weight),
    inputTokens: Math.round(610_000 * weight),
    outputTokens: Math.round(148_000 * weight),
    cachedTokens: 0,
    costUsd: 4.113 * weight,
    estimatedRequests: weight > 1.2 ? 2 : 0,
  });
  if (by === 'model') return names.map((name, at) => ({ model: name, ...row(9 / (at * at + 1)) }));
  if (by === 'key')
    return ['aa', 'bb', 'cc'].map((id, at) => ({ key: `key_${id}`, ...row(12 / (at + 1)) }));
  const first = Date.parse(`${new Date(now).toISOString().slice(0, 8)}01`);
  const rows: T.UsageRow[] = [];
  for (let ms = first; ms <= now; ms += dayMs) {
    const weekday = new Date(ms).getUTCDay() % 6 !== 0;
    const weight = (weekday ? 1 : 0.25) * (1 + Math.sin(ms / dayMs) / 3);
    rows.push({ day: new Date(ms).toISOString().slice(0, 10), ...row(weight) });
  }
  return rows;
}

export function money(play: Play): Routes {
  const { empty = false } = play;
  const billing: T.Billing = {
    plan: 'pro',
    plans: (Object.keys(limits) as T.Plan[]).map((id) => ({
      id,
      limits: limits[id],
      current: id === 'pro',
    })),
    limits: {
      plan: limits.pro,
      operator: {},
      own: { budgetUsd: 120 },
      effective: { ...limits.pro, budgetUsd: 120 },
    },
    month: {
      startMs: Date.parse(`${new Date(now).toISOString().slice(0, 8)}01`),
      endMs: ago(-8),
      spentUsd: empty ? 0 : 88.412,
      reservedUsd: empty ? 0 : 1.27,
      forecastUsd: empty ? 0 : 117.9,
    },
    upgrade: { how: 'For a higher plan, write to the operator of this gateway.' },
    shadow: false,
    version: 7,
  };
  return [
    ['GET /api/billing', ok(billing)],
    [
      'PATCH /api/billing',
      ({ body }) => ({
        body: { ...billing, limits: { ...billing.limits, own: body['limits'] }, version: 8 },
      }),
    ],
    [
      'GET /api/usage',
      ({ url }) => ({
        body: { rows: some(play, usage((url.searchParams.get('by') ?? 'day') as T.UsageBy)) },
      }),
    ],
  ];
}
