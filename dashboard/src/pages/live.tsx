/** What happened lately: requests, failures, latency and tokens by time, with the way to the requests. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Chart, type Series } from '../components/chart.tsx';
import { Loading, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { Choices } from '../components/tabs.tsx';
import { count, short, usd } from '../format.ts';
import { useLoad } from '../load.ts';
import { query } from '../request.ts';
import { go } from '../router.ts';
import type { Metrics, MetricSums, MetricsWindow } from '../types.ts';

const windows = [
  { value: '1h', label: 'Hour' },
  { value: '24h', label: 'Day' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '13mo', label: '13 months' },
] as const;
const dayMs = 86_400_000;
const stepMs: Record<MetricsWindow, number> = {
  '1h': 60_000,
  '24h': 3_600_000,
  '30d': dayMs,
  '90d': dayMs,
  '13mo': dayMs,
};
const refreshMs = 30_000;

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayName = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** A length of time as short as it can be told. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function failures({ errors }: MetricSums): number {
  return Object.values(errors).reduce((sum, one) => sum + one, 0);
}

export function Live(): JSX.Element {
  const [window, setWindow] = useState<MetricsWindow>('1h');
  const { value, error, reload } = useLoad(() => api.monitoring.metrics(window), [window]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), refreshMs);
    return () => clearInterval(timer);
  }, [reload]);
  return (
    <Section
      title="Lately"
      actions={<Choices label="Time range" value={window} choices={windows} onChange={setWindow} />}
    >
      <Problem error={error} onReload={reload} />
      {value ? <Charts metrics={value} /> : error === undefined && <Loading />}
    </Section>
  );
}

type Drawn = {
  title: string;
  series: Series[];
  kind: 'bars' | 'lines';
  format: (n: number) => string;
};

function Charts({ metrics }: { metrics: Metrics }): JSX.Element {
  const { steps, window } = metrics;
  const tell = (seconds: number): string =>
    (stepMs[window] === dayMs ? dayName : clock).format(seconds * 1000);
  const times = useMemo(() => steps.map(({ atMs }) => atMs / 1000), [steps]);
  const drawn = useMemo((): Drawn[] => {
    const values = (pick: (step: MetricSums) => number | null): (number | null)[] =>
      steps.map(pick);
    return [
      {
        title: `${count(metrics.requests)} requests, ${count(failures(metrics))} errors`,
        kind: 'lines',
        format: short,
        series: [
          { label: 'Requests', values: values((step) => step.requests) },
          { label: 'Errors', values: values(failures), tone: 'bad' },
        ],
      },
      {
        title: 'Latency',
        kind: 'lines',
        format: duration,
        series: [
          { label: 'p50', values: values((step) => step.latencyMs.p50) },
          { label: 'p95', values: values((step) => step.latencyMs.p95), tone: 'warn' },
          {
            label: 'First token p95',
            values: values((step) => step.timeToFirstTokenMs.p95),
            tone: 'info',
          },
        ],
      },
      {
        title: `${short(metrics.inputTokens + metrics.outputTokens)} tokens`,
        kind: 'lines',
        format: short,
        series: [
          { label: 'Input', values: values((step) => step.inputTokens) },
          { label: 'Output', values: values((step) => step.outputTokens), tone: 'info' },
        ],
      },
      {
        title: `${usd(metrics.costUsd)} spent`,
        kind: 'lines',
        format: usd,
        series: [{ label: 'Spend', values: values((step) => step.costUsd) }],
      },
    ];
  }, [metrics]);
  // From a point of a chart to the requests of its time; from the line of errors to those that failed.
  const open = (index: number, label?: string): void => {
    const from = steps[index]?.atMs;
    if (from === undefined) return;
    const status = label === 'Errors' ? 'error' : undefined;
    go(`/logs${query({ from: `${from}`, to: `${from + stepMs[window]}`, status })}`);
  };
  return (
    <div class="two">
      {drawn.map(({ title, series, kind, format }) => (
        <Chart
          key={series[0]?.label}
          title={title}
          name={`${series.map(({ label }) => label).join(', ')} by time`}
          times={times}
          series={series}
          kind={kind}
          format={format}
          formatTime={tell}
          height={150}
          onPick={open}
        />
      ))}
    </div>
  );
}
