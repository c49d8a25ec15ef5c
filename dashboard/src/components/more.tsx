/** The way to the next page of a list. */
import type { JSX } from 'preact';
import type { Action } from '../load.ts';
import { Button } from './button.tsx';
import { Problem } from './notice.tsx';

export function More({
  next,
  more,
}: {
  next: string | undefined;
  more: Action<[], void>;
}): JSX.Element | null {
  if (!next) return null;
  return (
    <div class="more">
      <Button busy={more.busy} onClick={() => void more.run()}>
        Show older
      </Button>
      <Problem error={more.error} />
    </div>
  );
}
