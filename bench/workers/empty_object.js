// The class that the platform calls, around the empty object in Wasm: as in the gateway's entry.js.
import { DurableObject } from 'cloudflare:workers';
import { Tenant as ProxiedTenant } from './index.js';

const encoder = new TextEncoder();
const WasmTenant = ProxiedTenant.prototype.constructor;

export class Tenant extends DurableObject {
  #tenant = new WasmTenant();

  step(message) {
    return this.#tenant.step(encoder.encode(message));
  }
}

export default {
  fetch: () => new Response('an object'),
};
