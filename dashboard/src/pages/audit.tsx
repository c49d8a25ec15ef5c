/** The audit log: every change, filtered and page by page. */
import type { JSX } from 'preact';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { DayField } from '../components/day_field.tsx';
import { Field, Select } from '../components/field.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { download } from '../download.ts';
import { useAction, useLoad, usePages } from '../load.ts';
import { query } from '../request.ts';
import { filterOf, here, setParameters } from '../router.ts';
import { may } from '../session.ts';
import type { AuditEvent, Member } from '../types.ts';

/** All that is about one kind of thing; a whole name may be typed as well. */
const actions = [
  'alert_rules',
  'billing',
  'invitation',
  'key',
  'member',
  'passkey',
  'person',
  'privacy',
  'provider_key',
  'recovery',
  'session',
  'tenant',
  'webhook',
];

export default function Audit(): JSX.Element {
  const filter = filterOf(here.value.search, ['actor', 'action', 'from', 'to']);
  const about = JSON.stringify(filter);
  const { value, error, loading, reload, more } = usePages(
    async (cursor) => {
      const { events: rows, ...rest } = await api.audit.list(filter, cursor);
      return { rows, ...rest };
    },
    [about],
  );
  const members = useLoad(async () => (may('admin') ? (await api.team.members()).members : []));
  const save = useAction(() => download(`/api/audit.csv${query(filter)}`, 'audit.csv'));
  const filtered = about !== '{}';
  return (
    <>
      <Head path="/audit">
        <Button icon="download" busy={save.busy} onClick={() => void save.run()}>
          Export CSV
        </Button>
      </Head>
      <Problem error={save.error} />
      <Filters filter={filter} members={members.value ?? []} />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && value.rows.length === 0 && (
        <Empty
          title={filtered ? 'No change fits the filter.' : 'No changes yet.'}
          action={
            filtered && (
              <Button
                onClick={() =>
                  setParameters({
                    actor: undefined,
                    action: undefined,
                    from: undefined,
                    to: undefined,
                  })
                }
              >
                Show all
              </Button>
            )
          }
        />
      )}
      {value && value.rows.length > 0 && (
        <div aria-busy={loading}>
          <Events events={value.rows} />
          <More next={value.next} more={more} />
          {!value.next && <p class="hint more">That is all.</p>}
        </div>
      )}
    </>
  );
}

function Filters({
  filter,
  members,
}: {
  filter: api.AuditFilter;
  members: readonly Member[];
}): JSX.Element {
  const known = [
    ...members.map(({ id, name }) => ({ value: id, label: name })),
    { value: 'key', label: 'API keys' },
    { value: 'operator', label: 'The operator' },
    { value: 'system', label: 'The gateway itself' },
  ];
  // An actor that is no member (a key, somebody who has left) stays chosen.
  if (filter.actor && !known.some(({ value }) => value === filter.actor))
    known.push({ value: filter.actor, label: filter.actor });
  return (
    <div class="filters" role="group" aria-label="Filter">
      <datalist id="audit-actions">
        {actions.map((action) => (
          <option key={action} value={action} />
        ))}
      </datalist>
      <Field label="Who">
        {(field) => (
          <Select
            {...field}
            value={filter.actor ?? ''}
            choices={[{ value: '', label: 'Anybody' }, ...known]}
            onChange={(actor) => setParameters({ actor })}
          />
        )}
      </Field>
      <Field label="What">
        {(field) => (
          <input
            {...field}
            list="audit-actions"
            placeholder="key.revoked"
            value={filter.action ?? ''}
            onChange={(event) => setParameters({ action: event.currentTarget.value.trim() })}
          />
        )}
      </Field>
      <DayField
        label="From"
        value={filter.from ?? ''}
        max={filter.to}
        onChange={(from) => setParameters({ from })}
      />
      <DayField
        label="To"
        value={filter.to ?? ''}
        min={filter.from}
        onChange={(to) => setParameters({ to })}
      />
    </div>
  );
}

function actor({ actor: { kind, id, name } }: AuditEvent): JSX.Element {
  if (kind === 'operator') return <>the operator</>;
  if (kind === 'system') return <>the gateway</>;
  return (
    <>
      <span dir="auto">{name ?? id ?? 'unknown'}</span>
      {kind === 'key' && <span class="under">an API key</span>}
    </>
  );
}

function Events({ events }: { events: readonly AuditEvent[] }): JSX.Element {
  return (
    <Table
      caption="Changes"
      rows={events}
      rowKey={({ id }) => id}
      columns={[
        { title: 'When', head: true, cell: ({ atMs }) => <When ms={atMs} /> },
        { title: 'Who', cell: actor },
        {
          title: 'What',
          cell: ({ action, target }) => (
            <span>
              <span class="mono">{action}</span>
              {target && <span class="under mono">{target}</span>}
            </span>
          ),
        },
        {
          title: 'Details',
          cell: ({ details }) => {
            const told = Object.entries(details ?? {}).filter(([, value]) => value !== null);
            return told.length > 0 ? (
              <ul class="pairs">
                {told.map(([name, value]) => (
                  <li key={name}>
                    <span class="quiet">{name}</span>{' '}
                    <span dir="auto">
                      {typeof value === 'string' ? value : JSON.stringify(value)}
                    </span>
                  </li>
                ))}
              </ul>
            ) : (
              <span class="quiet">–</span>
            );
          },
        },
        {
          title: 'From',
          cell: ({ ip, requestId }) => (
            <span>
              {ip ?? <span class="quiet">–</span>}
              {requestId && (
                <span class="under mono request" title={requestId}>
                  {requestId}
                </span>
              )}
            </span>
          ),
        },
      ]}
    />
  );
}
