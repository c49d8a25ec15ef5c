/** What answers tell of limits: `RateLimit-Policy` and `RateLimit`, OpenAI's headers, and the wait of a 429. */
import assert from 'node:assert/strict';
import { errorOf } from './answer.ts';

export interface Item {
  name: string;
  parameters: Record<string, number | string>;
}

/** A list of strings with parameters that are integers and strings, as strict as RFC 9651 §4.2 is. */
export function listOf(text: string): Item[] {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = at;
    const [found] = sticky.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const must = (pattern: RegExp, what: string): string =>
    take(pattern) ?? assert.fail(`no ${what} at ${at} of ${text}`);
  const string = (): string =>
    must(/"(?:[ !#-[\]-~]|\\["\\])*"/, 'string')
      .slice(1, -1)
      .replace(/\\(.)/g, '$1');
  const items: Item[] = [];
  do {
    const item: Item = { name: string(), parameters: {} };
    while (take(/; */) !== undefined) {
      const key = must(/[a-z*][a-z0-9_.*-]*/, 'key');
      assert.ok(!(key in item.parameters), `${key} twice in ${text}`);
      must(/=/, 'value');
      const integer = take(/-?\d{1,15}(?![\d.])/);
      item.parameters[key] = integer === undefined ? string() : Number(integer);
    }
    items.push(item);
  } while (take(/[ \t]*,[ \t]*/) !== undefined);
  assert.equal(at, text.length, `more after the list: ${text}`);
  return items;
}

export interface Told {
  q: number;
  qu?: string;
  w?: number;
  r: number;
  t?: number;
}

/** The limits that the headers tell of, by name, once both fields agree and the rest fits them. */
export function toldBy({ headers }: Response): Record<string, Told> {
  const policies = listOf(headers.get('ratelimit-policy') ?? '');
  const states = listOf(headers.get('ratelimit') ?? '');
  assert.deepEqual(
    states.map(({ name }) => name),
    policies.map(({ name }) => name),
  );
  const told: Record<string, Told> = {};
  for (const [at, { name, parameters }] of policies.entries()) {
    const state = states[at]?.parameters ?? {};
    assert.deepEqual(
      Object.keys(parameters).filter((key) => !['q', 'qu', 'w'].includes(key)),
      [],
    );
    assert.deepEqual(
      Object.keys(state).filter((key) => !['r', 't'].includes(key)),
      [],
    );
    assert.ok(!(name in told), `${name} twice`);
    const both = { ...parameters, ...state } as unknown as Told;
    assert.ok(both.r >= 0 && both.r <= both.q, `${name}: ${both.r} of ${both.q} left`);
    assert.ok((both.t ?? 1) >= 1);
    told[name] = both;
  }
  assertOpenAi(headers, told);
  return told;
}

/** OpenAI's headers show the limit per minute with the least left, and are not there without one. */
function assertOpenAi(headers: Headers, told: Record<string, Told>): void {
  for (const kind of ['requests', 'tokens']) {
    const [tightest] = [told[`tenant-${kind}`], told[`key-${kind}`], told[`visitor-${kind}`]]
      .filter((limit) => limit !== undefined)
      .sort((one, other) => one.r - other.r || (other.t ?? 0) - (one.t ?? 0));
    const own = ['limit', 'remaining', 'reset'].map((what) =>
      headers.get(`x-ratelimit-${what}-${kind}`),
    );
    if (tightest === undefined) {
      assert.deepEqual(own, [null, null, null]);
      continue;
    }
    const [limit, remaining, reset = ''] = own;
    assert.deepEqual([limit, remaining], [`${tightest.q}`, `${tightest.r}`]);
    const [, minutes = 0, seconds = 0, ms = 0] =
      /^(?:(?:(\d+)m)?(\d+)s|(\d{1,3})ms)$/.exec(reset ?? '') ?? assert.fail(`${reset}`);
    const resetS = Number(minutes) * 60 + Number(seconds) + Math.ceil(Number(ms) / 1000);
    assert.equal(resetS, tightest.t ?? 0);
  }
}

/** A wait that a client library may sit out, in ms. */
export async function assertWait(
  response: Response,
  details: Record<string, number | string>,
): Promise<number> {
  const { headers } = response;
  const told = toldBy(response);
  const body = await errorOf(response, 429);
  const waitMs = Number(body.details?.['retry_after_ms']);
  assert.ok(Number.isInteger(waitMs) && waitMs >= 1 && waitMs <= 60_000, `${waitMs}`);
  assert.deepEqual(body.details, { ...details, retry_after_ms: waitMs });
  assert.equal(headers.get('retry-after'), `${Math.ceil(waitMs / 1000)}`);
  assert.equal(headers.get('retry-after-ms'), `${waitMs}`);
  assert.equal(headers.get('x-should-retry'), null);
  assert.ok(`${details['limit_source']}-${details['limit_kind']}` in told);
  return waitMs;
}
