/**
 * From a request to its answer: read → match → check the key → parse → wait → answer.
 *
 * Failures of any step are answered in the form of the endpoint's own protocol: 400 for a body that
 * is not a request, 401 for a wrong key, 404 and 405 for a wrong address, 413 above 64 MiB.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { anthropic } from './anthropic.ts';
import { compose } from './answer.ts';
import { deliverPlain, deliverStream } from './delivery.ts';
import type { Dialect } from './dialect.ts';
import { directedText, directiveIn } from './directive.ts';
import type { Directive } from './directive.ts';
import { embeddings, isEmbeddingRun, workersAiEmbeddings } from './embedding.ts';
import { ConnectionClosed } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { Holds } from './hold.ts';
import { keptBody } from './journal.ts';
import { objectOf, stringOf } from './json.ts';
import { openai } from './openai.ts';
import { Refusal } from './refusal.ts';
import type { Times } from './times.ts';
import { workersAi } from './workers_ai.ts';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const HTML_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Sandbox</title></head>' +
  '<body><h1>Bad Gateway</h1><p>The Neureus sandbox, not a model.</p></body></html>\n';

/** What says how an answer looks, rather than how it fails. */
const FORM = ['tokens', 'size', 'gap', 'unicode', 'reasoning', 'tool', 'usage'];

/** Any other name is answered too; these are only what the list shows. */
const MODELS = ['sandbox', 'gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small'];

interface Endpoint {
  method: 'GET' | 'POST';
  dialect: Dialect;
  keyed: boolean;
  respond: (exchange: Exchange, body: unknown, context: Context) => Promise<void>;
}

interface Context {
  dialect: Dialect;
  directive: Directive;
  request: IncomingMessage;
  path: string;
}

const ENDPOINTS: Record<string, Endpoint> = {
  '/v1/chat/completions': { method: 'POST', dialect: openai, keyed: true, respond: respondChat },
  '/v1/messages': { method: 'POST', dialect: anthropic, keyed: true, respond: respondChat },
  '/v1/embeddings': { method: 'POST', dialect: openai, keyed: true, respond: respondEmbeddings },
  '/v1/models': { method: 'GET', dialect: openai, keyed: true, respond: respondModels },
  '/workers-ai/run': { method: 'POST', dialect: workersAi, keyed: false, respond: respondRun },
};

/** Answers the request; never rejects. */
export async function answer(
  request: IncomingMessage,
  exchange: Exchange,
  holds: Holds,
  times: Times,
  key: string | undefined,
): Promise<void> {
  const { path } = exchange.entry;
  const endpoint = path.startsWith('/v1/models/') ? ENDPOINTS['/v1/models'] : ENDPOINTS[path];
  const dialect = endpoint?.dialect ?? openai;
  try {
    const bytes = await read(request);
    const body = parsed(bytes);
    exchange.entry.body = bytes.length === 0 ? null : keptBody(bytes, body);
    exchange.entry.model = stringOf(objectOf(body).model) || null;

    if (!endpoint) throw new Refusal(404, `Invalid URL (${request.method} ${path})`);
    if (request.method !== endpoint.method) {
      throw new Refusal(405, `Not allowed to ${request.method} on ${path}`);
    }
    if (endpoint.keyed && key !== undefined) checkKey(request, key);
    if (endpoint.method === 'POST' && body === undefined) {
      throw new Refusal(400, 'We could not parse the JSON body of your request.');
    }

    const asked = holding(directiveIn(body), body, exchange.entry.model, times);
    const directive = asked.once && !holds.isFirst(asked.once) ? {} : asked;
    await wait(exchange, directive, holds);
    if (await refusedOnDemand(exchange, directive, dialect)) return;
    await endpoint.respond(exchange, body, { dialect, directive, request, path });
  } catch (error) {
    await answerFailure(exchange, dialect, error);
  }
}

async function respondChat(exchange: Exchange, body: unknown, context: Context): Promise<void> {
  const { dialect, directive, request } = context;
  const prompt = dialect.prompt(body, request.headers);
  const composed = compose(prompt, directive, exchange.entry.id);
  if (prompt.stream) {
    return deliverStream(exchange, dialect.frames(composed), directive, dialect);
  }
  if (directive.error === undefined) {
    return deliverPlain(exchange, dialect.plain(composed), directive);
  }
  return deliverPlain(exchange, dialect.failed('The sandbox failed, as asked.').data, directive);
}

