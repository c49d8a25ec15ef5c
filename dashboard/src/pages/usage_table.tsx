/** Usage by model, key or day: the dearest first. */
import type { JSX } from 'preact';
import * as api from '../api.ts';
import { Empty } from '../components/notice.tsx';
import { Table } from '../components/table.tsx';
import { count, usd } from '../format.ts';
import { useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { UsageBy, UsageRow } from '../types.ts';

/** Names of the keys that one may see. */
export function useKeyNames(): Map<string, string> {
  const { value } = useLoad(async () => {
    if (!may('developer')) return [];
    const all = may('admin');
    const lists = await Promise.all([
      api.keys.list('nru', all),
      all ? api.keys.list('pk', true) : { keys: [] },
    ]);
    return lists.flatMap(({ keys }) => keys);
  }, []);
  return new Map((value ?? []).map(({ id, name, preview }) => [id, name || preview]));
}

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
    if (by !== 'key')
      return <span class={by === 'model' ? 'mono' : 'number'}>{id || 'unknown'}</span>;
    const known = names?.get(id);
    return known ? <span dir="auto">{known}</span> : <code>{id || 'unknown'}</code>;
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
