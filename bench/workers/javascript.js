// The gateway's job on a plain chat, in plain JavaScript: what the Rust is compared with. Written as one
// would write it for production: the same checks, the same calls, the same reservation and charge, the same answer and
// metrics.
//
// `CACHE_KEYS` says whether the isolate remembers key records for a minute or reads KV for each request.
import { authenticate } from './javascript/auth.js';
import { answerOf, backendRequest } from './javascript/openai.js';
import { HttpError, inputBytes, tokenBound, validate } from './javascript/chat.js';
import { limitHeaders } from './javascript/limits.js';
import { writePoints } from './javascript/metrics.js';
import { within } from './javascript/deadline.js';

export { Tenant } from './javascript/tenant.js';

const BODY_LIMIT = 4 << 20;
const OBJECT_MS = 3_000;
const HEARD_MS = 5_000;
const PAUSES_MS = [100, 1_000, 5_000];
const HEADERS_MS = 60_000;
const TOTAL_MS = 600_000;

const MODELS = new Map([
  [
    'meta-llm',
    {
      upstream: '@cf/meta/llama-3.1-8b-instruct',
      window: 7_968,
      maxOutput: 4_096,
      price: { input: 282_000_000, output: 827_000_000 },
    },
  ],
  [
    'gpt-4o',
    {
      upstream: 'gpt-4o',
      window: 128_000,
      maxOutput: 16_384,
      price: { input: 2_500_000_000, output: 10_000_000_000 },
    },
  ],
]);

async function readBody(request) {
  const media = (request.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  if (media !== 'application/json') throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE');
  const length = Number(request.headers.get('content-length') ?? NaN);
  if (!(length <= BODY_LIMIT)) throw new HttpError(413, 'PAYLOAD_TOO_LARGE');
  try {
    return JSON.parse(await request.text());
  } catch {
    throw new HttpError(400, 'BAD_REQUEST', { field: '$' });
  }
}

// As text: RPC with objects costs a fifth more.
function tell(env, tenant, message, ms) {
  return within(ms, env.TENANTS.getByName(tenant).step(JSON.stringify(message)));
}

// Says the last word on a lease until the object has heard it.
async function insist(env, tenant, message) {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await tell(env, tenant, message, HEARD_MS);
    } catch {
      await scheduler.wait(pauseMs);
    }
  }
  return tell(env, tenant, message, HEARD_MS).catch(console.error);
}

async function admit(env, ctx, trace, hash, chat, model, origin) {
  const ask = { key: hash, needs: 'call_models', model: chat.model };
  if (origin) ask.origin = origin;
  const bytes = inputBytes(chat);
  const want = {
    input_tokens: tokenBound(chat, bytes),
    output_cap: chat.maxTokens,
    output_most: Math.min(model.maxOutput, Math.max(model.window - Math.ceil(bytes / 3), 1)),
    input_price: model.price.input,
    output_price: model.price.output,
  };
  const call = tell(env, trace.tenant, { admit: { ask, request: trace.id, want } }, OBJECT_MS);
  const answer = await call.catch(() => {
    // It may have been admitted all the same.
    ctx.waitUntil(insist(env, trace.tenant, { release: { request: trace.id } }));
    throw new HttpError(503, 'OVERLOADED');
  });
  const reply = JSON.parse(answer);
  if (reply.admitted) {
    const { principal, granted, limits } = reply.admitted;
    const lease = {
      request: trace.id,
      key: principal.key,
      model: chat.model,
      admitted_ms: granted.admitted_ms,
      input_tokens: want.input_tokens,
      output_cap: granted.output_cap,
      cost: granted.cost,
    };
    return { lease, limits };
  }
  const { key, limited } = reply.refused;
  if (key) throw new HttpError(401, 'UNAUTHORIZED');
  if (limited) {
    const { kind, source } = limited.broken;
    const [status, code] = kind === 'spend' ? [402, 'PAYMENT_REQUIRED'] : [429, 'RATE_LIMITED'];
    throw new HttpError(status, code, { limit_source: source, limit_kind: kind });
  }
  throw new HttpError(403, 'FORBIDDEN');
}

