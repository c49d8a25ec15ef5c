/** The figures as tables, each beside what it is meant to be. */
import {
  type AdmissionSamples,
  callsName,
  callsRatio,
  type NativeCost,
  OBJECTS,
  STEPS,
  TENANTS,
  TRANSLATIONS,
  typicalCalls,
} from './admission.ts';
import type { Collection } from './collection.ts';
import { CONCURRENCY, cpuRatio, loadName, PLAIN, type PlainSamples, typical } from './plain.ts';
import type { ScanResult } from './scan.ts';
import type { Sizes, Start } from './size.ts';
import { PACES, STREAMED, type StreamSamples, typicalSample } from './stream.ts';

/** A figure that has a target. */
export type Figure = { name: string; value: number; unit: string; target: string };

const LABELS: Record<string, string> = {
  direct: '    backend alone',
  passthrough: '(a) bare pass-through (JS)',
  loop: '    read and written (JS)',
  transform: '    TransformStream (JS)',
  'js-kv': '(b1) same job in JS, KV read',
  'js-cached': '(b2) same job in JS, cached',
  gateway: '(c) this gateway',
  EMPTY: '    empty object (Rust)',
  JAVASCRIPT: '(b) same job in JS',
  GATEWAY: '(c) this gateway',
};

function label(variant: string): string {
  return LABELS[variant] ?? variant;
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

function whole(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0) : '-';
}

function fine(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}

/** CPU, latency and throughput of plain chats. */
export function plainTable(samples: PlainSamples): string {
  const blocks = CONCURRENCY.map((concurrency) => {
    const direct = typical(samples, 'direct', concurrency);
    const rows = PLAIN.map((variant) => {
      const { cpuUs, p50Ms, p99Ms, perSecond } = typical(samples, variant, concurrency);
      const isDirect = variant === 'direct';
      return [
        label(variant),
        isDirect ? '-' : whole(cpuUs),
        fine(p50Ms),
        fine(p99Ms),
        isDirect ? '-' : fine(p50Ms - direct.p50Ms),
        whole(perSecond),
      ];
    });
    const head = [
      `Plain, ${loadName(concurrency)}`,
      'CPU µs',
      'p50 ms',
      'p99 ms',
      'added ms',
      'req/s',
    ];
    return table([head, ...rows]);
  });
  return blocks.join('\n\n');
}

/** What plain chats are meant to cost. */
export function plainFigures(samples: PlainSamples): Figure[] {
  const added = (variant: (typeof PLAIN)[number], concurrency: number): number =>
    typical(samples, variant, concurrency).p50Ms - typical(samples, 'direct', concurrency).p50Ms;
  return CONCURRENCY.flatMap((concurrency) => [
    {
      name: `CPU (c)/(b1), ${loadName(concurrency)}`,
      value: cpuRatio(samples, 'gateway', 'js-kv', concurrency),
      unit: '×',
      target: 'at most 0.95 ×',
    },
    {
      name: `CPU (c)/(b2), ${loadName(concurrency)}`,
      value: cpuRatio(samples, 'gateway', 'js-cached', concurrency),
      unit: '×',
      target: 'at most 1.10 ×',
    },
    {
      name: `Added latency p50 (c)/(a), ${loadName(concurrency)}`,
      value: added('gateway', concurrency) / added('passthrough', concurrency),
      unit: '×',
      target: 'at most 2 ×',
    },
  ]);
}

/** CPU and delay of streamed chats. */
export function streamTable(samples: StreamSamples): string {
  const blocks = PACES.map((pace) => {
    const rows = STREAMED.map((variant) => {
      const it = typicalSample(samples, variant, pace);
      const direct = typicalSample(samples, 'direct', pace);
      const isDirect = variant === 'direct';
      return [
        label(variant),
        isDirect ? '-' : it.chunkUs.toFixed(1),
        isDirect ? '-' : whole(it.streamUs),
        isDirect ? '-' : whole(it.emptyUs),
        fine(it.firstByteMs),
        fine(it.delayMs),
        fine(it.worstMs),
        isDirect ? '-' : fine(it.worstMs - direct.worstMs),
      ];
    });
    const head = [
      `Streamed, ${pace.name}`,
      'µs/chunk',
      'µs/stream',
      'µs/1-chunk',
      'first ms',
      'delay p50',
      'worst',
      'added',
    ];
    return table([head, ...rows]);
  });
  return blocks.join('\n\n');
}

