/**
 * `npm run bench`: what the gateway costs beside plain JavaScript, on one workerd in one run.
 *
 * Options: `--quick` (about a minute), `--only plain|stream|admission|scan|size`. No pass or fail: README.md says what
 * each figure is and is not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.ts';
import { capture, Failure, main, root } from '../scripts/lib/process.ts';
import { Progress } from '../scripts/lib/progress.ts';
import { setup } from '../scripts/setup.ts';
import { buildEmptyObject, measureAdmission, measureNative } from './admission.ts';
import { measureCollection } from './collection.ts';
import { compatibilityDate, type Edge, startEdge } from './edge.ts';
import { comparePlain, measurePlain } from './plain.ts';
import * as report from './report.ts';
import { buildScanner, measureScan } from './scan.ts';
import { measureSize, measureStart } from './size.ts';
import { compareStreams, measureStreams } from './stream.ts';

const PARTS = ['plain', 'stream', 'admission', 'scan', 'size'] as const;
type Part = (typeof PARTS)[number];
type Results = Record<string, unknown>;

function parse(args: string[]): { quick: boolean; parts: readonly Part[] } {
  try {
    const { values } = parseArgs({
      args,
      options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
    });
    const only = PARTS.find((part) => part === values.only);
    if (values.only === undefined || only) {
      return { quick: values.quick, parts: only ? [only] : PARTS };
    }
  } catch {
    // Said below.
  }
  throw new Failure(
    'usage: npm run bench [-- [--quick] [--only plain|stream|admission|scan|size]]',
    2,
  );
}

async function describe(): Promise<Results> {
  const { stdout: commit } = await capture('git', ['rev-parse', '--short', 'HEAD']);
  const { stdout: changed } = await capture('git', ['status', '--porcelain']);
  const workerd = await capture(join(root, 'node_modules', '.bin', 'workerd'), ['--version']);
  return {
    at: new Date().toISOString(),
    commit: commit.trim(),
    modified: changed.trim() !== '',
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    workerd: workerd.stdout.trim(),
    node: process.version,
    compatibilityDate: compatibilityDate(),
  };
}

function save(results: Results): string {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const json = `${JSON.stringify(results, undefined, 2)}\n`;
  const path = join(folder, `${String(results['at']).replace(/[:.]/g, '-')}.json`);
  writeFileSync(path, json);
  writeFileSync(join(folder, 'latest.json'), json);
  return path;
}

main(async () => {
  const { quick, parts } = parse(process.argv.slice(2));
  const toolchain = await setup();
  // The scanner's module is built apart.
  if (parts.some((part) => part !== 'scan')) await build('release', toolchain);
  const admits = parts.includes('admission');
  if (admits) await buildEmptyObject(toolchain);

  const results = await describe();
  const progress = new Progress('Measuring');
  const update = (detail: string): void => progress.update(detail);
  const tables: string[] = [];
  const figures: report.Figure[] = [];

  if (parts.includes('size')) {
    const sizes = measureSize();
    const start = await measureStart(quick ? 3 : 9, update);
    figures.push(...report.sizeFigures(sizes, start));
    Object.assign(results, { sizes, start });
  }
  if (parts.includes('scan')) {
    update('building the scanner alone');
    const scanner = await buildScanner(toolchain);
    const scan = measureScan(scanner, quick ? 5 : 30, update);
    figures.push(...report.scanFigures(scan));
    Object.assign(results, { scan });
  }
  let edge: Edge | undefined;
  if (parts.includes('plain')) {
    edge ??= await startEdge(admits);
    const notes = await comparePlain(edge);
    const plain = await measurePlain(edge, quick ? 8 : 40, 150, update);
    tables.push(report.plainTable(plain), ...notes);
    figures.unshift(...report.plainFigures(plain));
    Object.assign(results, { plain });
  }
  if (parts.includes('stream')) {
    edge ??= await startEdge(admits);
    await compareStreams(edge);
    const stream = await measureStreams(edge, quick ? 1 : 5, update);
    tables.push(report.streamTable(stream));
    figures.push(...report.streamFigures(stream));
    Object.assign(results, { stream });
  }
  if (admits) {
    edge ??= await startEdge(admits);
    const admission = await measureAdmission(edge, quick ? 20 : 80, update);
    update('admission in the core');
    const native = await measureNative(toolchain);
    update('collection as Wasm');
    const collection = await measureCollection(toolchain);
    tables.push(report.admissionTable(admission), report.nativeTable(native));
    figures.push(
      ...report.admissionFigures(admission, native),
      ...report.collectionFigures(native, collection),
      ...report.translationFigures(native),
    );
    Object.assign(results, { admission, native, collection });
  }
  progress.done('Measured');

  const path = save({ ...results, figures });
  console.log(['', ...tables, report.figureTable('Figure', figures), ''].join('\n\n'));
  console.log(`All samples: ${path}`);
  return 0;
});
