/**
 * Sends an answer, plain or streamed, with the pace and the faults that were asked for.
 *
 * A fault "after N deltas" happens between the Nth delta and whatever comes next; with N greater
 * than the answer has, it never happens. A plain answer has no deltas: there `cut`, `stall` and
 * `end` happen half-way through the body whatever their N, and `gap` has no meaning.
 */
import { HUGE_MARK } from './answer.ts';
import type { Dialect, Frame } from './dialect.ts';
import { BURST } from './directive.ts';
import type { Directive } from './directive.ts';
import type { Exchange } from './exchange.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
};

/** Streams the frames, one HTTP chunk for each unless `split` cuts them elsewhere. */
export async function deliverStream(
  exchange: Exchange,
  frames: Iterable<Frame>,
  directive: Directive,
  dialect: Dialect,
): Promise<void> {
  exchange.head(directive.status ?? 200, EVENT_STREAM);
  await waitForFirst(exchange, directive);

  const out = new Outbox(exchange, directive);
  const gap = directive.gap ?? 0;
  const { entry } = exchange;
  let faultsDue = true;
  if (directive.bom) out.push(BOM);
  if (directive.comments) out.push(lines(directive, ': sandbox, not a model', ''));

  for (const frame of frames) {
    if (faultsDue && frame.kind !== 'open') {
      faultsDue = false;
      if (await faulted(exchange, out, directive, dialect)) return;
    }
    if (gap > 0 && frame.kind === 'delta' && entry.deltasSent > 0) await exchange.pause(gap);
    if (directive.comments) out.push(lines(directive, ': keep-alive', ''));
    if (directive.pad !== undefined) {
      out.push(lines(directive, `:${'x'.repeat(directive.pad)}`, ''));
    }
    out.push(encoded(frame, directive));
    if (frame.kind === 'delta') {
      // Counted before it is written: who has seen it may ask at once.
      entry.deltasSent += 1;
      faultsDue = true;
    }
    if (gap !== BURST) await out.flush();
  }

  await out.flush(true);
  if (directive.noclose) await exchange.hang('complete');
  else exchange.end('complete');
}

/** Sends a JSON value, or a text as it is. */
export async function deliverPlain(
  exchange: Exchange,
  value: unknown,
  directive: Directive,
  options: { status?: number; contentType?: string; headers?: Record<string, string> } = {},
): Promise<void> {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const broken = directive.badjson === undefined ? text : text.slice(0, -1);
  const prefix = directive.bom ? BOM : Buffer.alloc(0);
  const body = Buffer.concat([prefix, Buffer.from(filled(broken, directive.huge, 0))]);
  const partial = [directive.cut, directive.stall, directive.end].some((at) => at !== undefined);
  const sent = partial ? body.subarray(0, Math.floor(body.length / 2)) : body;
  const lengthKnown = directive.end === undefined && !directive.noclose;

  const status = options.status ?? directive.status ?? 200;
  exchange.head(status, {
    'content-type': options.contentType ?? 'application/json',
    ...(lengthKnown ? { 'content-length': body.length } : {}),
    ...options.headers,
  });
  await waitForFirst(exchange, directive);

  const out = new Outbox(exchange, directive);
  out.push(sent);
  await out.flush(true);
  if (directive.cut !== undefined) await exchange.cut();
  else if (directive.stall !== undefined) await exchange.hang('stalled');
  else if (directive.end !== undefined) exchange.end('ended');
  else if (directive.noclose) await exchange.hang('complete');
  else exchange.end(status < 300 ? 'complete' : 'refused');
}

async function waitForFirst(exchange: Exchange, { first }: Directive): Promise<void> {
  if (first === undefined) return;
  exchange.flushHead();
  await exchange.pause(first);
}

/** Makes the fault that is due after the deltas sent so far. True when it ended the answer. */
async function faulted(
  exchange: Exchange,
  out: Outbox,
  directive: Directive,
  dialect: Dialect,
): Promise<boolean> {
  const sent = exchange.entry.deltasSent;
  if (directive.badjson === sent) {
    out.push(encoded({ kind: 'other', data: '{"id":"chatcmpl-sandbox","choices":[{' }, directive));
  }
  if (directive.error === sent) {
    out.push(encoded(dialect.failed('The sandbox failed, as it was asked to.'), directive));
    await out.flush(true);
    exchange.end('failed');
    return true;
  }
  const ends = [directive.stall, directive.cut, directive.end].includes(sent);
  if (!ends) return false;

  await out.flush(true);
  if (directive.stall === sent) await exchange.hang('stalled');
  else if (directive.cut === sent) await exchange.cut();
  else exchange.end('ended');
  return true;
}

function encoded(frame: Frame, directive: Directive): Buffer {
  const event = frame.event === undefined ? [] : [`event: ${frame.event}`];
  const around = lines(directive, ...event, 'data: ', '').length;
  return lines(directive, ...event, `data: ${filled(frame.data, directive.huge, around)}`, '');
}

function lines(directive: Directive, ...texts: string[]): Buffer {
  const end = directive.crlf ? '\r\n' : '\n';
  return Buffer.from(texts.map((text) => text + end).join(''));
}

/** The text with its mark, if it has one, filled so that it and what is around take `bytes`. */
function filled(text: string, bytes: number | undefined, around: number): string {
  if (bytes === undefined || !text.includes(HUGE_MARK)) return text;
  const rest = Buffer.byteLength(text) - HUGE_MARK.length + around;
  return text.replace(HUGE_MARK, 'x'.repeat(Math.max(bytes - rest, 1)));
}

/** What is ready to be written, in the pieces in which the socket shall get it. */
class Outbox {
  #exchange: Exchange;
  #pieces: Buffer[] = [];
  #split: number | undefined;
  #burst: boolean;

  constructor(exchange: Exchange, directive: Directive) {
    this.#exchange = exchange;
    this.#split = directive.split;
    this.#burst = directive.gap === BURST;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
  }

  /** Writes what is ready; with `split`, what does not fill a piece only when it is the last. */
  async flush(last = false): Promise<void> {
    const pieces = this.#split === undefined ? this.#pieces : cutEvery(this.#split, this.#pieces);
    const short = this.#split !== undefined && (pieces.at(-1)?.length ?? 0) < this.#split;
    const kept = short && !last ? pieces.pop() : undefined;
    this.#pieces = kept ? [kept] : [];
    for (const piece of pieces) {
      const room = this.#exchange.write(piece);
      if (this.#burst) continue;
      if (room) await this.#exchange.pause(0);
      else await this.#exchange.drained();
    }
  }
}

function cutEvery(size: number, pieces: readonly Buffer[]): Buffer[] {
  const whole = Buffer.concat(pieces);
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );
}
