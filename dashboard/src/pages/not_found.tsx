/** A path that is no page: reached by history only, since the server answers such a path with its own 404. */
import type { JSX } from 'preact';
import { ButtonLink } from '../components/button.tsx';
import { Door } from '../components/door.tsx';
import { home } from '../routes.ts';

export function NotFound(): JSX.Element {
  return (
    <Door title="There is no such page" lead="The address may be old, or mistyped.">
      <ButtonLink href={home} look="primary">
        To the overview
      </ButtonLink>
    </Door>
  );
}
