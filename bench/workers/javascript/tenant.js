// The tenant's object: keys and settings in SQLite, buckets in memory, one message per request. Messages
// have the gateway's form.
import { DurableObject } from 'cloudflare:workers';

const WINDOW_MS = 60_000;

class Bucket {
  constructor(perMinute, now) {
    this.perMinute = perMinute;
    this.level = perMinute * WINDOW_MS;
    this.at = now;
  }

  refill(now) {
    const elapsed = Math.min(Math.max(now - this.at, 0), WINDOW_MS);
    this.level = Math.min(this.level + elapsed * this.perMinute, this.perMinute * WINDOW_MS);
    this.at = now;
  }

  get waitMs() {
    return Math.ceil(Math.max(WINDOW_MS - this.level, 0) / this.perMinute);
  }

  take() {
    this.level -= WINDOW_MS;
  }

  state(source) {
    return {
      kind: 'requests',
      source,
      limit: this.perMinute,
      window_s: 60,
      remaining: Math.floor(this.level / WINDOW_MS),
      reset_ms: Math.ceil((this.perMinute * WINDOW_MS - this.level) / this.perMinute),
    };
  }
}

const refusedKey = (why) => ({ refused: { key: why } });

export class Tenant extends DurableObject {
  #settings;
  #keys = new Map();
  #buckets = new Map();

  constructor(ctx, env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS rows (name TEXT PRIMARY KEY, json TEXT NOT NULL)');
    for (const { name, json } of sql.exec('SELECT name, json FROM rows')) {
      if (name === 'settings') this.#settings = JSON.parse(json);
      else this.#keys.set(name, JSON.parse(json));
    }
  }

  step(message) {
    return JSON.stringify(this.#step(JSON.parse(message), Date.now()));
  }

  #step(message, now) {
    if (message.admit) return this.#admit(message.admit, now);
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

  #admit(ask, now) {
    const record = this.#keys.get(ask.key);
    if (!this.#settings || !record) return refusedKey('unknown');
    if (record.revoked_at_ms) return refusedKey('revoked');
    if (record.expires_at_ms <= now) return refusedKey('expired');
    if (record.models?.length > 0 && !record.models.includes(ask.model)) {
      return { refused: { forbidden: 'model' } };
    }
    const applying = [];
    if (this.#settings.rpm) applying.push(['tenant', this.#bucket('', this.#settings.rpm, now)]);
    if (record.rpm) applying.push(['key', this.#bucket(record.id, record.rpm, now)]);
    let wait = 0;
    let source;
    for (const [whose, bucket] of applying) {
      bucket.refill(now);
      if (bucket.waitMs > wait) [wait, source] = [bucket.waitMs, whose];
    }
    if (wait === 0) for (const [, bucket] of applying) bucket.take();
    const limits = applying.map(([whose, bucket]) => bucket.state(whose));
    if (wait > 0) return { refused: { limited: { limits, source, wait_ms: wait } } };
    const { id: key, kind, role } = record;
    return { admitted: [{ key, kind, role, profiles: 0 }, limits] };
  }

  #bucket(scope, perMinute, now) {
    let bucket = this.#buckets.get(scope);
    if (bucket?.perMinute !== perMinute) {
      bucket = new Bucket(perMinute, now);
      this.#buckets.set(scope, bucket);
    }
    return bucket;
  }
}
