import { main } from '/work/main/scripts/lib/process.ts';
import { startEdge } from '/work/main/bench/edge.ts';
import { comparePlain, measurePlain } from '/work/main/bench/plain.ts';
import * as report from '/work/main/bench/report.ts';
import { compareStreams, measureStreams } from '/work/main/bench/stream.ts';
import { measureSize, measureStart } from '/work/main/bench/size.ts';
main(async () => {
  const what = process.argv[2] ?? 'plain'; const rounds = Number(process.argv[3] ?? 2);
  const u = (s: string) => {};
  if (what === 'size') { const z = measureSize(); console.log(report.figureTable('x', report.sizeFigures(z, await measureStart(rounds, u)))); return 0; }
  const edge = await startEdge();
  if (what === 'plain') { console.log(await comparePlain(edge)); const s = await measurePlain(edge, rounds, 500, u); console.log(report.plainTable(s)); console.log(report.figureTable('f', report.plainFigures(s))); }
  if (what === 'stream') { await compareStreams(edge); const s = await measureStreams(edge, rounds, u); console.log(report.streamTable(s)); console.log(report.figureTable('f', report.streamFigures(s))); }
  return 0;
});
