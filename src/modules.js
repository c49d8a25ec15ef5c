// The Worker's three Wasm modules. Each has an instance of its own: what traps in one takes nothing of the
// others with it, and nobody pays for the start of one that is not asked.
//
// What worker-build makes of a Rust class or handler goes through proxies on every call, which find out
// whether the instance has trapped, and is not open to RPC. Here a call looks for itself.
import * as gatewayParts from './index.js';

// What the module exports, and worker-build's note of whether its instance has trapped. The build gives it
// a name of its own in each module.
function moduleOf(parts, name) {
  return { parts, Wasm: parts.default, state: globalThis[`__worker_init_state_${name}`] };
}

// What a request for a model passes.
export const gateway = moduleOf(gatewayParts, 'gateway');

let control;
let objects;

// What operators and tenants manage, and what objects have done for them.
export function loadControl() {
  control ??= import('./control/index.js').then((parts) => moduleOf(parts, 'control'));
  return control;
}

// The machines of the objects.
export function loadObjects() {
  objects ??= import('./objects/index.js').then((parts) => moduleOf(parts, 'objects'));
  return objects;
}

// Calls a module's part in Wasm, which is made anew when the instance has trapped.
export function called({ Wasm, state }, env, ctx, method) {
  // The constructor makes the Wasm instance anew.
  if (state.criticalError) new Wasm(ctx, env);
  try {
    return method(Wasm.prototype);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    throw error;
  }
}

// The same for what says by a callback that it is done.
export function ask(module, env, ctx, begin) {
  return new Promise((resolve) => called(module, env, ctx, (wasm) => begin(wasm, resolve)));
}
