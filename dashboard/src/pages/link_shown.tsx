/** A one-time link that was just made. */
import type { ComponentChildren, JSX } from 'preact';
import { Secret } from '../components/copy.tsx';
import { ToldOnce } from '../components/dialog.tsx';
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
    <ToldOnce title={title} done="Done" onClose={onClose}>
      <p>{children}</p>
      <Secret text={url} what="the link" />
      <p class="hint">It works once, until {at(expiresAtMs)}, and is not shown again.</p>
    </ToldOnce>
  );
}
