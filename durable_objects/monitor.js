// The monitor of a tenant, or of the whole deployment: the class that the platform calls.
import { DurableObject } from 'cloudflare:workers';
import { called, loadControl } from './modules.js';

// How long an object, a probe and a webhook may take to answer, in ms.
const ANSWERED_MS = 10_000;
const REDIRECTS = { redirect: 'manual' };

// Judges what the tenant's object of the same name counted, or that of the whole deployment: alerts,
// webhooks, the status page. What happens is decided by the machine in the control plane's module, to
// which its whole state is one text.
export class Monitor extends DurableObject {
  #sql;
  #prepared = false;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
  }

  // The state as it was stored. To be asked makes nothing: most monitors that are looked for do not exist.
  #read() {
    this.#prepared ||=
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length > 0;
    if (!this.#prepared) return '';
    const [row] = this.#sql.exec('SELECT json FROM state').toArray();
    return row?.json ?? '';
  }

  #write(state) {
    if (!this.#prepared) {
      this.#sql.exec(
        'CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL)',
      );
      this.#prepared = true;
    }
    this.#sql.exec('INSERT OR REPLACE INTO state VALUES (1, ?)', state);
  }

  // Nothing is left, the table included: an object that stores nothing is none.
  #forget() {
    this.#prepared = false;
    return this.ctx.storage.deleteAll();
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
    const module = await loadControl();
    const { name } = this.ctx.id;
    const state = this.#read();
    const text = called(module, this.env, this.ctx, (wasm) =>
      wasm.monitor(this.env, name, state, message),
    );
    const output = JSON.parse(text);
    if (output.gone) this.ctx.waitUntil(this.#forget());
    if (output.state) this.#write(output.state);
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

  // What is probed, and the status of its answer; 0 for none.
  async #probes() {
    const module = await loadControl();
    const text = called(module, this.env, this.ctx, (wasm) =>
      wasm.probes(this.env, this.ctx.id.name),
    );
    return Promise.all(
      JSON.parse(text).map(async ({ name, url, method, headers, body }) => {
        const request = new Request(url, { ...REDIRECTS, method, headers, body });
        const own = url.startsWith('https://gateway/');
        const signal = AbortSignal.timeout(ANSWERED_MS);
        const answer = own ? this.ctx.exports.default.fetch(request) : fetch(request, { signal });
        const late = scheduler.wait(ANSWERED_MS).then(() => undefined);
        const response = await Promise.race([answer, late]).catch(() => undefined);
        response?.body?.cancel().catch(() => {});
        return [name, response?.status ?? 0];
      }),
    );
  }
}
