/** One's own account: name, passkeys, and where one is signed in. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/dialog.tsx';
import { NameForm } from '../components/name_field.tsx';
import { Loading, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { browser } from '../format.ts';
import { useAction, useLoad } from '../load.ts';
import { loadSession, session, signOut } from '../session.ts';
import { Passkeys } from './passkeys.tsx';

export default function Account(): JSX.Element {
  const now = session.value;
  return (
    <>
      <Head path="/account" />
      {now?.signedIn && (
        <NameForm
          key={now.user.name}
          label="Your name"
          hint="As the members of your tenants see it."
          autocomplete="name"
          before={now.user.name}
          save={async (name) => {
            await api.me.rename(name);
            say('Saved.');
            await loadSession();
          }}
        />
      )}
      <Passkeys />
      <Sessions />
    </>
  );
}

function Sessions(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.me.sessions);
  const [asked, setAsked] = useState(false);
  const end = useAction(async (id: string) => {
    await api.me.endSession(id);
    say('That session is ended.');
    reload();
  });
  const sessions = value?.sessions ?? [];
  return (
    <Section
      title="Where you are signed in"
      actions={
        sessions.length > 1 && <Button onClick={() => setAsked(true)}>Sign out the others</Button>
      }
    >
      <Problem error={error ?? end.error} onReload={reload} />
      {!value && loading && <Loading lines={2} />}
      {value && (
        <Table
          caption="Sessions"
          rows={sessions}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'Browser',
              head: true,
              cell: ({ userAgent, current }) => (
                <>
                  {browser(userAgent)} {current && <Badge tone="info">this one</Badge>}
                </>
              ),
            },
            { title: 'Signed in', cell: ({ createdAtMs }) => <When ms={createdAtMs} /> },
            { title: 'Last seen', cell: ({ lastSeenAtMs }) => <When ms={lastSeenAtMs} /> },
            {
              title: 'Actions',
              actions: true,
              cell: ({ id, current }) => (
                <Button small look="quiet" onClick={() => void (current ? signOut() : end.run(id))}>
                  Sign out
                </Button>
              ),
            },
          ]}
        />
      )}
      {asked && (
        <Confirm
          title="Sign out everywhere else?"
          confirm="Sign out the others"
          onClose={() => setAsked(false)}
          act={async () => {
            await api.me.endOthers();
            say('The other sessions are ended.');
            reload();
          }}
        >
          <p>All your sessions but this one end at once.</p>
        </Confirm>
      )}
    </Section>
  );
}
