/** Invitations: a link for one person, with a role. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Confirm, FormDialog } from '../components/dialog.tsx';
import { Field, Fieldset, Radios, Select } from '../components/field.tsx';
import { NameField } from '../components/name_field.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { useLoad } from '../load.ts';
import { atLeast, grantable, meaning } from '../role.ts';
import { role as myRole } from '../session.ts';
import type { Invitation, MadeLink, Role } from '../types.ts';
import { LinkShown } from './link_shown.tsx';

type Doing =
  { what: 'make' } | { what: 'shown'; made: MadeLink } | { what: 'revoke'; invitation: Invitation };

export function Invitations(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.team.invitations);
  const [doing, setDoing] = useState<Doing | undefined>();
  const close = (): void => setDoing(undefined);
  const invitations = value?.invitations ?? [];
  return (
    <Section
      title="Invitations"
      lead="A link makes whoever opens it a member. It works once."
      actions={
        <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
          Invite
        </Button>
      }
    >
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading lines={2} />}
      {value && invitations.length === 0 && (
        <Empty title="Nobody is invited at present.">
          Make a link, and send it to your colleague over a channel that you trust.
        </Empty>
      )}
      {invitations.length > 0 && (
        <Table
          caption="Open invitations"
          rows={invitations}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'For',
              head: true,
              cell: ({ note }) =>
                note ? <span dir="auto">{note}</span> : <span class="quiet">no note</span>,
            },
            { title: 'Role', cell: ({ role }) => role },
            {
              title: 'By',
              cell: ({ createdBy }) =>
                createdBy ? <span dir="auto">{createdBy.name}</span> : 'the operator',
            },
            { title: 'Runs out', cell: ({ expiresAtMs }) => <When ms={expiresAtMs} /> },
            {
              title: 'Actions',
              actions: true,
              cell: (invitation) =>
                (myRole.value === 'owner' || !atLeast(invitation.role, 'admin')) && (
                  <Button
                    small
                    look="quiet"
                    onClick={() => setDoing({ what: 'revoke', invitation })}
                  >
                    Withdraw
                  </Button>
                ),
            },
          ]}
        />
      )}
      {doing?.what === 'make' && (
        <Invite
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'shown', made });
          }}
        />
      )}
      {doing?.what === 'shown' && (
        <LinkShown
          title="Invitation link"
          url={doing.made.url}
          expiresAtMs={doing.made.expiresAtMs}
          onClose={close}
        >
          Send it to your colleague. Whoever opens it first becomes a member.
        </LinkShown>
      )}
      {doing?.what === 'revoke' && (
        <Confirm
          title="Withdraw the invitation?"
          confirm="Withdraw"
          onClose={close}
          act={async () => {
            await api.team.uninvite(doing.invitation.id);
            say('The invitation is withdrawn.');
            reload();
          }}
        >
          <p>Its link stops working at once.</p>
        </Confirm>
      )}
    </Section>
  );
}

const lives = [
  { value: '3600', label: 'In an hour' },
  { value: '86400', label: 'In a day' },
  { value: '259200', label: 'In three days' },
  { value: '604800', label: 'In a week' },
] as const;

function Invite({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: MadeLink) => void;
}): JSX.Element {
  const [role, setRole] = useState<Role>('developer');
  const [note, setNote] = useState('');
  const [life, setLife] = useState<(typeof lives)[number]['value']>('259200');
  return (
    <FormDialog
      title="Invite somebody"
      submit="Make the link"
      onClose={onClose}
      act={() =>
        api.team.invite({
          role,
          expiresInS: Number(life),
          ...(note.trim() ? { note: note.trim() } : {}),
        })
      }
      onDone={onMade}
    >
      <NameField
        label="For whom"
        hint="A note for the list of invitations."
        optional
        most={200}
        value={note}
        onChange={setNote}
      />
      <Fieldset legend="Role">
        <Radios
          name="role"
          value={role}
          choices={grantable(myRole.value).map((value) => ({
            value,
            label: value,
            note: meaning[value],
          }))}
          onChange={setRole}
        />
      </Fieldset>
      <Field label="The link runs out">
        {(field) => <Select {...field} value={life} choices={lives} onChange={setLife} />}
      </Field>
    </FormDialog>
  );
}
