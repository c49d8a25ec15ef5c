/** One's passkeys: more than one, so that a lost device locks nobody out. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm, FormDialog } from '../components/dialog.tsx';
import { NameField } from '../components/name_field.tsx';
import { Loading, Problem } from '../components/notice.tsx';
import { Section } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { browser } from '../format.ts';
import { useAction, useLoad } from '../load.ts';
import type { Passkey } from '../types.ts';
import { createPasskey } from '../webauthn.ts';

export function Passkeys(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.me.passkeys);
  const [doing, setDoing] = useState<{ what: 'rename' | 'remove'; passkey: Passkey } | undefined>();
  const add = useAction(async () => {
    const { challengeId, publicKey } = await api.me.passkeyOptions();
    const credential = await createPasskey(publicKey);
    await api.me.addPasskey({ challengeId, credential, name: browser(navigator.userAgent) });
    say('The passkey is added.');
    reload();
  });
  const passkeys = value?.passkeys ?? [];
  const last = passkeys.length === 1;
  return (
    <Section
      title="Passkeys"
      lead={
        last
          ? 'You have one. Add another on a second device, so that a loss does not lock you out.'
          : 'Any of them signs you in.'
      }
      actions={
        <Button icon="plus" busy={add.busy} onClick={() => void add.run()}>
          Add a passkey
        </Button>
      }
    >
      <Problem error={add.error} />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading lines={2} />}
      {value && (
        <Table
          caption="Passkeys"
          rows={passkeys}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'Name',
              head: true,
              cell: ({ name, current }) => (
                <>
                  <span dir="auto">{name || 'Passkey'}</span>{' '}
                  {current && <Badge tone="info">used now</Badge>}
                </>
              ),
            },
            { title: 'Added', cell: ({ createdAtMs }) => <When ms={createdAtMs} /> },
            {
              title: 'Last used',
              // The session that shows it began with it, be it by being made.
              cell: ({ lastUsedAtMs, createdAtMs, current }) => (
                <When ms={lastUsedAtMs ?? (current ? createdAtMs : undefined)} never="never" />
              ),
            },
            {
              title: 'Actions',
              actions: true,
              cell: (passkey) => (
                <>
                  <Button small look="quiet" onClick={() => setDoing({ what: 'rename', passkey })}>
                    Rename
                  </Button>
                  {!last && (
                    <Button
                      small
                      look="quiet"
                      onClick={() => setDoing({ what: 'remove', passkey })}
                    >
                      Remove
                    </Button>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
      {doing?.what === 'rename' && (
        <Rename passkey={doing.passkey} onClose={() => setDoing(undefined)} onDone={reload} />
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={`Remove ${doing.passkey.name || 'the passkey'}?`}
          confirm="Remove the passkey"
          onClose={() => setDoing(undefined)}
          act={async () => {
            await api.me.removePasskey(doing.passkey.id);
            say('The passkey is removed.');
            reload();
          }}
        >
          <p>It can no longer sign you in. Remove it from the device's own settings, too.</p>
        </Confirm>
      )}
    </Section>
  );
}

function Rename({
  passkey,
  onClose,
  onDone,
}: {
  passkey: Passkey;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  const [name, setName] = useState(passkey.name);
  return (
    <FormDialog
      title="Rename the passkey"
      submit="Save"
      onClose={onClose}
      act={async () => {
        await api.me.renamePasskey(passkey.id, name.trim());
        onDone();
      }}
    >
      <NameField value={name} onChange={setName} />
    </FormDialog>
  );
}
