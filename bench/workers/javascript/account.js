// What one party, the tenant or a key, may use: rates, requests at the same time, and money of the month.
const WINDOW_MS = 60_000;

class Bucket {
  constructor(perMinute, now) {
    this.perMinute = perMinute;
    this.level = perMinute * WINDOW_MS;
    this.at = now;
  }

  refill(now) {
    const elapsed = Math.min(Math.max(now - this.at, 0), WINDOW_MS);
    this.add(elapsed * this.perMinute);
    this.at = now;
  }

  add(units) {
    this.level = Math.min(this.level + units, this.perMinute * WINDOW_MS);
  }

  waitMs(tokens) {
    if (tokens > this.perMinute) return WINDOW_MS;
    return Math.ceil(Math.max(tokens * WINDOW_MS - this.level, 0) / this.perMinute);
  }

  take(tokens) {
    this.level -= Math.min(tokens * WINDOW_MS, this.level);
  }

  state(kind, source) {
    return {
      kind,
      source,
      limit: this.perMinute,
      window_s: 60,
      remaining: Math.floor(this.level / WINDOW_MS),
      reset_ms: Math.ceil((this.perMinute * WINDOW_MS - this.level) / this.perMinute),
    };
  }
}

const SLOT_WAIT_MS = 1_000;

export function monthOf(ms) {
  const date = new Date(ms);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function endOfMonth(month) {
  return Date.UTC(Math.floor(month / 12), (month % 12) + 1);
}

export class Account {
  #requests;
  #tokens;
  #slots = 0;
  #reserved = 0;
  #month = 0;
  #spent = 0;

  constructor(source) {
    this.source = source;
  }

  addSpent(month, cost) {
    if (month > this.#month) [this.#month, this.#spent] = [month, 0];
    if (month === this.#month) this.#spent += cost;
  }

  // What a budget still holds, in nano-USD.
  room(budget, month) {
    const spent = month === this.#month ? this.#spent : 0;
    return Math.max(budget - spent - this.#reserved, 0);
  }

  // The limit that makes a request wait longest, if any does.
  lack(limits, tokens, cost, month, now) {
    let longest;
    const found = (kind, waitMs) => {
      if (waitMs > (longest?.waitMs ?? 0)) longest = { kind, source: this.source, waitMs };
    };
    if (limits.rpm !== undefined) {
      this.#requests = at(this.#requests, limits.rpm, now);
      found('requests', this.#requests.waitMs(1));
    }
    if (limits.tpm !== undefined) {
      this.#tokens = at(this.#tokens, limits.tpm, now);
      found('tokens', this.#tokens.waitMs(tokens));
    }
    if (this.#slots >= limits.concurrency) found('concurrency', SLOT_WAIT_MS);
    if (limits.budget !== undefined && this.room(limits.budget, month) < cost) {
      found('spend', endOfMonth(month) - now);
    }
    return longest;
  }

  open(limits, tokens, cost) {
    if (limits.rpm !== undefined) this.#requests.take(1);
    if (limits.tpm !== undefined) this.#tokens.take(tokens);
    this.#slots += 1;
    this.#reserved += cost;
  }

  // Gives back what a lease held: all but the tokens that were used.
  close(lease, used, now) {
    this.#slots -= 1;
    this.#reserved -= lease.cost;
    if (this.#tokens) {
      this.#tokens.refill(now);
      this.#tokens.add(Math.max(lease.input_tokens + lease.output_cap - used, 0) * WINDOW_MS);
    }
  }

  // The limits as they stand, after the others in the list.
  states(limits, month, now, list) {
    const { source } = this;
    if (limits.rpm !== undefined) list.push(this.#requests.state('requests', source));
    if (limits.tpm !== undefined) list.push(this.#tokens.state('tokens', source));
    if (limits.concurrency !== undefined) {
      const remaining = Math.max(limits.concurrency - this.#slots, 0);
      const limit = limits.concurrency;
      list.push({ kind: 'concurrency', source, limit, window_s: 0, remaining, reset_ms: 0 });
    }
    if (limits.budget !== undefined) {
      list.push({
        kind: 'spend',
        source,
        limit: limits.budget,
        window_s: 0,
        remaining: this.room(limits.budget, month),
        spent: month === this.#month ? this.#spent : 0,
        reset_ms: endOfMonth(month) - now,
      });
    }
  }
}

// The bucket for this limit, filled up to now.
function at(bucket, perMinute, now) {
  if (bucket?.perMinute !== perMinute) return new Bucket(perMinute, now);
  bucket.refill(now);
  return bucket;
}
