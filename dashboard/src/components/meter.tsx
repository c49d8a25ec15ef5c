/** How much of a limit is used: what is charged, and what running requests have set aside. */
import type { JSX } from 'preact';

export function Meter({
  label,
  used,
  reserved = 0,
  limit,
  text,
}: {
  label: string;
  used: number;
  reserved?: number;
  limit: number;
  text: string;
}): JSX.Element {
  const part = (value: number): number => (limit > 0 ? Math.min(100, (100 * value) / limit) : 100);
  const level = part(used) >= 100 ? 'full' : part(used) >= 80 ? 'high' : 'fine';
  return (
    <div
      class={`meter ${level}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(used, limit)}
      aria-valuetext={text}
    >
      <span class="meter-reserved" style={{ width: `${part(used + reserved)}%` }} />
      <span class="meter-used" style={{ width: `${part(used)}%` }} />
    </div>
  );
}