// The backend's answer; its call ends when the caller leaves or the deadline passes.
async function callBackend(request, env, body) {
  const abort = new AbortController();
  const leave = () => abort.abort();
  request.signal.addEventListener('abort', leave, { once: true });
  try {
    const call = fetch(env.BACKEND, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: abort.signal,
    });
    const response = await within(HEADERS_MS, call);
    if (response.status !== 200) throw new HttpError(502, 'UPSTREAM_ERROR');
    return await within(TOTAL_MS, response.json());
  } catch (error) {
    abort.abort();
    throw error instanceof HttpError ? error : new HttpError(502, 'UPSTREAM_ERROR');
  }
}

async function chat(request, env, ctx, trace, headers) {
  let since = Date.now();
  const timed = (step) => {
    const now = Date.now();
    if (now > since) trace.timings.push(`${step};dur=${now - since}`);
    since = now;
  };

  const { hash, record } = await authenticate(request, env);
  trace.tenant = record.tenant;
  timed('auth');

  const chat = validate(await readBody(request));
  const model = MODELS.get(chat.model);
  if (!model) throw new HttpError(400, 'BAD_REQUEST', { field: '$.model' });
  trace.model = chat.model;

  since = Date.now();
  const origin = request.headers.get('origin');
  const { lease, limits } = await admit(env, ctx, trace, hash, chat, model, origin);
  trace.key = lease.key;
  limitHeaders(headers, limits);
  timed('admit');

  trace.backend = 'openai-compatible';
  try {
    const body = backendRequest(chat, model.upstream, lease.output_cap);
    const raw = await callBackend(request, env, body);
    timed('upstream');
    const { answer, charge } = answerOf(raw, trace, model, lease);
    ctx.waitUntil(insist(env, trace.tenant, { settle: { lease, charge } }));
    return answer;
  } catch (error) {
    ctx.waitUntil(insist(env, trace.tenant, { release: { request: trace.id, lease } }));
    throw error;
  }
}

async function setup(request, env) {
  const { tenant, hash, settings, key } = await request.json();
  await env.KEYS.put(hash, JSON.stringify({ tenant }));
  const object = env.TENANTS.getByName(tenant);
  for (const message of [{ put_tenant: settings }, { put_key: key }]) {
    await object.step(JSON.stringify(message));
  }
  return new Response('ok');
}

export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/setup') return setup(request, env);

    const arrived = Date.now();
    const surface = request.headers.get('x-neureus-surface') ?? '';
    const trace = {
      id: `req_${crypto.randomUUID().replaceAll('-', '').slice(0, 22)}`,
      route: pathname,
      surface: /^[A-Za-z0-9._/-]{1,32}$/.test(surface) ? surface : '',
      tenant: '',
      key: '',
      model: '',
      backend: '',
      usage: { input: 0, output: 0, cached: 0, cost: 0 },
      timings: [],
    };
    const headers = new Headers({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-request-id': trace.id,
    });
    let status = 200;
    let body;
    try {
      if (pathname !== '/ai/chat') throw new HttpError(404, 'NOT_FOUND');
      if (request.method !== 'POST') throw new HttpError(405, 'METHOD_NOT_ALLOWED');
      body = await chat(request, env, ctx, trace, headers);
    } catch (error) {
      const known = error instanceof HttpError ? error : new HttpError(500, 'INTERNAL_ERROR');
      status = known.status;
      body = { error: known.code, message: known.code, details: known.details };
    }
    if (trace.timings.length > 0) headers.set('server-timing', trace.timings.join(', '));
    writePoints(env, trace, status, Date.now() - arrived);
    return new Response(JSON.stringify(body), { status, headers });
  },
};
