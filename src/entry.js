// The Worker's main module: the classes that the platform calls, around the Wasm ones.
//
// What worker-build makes of a Rust class or handler goes through proxies on every call, which find out
// whether the Wasm instance has trapped, and is not open to RPC. Here a call looks for itself.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import Wasm, { Tenant as WasmTenant } from './index.js';

// Shared with worker-build's part: `criticalError` says that the instance has trapped.
const state = globalThis.__worker_init_state;
const { handle } = Wasm.prototype;

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

export class Tenant extends DurableObject {
  #tenant;

  constructor(ctx, env) {
    super(ctx, env);
    this.#tenant = new WasmTenant(ctx, env);
  }

  // One message and its answer, as text.
  step(message) {
    return this.#tenant.step(message);
  }

  alarm() {
    return this.#tenant.alarm();
  }
}
