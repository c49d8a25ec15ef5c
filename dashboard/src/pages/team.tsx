/** The people of a tenant: roles, leaving, ways back in; and those who are invited. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm } from '../components/dialog.tsx';
import { Select } from '../components/field.tsx';
import { isStale, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { useAction, useLoad } from '../load.ts';
import { atLeast, grantable, withArticle } from '../role.ts';
import { loadSession, may, role as myRole, tenant } from '../session.ts';
import type { Member, Role } from '../types.ts';
import { Invitations } from './invitations.tsx';
import { LinkShown } from './link_shown.tsx';

type Doing =
  | { what: 'remove' | 'recover' | 'own'; member: Member; role?: Role }
  | { what: 'shown'; member: Member; url: string; expiresAtMs: number };

/** Whether one may change this member: owners everybody, admins those below them. */
function mayChange(member: Member): boolean {
  const mine = myRole.value;
  return mine === 'owner' || (mine === 'admin' && !atLeast(member.role, 'admin'));
}

/** Whether one may let this member back in: those below one's own role. For others it is the operator's. */
function mayRecover(member: Member): boolean {
  const mine = myRole.value;
  return mine !== undefined && atLeast(mine, 'admin') && !atLeast(member.role, mine);
}

export default function Team(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.team.members);
  const [doing, setDoing] = useState<Doing | undefined>();
  const close = (): void => setDoing(undefined);
  const members = value?.members ?? [];
  const owners = members.filter(({ role }) => role === 'owner').length;
  const change = useAction(async (member: Member, role: Role) => {
    await api.team.change(member, role);
    say(`${member.name} is ${withArticle(role)} now.`);
    if (member.you) await loadSession();
    reload();
  });
  const choose = (member: Member, role: Role): void => {
    if (role === member.role) return;
    // To make an owner, or to step down oneself, cannot simply be taken back.
    if (role === 'owner' || member.you) setDoing({ what: 'own', member, role });
    else void change.run(member, role);
  };
  return (
    <>
      <Head path="/settings/team" />
      <Problem error={error} onReload={reload} />
      <Problem
        error={change.error}
        onReload={isStale(change.error) ? () => (change.clear(), reload()) : undefined}
      />
      {!value && loading && <Loading />}
      {value && (
        <Table
          caption="Members"
          rows={members}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'Name',
              head: true,
              cell: (member) => (
                <>
                  <span dir="auto">{member.name}</span>{' '}
                  {member.you && <Badge tone="info">you</Badge>}
                </>
              ),
            },
            {
              title: 'Role',
              cell: (member) => {
                const choices = grantable(myRole.value);
                if (!mayChange(member) || choices.length === 0) return member.role;
                return (
                  <Select
                    class="inline"
                    aria-label={`Role of ${member.name}`}
                    // Told anew after each try, also after one that failed.
                    key={`${member.version} ${String(change.busy)}`}
                    value={member.role}
                    disabled={change.busy}
                    choices={choices.map((one) => ({ value: one, label: one }))}
                    onChange={(role) => choose(member, role)}
                  />
                );
              },
            },
            { title: 'Joined', cell: ({ joinedAtMs }) => <When ms={joinedAtMs} /> },
            {
              title: 'Last seen',
              cell: ({ lastSeenAtMs }) => <When ms={lastSeenAtMs} never="never" />,
            },
            {
              title: 'Actions',
              actions: true,
              cell: (member) => (
                <>
                  {!member.you && mayRecover(member) && (
                    <Button
                      small
                      look="quiet"
                      onClick={() => setDoing({ what: 'recover', member })}
                    >
                      Recovery link
                    </Button>
                  )}
                  {(member.you || mayChange(member)) && (
                    <Button small look="quiet" onClick={() => setDoing({ what: 'remove', member })}>
                      {member.you ? 'Leave' : 'Remove'}
                    </Button>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
      {value && may('owner') && owners === 1 && members.length > 1 && (
        <p class="hint footnote">
          There is one owner. A second one can help when that person's devices are lost.
        </p>
      )}
      {may('admin') ? (
        <Invitations />
      ) : (
        <Section title="Invitations">
          <Notice>
            <p>Owners and admins can invite people.</p>
          </Notice>
        </Section>
      )}

      {doing?.what === 'own' && doing.role && (
        <Confirm
          title={
            doing.member.you
              ? `Become ${withArticle(doing.role)} yourself?`
              : `Make ${doing.member.name} an owner?`
          }
          confirm={doing.member.you ? 'Change my role' : 'Make an owner'}
          onClose={() => (close(), reload())}
          act={() => {
            const { member, role } = doing as { member: Member; role: Role };
            return api.team.change(member, role).then(async () => {
              if (member.you) await loadSession();
              reload();
            });
          }}
        >
          <p>
            {doing.member.you
              ? 'You give up what your role may do. Only another owner can give it back.'
              : 'Owners may do everything, also remove you and delete the tenant.'}
          </p>
        </Confirm>
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={
            doing.member.you
              ? `Leave ${tenant.value?.name ?? 'the tenant'}?`
              : `Remove ${doing.member.name}?`
          }
          confirm={doing.member.you ? 'Leave the tenant' : 'Remove'}
          onClose={close}
          act={async () => {
            await api.team.remove(doing.member.id);
            if (doing.member.you) await loadSession();
            else {
              say(`${doing.member.name} is removed.`);
              reload();
            }
          }}
        >
          <p>
            {doing.member.you ? 'You lose' : 'This person loses'} access at once, and every key that{' '}
            {doing.member.you ? 'you' : 'this person'} made here is revoked with it.
          </p>
        </Confirm>
      )}
      {doing?.what === 'recover' && (
        <Confirm
          title={`A way back in for ${doing.member.name}?`}
          confirm="Make the link"
          onClose={close}
          act={() => api.team.recovery(doing.member.id)}
          onDone={(made) => setDoing({ what: 'shown', member: doing.member, ...made })}
        >
          <p>
            You get a link that works once, for a quarter of an hour, and adds a passkey to this
            person's account. Give it to nobody else: whoever opens it becomes {doing.member.name}.
          </p>
        </Confirm>
      )}
      {doing?.what === 'shown' && (
        <LinkShown
          title="Recovery link"
          url={doing.url}
          expiresAtMs={doing.expiresAtMs}
          onClose={close}
        >
          Send it to <strong dir="auto">{doing.member.name}</strong> over a way on which you know
          that it is them.
        </LinkShown>
      )}
    </>
  );
}
