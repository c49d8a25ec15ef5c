/** A tenant's own keys with model providers. They go in and are used; nobody reads them out again. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm, FormDialog } from '../components/dialog.tsx';
import { Field } from '../components/field.tsx';
import { Loading, Notice, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { useLoad } from '../load.ts';
import type { Provider, ProviderId } from '../types.ts';

const about: Record<ProviderId, { name: string; where: string; start: string }> = {
  openai: { name: 'OpenAI', where: 'https://platform.openai.com/api-keys', start: 'sk-…' },
  anthropic: {
    name: 'Anthropic',
    where: 'https://console.anthropic.com/settings/keys',
    start: 'sk-ant-…',
  },
};

function nameOf({ provider }: Provider): string {
  return about[provider]?.name ?? provider;
}

type Doing = { what: 'put' | 'remove'; provider: Provider };

export default function Providers(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.providers.list);
  const [doing, setDoing] = useState<Doing | undefined>();
  const close = (): void => setDoing(undefined);
  return (
    <>
      <Head path="/providers" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && (
        <>
          {!value.available && (
            <Notice tone="warn" title="This gateway keeps no provider keys.">
              <p>
                Its operator has to give it a master key first, which such keys are sealed with.
              </p>
            </Notice>
          )}
          <Table
            caption="Providers"
            rows={value.providers}
            rowKey={({ provider }) => provider}
            columns={[
              { title: 'Provider', head: true, cell: nameOf },
              {
                title: 'Called with',
                cell: ({ set }) =>
                  set ? <Badge tone="good">your key</Badge> : <Badge>the gateway's key</Badge>,
              },
              {
                title: 'Key',
                cell: ({ preview }) =>
                  preview ? <code>{preview}</code> : <span class="quiet">–</span>,
              },
              {
                title: 'Since',
                cell: ({ updatedAtMs, updatedBy }) => (
                  <span>
                    <When ms={updatedAtMs} />
                    {updatedBy?.name && (
                      <span class="under" dir="auto">
                        by {updatedBy.name}
                      </span>
                    )}
                  </span>
                ),
              },
              {
                title: 'Actions',
                actions: true,
                cell: (provider) => (
                  <>
                    <Button
                      small
                      disabled={!value.available}
                      look={provider.set ? 'quiet' : 'plain'}
                      aria-label={`${provider.set ? 'Replace the key of' : 'Add a key for'} ${nameOf(provider)}`}
                      onClick={() => setDoing({ what: 'put', provider })}
                    >
                      {provider.set ? 'Replace' : 'Add a key'}
                    </Button>
                    {provider.set && (
                      <Button
                        small
                        look="quiet"
                        aria-label={`Remove the key of ${nameOf(provider)}`}
                        onClick={() => setDoing({ what: 'remove', provider })}
                      >
                        Remove
                      </Button>
                    )}
                  </>
                ),
              },
            ]}
          />
          <p class="hint footnote">
            Calls with your key are billed to you by the provider: here they cost nothing and take
            nothing from the spending limit. Limits on requests and tokens hold for them, too.
          </p>
        </>
      )}
      {doing?.what === 'put' && (
        <PutKey provider={doing.provider} onClose={close} onDone={reload} />
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={`Remove the key of ${nameOf(doing.provider)}?`}
          confirm="Remove the key"
          onClose={close}
          act={async () => {
            await api.providers.remove(doing.provider.provider);
            say('The key is removed.');
            reload();
          }}
        >
          <p>
            From the next request on its models are called with the gateway's own key, or refused
            where it has none. The key itself stays valid at the provider: revoke it there.
          </p>
        </Confirm>
      )}
    </>
  );
}

function PutKey({
  provider,
  onClose,
  onDone,
}: {
  provider: Provider;
  onClose: () => void;
  onDone: () => void;
}): JSX.Element {
  const [key, setKey] = useState('');
  const name = nameOf(provider);
  const known = about[provider.provider];
  const put = provider.set ? api.providers.rotate : api.providers.put;
  return (
    <FormDialog
      title={provider.set ? `Replace the key of ${name}` : `Your key of ${name}`}
      submit={provider.set ? 'Replace the key' : 'Save the key'}
      onClose={onClose}
      onStale={onDone}
      act={async () => {
        await put(provider, key.trim());
        say('The key is saved. It is used from the next request on.');
        onDone();
      }}
    >
      <Field
        label="API key"
        hint={
          known && (
            <>
              From{' '}
              <a href={known.where} target="_blank" rel="noreferrer">
                {new URL(known.where).host}
              </a>
              .
            </>
          )
        }
      >
        {(field) => (
          <input
            {...field}
            type="password"
            required
            // Not a password of this site's: nothing for the browser to keep or to fill in.
            autocomplete="new-password"
            data-1p-ignore
            spellcheck={false}
            placeholder={known?.start}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        )}
      </Field>
      <Notice>
        <p>
          It is stored encrypted, for this tenant alone, and cannot be read out again.
          {provider.set && ` It takes the place of ${provider.preview ?? 'the present one'}.`}
        </p>
      </Notice>
    </FormDialog>
  );
}
