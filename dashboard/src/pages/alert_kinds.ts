/** The kinds of alerts, in words. */
import type { AlertKind } from '../types.ts';

export const kinds: Record<AlertKind, { title: string; unit: string; hint: string }> = {
  error_rate: { title: 'Failed requests', unit: '%', hint: 'By a backend’s or our fault.' },
  latency_p95: { title: 'Slow requests', unit: 'ms', hint: '95 % take up to this long.' },
  spend: {
    title: 'Spending',
    unit: '% of the budget',
    hint: 'Told at half, four fifths and all of it.',
  },
  spend_forecast: {
    title: 'Spending ahead',
    unit: '% of the budget',
    hint: 'At the month’s end, at the pace so far.',
  },
  auth_failures: { title: 'Bad keys', unit: 'requests', hint: 'Refused for their key.' },
  backend_down: { title: 'Model down', unit: '%', hint: 'Of one model’s calls fail.' },
  revoked_key: { title: 'Revoked key used', unit: 'uses', hint: 'Somebody still has it.' },
};

export function amount(kind: AlertKind, value: number): string {
  const { unit } = kinds[kind];
  const number = value.toLocaleString('en', { maximumFractionDigits: 1 });
  return `${number}${unit.startsWith('%') ? '' : ' '}${unit}`;
}
