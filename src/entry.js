// The Worker's main module: the classes that the platform calls, around the Wasm ones.
//
// What worker-build makes of a Rust class or handler goes through proxies on every call, which find out
// whether the Wasm instance has trapped, and is not open to RPC. Here a call looks for itself.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import Wasm, { Tenant as ProxiedTenant } from './index.js';

// Shared with worker-build's part: `criticalError` says that the instance has trapped.
const state = globalThis.__worker_init_state;
const { handle } = Wasm.prototype;
const WasmTenant = ProxiedTenant.prototype.constructor;

// How the paths begin that the control plane answers. It is a module of its own, with an instance of its own.
const CONTROL = [
  '/api/',
  '/operator/',
  '/monitoring/',
  '/ai/providers',
  '/ai/widget/',
  '/ai/usage',
];

let control;

// Loads the control plane on the first request for it. Its part of worker-build's says so under the same name.
async function loadControl() {
  const { default: Wasm } = await import('./control/index.js');
  const { handle, errand, monitor, probes } = Wasm.prototype;
  return { Wasm, handle, errand, monitor, probes, state: globalThis.__worker_init_state };
}

// Calls a module's part in Wasm, which is made anew when the instance has trapped.
function called(module, env, ctx, method) {
  // The constructor makes the Wasm instance anew.
  if (module.state.criticalError) new module.Wasm(ctx, env);
  try {
    return method();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) module.state.criticalError = true;
    throw error;
  }
}

function ask(module, env, ctx, begin) {
  return new Promise((resolve) => called(module, env, ctx, () => begin(resolve)));
}

function answer(module, request, env, ctx) {
  return ask(module, env, ctx, (resolve) => module.handle(request, env, ctx, resolve));
}

// Has the control plane do something for an object. It says itself when it fails, and the object asks again.
async function run(errand, env, ctx) {
  const module = await (control ??= loadControl());
  await ask(module, env, ctx, (resolve) => module.errand(errand, env, resolve));
}

const gateway = { Wasm, handle, state };

export default class extends WorkerEntrypoint {
  fetch(request) {
    const { url } = request;
    const path = url.indexOf('/', 'https://'.length);
    if (!CONTROL.some((prefix) => url.startsWith(prefix, path))) {
      return answer(gateway, request, this.env, this.ctx);
    }
    control ??= loadControl();
    return control.then((module) => answer(module, request, this.env, this.ctx));
  }
}

const encoder = new TextEncoder();

// How long the ends of requests wait for others to be written with, in ms.
const TOGETHER_MS = 50;
const WAITS = '~';

export class Tenant extends DurableObject {
  #tenant;
  #instanceId;
  #flushed;
  #poked = 0;

  constructor(ctx, env) {
    super(ctx, env);
    this.#call(() => {});
  }

  // Calls the object's part in Wasm, which is made anew after the instance.
  #call(method) {
    if (state.criticalError) new Wasm(this.ctx, this.env);
    try {
      if (this.#instanceId !== state.instanceId) {
        this.#instanceId = state.instanceId;
        this.#tenant = new WasmTenant(this.ctx, this.env);
      }
      return method(this.#tenant);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
      throw error;
    }
  }

  // One message and its answer, as text. Encoding it here is quicker than what wasm-bindgen does.
  step(message) {
    const answer = this.#call((tenant) => tenant.step(encoder.encode(message)));
    if (!answer.startsWith(WAITS)) return answer;
    this.#flushed ??= this.#flush(this.#instanceId);
    return this.#flushed.then(() => answer.slice(WAITS.length));
  }

  // Writes what waits. What another instance had waiting is lost, and its senders have to say it again.
  async #flush(instanceId) {
    await scheduler.wait(TOGETHER_MS);
    this.#flushed = undefined;
    this.#call((tenant) => tenant.flush());
    if (this.#instanceId !== instanceId) throw new Error('the end of a request was lost');
  }

