/** Signed in, and a member of nothing. */
import type { JSX } from 'preact';
import { Empty } from '../components/notice.tsx';
import { PageHead } from '../components/shell.tsx';

export function NoTenant(): JSX.Element {
  return (
    <>
      <PageHead route={{ title: 'No tenant yet' }} />
      <Empty title="You belong to no tenant.">
        Open an invitation link while you are signed in, and you join the tenant it is for. An owner
        or admin of the tenant makes such links under Settings → Team.
      </Empty>
    </>
  );
}
