/** Copying text, and code that can be copied. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { say } from './toast.tsx';

export function CopyButton({
  text,
  what,
  label,
}: {
  text: string;
  /** `the key`: for the button's name and the word afterwards. */
  what: string;
  label?: string;
}): JSX.Element {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      say(`Copied ${what}.`);
    } catch {
      say(`The browser did not let ${what} be copied. Select it and copy it by hand.`, 'bad');
    }
  };
  return (
    <button
      type="button"
      class={`copy${label ? ' labelled' : ''}`}
      aria-label={label ? undefined : `Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name={done ? 'check' : 'copy'} />
      {label && (done ? 'Copied' : label)}
    </button>
  );
}

/** A block of code. It can be scrolled by keyboard, since its lines are not broken, unless `wrapped`. */
export function Code({
  text,
  what,
  wrapped,
}: {
  text: string;
  what: string;
  wrapped?: boolean;
}): JSX.Element {
  return (
    <div class={wrapped ? 'code wrapped' : 'code'}>
      <pre tabIndex={0} role="region" aria-label={what}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

/** A value that is told once. */
export function Secret({ text, what }: { text: string; what: string }): JSX.Element {
  return (
    <div class="secret">
      <code data-secret>{text}</code>
      <CopyButton text={text} what={what} label="Copy" />
    </div>
  );
}
