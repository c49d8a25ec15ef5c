/** Alerts: what fires, what did, the rules, and where they are told. */
import type { JSX } from 'preact';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { Alert } from '../types.ts';
import { amount, kinds } from './alert_kinds.ts';
import { Rules } from './alert_rules.tsx';
import { Webhooks } from './alert_webhooks.tsx';

export default function Alerts(): JSX.Element {
  const { value, error, reload } = useLoad(api.monitoring.alerts);
  return (
    <>
      <Head path="/alerts" />
      <Problem error={error} onReload={reload} />
      {value ? (
        <>
          {value.firing.length === 0 ? (
            <Empty title="Nothing fires.">
              Rules look at every minute of traffic; what they find stands here.
            </Empty>
          ) : (
            <Section title="Firing">
              <List caption="Firing" alerts={value.firing} />
            </Section>
          )}
          {value.recent.length > 0 && (
            <Section title="Over">
              <List caption="Alerts that are over" alerts={value.recent} />
            </Section>
          )}
        </>
      ) : (
        error === undefined && <Loading />
      )}
      <Rules />
      {may('admin') && <Webhooks />}
    </>
  );
}

function List({ caption, alerts }: { caption: string; alerts: readonly Alert[] }): JSX.Element {
  return (
    <Table
      caption={caption}
      rows={alerts}
      rowKey={({ id }) => id}
      columns={[
        {
          title: 'Alert',
          head: true,
          cell: ({ kind, subject }) => (
            <span>
              {kinds[kind].title}
              {subject && <span class="under mono">{subject}</span>}
            </span>
          ),
        },
        {
          title: 'State',
          cell: ({ resolvedAtMs }) =>
            resolvedAtMs === undefined ? (
              <Badge tone="bad">firing</Badge>
            ) : (
              <Badge tone="good">resolved</Badge>
            ),
        },
        {
          title: 'Value',
          number: true,
          cell: ({ kind, value }) => amount(kind, value),
        },
        {
          title: 'Limit',
          number: true,
          cell: ({ kind, threshold }) => amount(kind, threshold),
        },
        { title: 'Since', cell: ({ firedAtMs }) => <When ms={firedAtMs} /> },
        {
          title: 'Until',
          cell: ({ resolvedAtMs }) => <When ms={resolvedAtMs} never="it goes on" />,
        },
      ]}
    />
  );
}
