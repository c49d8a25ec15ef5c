/** What the month will have cost at its end, as one of the figures of overview and billing. */
import type { Figure } from '../components/figures.tsx';
import { usd } from '../format.ts';
import type { Billing } from '../types.ts';

export function forecast({ month: { forecastUsd }, limits }: Billing): Figure {
  const budget = limits.effective.budgetUsd;
  const above = forecastUsd !== undefined && budget !== undefined && forecastUsd > budget;
  return {
    label: 'Forecast for the month',
    value: forecastUsd === undefined ? '–' : usd(forecastUsd),
    note: above ? 'Above the limit at this pace.' : 'At the pace so far.',
  };
}
