/** Plain chats: CPU, latency and throughput of each variant, in rounds. */
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../scripts/lib/process.ts';
import { type Answer, Connection, post } from './client.ts';
import type { Edge, Variant } from './edge.ts';
import { median, percentile } from './statistics.ts';

export const PLAIN = ['direct', 'passthrough', 'js-kv', 'js-cached', 'gateway'] as const;
/** So many at a time, each as soon as the one before is answered; 0 is one at a time with a pause. */
export const CONCURRENCY = [1, 8, 0] as const;
/** Between two requests that come with a pause, in ms: what follows an answer is over by then. */
const PAUSE_MS = 5;

/** How requests come, in words. */
export function loadName(concurrency: number): string {
  return concurrency === 0 ? `one every ${PAUSE_MS} ms` : `${concurrency} at a time`;
}

/** What one variant did in one slice of time. */
export type Slice = {
  requests: number;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
  perSecond: number;
};
/** Slices by variant and concurrency, one per round. */
export type PlainSamples = Record<string, Slice[]>;

/** What is asked: some turns of a conversation with settings, about 1 KB. */
export const CHAT = JSON.stringify({
  model: 'meta-llm',
  systemPrompt: 'You help the staff of a library. Answer in short sentences, and say so if unsure.',
  messages: [
    { role: 'user', content: 'A reader wants to know where the atlases are kept. '.repeat(3) },
    {
      role: 'assistant',
      content: 'On the second floor, shelf 912, behind the map cases. '.repeat(4),
    },
    {
      role: 'user',
      content: 'And which of them show the rivers of "Siberia" at 1:1,000,000?\n'.repeat(6),
    },
  ],
  temperature: 0.7,
  max_tokens: 512,
});

/** The name of a variant's slices at a concurrency. */
export function sliceName(variant: Variant, concurrency: number): string {
  return `${variant}/${concurrency}`;
}

function request(edge: Edge, body: string): Buffer {
  return post('/ai/chat', body, { authorization: `Bearer ${edge.key}` });
}

async function load(
  connections: Connection[],
  bytes: Buffer,
  untilMs: number,
  pauseMs: number,
  each: (answer: Answer) => void,
): Promise<void> {
  const one = async (connection: Connection): Promise<void> => {
    do {
      each(await connection.send(bytes));
      if (pauseMs > 0) await wait(pauseMs);
    } while (performance.now() < untilMs);
  };
  await Promise.all(connections.map(one));
}

async function slice(
  edge: Edge,
  variant: Variant,
  concurrency: number,
  ms: number,
): Promise<Slice> {
  const connections = Array.from(
    { length: Math.max(concurrency, 1) },
    () => new Connection(edge.ports[variant]),
  );
  const bytes = request(edge, CHAT);
  await load(connections, bytes, 0, 0, () => {});
  const latencies: number[] = [];
  const started = performance.now();
  const cpuBefore = edge.cpuMs();
  const pauseMs = concurrency === 0 ? PAUSE_MS : 0;
  await load(connections, bytes, started + ms, pauseMs, ({ status, startedMs, endedMs }) => {
    if (status !== 200) throw new Failure(`${variant} answered ${status}.`);
    latencies.push(endedMs - startedMs);
  });
  const cpu = edge.cpuMs() - cpuBefore;
  const took = performance.now() - started;
  for (const connection of connections) connection.close();
  return {
    requests: latencies.length,
    cpuUs: (cpu * 1000) / latencies.length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    perSecond: (latencies.length * 1000) / took,
  };
}

/** What differs between two requests, whoever answers: identifiers, and how long things took. */
function comparable(answer: Answer): { body: unknown; headers: string[] } {
  const body = JSON.parse(Buffer.from(answer.body, 'latin1').toString()) as Record<string, unknown>;
  const headers = answer.head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(':')[0]?.toLowerCase() ?? '')
    .filter((name) => !['date', 'server-timing'].includes(name))
    .sort();
  return { body: { ...body, logId: typeof body['logId'] }, headers };
}

/** Fails unless the gateway and the plain JavaScript give the same answer; says how headers differ. */
export async function comparePlain(edge: Edge): Promise<string[]> {
  const answers = new Map<Variant, ReturnType<typeof comparable>>();
  for (const variant of ['js-kv', 'js-cached', 'gateway'] as const) {
    const connection = new Connection(edge.ports[variant]);
    const answer = await connection.send(request(edge, CHAT));
    connection.close();
    if (answer.status !== 200) {
      throw new Failure(`${variant} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    }
    answers.set(variant, comparable(answer));
  }
  const gateway = answers.get('gateway');
  const javascript = answers.get('js-cached');
  if (!gateway || !javascript) throw new Failure('an answer is missing.');
  const [ours, theirs] = [JSON.stringify(gateway.body), JSON.stringify(javascript.body)];
  if (ours !== theirs) {
    throw new Failure(`the answers differ, so the comparison is not fair:\n${ours}\n${theirs}`);
  }
  const only = (some: string[], others: string[]): string =>
    some.filter((name) => !others.includes(name)).join(', ') || 'none';
  return gateway.headers.join() === javascript.headers.join()
    ? []
    : [
        `Headers only of the gateway: ${only(gateway.headers, javascript.headers)};`,
        `only of the plain JavaScript: ${only(javascript.headers, gateway.headers)}.`,
      ];
}

/** The list from another start in each round: nobody always comes after the same neighbour's garbage. */
function rotated<T>(list: readonly T[], round: number): T[] {
  const start = round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** Runs every variant at every concurrency, in turns. */
export async function measurePlain(
  edge: Edge,
  rounds: number,
  sliceMs: number,
  progress: (detail: string) => void,
): Promise<PlainSamples> {
  const samples: PlainSamples = {};
  // The first two rounds warm the compilers and count for nothing.
  for (let round = -1; round <= rounds; round++) {
    progress(`plain, round ${Math.max(round, 0)} of ${rounds}`);
    for (const concurrency of CONCURRENCY) {
      for (const variant of rotated(PLAIN, round + 1)) {
        const done = await slice(edge, variant, concurrency, sliceMs);
        if (round > 0) (samples[sliceName(variant, concurrency)] ??= []).push(done);
      }
    }
  }
  return samples;
}

/** The median slice, each figure by itself. */
export function typical(samples: PlainSamples, variant: Variant, concurrency: number): Slice {
  const slices = samples[sliceName(variant, concurrency)] ?? [];
  const of = (figure: keyof Slice): number => median(slices.map((one) => one[figure]));
  return {
    requests: of('requests'),
    cpuUs: of('cpuUs'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    perSecond: of('perSecond'),
  };
}

/** CPU of one variant by that of another: the median of the rounds' ratios, so that drift cancels. */
export function cpuRatio(
  samples: PlainSamples,
  variant: Variant,
  other: Variant,
  concurrency: number,
): number {
  const others = samples[sliceName(other, concurrency)] ?? [];
  const slices = samples[sliceName(variant, concurrency)] ?? [];
  return median(slices.map(({ cpuUs }, round) => cpuUs / (others[round]?.cpuUs ?? NaN)));
}
