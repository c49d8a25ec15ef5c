/** Usage by model, key or day: the dearest first. */
import type { JSX } from 'preact';
import { Empty } from '../components/notice.tsx';
import { Table } from '../components/table.tsx';
import { count, usd } from '../format.ts';
import { query } from '../request.ts';
import type { UsageBy, UsageRow } from '../types.ts';
import { KeyName } from './key_name.tsx';

export function UsageTable({
  rows,
  by,
  names,
  most,
}: {
  rows: readonly UsageRow[];
  by: UsageBy;
  names?: Map<string, string>;
  /** How many at most; the others are summed up in one line. */
  most?: number;
}): JSX.Element {
  if (rows.length === 0) {
    return <Empty title="Nothing was used in this time." />;
  }
  const sorted = [...rows].sort((a, b) =>
    by === 'day' ? (b.day ?? '').localeCompare(a.day ?? '') : b.costUsd - a.costUsd,
  );
  const shown = most === undefined ? sorted : sorted.slice(0, most);
  const others = sorted.slice(shown.length);
  const all: (UsageRow & { others?: number })[] =
    others.length > 0 ? [...shown, { ...summed(others), others: others.length }] : shown;
  const name = (row: UsageRow & { others?: number }): JSX.Element => {
    if (row.others) return <span class="quiet">{row.others} more</span>;
    const id = row[by] ?? '';
    if (by === 'day' || !id) return <span class="number">{id || 'unknown'}</span>;
    return (
      <a href={`/logs${query({ [by]: id })}`} title="Its requests">
        {by === 'key' ? <KeyName id={id} names={names} /> : <span class="mono">{id}</span>}
      </a>
    );
  };
  return (
    <Table
      caption={`Usage by ${by}`}
      rows={all}
      rowKey={(row) => row[by] ?? `others ${row.others ?? ''}`}
      columns={[
        { title: by === 'day' ? 'Day' : by === 'model' ? 'Model' : 'Key', head: true, cell: name },
        {
          title: 'Requests',
          number: true,
          cell: ({ requests, ownKeyRequests = 0 }) => (
            <span>
              {count(requests)}
              {ownKeyRequests > 0 && (
                <span class="under">{count(ownKeyRequests)} with your own key</span>
              )}
            </span>
          ),
        },
        {
          title: 'Tokens',
          number: true,
          cell: (row) => count(row.inputTokens + row.outputTokens),
        },
        { title: 'Cost', number: true, cell: (row) => usd(row.costUsd) },
      ]}
    />
  );
}

function summed(rows: readonly UsageRow[]): UsageRow {
  const total = {
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    costUsd: 0,
    ownKeyRequests: 0,
  };
  for (const row of rows) {
    total.requests += row.requests;
    total.inputTokens += row.inputTokens;
    total.outputTokens += row.outputTokens;
    total.cachedTokens += row.cachedTokens ?? 0;
    total.costUsd += row.costUsd;
    total.ownKeyRequests += row.ownKeyRequests ?? 0;
  }
  return total;
}
