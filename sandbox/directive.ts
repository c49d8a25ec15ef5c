/**
 * Misbehaviour on demand: `[[sandbox: key=value key …]]` inside any text of the request.
 *
 * It travels as message text so that it reaches the sandbox through a gateway and by hand alike.
 * Several directives in one request are merged; the later one wins. A key that is not known, or a
 * value out of range, is refused with 400: a misspelt fault must not look like a passing test.
 */
import { stringsIn } from './json.ts';
import { Refusal } from './refusal.ts';

export const USAGE_FAULTS = [
  'none',
  'zero',
  'every',
  'wrong',
  'null',
  'absurd',
  'inflated',
] as const;
export type UsageFault = (typeof USAGE_FAULTS)[number];

/** Milliseconds of `gap` that mean: write everything in one go. */
export const BURST = -1;

const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

/** Inclusive range of every key that takes a whole number. */
const NUMBERS = {
  tokens: [0, 1_000_000],
  size: [1, MIB],
  delay: [0, HOUR_MS],
  first: [0, HOUR_MS],
  gap: [BURST, HOUR_MS],
  stall: [0, 1_000_000],
  cut: [0, 1_000_000],
  end: [0, 1_000_000],
  error: [0, 1_000_000],
  badjson: [0, 1_000_000],
  split: [1, MIB],
  status: [200, 599],
  retry_after: [0, 1_000_000],
  huge: [1, 128 * MIB],
  pad: [1, MIB],
  reasoning: [1, 1_000_000],
  times: [1, 1_000_000],
} as const satisfies Record<string, readonly [number, number]>;

/** What a number key means when it is written without a value. */
const BARE: Partial<Record<NumberKey, number>> = { reasoning: 4 };

const FLAGS = [
  'html',
  'crlf',
  'bom',
  'comments',
  'unicode',
  'noclose',
  'ignorecap',
  'drop',
] as const;

const WORDS = ['tool', 'redirect', 'hold', 'once', 'only'] as const;

type NumberKey = keyof typeof NUMBERS;
type FlagKey = (typeof FLAGS)[number];
type WordKey = (typeof WORDS)[number];

export type Directive = {
  [K in NumberKey]?: number;
} & { [K in FlagKey]?: true } & { [K in WordKey]?: string } & { usage?: UsageFault };

const PATTERN = /\[\[sandbox:([^\]]*)\]\]/g;

/** The text without its directives, and without the blanks they leave behind. */
export function withoutDirectives(text: string): string {
  return text.replace(/\s*\[\[sandbox:[^\]]*\]\]/g, '').trim();
}

/** The texts of a body that hold directives: what `times` counts by. */
export function directedText(body: unknown): string {
  return [...stringsIn(body)].filter((text) => text.includes('[[sandbox:')).join('\0');
}

/**
 * All directives in a request body, merged.
 *
 * @throws {Refusal} 400 for an unknown key or a value out of range.
 */
export function directiveIn(body: unknown): Directive {
  const merged: Directive = {};
  for (const text of stringsIn(body)) {
    if (!text.includes('[[sandbox:')) continue;
    for (const match of text.matchAll(PATTERN)) {
      for (const setting of (match[1] ?? '').split(/\s+/)) {
        if (setting !== '') apply(merged, setting);
      }
    }
  }
  return merged;
}

function apply(directive: Directive, setting: string): void {
  const equals = setting.indexOf('=');
  const key = equals < 0 ? setting : setting.slice(0, equals);
  const value = equals < 0 ? undefined : setting.slice(equals + 1);

  if (key === 'burst' && value === undefined) directive.gap = BURST;
  else if (key === 'usage') directive.usage = usageFault(setting, value);
  else if (isOneOf(FLAGS, key)) {
    if (value !== undefined) throw bad(setting, 'takes no value');
    directive[key] = true;
  } else if (isOneOf(WORDS, key)) {
    if (!value) throw bad(setting, 'needs a value');
    directive[key] = value;
  } else if (isNumberKey(key)) {
    directive[key] = numberFor(key, setting, value);
  } else throw bad(setting, 'is not known');
}

function numberFor(key: NumberKey, setting: string, value: string | undefined): number {
  if (key === 'gap' && value === 'burst') return BURST;
  const bare = BARE[key];
  if (value === undefined && bare !== undefined) return bare;
  const [least, most] = NUMBERS[key];
  const number = /^-?\d{1,9}$/.test(value ?? '') ? Number(value) : NaN;
  if (!(number >= least && number <= most)) {
    throw bad(setting, `needs a whole number from ${least} to ${most}`);
  }
  return number;
}

function usageFault(setting: string, value: string | undefined): UsageFault {
  const fault = USAGE_FAULTS.find((known) => known === value);
  if (fault === undefined) throw bad(setting, `needs one of ${USAGE_FAULTS.join(', ')}`);
  return fault;
}

function isNumberKey(key: string): key is NumberKey {
  return Object.hasOwn(NUMBERS, key);
}

function isOneOf<T extends string>(known: readonly T[], key: string): key is T {
  return (known as readonly string[]).includes(key);
}

function bad(setting: string, why: string): Refusal {
  return new Refusal(400, `Sandbox directive "${setting}" ${why}.`, { code: 'sandbox_directive' });
}
