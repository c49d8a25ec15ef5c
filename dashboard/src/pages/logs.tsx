/** The request log: what happened to each, filtered, page by page. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Field, Select } from '../components/field.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { now } from '../clock.ts';
import { count, precisely, usd } from '../format.ts';
import { useAction, useLoad, usePages } from '../load.ts';
import { filterOf, here, setParameters } from '../router.ts';
import type { LogEntry } from '../types.ts';
import { duration } from './live.tsx';
import { Receipt } from './log_receipt.tsx';
import { KeyName, useKeyNames } from './key_name.tsx';

const outcomes = [
  { value: '', label: 'Any' },
  { value: 'complete', label: 'Complete' },
  { value: 'error', label: 'Failed or refused' },
  { value: 'cancelled', label: 'Left by the caller' },
  { value: 'expired', label: 'Never heard of again' },
  { value: 'UPSTREAM_ERROR', label: 'Backend failed' },
  { value: 'UPSTREAM_TIMEOUT', label: 'Backend too slow' },
  { value: 'OVERLOADED', label: 'Overloaded' },
  { value: 'INTERNAL_ERROR', label: 'Failed in the gateway' },
  { value: 'RATE_LIMITED', label: 'Rate limit' },
  { value: 'PAYMENT_REQUIRED', label: 'Spending limit' },
  { value: 'VALIDATION_ERROR', label: 'Personal data found' },
  { value: 'FORBIDDEN', label: 'Not allowed' },
  { value: 'BAD_REQUEST', label: 'Bad request' },
] as const;

const hourMs = 3_600_000;
const spans = [
  { value: '', label: 'Any', ms: 0 },
  { value: '1h', label: 'The last hour', ms: hourMs },
  { value: '24h', label: 'The last day', ms: 24 * hourMs },
  { value: '7d', label: 'The last week', ms: 7 * 24 * hourMs },
] as const;
type Span = (typeof spans)[number]['value'];

/** From when on, where a span of time is chosen and no time by itself. */
function begin(span: string | undefined): { from?: string } {
  const ms = spans.find(({ value }) => value === span)?.ms;
  return ms ? { from: String(now() - ms) } : {};
}

const names = ['key', 'model', 'status', 'span', 'from', 'to'] as const;

export default function Logs(): JSX.Element {
  const shownFilter = filterOf(here.value.search, names);
  const { span, ...filter } = shownFilter;
  const about = JSON.stringify(shownFilter);
  const { value, error, loading, reload, more } = usePages(
    async (cursor) => {
      const all = { ...begin(span), ...filter };
      const { logs: rows, ...rest } = await api.monitoring.logs(all, cursor);
      return { rows, ...rest };
    },
    [about],
  );
  const keyNames = useKeyNames();
  const [shown, setShown] = useState<LogEntry | undefined>();
  const all = (): void => setParameters(Object.fromEntries(names.map((name) => [name, undefined])));
  return (
    <>
      <Head path="/logs">
        <Button onClick={reload}>Refresh</Button>
      </Head>
      <Filters filter={shownFilter} keyNames={keyNames} onFound={setShown} />
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
          <Entries logs={value.rows} keyNames={keyNames} onOpen={setShown} />
          <More next={value.next} more={more} />
          {!value.next && <p class="hint more">That is all that is kept.</p>}
        </div>
      )}
      {shown && <Receipt entry={shown} keyNames={keyNames} onClose={() => setShown(undefined)} />}
    </>
  );
}

function Filters({
  filter,
  keyNames,
  onFound,
}: {
  filter: api.LogFilter & { span?: string };
  keyNames: Map<string, string>;
  onFound: (entry: LogEntry) => void;
}): JSX.Element {
  const find = useAction(async (request: string) => onFound(await api.monitoring.log(request)));
  const models = useLoad(api.models.list);
  return (
    <>
      <datalist id="log-models">
        {models.value?.models.map(({ id }) => (
          <option key={id} value={id} />
        ))}
      </datalist>
      <datalist id="log-keys">
        {[...keyNames].map(([id, name]) => (
          <option key={id} value={id} label={name} />
        ))}
      </datalist>
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
        <Field label="Time">
          {(field) => (
            <Select
              {...field}
              value={(filter.from ? '' : (filter.span ?? '')) as Span}
              choices={spans}
              onChange={(span) => setParameters({ span, from: undefined, to: undefined })}
            />
          )}
        </Field>
        <Field label="Model">
          {(field) => (
            <input
              {...field}
              list="log-models"
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
              list="log-keys"
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
  keyNames,
  onOpen,
}: {
  logs: readonly LogEntry[];
  keyNames: Map<string, string>;
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
          title: 'Key',
          cell: ({ key }) => <KeyName id={key} names={keyNames} />,
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
