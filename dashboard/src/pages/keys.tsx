/** API keys: made, shown once, limited, rotated and revoked. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/dialog.tsx';
import { limitSummary } from '../components/limits.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { Choices } from '../components/tabs.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { usePages } from '../load.ts';
import { here, setParameters } from '../router.ts';
import { may } from '../session.ts';
import type { Key, MadeKey } from '../types.ts';
import { EditKey, NewKeyDialog, RotateKey } from './key_forms.tsx';
import { KeyShown } from './key_shown.tsx';

type Doing =
  | { what: 'make' }
  | { what: 'show'; made: MadeKey }
  | { what: 'edit' | 'rotate' | 'revoke'; key: Key };

/** Why a key does not work any more, or is about to stop. */
export function State({ row }: { row: Key }): JSX.Element {
  const now = Date.now();
  if (row.revokedAtMs !== undefined) return <Badge>revoked</Badge>;
  if (row.expiresAtMs !== undefined && row.expiresAtMs <= now) return <Badge>expired</Badge>;
  if (row.expiresAtMs !== undefined && row.expiresAtMs - now < 7 * 86_400_000)
    return <Badge tone="warn">expires soon</Badge>;
  return <Badge tone="good">active</Badge>;
}

export function works(row: Key): boolean {
  return (
    row.revokedAtMs === undefined && (row.expiresAtMs === undefined || row.expiresAtMs > Date.now())
  );
}

export default function Keys(): JSX.Element {
  const admin = may('admin');
  const [whose, setWhose] = useState<'all' | 'own'>(admin ? 'all' : 'own');
  const [ended, setEnded] = useState(false);
  const all = whose === 'all';
  const { value, error, loading, reload, more } = usePages(
    async (cursor) => {
      const { keys: rows, ...rest } = await api.keys.list('nru', all, cursor);
      return { rows, ...rest };
    },
    [all],
  );
  const asked = new URLSearchParams(here.value.search).has('new');
  const [doing, setDoing] = useState<Doing | undefined>(asked ? { what: 'make' } : undefined);
  const close = (): void => {
    setDoing(undefined);
    if (asked) setParameters({ new: undefined });
  };
  const keys = value?.rows ?? [];
  const gone = keys.filter((key) => !works(key)).length;
  const shown = keys.filter((key) => ended || works(key));
  return (
    <>
      <Head path="/keys">
        <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
          Make a key
        </Button>
      </Head>
      <div class="toolbar">
        {admin && (
          <Choices
            label="Whose keys"
            value={whose}
            choices={[
              { value: 'all', label: "Everybody's" },
              { value: 'own', label: 'Yours' },
            ]}
            onChange={setWhose}
          />
        )}
        {gone > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={ended}
              onChange={(event) => setEnded(event.currentTarget.checked)}
            />
            Show {gone} revoked or expired
          </label>
        )}
      </div>
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && shown.length === 0 && (
        <Empty
          title="No keys yet"
          action={
            <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
              Make a key
            </Button>
          }
        >
          A key lets a server or a tool call models. Give each its own, so that you can see what it
          costs and end it alone.
        </Empty>
      )}
      {shown.length > 0 && <KeyTable keys={shown} admin={admin} onDo={setDoing} />}
      <More next={value?.next} more={more} />

      {doing?.what === 'make' && (
        <NewKeyDialog
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'show', made });
          }}
        />
      )}
      {doing?.what === 'show' && <KeyShown made={doing.made} onClose={close} />}
      {doing?.what === 'edit' && <EditKey row={doing.key} onClose={close} onDone={reload} />}
      {doing?.what === 'rotate' && (
        <RotateKey
          row={doing.key}
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'show', made });
          }}
        />
      )}
      {doing?.what === 'revoke' && <RevokeKey row={doing.key} onClose={close} onDone={reload} />}
    </>
  );
}

export function RevokeKey({
  row,
  onClose,
  onDone,
}: {
  row: Key;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  return (
    <Confirm
      title={`Revoke ${row.name || row.preview}?`}
      confirm="Revoke the key"
      onClose={onClose}
      act={async () => {
        await api.keys.revoke(row.id);
        say('The key is revoked.');
        onDone();
      }}
    >
      <p>
        Whatever uses <code>{row.preview}</code> is refused from the next request on. This cannot be
        undone.
      </p>
      <p>
        Last used: <When ms={row.lastUsedAtMs} never="never" />.
      </p>
    </Confirm>
  );
}

function KeyTable({
  keys,
  admin,
  onDo,
}: {
  keys: readonly Key[];
  admin: boolean;
  onDo: (doing: Doing) => void;
}): JSX.Element {
  return (
    <Table
      caption="API keys"
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
        {
          title: 'Role',
          cell: (key) => (
            <span>
              {key.effectiveRole}
              {key.effectiveRole !== key.role && (
                <span class="under">made as {key.role}, held down by its maker's role</span>
              )}
              {admin && key.creator && !key.own && (
                <span class="under" dir="auto">
                  by {key.creator.name}
                </span>
              )}
            </span>
          ),
        },
        {
          title: 'Limits',
          cell: (key) => {
            const limits = limitSummary(key.limits);
            const models = key.models.length > 0 ? key.models.join(', ') : '';
            if (!limits && !models) return <span class="quiet">the tenant's</span>;
            return (
              <span>
                {limits}
                {models && <span class="under mono">{models}</span>}
              </span>
            );
          },
        },
        { title: 'Last used', cell: (key) => <When ms={key.lastUsedAtMs} never="never" /> },
        {
          title: 'State',
          cell: (key) => (
            <span>
              <State row={key} />
              {key.expiresAtMs !== undefined && works(key) && (
                <span class="under">
                  until <When ms={key.expiresAtMs} />
                </span>
              )}
            </span>
          ),
        },
        {
          title: 'Actions',
          actions: true,
          cell: (key) =>
            works(key) && (key.own || admin) ? (
              <>
                <Button small look="quiet" onClick={() => onDo({ what: 'edit', key })}>
                  Edit
                </Button>
                <Button small look="quiet" onClick={() => onDo({ what: 'rotate', key })}>
                  Rotate
                </Button>
                <Button small look="quiet" onClick={() => onDo({ what: 'revoke', key })}>
                  Revoke
                </Button>
              </>
            ) : null,
        },
      ]}
    />
  );
}
