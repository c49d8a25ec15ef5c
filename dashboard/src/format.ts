/** Numbers, money and times as they are read. Everything in the reader's own locale but the money: US dollars. */

import { now } from './clock.ts';

const whole = new Intl.NumberFormat('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const cents = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const fine = (digits: number): Intl.NumberFormat =>
  new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  });

export function count(value: number): string {
  return whole.format(value);
}

/** `1.2M`: where a glance is enough. */
export function short(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** Cents, and below a dollar three digits that say something: one answer costs parts of a cent. */
export function usd(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 1) return cents.format(value);
  // Nothing is smaller than a nano-dollar.
  return fine(Math.min(9, Math.max(3, 2 - Math.floor(Math.log10(size))))).format(value);
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function day(ms: number): string {
  return date.format(ms);
}

export function at(ms: number): string {
  return moment.format(ms);
}

export function precisely(ms: number): string {
  return exact.format(ms);
}

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** `3 hours ago`, `in 2 days`. What lies ahead is told to the half minute: three days just chosen are three. */
export function ago(ms: number, nowMs = now()): string {
  const ahead = ms - nowMs;
  const distance = ahead > 0 ? ahead + 30_000 : ahead;
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) return relative.format(Math.trunc(distance / length), unit);
  }
  return distance > 0 ? 'in a moment' : 'just now';
}

/** `2026-11-23`: the UTC day, as the ledger counts. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** `1 key`, `3 keys`. */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** What a browser calls itself, in two words. */
export function browser(userAgent: string): string {
  const name = /Edg\//.test(userAgent)
    ? 'Edge'
    : /Firefox\//.test(userAgent)
      ? 'Firefox'
      : /Chrome\//.test(userAgent)
        ? 'Chrome'
        : /Safari\//.test(userAgent)
          ? 'Safari'
          : 'A browser';
  const system = /iPhone|iPad/.test(userAgent)
    ? 'iOS'
    : /Android/.test(userAgent)
      ? 'Android'
      : /Windows/.test(userAgent)
        ? 'Windows'
        : /Mac OS/.test(userAgent)
          ? 'macOS'
          : /Linux/.test(userAgent)
            ? 'Linux'
            : '';
  return system ? `${name} on ${system}` : name;
}
