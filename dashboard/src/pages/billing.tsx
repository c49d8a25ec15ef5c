/** Money and limits: the month, the plan, the limits that hold, and what was used for what. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { DayField } from '../components/day_field.tsx';
import { Figures } from '../components/figures.tsx';
import { Meter } from '../components/meter.tsx';
import { Loading, Notice, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { Choices } from '../components/tabs.tsx';
import { usd } from '../format.ts';
import { download } from '../download.ts';
import { useAction, useLoad } from '../load.ts';
import { query } from '../request.ts';
import type { Billing, UsageBy } from '../types.ts';
import { Days, monthToDate } from './days.tsx';
import { forecast } from './forecast.ts';
import { LimitSettings, Plan } from './billing_limits.tsx';
import { useKeyNames } from './key_name.tsx';
import { UsageTable } from './usage_table.tsx';

const utcMoment = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });

export default function BillingPage(): JSX.Element {
  const { value, error, loading, reload, set } = useLoad(api.billing.get);
  return (
    <>
      <Head path="/settings/billing" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && (
        <>
          {value.shadow && (
            <Notice tone="warn" title="Limits are counted, not enforced.">
              <p>The operator has put this tenant into shadow mode.</p>
            </Notice>
          )}
          <Month billing={value} />
          <Plan billing={value} onChanged={set} reload={reload} />
          <LimitSettings
            billing={value}
            onChanged={set}
            reload={reload}
            key={String(value.version)}
          />
        </>
      )}
      <Usage />
    </>
  );
}

function Month({ billing }: { billing: Billing }): JSX.Element {
  const { month, limits } = billing;
  const budget = limits.effective.budgetUsd;
  const resets = utcMoment.format(month.endMs);
  return (
    <Figures
      figures={[
        {
          label: 'Spent this month',
          value: usd(month.spentUsd),
          note: `Starts anew on ${resets} (UTC).`,
        },
        {
          label: 'Spending limit',
          value: budget === undefined ? 'none' : usd(budget),
          note:
            budget === undefined ? undefined : (
              <Meter
                label="Spending limit"
                used={month.spentUsd}
                reserved={month.reservedUsd}
                limit={budget}
                text={`${usd(month.spentUsd)} of ${usd(budget)}`}
              />
            ),
        },
        {
          label: 'Set aside for running requests',
          value: usd(month.reservedUsd),
          note: 'What they do not need comes back.',
        },
        forecast(billing),
      ]}
    />
  );
}

const bys = [
  { value: 'day', label: 'Day' },
  { value: 'model', label: 'Model' },
  { value: 'key', label: 'Key' },
] as const;

function Usage(): JSX.Element {
  const first = useMemo(() => monthToDate(), []);
  const [from, setFrom] = useState(first.from);
  const [to, setTo] = useState(first.to);
  const [by, setBy] = useState<UsageBy>('day');
  const wrong = from > to ? 'The first day is after the last.' : undefined;
  const { value, error, loading, reload } = useLoad(
    async () => (wrong ? undefined : { by, ...(await api.billing.usage(from, to, by)) }),
    [from, to, by],
  );
  const names = useKeyNames();
  const save = useAction(() =>
    download(`/api/usage.csv${query({ from, to, by })}`, `usage-${from}-${to}-by-${by}.csv`),
  );
  return (
    <>
      <Section
        title="Usage"
        lead="Days in UTC, as the ledger counts them."
        actions={
          <Button icon="download" busy={save.busy} onClick={() => void save.run()}>
            Export CSV
          </Button>
        }
      >
        <Problem error={save.error} />
        <div class="filters">
          <DayField
            label="From"
            value={from}
            max={first.to}
            error={wrong}
            onChange={(day) => setFrom(day || first.from)}
          />
          <DayField
            label="To"
            value={to}
            max={first.to}
            onChange={(day) => setTo(day || first.to)}
          />
          <div class="filter-end">
            <Choices label="Usage by" value={by} choices={bys} onChange={setBy} />
          </div>
        </div>
        <Problem error={error} onReload={reload} />
        {!value && loading && <Loading />}
        {value && (
          <div aria-busy={loading}>
            {value.by === 'day' && value.rows.length > 0 ? (
              <Days rows={value.rows} from={from} to={to} />
            ) : (
              <UsageTable rows={value.rows} by={value.by} names={names} />
            )}
          </div>
        )}
      </Section>
    </>
  );
}
