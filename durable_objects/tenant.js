// A tenant's object: the class that the platform calls, around its machine in Wasm.
import { DurableObject } from 'cloudflare:workers';
import { ask, called, loadControl, loadObjects } from './modules.js';

const encoder = new TextEncoder();

// How long the ends of requests wait for others to be written with, in ms.
const TOGETHER_MS = 50;
const WAITS = '~';
const SOON = '!';
// How often a monitor is told that there is something to see, in ms.
const POKED_MS = 30_000;

export class Tenant extends DurableObject {
  #module;
  #tenant;
  #instanceId;
  #flushed;
  #poked = 0;

  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.#module = await loadObjects();
      this.#call(() => {});
    });
  }

  // Calls the object's part in Wasm, which is made anew after the instance.
  #call(method) {
    const { parts, state } = this.#module;
    return called(this.#module, this.env, this.ctx, () => {
      if (this.#instanceId !== state.instanceId) {
        this.#instanceId = state.instanceId;
        this.#tenant = new parts.Tenant.prototype.constructor(this.ctx, this.env);
      }
      return method(this.#tenant);
    });
  }

  // One message and its answer, as text. Encoding it here is quicker than what wasm-bindgen does.
  step(message) {
    const answer = this.#call((tenant) => tenant.step(encoder.encode(message)));
    const first = answer[0];
    if (first !== WAITS && first !== SOON) return answer;
    if (this.#flushed === undefined) {
      this.#flushed = this.#flush(this.#instanceId);
      // Somebody may wait for it or not.
      this.#flushed.catch(() => {});
    }
    return first === SOON ? answer.slice(1) : this.#flushed.then(() => answer.slice(1));
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
    if (errand) await this.#run(errand);
  }

  #poke() {
    // Something has happened: the monitor of the same name may want to look at it.
    if (Date.now() < this.#poked + POKED_MS) return;
    this.#poked = Date.now();
    const told = this.env.MONITORS?.getByName(this.ctx.id.name).step('"poke"');
    told?.catch((error) => console.error(`a monitor was not told: ${error}`));
  }

  // Has the control plane do something for the object. It says itself when it fails, and is asked again.
  async #run(errand) {
    const { env, ctx } = this;
    const control = await loadControl();
    await ask(control, env, ctx, (wasm, done) => wasm.errand(errand, env, done));
  }
}
