/** Usage day by day, as a chart. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { now } from '../clock.ts';
import { Chart } from '../components/chart.tsx';
import { Choices } from '../components/tabs.tsx';
import { short, usd, utcDay } from '../format.ts';
import type { UsageRow } from '../types.ts';

/** The days of this month until today, in UTC, as the ledger counts them. */
export function monthToDate(nowMs = now()): { from: string; to: string } {
  const today = utcDay(nowMs);
  return { from: `${today.slice(0, 8)}01`, to: today };
}

const measures = [
  { value: 'costUsd', label: 'Spend' },
  { value: 'requests', label: 'Requests' },
  { value: 'tokens', label: 'Tokens' },
] as const;
type Measure = (typeof measures)[number]['value'];

const dayMs = 86_400_000;
const dayName = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const tellDay = (seconds: number): string => dayName.format(seconds * 1000);

/** The days as bars; those without a request are days with nothing, and shown as such. */
export function Days({
  rows,
  from,
  to,
}: {
  rows: readonly UsageRow[];
  from: string;
  to: string;
}): JSX.Element {
  const [measure, setMeasure] = useState<Measure>('costUsd');
  const { times, series } = useMemo(() => {
    const of = new Map(rows.map((row) => [row.day, row]));
    const days: string[] = [];
    for (let ms = Date.parse(from); ms <= Date.parse(to); ms += dayMs) days.push(utcDay(ms));
    const value = (row: UsageRow | undefined): number =>
      !row ? 0 : measure === 'tokens' ? row.inputTokens + row.outputTokens : row[measure];
    return {
      times: days.map((day) => Date.parse(day) / 1000),
      series: [
        {
          label: measures.find((one) => one.value === measure)?.label ?? '',
          values: days.map((day) => value(of.get(day))),
        },
      ],
    };
  }, [rows, from, to, measure]);
  return (
    <Chart
      title={<Choices label="Measure" value={measure} choices={measures} onChange={setMeasure} />}
      name={`${series[0]?.label ?? ''} by day, in UTC`}
      times={times}
      series={series}
      kind="bars"
      utc
      format={measure === 'costUsd' ? usd : short}
      formatTime={tellDay}
    />
  );
}
