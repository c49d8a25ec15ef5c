// The main module in tests: the built Worker, untouched, with bindings that record or fail on demand.
//
// Recorded are the data points, which the runtime's own binding drops. Faults are set over
// `PUT /_harness/faults` and hold until they are set again. One isolate serves the Worker and its
// objects, so what is noted here is all there is.
import { wasmBytes } from './memories.js';
import { DurableObject } from 'cloudflare:workers';
import built, { Monitor as BuiltMonitor, Tenant as BuiltTenant } from './entry.js';
import { called, gateway, loadObjects } from './modules.js';

const points = [];
const calls = { keys: [], database: 0, objects: 0 };
let faults = {};

const never = () => new Promise((resolve) => setTimeout(resolve, 300_000));

// Does `act`, or what the named fault says.
async function guarded(name, act) {
  if (faults[name] === 'hang') return never();
  if (faults[name] === 'throw') throw new Error(`${name} fails, as told`);
  const done = act();
  if (faults[name] !== 'lose') return done;
  await done;
  throw new Error(`the answer of ${name} is lost, as told`);
}

function recorder(dataset) {
  return {
    writeDataPoint(point) {
      if (faults.points === 'throw') throw new Error('points fail, as told');
      points.push({ dataset, point: structuredClone(point) });
    },
  };
}

function keys(namespace) {
  return {
    get: (key, ...rest) => {
      calls.keys.push(key);
      return guarded('keys', () => namespace.get(key, ...rest));
    },
    put: (...args) => guarded('keys', () => namespace.put(...args)),
    delete: (...args) => guarded('keys', () => namespace.delete(...args)),
  };
}

function database(real) {
  const statement = (made, sql) => ({
    bind: (...values) => statement(made.bind(...values), sql),
    first: (...args) => counted(() => made.first(...args)),
    run: (...args) => counted(() => made.run(...args)),
    all: (...args) => counted(() => made.all(...args)),
    made,
    sql,
  });
  const counted = (act) => {
    calls.database += 1;
    return guarded('database', act);
  };
  return {
    prepare: (sql) => statement(real.prepare(sql), sql),
    batch: (statements) => {
      const batch = () => real.batch(statements.map(({ made }) => made));
      // What the control plane carries from a tenant's object.
      const carries = statements.some(({ sql }) => sql.startsWith('INSERT INTO tenants'));
      return counted(carries ? () => guarded('projection', batch) : batch);
    },
    exec: (sql) => counted(() => real.exec(sql)),
  };
}

// Workers AI, played by the sandbox over a socket.
function workersAi(url) {
  return {
    run: (model, inputs, { signal, returnRawResponse }) => {
      if (returnRawResponse !== true) throw new Error('asked for a cooked response');
      return fetch(`${url}/workers-ai/run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, inputs }),
        redirect: 'manual',
        signal,
      });
    },
  };
}

let wrapped;

function wrap(env) {
  wrapped ??= {
    ...env,
    KEYS: keys(env.KEYS),
    DB: database(env.DB),
    AUTH_BRAKE: { limit: (ask) => guarded('brake', () => env.AUTH_BRAKE.limit(ask)) },
    OPERATOR_BRAKE: { limit: (ask) => guarded('brake', () => env.OPERATOR_BRAKE.limit(ask)) },
    SIGNIN_BRAKE: { limit: (ask) => guarded('brake', () => env.SIGNIN_BRAKE.limit(ask)) },
    AE_REQUESTS: recorder('requests'),
    AE_TOKENS: recorder('tokens'),
    AE_AUTH: recorder('auth'),
    ...(env.WORKERS_AI_URL ? { AI: workersAi(env.WORKERS_AI_URL) } : {}),
  };
  return wrapped;
}

async function control(request, path, env) {
  if (path === '/_harness/trap') return Response.json(await env.TENANTS.getByName('trap').trap());
  if (path === '/_harness/forget')
    return Response.json(await env.TENANTS.getByName('trap').forget());
  if (path === '/_harness/faults') faults = await request.json();
  if (path === '/_harness/memory') return Response.json(wasmBytes());
  if (path === '/_harness/points') return Response.json(points);
  return Response.json(calls);
}

export default {
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/_harness/')) return control(request, pathname, env);
    return built.fetch(request, wrap(env), ctx);
  },
};

export class Tenant extends DurableObject {
  #built;

  constructor(state, env) {
    super(state, env);
    this.#built = new BuiltTenant(state, wrap(env));
  }

  // Traps in the Wasm instances of the gateway and of the objects: a pointer that leads nowhere.
  async trap() {
    return this.#trap([gateway, await loadObjects()]);
  }

  // The same in the instance of the objects alone: every object loses its memory.
  async forget() {
    return this.#trap([await loadObjects()]);
  }

  #trap(modules) {
    return modules.every((module) => {
      const range = Object.create(module.parts.R2Range.prototype);
      range.__wbg_ptr = 0x7fff0000;
      try {
        called(module, this.env, this.ctx, () => range.length);
      } catch (error) {
        return error instanceof WebAssembly.RuntimeError;
      }
      return false;
    });
  }

  step(message) {
    calls.objects += 1;
    // As an object of a release before there were such messages.
    if (faults.ends === 'unknown' && /^2[ew]/.test(message)) return '?';
    const step = () => guarded('objects', () => this.#built.step(message));
    // A change, and that the other stores know of it, are steps of their own.
    if (message.startsWith('{"change"')) return guarded('changes', step);
    return message.startsWith('{"projected"') ? guarded('acknowledgements', step) : step();
  }

  alarm() {
    return this.#built.alarm();
  }
}

export class Monitor extends BuiltMonitor {
  // All that it has stored, as text.
  stored() {
    const { sql } = this.ctx.storage;
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'state'").toArray();
    return tables.map(() => sql.exec('SELECT json FROM state').toArray()[0]?.json ?? '').join('');
  }
}
