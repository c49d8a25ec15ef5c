/** The request log: what happened to each, filtered, page by page, with a receipt. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Field, Select } from '../components/field.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { count, precisely, usd } from '../format.ts';
import { useAction, usePages } from '../load.ts';
import { filterOf, here, setParameters } from '../router.ts';
import type { LogEntry } from '../types.ts';
import { duration } from './live.tsx';
import { Texts } from './log_texts.tsx';

const outcomes = [
  { value: '', label: 'Any' },
  { value: 'complete', label: 'Complete' },
  { value: 'error', label: 'Failed or refused' },
  { value: 'cancelled', label: 'Left by the caller' },
  { value: 'UPSTREAM_ERROR', label: 'Backend failed' },
  { value: 'UPSTREAM_TIMEOUT', label: 'Backend too slow' },
  { value: 'RATE_LIMITED', label: 'Rate limit' },
  { value: 'PAYMENT_REQUIRED', label: 'Spending limit' },
] as const;

export default function Logs(): JSX.Element {
  const filter = filterOf(here.value.search, ['key', 'model', 'status', 'from', 'to']);
  const about = JSON.stringify(filter);
  const { value, error, loading, reload, more } = usePages(
    async (cursor) => {
      const { logs: rows, ...rest } = await api.monitoring.logs(filter, cursor);
      return { rows, ...rest };
    },
    [about],
  );
  const [shown, setShown] = useState<LogEntry | undefined>();
  const all = (): void =>
    setParameters({
      key: undefined,
      model: undefined,
      status: undefined,
      from: undefined,
      to: undefined,
    });
  return (
    <>
      <Head path="/logs">
        <Button onClick={reload}>Refresh</Button>
      </Head>
      <Filters filter={filter} onFound={setShown} />
      {filter.from && filter.to && (
        <p class="hint">
          From {precisely(Number(filter.from))} to {precisely(Number(filter.to))}.{' '}
          <Button small look="quiet" onClick={all}>
            Show all
          </Button>
        </p>
      )}
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && value.rows.length === 0 && (
        <Empty
          title={about === '{}' ? 'No requests yet.' : 'No request fits the filter.'}
          action={about !== '{}' && <Button onClick={all}>Show all</Button>}
        />
      )}
      {value && value.rows.length > 0 && (
        <div aria-busy={loading}>
          <Entries logs={value.rows} onOpen={setShown} />
          <More next={value.next} more={more} />
          {!value.next && <p class="hint more">That is all that is kept.</p>}
        </div>
      )}
      {shown && <Receipt entry={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function Filters({
  filter,
  onFound,
}: {
  filter: api.LogFilter;
  onFound: (entry: LogEntry) => void;
}): JSX.Element {
  const find = useAction(async (request: string) => onFound(await api.monitoring.log(request)));
  return (
    <>
      <div class="filters" role="group" aria-label="Filter">
        <Field label="Ended">
          {(field) => (
            <Select
              {...field}
              value={filter.status ?? ''}
              choices={outcomes}
              onChange={(status) => setParameters({ status })}
            />
          )}
        </Field>
        <Field label="Model">
          {(field) => (
            <input
              {...field}
              placeholder="meta-llm"
              value={filter.model ?? ''}
              onChange={(event) => setParameters({ model: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
        <Field label="Key">
          {(field) => (
            <input
              {...field}
              placeholder="key_…"
              value={filter.key ?? ''}
              onChange={(event) => setParameters({ key: event.currentTarget.value.trim() })}
            />
          )}
        </Field>
        <Field label="Find by id">
          {(field) => (
            <input
              {...field}
              placeholder="req_…"
              onChange={(event) => {
                const request = event.currentTarget.value.trim();
                if (request) void find.run(request);
              }}
            />
          )}
        </Field>
      </div>
      <Problem error={find.error} />
    </>
  );
}

function Outcome({ entry }: { entry: LogEntry }): JSX.Element {
  const { outcome, status } = entry;
  const tone =
    outcome === 'complete'
      ? 'good'
      : outcome === 'cancelled'
        ? 'quiet'
        : (status ?? 500) < 500
          ? 'warn'
          : 'bad';
  return (
    <Badge tone={tone}>
      {outcome}
      {status ? ` ${status}` : ''}
    </Badge>
  );
}

function Entries({
  logs,
  onOpen,
}: {
  logs: readonly LogEntry[];
  onOpen: (entry: LogEntry) => void;
}): JSX.Element {
  return (
    <Table
      caption="Requests"
      rows={logs}
      rowKey={({ logId }) => logId}
      columns={[
        { title: 'When', head: true, cell: ({ atMs }) => <When ms={atMs} /> },
        { title: 'Ended', cell: (entry) => <Outcome entry={entry} /> },
        {
          title: 'Model',
          cell: ({ model, surface }) => (
            <span>
              {model ?? <span class="quiet">–</span>}
              {surface && <span class="under mono">{surface}</span>}
            </span>
          ),
        },
        {
          title: 'Tokens',
          number: true,
          cell: ({ receipt }) =>
            receipt ? count(receipt.inputTokens + receipt.outputTokens) : '–',
        },
        {
          title: 'Cost',
          number: true,
          cell: ({ receipt }) => (receipt ? usd(receipt.costUsd) : '–'),
        },
        {
          title: 'Took',
          number: true,
          cell: ({ latencyMs }) => (latencyMs > 0 ? duration(latencyMs) : '–'),
        },
        {
          title: 'Details',
          actions: true,
          cell: (entry) => (
            <Button
              small
              look="quiet"
              aria-label={`Details of ${entry.logId}`}
              onClick={() => onOpen(entry)}
            >
              Details
            </Button>
          ),
        },
      ]}
    />
  );
}

function Receipt({ entry, onClose }: { entry: LogEntry; onClose: () => void }): JSX.Element {
  const { receipt, timingsMs } = entry;
  const rows: [string, string | null | undefined][] = [
    ['Request', entry.logId],
    ['When', precisely(entry.atMs)],
    ['Ended', `${entry.outcome}${entry.status ? ` (${entry.status})` : ''}`],
    ['Limit', entry.limit],
    ['Route', entry.route],
    ['Surface', entry.surface],
    ['Model', entry.model],
    ['Backend', entry.backend],
    ['Key', entry.key],
    ['Called with', entry.ownKey ? 'your own key with the provider' : null],
    ['Took', entry.latencyMs > 0 ? duration(entry.latencyMs) : null],
    ['First token', entry.timeToFirstTokenMs === null ? null : duration(entry.timeToFirstTokenMs)],
    [
      'Of this',
      `authentication ${timingsMs.auth} ms, admission ${timingsMs.admit} ms, backend ${timingsMs.upstream} ms`,
    ],
    ['Input tokens', receipt && count(receipt.inputTokens)],
    ['of these cached', receipt && receipt.cachedTokens > 0 ? count(receipt.cachedTokens) : null],
    ['Output tokens', receipt && count(receipt.outputTokens)],
    [
      'Charged',
      receipt ? `${usd(receipt.costUsd)}${receipt.estimated ? ', estimated' : ''}` : 'nothing',
    ],
    ['Price of', receipt?.priceVersion],
  ];
  return (
    <Dialog title="Receipt" onClose={onClose}>
      <dl class="receipt">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class={name === 'Request' || name === 'Key' ? 'mono' : undefined}>{value}</dd>
            </div>
          ))}
      </dl>
      <Texts logId={entry.logId} />
    </Dialog>
  );
}
