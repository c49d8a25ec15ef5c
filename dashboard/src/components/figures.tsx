/** A few numbers that matter, side by side. */
import type { ComponentChildren, JSX } from 'preact';

export type Figure = {
  label: string;
  value: ComponentChildren;
  note?: ComponentChildren;
};

export function Figures({ figures }: { figures: readonly Figure[] }): JSX.Element {
  return (
    <dl class="figures">
      {figures.map(({ label, value, note }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd class="number">{value}</dd>
          {note && <dd class="figure-note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
