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

export default class extends WorkerEntrypoint {
  fetch(request) {
    // The constructor makes the Wasm instance anew.
    if (state.criticalError) new Wasm(this.ctx, this.env);
    return new Promise((answer) => {
      try {
        handle(request, this.env, this.ctx, answer);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
        throw error;
      }
    });
  }
}

const encoder = new TextEncoder();

export class Tenant extends DurableObject {
  #tenant;
  #instanceId;

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
    return this.#call((tenant) => tenant.step(encoder.encode(message)));
  }

  alarm() {
    return this.#call((tenant) => tenant.alarm());
  }
}
