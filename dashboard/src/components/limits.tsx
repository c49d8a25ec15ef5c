/** The four limits: to fill in, and to read. */
import type { JSX } from 'preact';
import { count, usd } from '../format.ts';
import type { LimitChanges, Limits } from '../types.ts';
import { Field } from './field.tsx';

export const limitNames: readonly (keyof Limits)[] = ['rpm', 'tpm', 'concurrency', 'budgetUsd'];

export const limitTitles: Record<keyof Limits, string> = {
  rpm: 'Requests per minute',
  tpm: 'Tokens per minute',
  concurrency: 'Requests at once',
  budgetUsd: 'Spend per month',
};

export function limitText(name: keyof Limits, value: number | undefined): string {
  if (value === undefined) return 'no limit';
  return name === 'budgetUsd' ? usd(value) : count(value);
}

/** What stands in the fields: text, so that an empty one is no limit and nothing is lost while typing. */
export type Draft = Record<keyof Limits, string>;

export function draftOf(limits: Limits): Draft {
  const text = (value: number | undefined): string => (value === undefined ? '' : String(value));
  return {
    rpm: text(limits.rpm),
    tpm: text(limits.tpm),
    concurrency: text(limits.concurrency),
    budgetUsd: text(limits.budgetUsd),
  };
}

export function draftError(name: keyof Limits, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) return 'A number, 0 or more; 0 lets nothing through.';
  if (name !== 'budgetUsd' && !Number.isInteger(value)) return 'A whole number.';
  return undefined;
}

export function isGood(draft: Draft): boolean {
  return limitNames.every((name) => !draftError(name, draft[name]));
}

/** The limits that are filled in. */
export function limitsOf(draft: Draft): Limits {
  const limits: Limits = {};
  for (const name of limitNames) {
    const text = draft[name].trim();
    if (text !== '') limits[name] = Number(text);
  }
  return limits;
}

/** What changed: a limit that was emptied is taken away. */
export function changesOf(before: Limits, draft: Draft): LimitChanges {
  const after = limitsOf(draft);
  const changes: LimitChanges = {};
  for (const name of limitNames) {
    if (after[name] !== before[name]) changes[name] = after[name] ?? null;
  }
  return changes;
}

function allowed(name: keyof Limits, most: number | undefined, by: string | undefined): string {
  if (most === undefined) return 'Not limited otherwise';
  return `At most ${limitText(name, most)}${by ? `, by ${by}` : ''}`;
}

export function LimitFields({
  draft,
  onChange,
  most,
  by,
  disabled,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** What may not be passed, told beside each field. */
  most?: Limits;
  /** Who set each of them. */
  by?: { [Name in keyof Limits]?: string };
  disabled?: boolean;
}): JSX.Element {
  return (
    <div class="fields four">
      {limitNames.map((name) => (
        <Field
          key={name}
          label={name === 'budgetUsd' ? 'Spend per month, USD' : limitTitles[name]}
          hint={most && allowed(name, most[name], by?.[name])}
          error={draftError(name, draft[name])}
        >
          {(field) => (
            <input
              {...field}
              class="number"
              inputMode={name === 'budgetUsd' ? 'decimal' : 'numeric'}
              autocomplete="off"
              placeholder="No limit"
              disabled={disabled}
              value={draft[name]}
              onInput={(event) => onChange({ ...draft, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}

/** `60 requests a minute · $5.00 a month`, or nothing. */
export function limitSummary(limits: Limits): string {
  return [
    limits.rpm === undefined ? '' : `${count(limits.rpm)} req/min`,
    limits.tpm === undefined ? '' : `${count(limits.tpm)} tok/min`,
    limits.concurrency === undefined ? '' : `${count(limits.concurrency)} at once`,
    limits.budgetUsd === undefined ? '' : `${usd(limits.budgetUsd)}/month`,
  ]
    .filter(Boolean)
    .join(' · ');
}
