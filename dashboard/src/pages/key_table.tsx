/** Keys in rows, of either kind; what a row says of its state, and what can be done with it. */
import type { ComponentChildren, JSX } from 'preact';
import * as api from '../api.ts';
import { now } from '../clock.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { type Column, Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { type Pages, usePages } from '../load.ts';
import type { Key, KeyType } from '../types.ts';

/** The keys of a kind, page by page. */
export function useKeys(type: KeyType, all: boolean): Pages<Key> {
  return usePages(
    async (cursor) => {
      const { keys: rows, ...rest } = await api.keys.list(type, all, cursor);
      return { rows, ...rest };
    },
    [type, all],
  );
}

export function works(row: Key): boolean {
  return (
    row.revokedAtMs === undefined && (row.expiresAtMs === undefined || row.expiresAtMs > now())
  );
}

/** Why a key does not work any more, or is about to stop. */
function State({ row }: { row: Key }): JSX.Element {
  if (row.revokedAtMs !== undefined) return <Badge>revoked</Badge>;
  if (row.expiresAtMs !== undefined && row.expiresAtMs <= now()) return <Badge>expired</Badge>;
  if (row.expiresAtMs !== undefined && row.expiresAtMs - now() < 7 * 86_400_000)
    return <Badge tone="warn">expires soon</Badge>;
  return <Badge tone="good">active</Badge>;
}

export function KeyTable({
  caption,
  keys,
  columns,
  actions,
  may,
}: {
  caption: string;
  keys: readonly Key[];
  /** What there is to say of this kind of key, after its name. */
  columns: readonly Column<Key>[];
  actions: readonly { title: string; act: (key: Key) => void }[];
  /** Whether one may change a key at all. */
  may: (key: Key) => boolean;
}): JSX.Element {
  return (
    <Table
      caption={caption}
      rows={keys}
      rowKey={({ id }) => id}
      faded={(key) => !works(key)}
      columns={[
        {
          title: 'Name',
          head: true,
          cell: (key) => (
            <>
              <span dir="auto">{key.name || 'Without a name'}</span>
              <span class="under mono">{key.preview}</span>
            </>
          ),
        },
        ...columns,
        { title: 'Last used', cell: (key) => <When ms={key.lastUsedAtMs} never="never" /> },
        {
          title: 'State',
          cell: (key) => (
            <span>
              <State row={key} />
              {key.expiresAtMs !== undefined && works(key) && (
                <span class="under">
                  ends <When ms={key.expiresAtMs} />
                </span>
              )}
            </span>
          ),
        },
        {
          title: 'Actions',
          actions: true,
          cell: (key): ComponentChildren =>
            works(key) &&
            may(key) &&
            actions.map(({ title, act }) => (
              <Button key={title} small look="quiet" onClick={() => act(key)}>
                {title}
              </Button>
            )),
        },
      ]}
    />
  );
}
