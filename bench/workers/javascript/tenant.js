// The tenant's object: keys, settings and charges in SQLite, limits and leases in memory. One message per
// admission, one per end. Messages have the gateway's form.
import { DurableObject } from 'cloudflare:workers';
import { Account, monthOf } from './account.js';

const DAY_MS = 86_400_000;
const LEASE_MS = 60_000;
const SWEEP_MS = 5_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS rows (name TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS charges (admitted_ms INTEGER NOT NULL, request TEXT NOT NULL,
  input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL, estimated INTEGER NOT NULL, expired INTEGER NOT NULL,
  PRIMARY KEY (admitted_ms, request)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (day INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL,
  requests INTEGER NOT NULL, estimated INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (day, key, model)) WITHOUT ROWID;
`;
const PUT_CHARGE = 'INSERT OR REPLACE INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
const ADD_USED = `INSERT INTO used VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)
  ON CONFLICT (day, key, model) DO UPDATE SET
    requests = requests + excluded.requests,
    estimated = estimated + excluded.estimated,
    input_tokens = input_tokens + excluded.input_tokens,
    cached_tokens = cached_tokens + excluded.cached_tokens,
    output_tokens = output_tokens + excluded.output_tokens,
    cost = cost + excluded.cost`;

const refusedKey = (why) => ({ refused: { key: why } });

function priceOf(want, output) {
  return Math.ceil((want.input_tokens * want.input_price + output * want.output_price) / 1e6);
}

export class Tenant extends DurableObject {
  #settings;
  #keys = new Map();
  #tenant = new Account('tenant');
  #accounts = new Map();
  #leases = new Map();
  #sweeps = false;

  constructor(ctx, env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(SCHEMA);
    for (const { name, json } of sql.exec('SELECT name, json FROM rows')) {
      if (name === 'settings') this.#settings = JSON.parse(json);
      else this.#keys.set(name, JSON.parse(json));
    }
    for (const { key, day, cost } of sql.exec('SELECT key, day, cost FROM used')) {
      const month = monthOf(day * DAY_MS);
      this.#tenant.addSpent(month, cost);
      this.#account(key).addSpent(month, cost);
    }
  }

  step(message) {
    return JSON.stringify(this.#step(JSON.parse(message), Date.now()));
  }

  // Leases of which nothing was heard any more are charged in full.
  alarm() {
    const now = Date.now();
    for (const lease of this.#leases.values()) {
      if (lease.admitted_ms + LEASE_MS > now) continue;
      this.#end(lease, { ...lease, output_tokens: lease.output_cap, estimated: true }, true, now);
    }
    this.#sweeps = this.#leases.size > 0;
    if (this.#sweeps) this.ctx.storage.setAlarm(now + SWEEP_MS);
  }

  #step(message, now) {
    if (message.admit) return this.#admit(message.admit, now);
    if (message.settle) return this.#settle(message.settle, now);
    if (message.release) return this.#release(message.release, now);
    if (message.put_tenant) {
      this.#settings = message.put_tenant;
      this.#put('settings', this.#settings);
    } else if (message.put_key) {
      this.#keys.set(message.put_key.hash, message.put_key);
      this.#put(message.put_key.hash, message.put_key);
    }
    return 'done';
  }

  #put(name, value) {
    const row = JSON.stringify(value);
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO rows VALUES (?, ?)', name, row);
  }

  #admit({ ask, request, want }, now) {
    const record = this.#keys.get(ask.key);
    if (!this.#settings || !record) return refusedKey('unknown');
    if (record.revoked_at_ms) return refusedKey('revoked');
    if (record.expires_at_ms <= now) return refusedKey('expired');
    if (record.models?.length > 0 && !record.models.includes(ask.model)) {
      return { refused: { forbidden: 'model' } };
    }
    if (this.#leases.has(request)) return { refused: 'conflict' };

    const month = monthOf(now);
    const parties = [
      [this.#settings, this.#tenant],
      [record, this.#account(record.id)],
    ];
    const cap = this.#outputCap(want, parties, month);
    const tokens = want.input_tokens + cap;
    const cost = priceOf(want, cap);
    let broken;
    for (const [limits, account] of parties) {
      const lack = account.lack(limits, tokens, cost, month, now);
      if (lack && lack.waitMs > (broken?.waitMs ?? 0)) broken = lack;
    }
    if (!broken) for (const [limits, account] of parties) account.open(limits, tokens, cost);
    const states = [];
    for (const [limits, account] of parties) account.states(limits, month, now, states);
    if (broken) {
      const { kind, source, waitMs } = broken;
      return {
        refused: { limited: { limits: states, broken: { kind, source }, wait_ms: waitMs } },
      };
    }

    const { id: key, kind, role } = record;
    this.#leases.set(request, {
      request,
      key,
      model: ask.model,
      admitted_ms: now,
      input_tokens: want.input_tokens,
      output_cap: cap,
      cost,
    });
    if (!this.#sweeps) {
      this.#sweeps = true;
      this.ctx.storage.setAlarm(now + SWEEP_MS);
    }
    const principal = { key, kind, role, profiles: 0 };
    const granted = { admitted_ms: now, output_cap: cap, cost };
    return { admitted: { principal, granted, limits: states } };
  }

  // What the caller asked for, or as much as the limits can bear.
  #outputCap(want, parties, month) {
    const most = Math.max(want.output_most, 1);
    if (want.output_cap !== undefined) return Math.min(Math.max(want.output_cap, 1), most);
    let cap = most;
    for (const [{ budget, tpm }, account] of parties) {
      if (budget !== undefined && want.output_price > 0) {
        const left = account.room(budget, month) * 1e6 - want.input_tokens * want.input_price;
        cap = Math.min(cap, Math.floor(left / want.output_price));
      }
      if (tpm !== undefined) {
        cap = Math.min(cap, Math.max(Math.floor(tpm / 4), 1_024), tpm - want.input_tokens);
      }
    }
    return Math.max(cap, 1);
  }

  #settle({ lease, charge }, now) {
    const open = this.#leases.get(lease.request);
    if (!open) return { refused: 'not_found' };
    return { settled: this.#end(open, charge, false, now) };
  }

  #release({ request }, now) {
    const lease = this.#leases.get(request);
    if (lease) this.#close(lease, 0, now);
    return 'done';
  }

  #close(lease, used, now) {
    this.#leases.delete(lease.request);
    this.#tenant.close(lease, used, now);
    this.#account(lease.key).close(lease, used, now);
  }

  // Ends a lease with a charge, which is never above the reservation.
  #end(lease, { input_tokens, output_tokens, cached_tokens = 0, cost, estimated }, expired, now) {
    const charge = {
      input_tokens,
      cached_tokens,
      output_tokens,
      cost: Math.min(cost, lease.cost),
      estimated: Boolean(estimated),
    };
    this.#close(lease, input_tokens + output_tokens, now);
    const month = monthOf(lease.admitted_ms);
    this.#tenant.addSpent(month, charge.cost);
    this.#account(lease.key).addSpent(month, charge.cost);
    const { sql } = this.ctx.storage;
    sql.exec(
      PUT_CHARGE,
      lease.admitted_ms,
      lease.request,
      input_tokens,
      cached_tokens,
      output_tokens,
      charge.cost,
      Number(charge.estimated),
      Number(expired),
    );
    sql.exec(
      ADD_USED,
      Math.floor(lease.admitted_ms / DAY_MS),
      lease.key,
      lease.model,
      Number(charge.estimated),
      input_tokens,
      cached_tokens,
      output_tokens,
      charge.cost,
    );
    return charge;
  }

  #account(key) {
    let account = this.#accounts.get(key);
    if (!account) {
      account = new Account('key');
      this.#accounts.set(key, account);
    }
    return account;
  }
}