async function respondRun(exchange: Exchange, body: unknown, context: Context): Promise<void> {
  if (!isEmbeddingRun(body)) return respondChat(exchange, body, context);
  return deliverPlain(exchange, workersAiEmbeddings(body), context.directive);
}

async function respondEmbeddings(
  exchange: Exchange,
  body: unknown,
  { directive }: Context,
): Promise<void> {
  return deliverPlain(exchange, embeddings(body, directive.usage), directive);
}

async function respondModels(exchange: Exchange, _: unknown, { path }: Context): Promise<void> {
  const model = (id: string): object => ({
    id,
    object: 'model',
    created: 1_700_000_000,
    owned_by: 'neureus-sandbox',
  });
  const one = path.slice('/v1/models/'.length);
  const value = one === '' ? { object: 'list', data: MODELS.map(model) } : model(one);
  return deliverPlain(exchange, value, {});
}

/** The directive, or only the answer's form where its faults are meant for another model or fewer requests. */
function holding(
  directive: Directive,
  body: unknown,
  model: string | null,
  times: Times,
): Directive {
  const { only, times: most } = directive;
  const meant =
    (only === undefined || only === model) &&
    (most === undefined || times.take(directedText(body), most));
  if (meant) return directive;
  const form = Object.entries(directive).filter(([key]) => FORM.includes(key));
  return Object.fromEntries(form) as Directive;
}

/** Before any header: the delay, the hold, and a connection that is dropped. */
async function wait(exchange: Exchange, directive: Directive, holds: Holds): Promise<void> {
  if (directive.delay !== undefined) await exchange.pause(directive.delay);
  if (directive.hold !== undefined) {
    exchange.entry.outcome = 'held';
    await holds.wait(directive.hold, exchange.closed);
    if (!exchange.closed.aborted) exchange.entry.outcome = 'open';
  }
  if (directive.drop) exchange.destroy();
  await exchange.pause(0);
}

/** Answers `redirect`, `html`, `retry_after` and an error `status`. False when none was asked for. */
async function refusedOnDemand(
  exchange: Exchange,
  directive: Directive,
  dialect: Dialect,
): Promise<boolean> {
  const { redirect, html, retry_after: seconds } = directive;
  const fallback = redirect ? 302 : html ? 500 : seconds === undefined ? 200 : 429;
  const status = directive.status ?? fallback;
  if (status < 300 && !html) return false;

  const headers = {
    ...(redirect === undefined ? {} : { location: redirect }),
    ...(seconds === undefined ? {} : { 'retry-after': String(seconds) }),
  };
  const refusal = new Refusal(status, `The sandbox answers ${status}, as it was asked to.`, {
    code: status === 429 ? 'rate_limit_exceeded' : null,
  });
  if (html) {
    const contentType = 'text/html; charset=utf-8';
    await deliverPlain(exchange, HTML_PAGE, directive, { status, contentType, headers });
  } else await deliverPlain(exchange, dialect.refused(refusal), directive, { status, headers });
  return true;
}

async function answerFailure(exchange: Exchange, dialect: Dialect, error: unknown): Promise<void> {
  if (exchange.closed.aborted || error instanceof ConnectionClosed) return;
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, `The sandbox broke: ${String(error)}`);
  if (exchange.entry.status !== null) return exchange.destroy();
  const { status } = refusal;
  const headers: Record<string, string> = status === 413 ? { connection: 'close' } : {};
  await deliverPlain(exchange, dialect.refused(refusal), {}, { status, headers }).catch(() => {});
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    // Left open at a refusal: destroying the request would take the answer's socket with it.
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      size += piece.length;
      if (size > MAX_BODY_BYTES) break;
      pieces.push(piece);
    }
  } catch {
    throw new ConnectionClosed();
  }
  if (size > MAX_BODY_BYTES) throw new Refusal(413, 'The body of the request is too large.');
  return Buffer.concat(pieces);
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** @throws {Refusal} 401 in OpenAI's words, unless the request carries the key. */
function checkKey(request: IncomingMessage, key: string): void {
  const { authorization = '', 'x-api-key': bare } = request.headers;
  const given = /^bearer (.*)$/i.exec(authorization)?.[1] ?? stringOf(bare);
  if (given === '') {
    throw new Refusal(401, "You didn't provide an API key. Send it as Authorization: Bearer.");
  }
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (timingSafeEqual(hash(given), hash(key))) return;
  const shown = `${given.slice(0, 4)}***`;
  throw new Refusal(401, `Incorrect API key provided: ${shown}.`, { code: 'invalid_api_key' });
}
