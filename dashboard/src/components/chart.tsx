/**
 * A chart over time: uPlot draws it, the value under the pointer stands beside the title, and the same
 * numbers can be read as a table.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark, theme } from '../theme.ts';
import { Table } from './table.tsx';

export type Series = {
  label: string;
  values: readonly (number | null)[];
  tone?: 'accent' | 'info' | 'warn' | 'bad';
};

type Props = {
  /** What stands above it to the left; the value under the pointer stands to the right. */
  title: ComponentChildren;
  /** What it shows, for readers. */
  name: string;
  /** Seconds since 1970, ascending. */
  times: readonly number[];
  series: readonly Series[];
  kind: 'bars' | 'lines';
  format: (value: number) => string;
  formatTime: (seconds: number) => string;
  height?: number;
  /** UTC days start at midnight UTC, wherever the reader is. */
  utc?: boolean;
  /** The point, and the series that lies nearest to where it was picked. */
  onPick?: (index: number, label?: string) => void;
};

/** Where a value has none before and none after it. */
function alone(values: readonly (number | null)[]): number[] {
  const none = (at: number): boolean => (values[at] ?? null) === null;
  return [...values.keys()].filter((at) => !none(at) && none(at - 1) && none(at + 1));
}

/** How near to a line, in pixels, means that line. */
const nearPixels = 24;

function color(element: Element, name: string): string {
  // A canvas knows no light-dark(): the style of an element that has the colour is asked.
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

export function Chart(props: Props): JSX.Element {
  const { title, name, times, series, kind, format, formatTime, height = 180, utc, onPick } = props;
  const box = useRef<HTMLDivElement>(null);
  const near = useRef<string | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>();
  const [system, setSystem] = useState(isDark);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setSystem(isDark());
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);

  useEffect(() => {
    let plot: uPlot | undefined;
    let gone = false;
    let observer: ResizeObserver | undefined;
    const draw = async (): Promise<void> => {
      const { default: UPlot } = await import('uplot');
      const element = box.current;
      if (gone || !element) return;
      const paint = (name: string): string => color(element, name);
      const axis = {
        stroke: paint('quiet'),
        font: '12px "Instrument Sans Variable", system-ui, sans-serif',
        grid: { stroke: paint('line'), width: 1 },
        ticks: { show: false },
      };
      const bars = UPlot.paths.bars?.({ size: [0.7, 40], radius: 0.15 });
      plot = new UPlot(
        {
          width: element.clientWidth,
          height,
          ...(utc
            ? { tzDate: (seconds: number) => UPlot.tzDate(new Date(seconds * 1e3), 'Etc/UTC') }
            : {}),
          legend: { show: false },
          cursor: {
            y: false,
            drag: { x: false, y: false },
            points: { show: kind === 'lines' },
            focus: { prox: nearPixels },
          },
          scales: {
            x: kind === 'bars' ? { range: (_u, low, high) => [low - 43_200, high + 43_200] } : {},
            y: { range: (_u, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
          },
          axes: [
            {
              ...axis,
              grid: { show: false },
              space: 60,
              // One line of text, and no room below it.
              size: 28,
              values: (_u, splits) => splits.map((seconds) => formatTime(seconds)),
            },
            { ...axis, size: 64, values: (_u, splits) => splits.map((value) => format(value)) },
          ],
          series: [
            {},
            ...series.map(({ label, values, tone = 'accent' }) => ({
              label,
              stroke: paint(tone),
              width: kind === 'bars' ? 0 : 1.75,
              ...(kind === 'bars' ? { fill: paint(tone), ...(bars ? { paths: bars } : {}) } : {}),
              // A line needs two: what stands alone is a dot.
              points: {
                show: false,
                filter: kind === 'lines' ? alone(values) : null,
                size: 5,
                fill: paint(tone),
              },
            })),
          ],
          // Nothing fades: the series at the cursor is only told.
          focus: { alpha: 1 },
          hooks: {
            setCursor: [(u) => setAt(u.cursor.idx ?? undefined)],
            setSeries: [
              (u, index) => (near.current = index ? String(u.series[index]?.label) : undefined),
            ],
          },
        },
        [times as number[], ...series.map(({ values }) => values as (number | null)[])],
        element,
      );
      observer = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height }));
      observer.observe(element);
    };
    void draw();
    return () => {
      gone = true;
      observer?.disconnect();
      plot?.destroy();
    };
  }, [times, series, kind, format, height, utc, theme.value, system]);

  const shown = at === undefined ? undefined : times[at];
  return (
    <figure class="chart" aria-label={name}>
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-value number" aria-hidden="true">
          {shown !== undefined && at !== undefined
            ? `${formatTime(shown)}: ${series
                .map(({ label, values }) => {
                  const value = values[at];
                  const told = value === null || value === undefined ? 'no data' : format(value);
                  return series.length > 1 ? `${label} ${told}` : told;
                })
                .join(', ')}`
            : series.length > 1 &&
              series.map(({ label, tone = 'accent' }) => (
                <span key={label} class={`swatch ${tone}`}>
                  {label}
                </span>
              ))}
        </span>
      </figcaption>
      <div
        ref={box}
        class="chart-box"
        style={{ minHeight: `${height}px` }}
        onClick={() => at !== undefined && onPick?.(at, near.current)}
        aria-hidden="true"
      />
      <details class="chart-table">
        <summary>Show as a table</summary>
        <Table
          caption={name}
          rows={times.map((time, index) => ({ time, index }))}
          rowKey={({ time }) => String(time)}
          columns={[
            { title: 'Time', head: true, cell: ({ time }) => formatTime(time) },
            ...series.map(({ label, values }) => ({
              title: label,
              number: true,
              cell: ({ index }: { index: number }) => {
                const value = values[index];
                return value === null || value === undefined ? 'no data' : format(value);
              },
            })),
          ]}
        />
      </details>
    </figure>
  );
}
