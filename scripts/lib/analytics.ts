/**
 * The data points of Analytics Engine, read over its SQL API.
 *
 * A row stands for `_sample_interval` points, so every query counts and sums with it. `timestamp` is UTC.
 */

/** How far back, as the SQL of Analytics Engine says it. */
export const WINDOWS = {
  '1h': "INTERVAL '1' HOUR",
  '24h': "INTERVAL '1' DAY",
  '7d': "INTERVAL '7' DAY",
  '30d': "INTERVAL '30' DAY",
  '90d': "INTERVAL '90' DAY",
} as const;

export type Window = keyof typeof WINDOWS;

export interface Query {
  name: string;
  shows: string;
  sql(window: Window, tenant?: string): string;
}

/** Ids of tenants need no quoting; anything else would be somebody's SQL. */
function of(tenant: string | undefined): string {
  if (tenant === undefined) return '';
  if (!/^(-|[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)$/.test(tenant)) {
    throw new Error(`no id of a tenant: ${tenant}`);
  }
  return `\n  AND index1 = '${tenant}'`;
}

function query(name: string, shows: string, select: string, from: string, end: string): Query {
  return {
    name,
    shows,
    sql: (window, tenant) =>
      `SELECT\n  ${select}\nFROM ${from}\nWHERE timestamp > NOW() - ${WINDOWS[window]}${of(tenant)}\n${end}`,
  };
}

const HOUR = "toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS hour";

export const QUERIES: readonly Query[] = [
  query(
    'requests',
    'Requests and failures per model and hour.',
    `${HOUR},\n  blob4 AS model,\n  SUM(_sample_interval) AS requests,\n  sumIf(_sample_interval, double1 >= 500) AS failed`,
    'neureus_requests',
    "  AND blob4 != ''\nGROUP BY hour, model\nORDER BY hour, requests DESC",
  ),
  query(
    'latency',
    'Latency and time to first token by key.',
    `blob6 AS key,\n  SUM(_sample_interval) AS requests,\n  quantileExactWeighted(0.5)(double2, _sample_interval) AS p50_ms,\n  quantileExactWeighted(0.95)(double2, _sample_interval) AS p95_ms,\n  quantileExactWeighted(0.99)(double2, _sample_interval) AS p99_ms,\n  quantileExactWeighted(0.95)(double3, _sample_interval) AS first_token_p95_ms`,
    'neureus_requests',
    "  AND blob5 != ''\nGROUP BY key\nORDER BY p95_ms DESC",
  ),
  query(
    'spend',
    'Spend and tokens by surface.',
    `blob5 AS surface,\n  SUM(_sample_interval) AS requests,\n  SUM(_sample_interval * double1) AS input_tokens,\n  SUM(_sample_interval * double2) AS output_tokens,\n  SUM(_sample_interval * double4) / 1000000000 AS usd`,
    'neureus_tokens',
    'GROUP BY surface\nORDER BY usd DESC',
  ),
  query(
    'errors',
    'How requests ended, by route.',
    'blob2 AS route,\n  blob7 AS outcome,\n  SUM(_sample_interval) AS requests',
    'neureus_requests',
    "  AND blob7 != 'complete'\nGROUP BY route, outcome\nORDER BY requests DESC",
  ),
  query(
    'auth',
    'How authentication ended.',
    'blob2 AS reason,\n  SUM(_sample_interval) AS requests',
    'neureus_auth',
    'GROUP BY reason\nORDER BY requests DESC',
  ),
];

export interface Account {
  id: string;
  token: string;
  /** Where Cloudflare's API is. */
  url?: string;
}

export type Row = Record<string, string | number>;

/** Runs a query. Numbers that the API gives as text come as numbers. */
export async function read({ id, token, url }: Account, sql: string): Promise<Row[]> {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Error('an account id has 32 hexadecimal digits');
  const base = url ?? 'https://api.cloudflare.com/client/v4';
  const response = await fetch(`${base}/accounts/${id}/analytics_engine/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: `${sql}\nFORMAT JSON`,
    redirect: 'error',
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`the SQL API answered ${response.status}: ${text.slice(0, 300)}`);
  const { meta, data } = JSON.parse(text) as {
    meta: { name: string; type: string }[];
    data: Row[];
  };
  const numbers = meta.filter(({ type }) => /Int|Float|Decimal/.test(type)).map(({ name }) => name);
  return data.map((row) => {
    const typed = { ...row };
    for (const name of numbers) typed[name] = Number(row[name]);
    return typed;
  });
}
