// The Worker's main module: the classes that the platform calls.
import { WorkerEntrypoint } from 'cloudflare:workers';
import { ask, gateway, loadControl } from './modules.js';

export { Monitor } from './monitor.js';
export { Tenant } from './tenant.js';

// How the paths begin that the control plane answers.
const CONTROL = [
  '/api/',
  '/operator/',
  '/monitoring/',
  '/ai/providers',
  '/ai/widget/',
  '/ai/usage',
];

export default class extends WorkerEntrypoint {
  fetch(request) {
    const { url } = request;
    const path = url.indexOf('/', 'https://'.length);
    if (!CONTROL.some((prefix) => url.startsWith(prefix, path))) {
      return this.#answer(gateway, request);
    }
    return loadControl().then((control) => this.#answer(control, request));
  }

  #answer(module, request) {
    const { env, ctx } = this;
    return ask(module, env, ctx, (wasm, answer) => wasm.handle(request, env, ctx, answer));
  }
}
