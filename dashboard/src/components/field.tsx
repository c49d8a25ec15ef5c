/** A labelled control with its hint and its error, tied together for readers. */
import type { ComponentChildren, JSX, SelectHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

export type FieldProps = {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: 'true';
};

export function Field({
  label,
  hint,
  error,
  optional,
  children,
}: {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  optional?: boolean;
  children: (field: FieldProps) => ComponentChildren;
}): JSX.Element {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="quiet"> (optional)</span>}
      </label>
      {children({
        id,
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': 'true' } : {}),
      })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** Several controls under one name. */
export function Fieldset({
  legend,
  hint,
  children,
}: {
  legend: string;
  hint?: ComponentChildren;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {hint && <p class="hint">{hint}</p>}
      {children}
    </fieldset>
  );
}

export type Choice<Value extends string> = { value: Value; label: string; note?: string };

export function Select<Value extends string>({
  value,
  choices,
  onChange,
  ...rest
}: {
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
} & Omit<
  SelectHTMLAttributes<HTMLSelectElement>,
  'value' | 'onChange' | 'role' | 'multiple' | 'size'
>): JSX.Element {
  return (
    <select
      {...rest}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Value)}
    >
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

/** One of a few, each with a sentence on what it means. */
export function Radios<Value extends string>({
  name,
  value,
  choices,
  onChange,
  disabled,
}: {
  name: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
  disabled?: boolean;
}): JSX.Element {
  return (
    <div class="radios">
      {choices.map((choice) => (
        <label key={choice.value} class="radio">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            disabled={disabled}
            onChange={() => onChange(choice.value)}
          />
          <span>
            <span class="radio-label">{choice.label}</span>
            {choice.note && <span class="radio-note">{choice.note}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}
