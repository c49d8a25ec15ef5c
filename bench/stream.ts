/** Streamed chats: CPU per chunk, time to the first byte, and how much later each chunk comes. */
import { Failure } from '../scripts/lib/process.ts';
import { type Answer, Connection, events, post } from './client.ts';
import type { Edge, Variant } from './edge.ts';
import { median } from './statistics.ts';

export const STREAMED = ['direct', 'passthrough', 'loop', 'transform', 'gateway'] as const;
export const CHUNKS = 200;

/** A pace of the backend: milliseconds between chunks (-1: all at once), and how many streams go. */
export type Pace = { name: string; gapMs: number; streams: number; batches: number };
export const PACES: readonly Pace[] = [
  { name: 'burst', gapMs: -1, streams: 4, batches: 12 },
  { name: '1 ms', gapMs: 1, streams: 4, batches: 2 },
  { name: '5 ms', gapMs: 5, streams: 8, batches: 1 },
  { name: '20 ms', gapMs: 20, streams: 16, batches: 1 },
];

/** What one variant did at one pace in one round. */
export type Sample = {
  /** CPU of a whole stream, and of a stream of one chunk, in microseconds. */
  streamUs: number;
  emptyUs: number;
  /** CPU of one more chunk, in microseconds: the difference, by the number of chunks. */
  chunkUs: number;
  firstByteMs: number;
  /** From the time in the chunk to its arrival: the median, and the largest of each stream. */
  delayMs: number;
  worstMs: number;
};
export type StreamSamples = Record<string, Sample[]>;

/** The name of a variant's samples at a pace. */
export function sampleName(variant: Variant, pace: Pace): string {
  return `${variant}/${pace.name}`;
}

function request(edge: Edge, gapMs: number, chunks: number): Buffer {
  const content = `Tell me all of it, please: gap=${gapMs} chunks=${chunks}`;
  const body = { stream: true, messages: [{ role: 'user', content }] };
  return post('/ai/chat', JSON.stringify(body), { authorization: `Bearer ${edge.key}` });
}

async function batches(
  edge: Edge,
  variant: Variant,
  connections: Connection[],
  bytes: Buffer,
  count: number,
): Promise<{ answers: Answer[]; cpuUs: number }> {
  const answers: Answer[] = [];
  const before = edge.cpuMs();
  for (let batch = 0; batch < count; batch++) {
    answers.push(...(await Promise.all(connections.map((one) => one.send(bytes)))));
  }
  const cpuUs = ((edge.cpuMs() - before) * 1000) / answers.length;
  for (const { status } of answers) {
    if (status !== 200) throw new Failure(`${variant} answered a stream with ${status}.`);
  }
  return { answers, cpuUs };
}

async function sample(edge: Edge, variant: Variant, pace: Pace): Promise<Sample> {
  const connections = Array.from(
    { length: pace.streams },
    () => new Connection(edge.ports[variant]),
  );
  const one = request(edge, -1, 1);
  await batches(edge, variant, connections, one, 1);
  const empty = await batches(edge, variant, connections, one, Math.ceil(160 / pace.streams));
  const whole = await batches(
    edge,
    variant,
    connections,
    request(edge, pace.gapMs, CHUNKS),
    pace.batches,
  );
  for (const connection of connections) connection.close();
  const lost = whole.answers.find((answer) => answer.delaysMs.length !== CHUNKS);
  if (lost) {
    throw new Failure(`${variant} gave ${lost.delaysMs.length} of ${CHUNKS} chunks.`);
  }
  return {
    streamUs: whole.cpuUs,
    emptyUs: empty.cpuUs,
    chunkUs: (whole.cpuUs - empty.cpuUs) / (CHUNKS - 1),
    firstByteMs: median(whole.answers.map((answer) => answer.firstByteMs - answer.startedMs)),
    delayMs: median(whole.answers.flatMap((answer) => answer.delaysMs)),
    worstMs: median(whole.answers.map((answer) => Math.max(...answer.delaysMs))),
  };
}

/** Fails unless the gateway and the plain JavaScript send the same events. */
export async function compareStreams(edge: Edge): Promise<void> {
  const texts: string[] = [];
  for (const variant of ['transform', 'gateway'] as const) {
    const connection = new Connection(edge.ports[variant]);
    const answer = await connection.send(request(edge, -1, 20));
    connection.close();
    const text = events(answer.body)
      .join('\n')
      .replace(/@\d+/g, '@')
      .replace(/"req_[^"]*"/, '""');
    if (answer.status !== 200) throw new Failure(`${variant} answered ${answer.status}: ${text}`);
    texts.push(text);
  }
  if (texts[0] !== texts[1]) {
    throw new Failure(`the streams differ, so the comparison is not fair:\n${texts.join('\n\n')}`);
  }
}

/** Runs every variant at every pace, in turns. Slow paces take part in fewer rounds. */
export async function measureStreams(
  edge: Edge,
  rounds: number,
  progress: (detail: string) => void,
): Promise<StreamSamples> {
  const samples: StreamSamples = {};
  for (let round = 0; round <= rounds; round++) {
    for (const pace of PACES) {
      if (pace.gapMs >= 20 && round > Math.ceil(rounds / 2)) continue;
      // The first round warms the compilers and counts for nothing.
      if (pace.gapMs > 0 && round === 0) continue;
      progress(`streamed, round ${round} of ${rounds}, ${pace.name}`);
      for (const variant of STREAMED) {
        const done = await sample(edge, variant, pace);
        if (round > 0) (samples[sampleName(variant, pace)] ??= []).push(done);
      }
    }
  }
  return samples;
}

/** The median sample, each figure by itself. */
export function typicalSample(samples: StreamSamples, variant: Variant, pace: Pace): Sample {
  const all = samples[sampleName(variant, pace)] ?? [];
  const of = (figure: keyof Sample): number => median(all.map((one) => one[figure]));
  return {
    streamUs: of('streamUs'),
    emptyUs: of('emptyUs'),
    chunkUs: of('chunkUs'),
    firstByteMs: of('firstByteMs'),
    delayMs: of('delayMs'),
    worstMs: of('worstMs'),
  };
}
