/** Dialogs on the browser's own `<dialog>`: focus stays inside, Escape closes, the page behind is inert. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useAction } from '../load.ts';
import { Button } from './button.tsx';
import { Field } from './field.tsx';
import { Icon } from './icon.tsx';
import { isStale, Problem } from './notice.tsx';

export function Dialog({
  title,
  onClose,
  children,
  footer,
  wide,
  keep,
}: {
  title: string;
  onClose: () => void;
  children?: ComponentChildren;
  footer?: ComponentChildren;
  wide?: boolean;
  /** Shows what is told once: only a button closes it. */
  keep?: boolean;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // The first thing to fill in, else the title: not the button that closes.
    const first =
      element?.querySelector<HTMLElement>('input, select, textarea') ??
      element?.querySelector('h2');
    first?.focus({ preventScroll: true });
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'wide' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!keep) onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current && !keep) onClose();
      }}
    >
      <div class="dialog-box">
        <header>
          <h2 id={titleId} tabIndex={-1}>
            {title}
          </h2>
          {!keep && (
            <button type="button" class="copy" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
        {footer && <footer>{footer}</footer>}
      </div>
    </dialog>
  );
}

/** What is told only now: nothing but its button closes it. */
export function ToldOnce({
  title,
  done,
  onClose,
  children,
  wide,
}: {
  title: string;
  /** What the button says. */
  done: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      keep
      onClose={onClose}
      {...(wide ? { wide } : {})}
      footer={
        <Button look="primary" onClick={onClose}>
          {done}
        </Button>
      }
    >
      {children}
    </Dialog>
  );
}

/** A form in a dialog; when it worked it closes by itself, or what `onDone` says happens. */
export function FormDialog<Value>({
  title,
  submit,
  look = 'primary',
  act,
  onDone,
  onClose,
  children,
  disabled,
  wide,
  onStale,
}: {
  title: string;
  submit: string;
  look?: 'primary' | 'danger';
  act: () => Promise<Value>;
  onDone?: (value: Value) => void;
  onClose: () => void;
  children?: ComponentChildren;
  disabled?: boolean;
  wide?: boolean;
  /** Reads what is there now, when somebody else was faster. */
  onStale?: () => void;
}): JSX.Element {
  const { run, busy, error } = useAction(act);
  const stale = onStale && isStale(error);
  return (
    <Dialog title={title} onClose={onClose} {...(wide ? { wide } : {})}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (disabled) return;
          void run().then((done) => {
            if (!done) return;
            if (onDone) onDone(done.value);
            else onClose();
          });
        }}
      >
        {children}
        <Problem
          error={error}
          onReload={
            stale
              ? () => {
                  onStale();
                  onClose();
                }
              : undefined
          }
        />
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={look} busy={busy} disabled={disabled}>
            {submit}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Asks before something that cannot be undone; `type` has to be typed where it is given. */
export function Confirm<Value>({
  title,
  children,
  confirm,
  act,
  onDone,
  onClose,
  type,
  onStale,
}: {
  title: string;
  children: ComponentChildren;
  confirm: string;
  act: () => Promise<Value>;
  onDone?: (value: Value) => void;
  onClose: () => void;
  type?: string;
  onStale?: () => void;
}): JSX.Element {
  const [typed, setTyped] = useState('');
  return (
    <FormDialog
      title={title}
      submit={confirm}
      look="danger"
      act={act}
      {...(onDone ? { onDone } : {})}
      {...(onStale ? { onStale } : {})}
      onClose={onClose}
      disabled={type !== undefined && typed.trim() !== type}
    >
      <div class="prose">{children}</div>
      {type !== undefined && (
        <Field label={`Type ${type} to confirm`}>
          {(field) => (
            <input
              {...field}
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
              autocomplete="off"
              spellcheck={false}
            />
          )}
        </Field>
      )}
    </FormDialog>
  );
}
