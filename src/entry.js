// The Worker's main module: the classes that the platform calls.
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

// No class: the platform would make an object of it for each request.
export default {
  fetch(request, env, ctx) {
    const { url } = request;
    const path = url.indexOf('/', 'https://'.length);
    if (!CONTROL.some((prefix) => url.startsWith(prefix, path))) {
      return answer(gateway, request, env, ctx);
    }
    return loadControl().then((control) => answer(control, request, env, ctx));
  },
};

function answer(module, request, env, ctx) {
  return ask(module, env, ctx, (wasm, done) => wasm.handle(request, env, ctx, done));
}
