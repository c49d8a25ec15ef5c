/** The frame of the pages in front of the dashboard: sign-in and joining. */
import type { ComponentChildren, JSX } from 'preact';
import { Mark } from './icon.tsx';

export function Door({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <main class="door">
      <p class="wordmark">
        <Mark />
        Neureus
      </p>
      <div class="door-box">
        <h1>{title}</h1>
        {lead && <p class="door-lead">{lead}</p>}
        {children}
      </div>
    </main>
  );
}
