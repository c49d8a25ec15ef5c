/** A day to choose. */
import type { JSX } from 'preact';
import { Field } from './field.tsx';

export function DayField({
  label,
  value,
  min,
  max,
  error,
  onChange,
}: {
  label: string;
  value: string;
  min?: string | undefined;
  max?: string | undefined;
  error?: string | undefined;
  /** Empty: no day. */
  onChange: (day: string) => void;
}): JSX.Element {
  return (
    <Field label={label} error={error}>
      {(field) => (
        <input
          {...field}
          type="date"
          min={min}
          max={max}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