  async alarm() {
    const errand = this.#call((tenant) => tenant.alarm());
    this.#poke();
    if (errand) await run(errand, this.env, this.ctx);
  }

  #poke() {
    // Something has happened: the monitor of the same name may want to look at it.
    if (Date.now() < this.#poked + POKED_MS) return;
    this.#poked = Date.now();
    const told = this.env.MONITORS?.getByName(this.ctx.id.name).step('"poke"');
    told?.catch((error) => console.error(`a monitor was not told: ${error}`));
  }
}

// How often a monitor is told that there is something to see, in ms.
const POKED_MS = 30_000;
// How long an object, a probe and a webhook may take to answer, in ms.
const ANSWERED_MS = 10_000;
const REDIRECTS = { redirect: 'manual' };

// Judges what the tenant's object of the same name counted, or that of the whole deployment: alerts,
// webhooks, the status page. What happens is decided by the machine in the control plane's module, to
// which its whole state is one text.
export class Monitor extends DurableObject {
  #sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL)',
    );
  }

  // One message and its answer, as text.
  async step(message) {
    return JSON.stringify((await this.#apply(message)).reply);
  }

  async alarm() {
    const { look } = await this.#apply('"wake"');
    if (!look) return;
    const looked = await Promise.all([this.#windows(look), this.#probes()]);
    await this.#apply(JSON.stringify({ look: looked }));
  }

  // The machine's step: one synchronous section from reading the state to storing it.
  async #apply(message) {
    control ??= loadControl();
    const module = await control;
    const [row] = this.#sql.exec('SELECT json FROM state').toArray();
    const { name } = this.ctx.id;
    const text = called(module, this.env, this.ctx, () => module.monitor(this.env, name, row?.json ?? '', message));
    const output = JSON.parse(text);
    if (output.state) this.#sql.exec('INSERT OR REPLACE INTO state VALUES (1, ?)', output.state);
    if (output.wake_ms === undefined) this.ctx.storage.deleteAlarm();
    else this.ctx.storage.setAlarm(output.wake_ms);
    for (const send of output.send) this.ctx.waitUntil(this.#send(send));
    return output;
  }

  // What the object counted; an empty text where it does not say.
  #windows(stretch) {
    const answer = this.env.TENANTS.getByName(this.ctx.id.name).step(
      JSON.stringify({ windows: stretch }),
    );
    return Promise.race([answer, scheduler.wait(ANSWERED_MS).then(() => '')]).catch(() => '');
  }

  // Calls a webhook, and tells the machine how it went.
  async #send({ id, url, headers, body }) {
    const signal = AbortSignal.timeout(ANSWERED_MS);
    const failure = await fetch(url, { ...REDIRECTS, method: 'POST', headers, body, signal }).then(
      (response) => {
        response.body?.cancel().catch(() => {});
        return response.ok ? '' : `${response.status}`;
      },
      () => 'unreachable',
    );
    await this.#apply(JSON.stringify({ tried: [id, failure] }));
  }

  // Whether what can be probed answers: by name. Any answer but a failure of the server's own is one.
  async #probes() {
    const module = await control;
    const text = called(module, this.env, this.ctx, () => module.probes(this.env, this.ctx.id.name));
    return Promise.all(
      JSON.parse(text).map(async ({ name, url, method, headers, body }) => {
        const request = new Request(url, { ...REDIRECTS, method, headers, body });
        const own = url.startsWith('https://gateway/');
        const signal = AbortSignal.timeout(ANSWERED_MS);
        const answer = own ? this.ctx.exports.default.fetch(request) : fetch(request, { signal });
        const late = scheduler.wait(ANSWERED_MS).then(() => undefined);
        const response = await Promise.race([answer, late]).catch(() => undefined);
        response?.body?.cancel().catch(() => {});
        return [name, response !== undefined && (own ? response.ok : response.status < 500)];
      }),
    );
  }
}