/** What a streamed chunk is meant to cost. */
export function streamFigures(samples: StreamSamples): Figure[] {
  return PACES.flatMap((pace) => {
    const gateway = typicalSample(samples, 'gateway', pace);
    const javascript = typicalSample(samples, 'transform', pace);
    const loop = typicalSample(samples, 'loop', pace);
    return [
      {
        name: `CPU per chunk (c)/TransformStream, ${pace.name}`,
        value: gateway.chunkUs / javascript.chunkUs,
        unit: '×',
        target: 'at most 0.4 ×',
      },
      {
        name: `CPU per chunk only read and written/TransformStream, ${pace.name}`,
        value: loop.chunkUs / javascript.chunkUs,
        unit: '×',
        target: '-',
      },
      {
        name: `CPU per whole stream (c)/TransformStream, ${pace.name}`,
        value: gateway.streamUs / javascript.streamUs,
        unit: '×',
        target: '-',
      },
    ];
  });
}

const STEP_NAMES = { admit: 'admissions', both: 'admissions and settlements' };
const TENANT_NAMES = { free: 'no limits', limited: 'four limits each of tenant and key' };

/** Calls of objects. */
export function admissionTable(samples: AdmissionSamples): string {
  const blocks = TENANTS.flatMap((tenant) =>
    STEPS.map((step) => {
      const rows = OBJECTS.map((object) => {
        const name = callsName(object, tenant, step);
        const ratio = callsRatio(samples, name, callsName('EMPTY', tenant, step));
        return [
          label(object),
          whole(typicalCalls(samples, name, 'perSecond')),
          whole(typicalCalls(samples, name, 'cpuUs')),
          object === 'EMPTY' ? '-' : fine(ratio),
        ];
      });
      const title = `Messages: ${STEP_NAMES[step]}, ${TENANT_NAMES[tenant]}`;
      return table([[title, 'calls/s', 'CPU µs', 'of empty'], ...rows]);
    }),
  );
  return blocks.join('\n\n');
}

/** The core alone. */
export function nativeTable(native: NativeCost): string {
  const rows = TENANTS.flatMap((tenant) =>
    Object.entries(native[tenant]).map(([kind, { ns, allocations }]) => [
      `${kind === 'text' ? 'message read, answer written' : kind}, ${TENANT_NAMES[tenant]}`,
      whole(ns),
      allocations.toFixed(1),
    ]),
  );
  const translations = TRANSLATIONS.map((name) => {
    const { ns, allocations } = native.translation[name];
    const what = name === 'auto' ? 'model chosen for it' : `chat of 10 KB, ${name}`;
    return [what, whole(ns), allocations.toFixed(1)];
  });
  const collections = (['without', 'with'] as const).map((which) => {
    const { ns, allocations } = native.collection[which];
    return [`admitted and settled, ${which} metrics`, whole(ns), allocations.toFixed(1)];
  });
  return table([
    ['In the core, native', 'ns', 'allocations'],
    ...rows,
    ...collections,
    ...translations,
  ]);
}

/** What counting a request costs: the difference that its metrics make. */
export function collectionFigures(native: NativeCost, wasm: Collection): Figure[] {
  const of = (where: string, withIt: number, without: number): Figure => ({
    name: `Metrics of a request, ${where}`,
    value: (withIt - without) / 1_000,
    unit: 'µs',
    target: '-',
  });
  return [
    of('native', native.collection.with.ns, native.collection.without.ns),
    of('Wasm', wasm.with, wasm.without),
  ];
}

