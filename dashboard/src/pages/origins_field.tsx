/** The origins of a widget key, one a line. */
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
