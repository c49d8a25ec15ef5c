/**
 * Names that people give. In scope: what the gateway takes as one, said before it refuses: any script, up to
 * 80 characters, counted as it counts them. What is too long is said, not cut. Out of scope: deciding it, which
 * the gateway does.
 */
import type { JSX, Ref } from 'preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAction } from '../load.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Problem } from './notice.tsx';

const longest = 80;

/** What shows nothing, ends lines, or turns the direction of other text around: as core/src/name.rs has it. */
const unseen = /[\p{Cc}\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\u{e0000}-\u{e007f}]/u;

/** What is wrong with a name. */
export function nameError(name: string, most: number = longest): string | undefined {
  const text = name.trim();
  const length = [...text].length;
  if (length > most) return `At most ${most} characters; this has ${length}.`;
  return unseen.test(text)
    ? 'There is a character in it that cannot be seen. Type it instead of pasting it.'
    : undefined;
}

export function NameField({
  label = 'Name',
  hint,
  value,
  onChange,
  most = longest,
  optional,
  disabled,
  autocomplete = 'off',
}: {
  label?: string;
  hint?: ComponentChildren;
  value: string;
  onChange: (name: string) => void;
  most?: number;
  optional?: boolean;
  disabled?: boolean;
  autocomplete?: string;
}): JSX.Element {
  const error = nameError(value, most);
  // So that the browser keeps the form from being sent, and says why.
  const check: Ref<HTMLInputElement> = (input) => input?.setCustomValidity(error ?? '');
  return (
    <Field label={label} hint={hint} error={error} {...(optional ? { optional } : {})}>
      {(field) => (
        <input
          {...field}
          ref={check}
          required={!optional}
          disabled={disabled}
          autocomplete={autocomplete}
          dir="auto"
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A name on a page, saved by itself. */
export function NameForm({
  before,
  save,
  stale,
  fixed,
  ...field
}: {
  before: string;
  save: (name: string) => Promise<void>;
  /** What there is to do when somebody else was faster. */
  stale?: (error: unknown) => (() => void) | undefined;
  /** It can only be read. */
  fixed?: boolean;
  label?: string;
  hint?: string;
  autocomplete?: string;
}): JSX.Element {
  const [name, setName] = useState(before);
  const { run, busy, error } = useAction(() => save(name.trim()));
  return (
    <form
      class="narrow"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <NameField {...field} value={name} onChange={setName} disabled={fixed === true} />
      <Problem error={error} onReload={stale?.(error)} />
      {!fixed && (
        <div>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            disabled={name.trim() === '' || name.trim() === before}
          >
            Save
          </Button>
        </div>
      )}
    </form>
  );
}
