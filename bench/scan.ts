/**
 * The scanner for personal data alone, as a Wasm module in Node's V8, which is workerd's: what it adds to a chat message
 * under a regulated profile, what a body of 100 KiB takes, and what it weighs.
 *
 * The body is written into the module's memory and scanned under all profiles at once, as the gateway does it.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { capture, Failure, root } from '../scripts/lib/process.ts';
import type { Toolchain } from '../scripts/setup.ts';
import { percentile } from './statistics.ts';

type Exports = {
  memory: { buffer: ArrayBuffer };
  room: (length: number) => number;
  scan: (isBody: number) => number;
};

/** Node has it; the types of Node name it without saying what it is. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Exports };
};

export type ScanResult = {
  /** Of a chat message, each the fastest of its rounds, in µs. */
  messages: { count: number; p50Us: number; p99Us: number; medianBytes: number };
  /** Bodies of 100 KiB, by what is in them: the fastest round, in ms. */
  large: Record<string, number>;
  /** The module less the same without the scanner. */
  raw: number;
  gzip: number;
};

const LARGE = 100 * 1024;

/** Builds the module as a release is built: the same profile, then wasm-opt. And the same without the scanner. */
export async function buildScanner({ env }: Toolchain): Promise<{ whole: string; bare: string }> {
  const target = 'wasm32-unknown-unknown';
  const folder = join(root, 'build', 'scan');
  mkdirSync(folder, { recursive: true });
  const build = async (name: string, ...features: string[]): Promise<string> => {
    const crate = ['--package', 'neureus-scan-wasm', ...features];
    const args = ['build', '--quiet', '--release', '--target', target, ...crate];
    const built = await capture('cargo', args, { env, cwd: root });
    if (built.code !== 0)
      throw new Failure(`the scanner's module does not build:\n${built.output}`);
    const path = join(folder, `${name}.wasm`);
    const from = join(root, 'target', target, 'release', 'neureus_scan_wasm.wasm');
    const optimise = ['-O', '--all-features', '--strip-debug', from, '--output', path];
    const optimised = await capture(String(env['WASM_OPT_BIN']), optimise, {});
    if (optimised.code !== 0) throw new Failure(`wasm-opt failed:\n${optimised.output}`);
    return path;
  };
  const bare = await build('bare', '--features', 'bare');
  return { whole: await build('whole'), bare };
}

type Line = { text: string; kinds: string[]; form: string };

/** Texts of the corpus of one form, all halves: what people write and paste. */
function corpus(wanted: (line: Line) => boolean): string[] {
  const folder = join(root, 'core', 'corpus');
  return ['dev', 'unseen'].flatMap((half) =>
    readdirSync(join(folder, half))
      .filter((name) => name !== 'bodies.jsonl')
      .sort()
      .flatMap((name) => readFileSync(join(folder, half, name), 'utf8').split('\n'))
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
      .filter(wanted)
      .map(({ text }) => text),
  );
}

const body = (content: string): Buffer =>
  Buffer.from(JSON.stringify({ model: 'meta-llm', messages: [{ role: 'user', content }] }));

/** Repeats texts up to 100 KiB. */
function filled(texts: readonly string[], between = '\n'): Buffer {
  let content = '';
  for (let i = 0; content.length < LARGE; i++) content += (texts[i % texts.length] ?? '') + between;
  return body(content.slice(0, LARGE));
}

/** Bodies of 100 KiB: what is ordinary, and what is made to be slow. */
export function largeBodies(): Record<string, Buffer> {
  const plain = corpus((line) => line.kinds.length === 0);
  return {
    prose: filled(
      corpus((line) => line.kinds.length === 0 && line.form === 'chat'),
      ' ',
    ),
    'mixed, no personal data': filled(plain),
    'records with personal data': filled(corpus((line) => line.kinds.length > 0)),
    'not in Latin script': filled([
      'Сколько стоит билет до Новосибирска в июле? 東京から大阪まで何時間かかりますか。',
    ]),
    'digits, set apart': filled(['1 2-3.4(5)6/7 ']),
    'digits in one run': filled(['1234567890'], ''),
    labels: filled(['ssn mrn dob account number ']),
    'labels and digits': filled(['ssn 1 mrn 2 dob 3 account 4 ']),
    'letters with signs': filled(['a@b-c.d_e/f+']),
    'one letter': filled(['a'], ''),
    'camel case': filled(['aB'], ''),
    'nearly Base64': filled(['QUJDREVGR0hJSktMTU5PUA/']),
    escapes: filled(['%41\\u0041&#65;']),
    'pipes of segments': filled(['PID|1|2^3|4~5*6\n']),
  };
}

/** Compiles the module and measures; each call has the copy of the body in it. */
export function measureScan(
  { whole, bare }: { whole: string; bare: string },
  rounds: number,
  progress: (detail: string) => void,
): ScanResult {
  const bytes = readFileSync(whole);
  const without = readFileSync(bare);
  const packed = (module: Buffer): number => gzipSync(module, { level: 9 }).length;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const call = (input: Buffer): number => {
    const started = performance.now();
    const at = exports.room(input.length);
    new Uint8Array(exports.memory.buffer, at, input.length).set(input);
    const found = exports.scan(1);
    const took = performance.now() - started;
    if (found < 0) throw new Failure('a body of the bench cannot be scanned.');
    return took;
  };
  const fastest = (input: Buffer, times: number): number => {
    let best = Infinity;
    for (let i = 0; i < times; i++) best = Math.min(best, call(input));
    return best;
  };

  const messages = corpus(
    (line) => line.form === 'chat' || line.form === 'labelled' || line.form.endsWith('-question'),
  ).map(body);
  // The first rounds have V8 compile it.
  for (let i = 0; i < 5; i++) for (const message of messages) call(message);
  progress(`scanner: ${messages.length} messages`);
  const took = messages.map((message) => fastest(message, rounds) * 1_000);
  const large: Record<string, number> = {};
  for (const [name, input] of Object.entries(largeBodies())) {
    progress(`scanner: 100 KiB, ${name}`);
    large[name] = fastest(input, rounds);
  }
  return {
    messages: {
      count: messages.length,
      p50Us: percentile(took, 0.5),
      p99Us: percentile(took, 0.99),
      medianBytes: percentile(
        messages.map((message) => message.length),
        0.5,
      ),
    },
    large,
    raw: bytes.length - without.length,
    gzip: packed(bytes) - packed(without),
  };
}
