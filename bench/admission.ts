/**
 * Admission: calls of the tenant's object beside an empty object in Rust, from inside the process, and
 * what the core alone takes for one, natively.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture, Failure, root } from '../scripts/lib/process.ts';
import type { Toolchain } from '../scripts/setup.ts';
import { Connection, post } from './client.ts';
import type { Edge } from './edge.ts';
import { median } from './statistics.ts';

/** Whose object is called, by the namespace's name. */
export const OBJECTS = ['EMPTY', 'JAVASCRIPT', 'GATEWAY'] as const;
/** A tenant without limits, and one with all four, as its key has. */
export const TENANTS = ['free', 'limited'] as const;
/** One message per request, or two. */
export const STEPS = ['admit', 'both'] as const;

export type Calls = { perSecond: number; cpuUs: number };
/** One measurement per round, by {@link callsName}. */
export type AdmissionSamples = Record<string, Calls[]>;
/** Per call, by tenant and kind of call. */
export type NativeCost = Record<
  (typeof TENANTS)[number],
  Record<'admit' | 'settle' | 'text', Native>
> & {
  /** A request admitted and settled in the ledger, without and with what is counted of it. */
  collection: Record<'without' | 'with', Native>;
  /** Of a chat of 10 KB from one dialect to another, and the choice of a model for it. */
  translation: Record<(typeof TRANSLATIONS)[number], Native>;
};
export type Native = { ns: number; allocations: number };
export const TRANSLATIONS = [
  'openai to anthropic',
  'anthropic to openai',
  'openai to workers ai',
  'openai to openai',
  'auto',
] as const;

/** Few, so that the objects' turns lie close together: a shared machine's speed changes within a second. */
const CALLS = 250;
const CONCURRENCY = 16;
/** Series of admissions of each object before anything is measured. */
const WARMING = 60;
const HASH = '0'.repeat(64);
/** High enough never to refuse. */
const LIMITS = { rpm: 1e8, tpm: 1e8, concurrency: 1e6, budget: 1e15 };
const WORK = {
  ask: { key: HASH, needs: 'call_models', model: 'meta-llm' },
  want: {
    input_tokens: 993,
    output_cap: 512,
    output_most: 4_096,
    input_price: 282_000_000,
    output_price: 827_000_000,
  },
};

/** The name of a series of measurements. */
export function callsName(object: string, tenant: string, step: string): string {
  return `${object}/${tenant}/${step}`;
}

/** Builds the empty object into build/empty, by the toolchain that builds the Worker. */
export async function buildEmptyObject({ workerBuild, env }: Toolchain): Promise<void> {
  const folder = join(root, 'build', 'empty');
  mkdirSync(folder, { recursive: true });
  const result = await capture(workerBuild, ['--release', '--out-dir', '../../build/empty'], {
    env,
    cwd: join(root, 'bench', 'empty_object'),
  });
  if (result.code !== 0) throw new Failure(`the empty object does not build:\n${result.output}`);
  copyFileSync(join(root, 'bench', 'workers', 'empty_object.js'), join(folder, 'entry.js'));
}

async function ask(connection: Connection, work: object): Promise<string> {
  const { status, body } = await connection.send(post('/', JSON.stringify(work)));
  if (status !== 200) throw new Failure(`the caller of objects answered ${status}: ${body}`);
  return body;
}

async function makeTenants(connection: Connection): Promise<void> {
  for (const tenant of TENANTS) {
    const limits = tenant === 'limited' ? LIMITS : {};
    const key = { id: 'key_0000000000000000', hash: HASH, kind: 'nru', role: 'owner', ...limits };
    const acts = [{ provision: limits }, { make_key: key }];
    const request = `req_${'0'.repeat(22)}`;
    const messages = {
      JAVASCRIPT: [{ put_tenant: limits }, { put_key: key }],
      GATEWAY: acts.map((act) => ({ change: { tenant, by: 'operator', request, act } })),
    };
    for (const namespace of ['JAVASCRIPT', 'GATEWAY'] as const) {
      const answers = await ask(connection, { namespace, tenant, messages: messages[namespace] });
      if (answers.includes('refused')) throw new Failure(`not set up: ${answers}`);
    }
  }
}

/** Calls every object in turns, in the one order and in the other. */
export async function measureAdmission(
  edge: Edge,
  rounds: number,
  progress: (detail: string) => void,
): Promise<AdmissionSamples> {
  if (edge.admission === undefined) throw new Failure('the edge has no caller of objects.');
  const connection = new Connection(edge.admission);
  await makeTenants(connection);
  const samples: AdmissionSamples = {};
  const series = `${Date.now()}x`;
  const run = async (tenant: string, step: string, namespace: string, name: string) => {
    const work = {
      ...WORK,
      namespace,
      tenant,
      calls: CALLS,
      concurrency: CONCURRENCY,
      series: `${series}${name}`,
      short: namespace !== 'JAVASCRIPT',
    };
    const last = await ask(connection, { ...work, step });
    // What was only admitted would be waiting for the sweep: it is given back, out of the time.
    const release = () => ask(connection, { ...work, step: 'release' });
    return { last, release };
  };
  // Until a function has been called some ten thousand times, V8 runs it as it was compiled first: at half
  // the speed.
  progress('admission, warming');
  for (const tenant of TENANTS) {
    for (let round = 0; round < WARMING; round++) {
      for (const namespace of OBJECTS) {
        await (await run(tenant, 'admit', namespace, `w${round}x`)).release();
      }
    }
  }
  // The first two rounds count for nothing, either: the end of a request was not warmed.
  for (let round = -1; round <= rounds; round++) {
    progress(`admission, round ${Math.max(round, 0)} of ${rounds}`);
    for (const tenant of TENANTS) {
      for (const step of STEPS) {
        for (const namespace of round % 2 === 0 ? OBJECTS : OBJECTS.toReversed()) {
          const cpuBefore = edge.cpuMs();
          const started = performance.now();
          const { last, release } = await run(tenant, step, namespace, `${round + 1}${step[0]}`);
          const took = performance.now() - started;
          const cpu = edge.cpuMs() - cpuBefore;
          const said = step === 'both' && namespace !== 'EMPTY' ? 'settled' : 'admitted';
          if (!last.startsWith('2A\n') && !last.startsWith(`{"${said}":`))
            throw new Failure(`${namespace} said: ${last}`);
          if (step === 'admit') await release();
          if (round <= 0) continue;
          const messages = CALLS * (step === 'both' ? 2 : 1);
          (samples[callsName(namespace, tenant, step)] ??= []).push({
            perSecond: (messages * 1_000) / took,
            cpuUs: (cpu * 1_000) / messages,
          });
        }
      }
    }
  }
  connection.close();
  return samples;
}

/** The median of one figure. */
export function typicalCalls(samples: AdmissionSamples, name: string, figure: keyof Calls): number {
  return median((samples[name] ?? []).map((one) => one[figure]));
}

/** Calls per second of one object by those of another: the median of the rounds' ratios. */
export function callsRatio(samples: AdmissionSamples, name: string, other: string): number {
  const others = samples[other] ?? [];
  const ones = samples[name] ?? [];
  return median(ones.map(({ perSecond }, i) => perSecond / (others[i]?.perSecond ?? NaN)));
}

/** Runs the core's own measurement. */
export async function measureNative({ env }: Toolchain): Promise<NativeCost> {
  const args = ['run', '--quiet', '--release', '--package', 'neureus-bench'];
  const { code, stdout, output } = await capture('cargo', args, { env });
  if (code !== 0) throw new Failure(`the native measurement failed:\n${output}`);
  return JSON.parse(stdout) as NativeCost;
}
