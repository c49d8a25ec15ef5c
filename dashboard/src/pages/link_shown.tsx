/** A one-time link that was just made. */
import type { ComponentChildren, JSX } from 'preact';
import { Button } from '../components/button.tsx';
import { Secret } from '../components/copy.tsx';
import { Dialog } from '../components/dialog.tsx';
import { at } from '../format.ts';

export function LinkShown({
  title,
  url,
  expiresAtMs,
  onClose,
  children,
}: {
  title: string;
  url: string;
  expiresAtMs: number;
  onClose: () => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      keep
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>{children}</p>
      <Secret text={url} what="the link" />
      <p class="hint">It works once, until {at(expiresAtMs)}, and is not shown again.</p>
    </Dialog>
  );
}
