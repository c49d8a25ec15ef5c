/** A word about the state of something. The word says it; the colour only helps. */
import type { ComponentChildren, JSX } from 'preact';
import type { Tone } from './notice.tsx';

export function Badge({
  tone,
  children,
}: {
  tone?: Tone | 'quiet';
  children: ComponentChildren;
}): JSX.Element {
  return <span class={`badge ${tone ?? 'quiet'}`}>{children}</span>;
}
