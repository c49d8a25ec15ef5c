/** A number to fill in; required. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Field } from './field.tsx';

export function NumberField({
  label,
  value,
  onChange,
  ...rest
}: {
  label: string;
  value: number;
  /** Not a number: what stands there is none yet. */
  onChange: (value: number) => void;
  min: number;
  max?: number;
  step?: 'any';
  disabled: boolean;
}): JSX.Element {
  // What was typed stays as it was typed: `2.` is on the way to `2.5`.
  const [text, setText] = useState(String(value));
  useEffect(() => {
    if (!Number.isNaN(value) && Number(text) !== value) setText(String(value));
  }, [value]);
  return (
    <Field label={label}>
      {(field) => (
        <input
          {...field}
          {...rest}
          type="number"
          required
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            onChange(event.currentTarget.valueAsNumber);
          }}
        />
      )}
    </Field>
  );
}
