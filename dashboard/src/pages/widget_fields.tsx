/** What only a widget key has: the origins that it may be used from, and a limit of each visitor. */
import type { JSX } from 'preact';
import { Field } from '../components/field.tsx';
import { Notice } from '../components/notice.tsx';
import { originsOf } from '../origins.ts';

export function OriginsField({
  text,
  onChange,
}: {
  text: string;
  onChange: (text: string) => void;
}): JSX.Element {
  const { origins, error } = originsOf(text);
  return (
    <>
      <Field
        label="Origins"
        hint="One a line: https://example.com, https://*.example.com for its subdomains, or * for any."
        error={error}
      >
        {(field) => (
          <textarea
            {...field}
            required
            rows={3}
            class="mono"
            spellcheck={false}
            placeholder="https://www.example.com"
            value={text}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
        )}
      </Field>
      {origins.includes('*') && (
        <Notice tone="warn">
          <p>Any page of anybody can then use this key, at your cost. Set a low limit.</p>
        </Notice>
      )}
    </>
  );
}

/** What each visitor may ask a minute, as it is typed. */
export const visitorDefault = '20';

export function visitorError(text: string): string | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= 600
    ? undefined
    : 'A whole number from 1 to 600.';
}

export function VisitorField({
  text,
  onChange,
}: {
  text: string;
  onChange: (text: string) => void;
}): JSX.Element {
  return (
    <Field
      label="Requests per minute of each visitor"
      hint="So that one visitor does not use up what is there for all."
      error={visitorError(text)}
    >
      {(field) => (
        <input
          {...field}
          class="number"
          inputMode="numeric"
          autocomplete="off"
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
