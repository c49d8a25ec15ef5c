/** A moment: at a glance how long ago, on hover exactly when. */
import type { JSX } from 'preact';
import { now } from '../clock.ts';
import { ago, day, precisely } from '../format.ts';

export function When({ ms, never }: { ms: number | undefined; never?: string }): JSX.Element {
  if (ms === undefined) return <span class="quiet">{never ?? '–'}</span>;
  const far = Math.abs(now() - ms) > 30 * 86_400_000;
  return (
    <time dateTime={new Date(ms).toISOString()} title={precisely(ms)}>
      {far ? day(ms) : ago(ms)}
    </time>
  );
}
