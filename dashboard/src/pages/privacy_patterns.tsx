/** A tenant's own patterns: a value of a certain shape next to one of some words. */
import type { JSX } from 'preact';
import { Button } from '../components/button.tsx';
import { Field, Fieldset } from '../components/field.tsx';
import type { Pattern } from '../types.ts';

const most = 20;

export function Patterns({
  patterns,
  onChange,
  disabled,
}: {
  patterns: readonly Pattern[];
  onChange: (patterns: readonly Pattern[]) => void;
  disabled: boolean;
}): JSX.Element {
  const put = (index: number, change: Partial<Pattern>): void =>
    onChange(patterns.map((one, at) => (at === index ? { ...one, ...change } : one)));
  return (
    <Fieldset
      legend="Patterns of your own"
      hint="Found where one of the words stands beside a value of the shape, and without words wherever the shape stands alone; it then needs six letters and digits. In a shape 9 is a digit, A a letter, X either; everything else stands for itself: AB-999999."
    >
      {patterns.map((pattern, index) => (
        <div class="pattern" key={index}>
          <Short
            label="Name"
            example="member_number"
            value={pattern.name}
            disabled={disabled}
            onChange={(name) => put(index, { name })}
          />
          <Field label="Words beside it" optional>
            {(field) => (
              <input
                {...field}
                placeholder="member no, member id"
                disabled={disabled}
                // Told only when left: a comma is not cleaned away while one is typing.
                value={pattern.labels.join(', ')}
                onChange={(event) =>
                  put(index, {
                    labels: event.currentTarget.value
                      .split(',')
                      .map((label) => label.trim())
                      .filter(Boolean),
                  })
                }
              />
            )}
          </Field>
          <Short
            label="Shape"
            example="AB-999999"
            value={pattern.shape}
            disabled={disabled}
            onChange={(shape) => put(index, { shape })}
          />
          {!disabled && (
            <Button
              small
              look="quiet"
              aria-label={`Remove the pattern ${pattern.name || index + 1}`}
              onClick={() => onChange(patterns.filter((_, at) => at !== index))}
            >
              Remove
            </Button>
          )}
        </div>
      ))}
      {!disabled && patterns.length < most && (
        <div>
          <Button
            small
            icon="plus"
            onClick={() => onChange([...patterns, { name: '', labels: [], shape: '' }])}
          >
            Add a pattern
          </Button>
        </div>
      )}
      {disabled && patterns.length === 0 && <p class="quiet">None.</p>}
    </Fieldset>
  );
}

function Short({
  label,
  example,
  value,
  disabled,
  onChange,
}: {
  label: string;
  example: string;
  value: string;
  disabled: boolean;
  onChange: (value: string) => void;
}): JSX.Element {
  return (
    <Field label={label}>
      {(field) => (
        <input
          {...field}
          required
          maxLength={60}
          class="mono"
          placeholder={example}
          disabled={disabled}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