/** What a translation is meant to cost. */
export function translationFigures(native: NativeCost): Figure[] {
  const between = TRANSLATIONS.filter((name) => name !== 'auto' && name !== 'openai to openai');
  const slowest = Math.max(...between.map((name) => native.translation[name].ns));
  return [
    {
      name: 'Translation of a chat of 10 KB, native, the slowest',
      value: slowest / 1_000,
      unit: 'µs',
      target: 'at most 50 µs',
    },
  ];
}

/** What an admission is meant to cost. */
export function admissionFigures(samples: AdmissionSamples, native: NativeCost): Figure[] {
  return TENANTS.flatMap((tenant) => [
    {
      name: `Admissions/s (c)/empty object, ${TENANT_NAMES[tenant]}`,
      value: callsRatio(
        samples,
        callsName('GATEWAY', tenant, 'admit'),
        callsName('EMPTY', tenant, 'admit'),
      ),
      unit: '×',
      target: 'at least 0.90 ×',
    },
    {
      name: `Admission in the core, native, ${TENANT_NAMES[tenant]}`,
      value: native[tenant].admit.ns / 1_000,
      unit: 'µs',
      target: 'at most 2 µs',
    },
  ]);
}

/** The scanner for personal data, alone. */
export function scanFigures({ messages, large, raw, gzip }: ScanResult): Figure[] {
  const name = (text: string): string => `Scan of 100 KiB: ${text}`;
  return [
    {
      name: 'Scan of a chat message, p50',
      value: messages.p50Us,
      unit: 'µs',
      target: 'at most 20 µs',
    },
    {
      name: 'Scan of a chat message, p99',
      value: messages.p99Us,
      unit: 'µs',
      target: 'at most 150 µs',
    },
    ...Object.entries(large).map(([text, value]) => ({
      name: name(text),
      value,
      unit: 'ms',
      target: 'at most 5 ms',
    })),
    {
      name: 'Wasm that the scanner adds, gzip',
      value: gzip / 1024,
      unit: 'KiB',
      target: 'at most 40 KB',
    },
    { name: 'Wasm that the scanner adds, raw', value: raw / 1024, unit: 'KiB', target: '-' },
  ];
}

/** Sizes and start-up. */
export function sizeFigures(sizes: Sizes, start: Start): Figure[] {
  const figure = (name: string, value: number, unit: string, target = '-'): Figure => ({
    name,
    value,
    unit,
    target,
  });
  return [
    figure('Wasm of the gateway, gzip', sizes.gateway.gzip / 1024, 'KiB', 'at most 400 KB'),
    figure('Wasm of the gateway, raw', sizes.gateway.raw / 1024, 'KiB'),
    figure('Wasm of the objects, gzip', sizes.objects.gzip / 1024, 'KiB'),
    figure('Wasm of the objects, raw', sizes.objects.raw / 1024, 'KiB'),
    figure('Wasm of the control plane, gzip', sizes.control.gzip / 1024, 'KiB'),
    figure('Wasm of the control plane, raw', sizes.control.raw / 1024, 'KiB'),
    figure('JavaScript, gzip', sizes.javascript.gzip / 1024, 'KiB'),
    figure('JavaScript, raw', sizes.javascript.raw / 1024, 'KiB'),
    figure(
      'Isolate start-up: cold workerd, (c) less an empty Worker',
      start.addedMs,
      'ms',
      'at most 50 ms',
    ),
    figure('Cold workerd to first answer, empty Worker', start.emptyMs, 'ms'),
    figure('Cold workerd to first answer, (c)', start.gatewayMs, 'ms'),
    figure('First request less a later one, empty Worker', start.emptyFirstMs, 'ms'),
    figure('First request less a later one, (c)', start.gatewayFirstMs, 'ms'),
    figure("Wasm compiled in Node's V8", start.compileMs, 'ms'),
    figure("Wasm instantiated in Node's V8", start.instantiateMs, 'ms'),
  ];
}

/** Figures beside their targets. */
export function figureTable(title: string, figures: Figure[]): string {
  const rows = figures.map(({ name, value, unit, target }) => [
    name,
    `${Number.isFinite(value) ? value.toFixed(2) : '-'} ${unit}`,
    target,
  ]);
  return table([[title, 'measured', 'meant to be'], ...rows]);
}
