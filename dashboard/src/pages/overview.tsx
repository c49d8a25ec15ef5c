/** The month so far: money against its limit, the days, and which models and keys it went to. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import * as api from '../api.ts';
import { Figures } from '../components/figures.tsx';
import { Meter } from '../components/meter.tsx';
import { Loading, Notice, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { count, plural, short, usd } from '../format.ts';
import { useLoad } from '../load.ts';
import type { Billing, UsageRow } from '../types.ts';
import { Days, monthToDate } from './days.tsx';
import { FirstSteps } from './first_steps.tsx';
import { forecast } from './forecast.ts';
import { Live } from './live.tsx';
import { useKeyNames } from './key_name.tsx';
import { UsageTable } from './usage_table.tsx';

export default function Overview(): JSX.Element {
  const { from, to } = useMemo(() => monthToDate(), []);
  const billing = useLoad(api.billing.get);
  const days = useLoad(() => api.billing.usage(from, to, 'day'), [from, to]);
  const rows = days.value?.rows;
  const none = rows !== undefined && rows.every(({ requests }) => requests === 0);
  return (
    <>
      <Head path="/overview" />
      {billing.value?.shadow && (
        <Notice tone="warn" title="Limits are counted, not enforced.">
          <p>The operator has put this tenant into shadow mode.</p>
        </Notice>
      )}
      {none && <FirstSteps />}
      <Problem
        error={billing.error ?? days.error}
        onReload={() => (billing.reload(), days.reload())}
      />
      {billing.value && rows ? (
        <Month billing={billing.value} rows={rows} />
      ) : (
        billing.error === undefined && days.error === undefined && <Loading />
      )}
      {rows && !none && (
        <>
          <Section title="By day">
            <Days rows={rows} from={from} to={to} />
          </Section>
          <Live />
          <Shares from={from} to={to} />
        </>
      )}
    </>
  );
}

function Month({ billing, rows }: { billing: Billing; rows: readonly UsageRow[] }): JSX.Element {
  const { month, limits } = billing;
  const sum = (pick: (row: UsageRow) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0);
  const budget = limits.effective.budgetUsd;
  const requests = sum((row) => row.requests);
  const input = sum((row) => row.inputTokens);
  const output = sum((row) => row.outputTokens);
  const estimated = sum((row) => row.estimatedRequests ?? 0);
  return (
    <Figures
      figures={[
        {
          label: 'Spent this month',
          value: usd(month.spentUsd),
          note:
            budget === undefined ? (
              'No spending limit.'
            ) : (
              <>
                <Meter
                  label="Spending limit"
                  used={month.spentUsd}
                  reserved={month.reservedUsd}
                  limit={budget}
                  text={`${usd(month.spentUsd)} of ${usd(budget)}`}
                />
                <a href="/settings/billing">of {usd(budget)}</a>
              </>
            ),
        },
        forecast(billing),
        {
          label: 'Requests',
          value: count(requests),
          note: estimated > 0 ? `${plural(estimated, 'request')} with estimated usage.` : undefined,
        },
        {
          label: 'Tokens',
          value: short(input + output),
          note: `${short(input)} in, ${short(output)} out`,
        },
      ]}
    />
  );
}

function Shares({ from, to }: { from: string; to: string }): JSX.Element {
  const models = useLoad(() => api.billing.usage(from, to, 'model'), [from, to]);
  const keys = useLoad(() => api.billing.usage(from, to, 'key'), [from, to]);
  const names = useKeyNames();
  return (
    <div class="two">
      <Section title="By model">
        <Problem error={models.error} onReload={models.reload} />
        {models.value ? <UsageTable rows={models.value.rows} by="model" most={6} /> : <Loading />}
      </Section>
      <Section title="By key">
        <Problem error={keys.error} onReload={keys.reload} />
        {keys.value ? (
          <UsageTable rows={keys.value.rows} by="key" names={names} most={6} />
        ) : (
          <Loading />
        )}
      </Section>
    </div>
  );
}
