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
  const { handle, errand } = Wasm.prototype;
  return { Wasm, handle, errand, state: globalThis.__worker_init_state };
}

// Calls a module's part in Wasm, which is made anew when the instance has trapped.
function ask(module, env, ctx, begin) {
  // The constructor makes the Wasm instance anew.
  if (module.state.criticalError) new module.Wasm(ctx, env);
  return new Promise((resolve) => {
    try {
      begin(resolve);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) module.state.criticalError = true;
      throw error;
    }
  });
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
    if (errand) await run(errand, this.env, this.ctx);
  }
}
