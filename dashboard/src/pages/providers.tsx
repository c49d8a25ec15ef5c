/** A tenant's own keys with model providers. They go in and are used; nobody reads them out again. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { Confirm, FormDialog } from '../components/dialog.tsx';
import { Field } from '../components/field.tsx';
import { Empty, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { say } from '../components/toast.tsx';
import { useLoad } from '../load.ts';
import type { Provider } from '../types.ts';

const names: Record<string, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  workers_ai: 'Workers AI',
};

export function providerName(id: string): string {
  return names[id] ?? id;
}

type Doing = { what: 'put' | 'remove'; provider: Provider };

export default function Providers(): JSX.Element {
  const { value, error, loading, reload } = useLoad(api.providers.list);
  const [doing, setDoing] = useState<Doing | undefined>();
  const close = (): void => setDoing(undefined);
  const providers = value?.providers ?? [];
  return (
    <>
      <Head path="/providers" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && providers.length === 0 && (
        <Empty title="This gateway takes no provider keys.">
          Its operator chooses the backends for all tenants.
        </Empty>
      )}
      {providers.length > 0 && (
        <>
          <Table
            caption="Providers"
            rows={providers}
            rowKey={({ provider }) => provider}
            columns={[
              {
                title: 'Provider',
                head: true,
                cell: ({ provider, models }) => (
                  <>
                    {providerName(provider)}
                    {models && models.length > 0 && (
                      <span class="under mono">{models.join(', ')}</span>
                    )}
                  </>
                ),
              },
              {
                title: 'State',
                cell: ({ configured }) =>
                  configured ? <Badge tone="good">your key</Badge> : <Badge>the gateway's</Badge>,
              },
              {
                title: 'Key',
                cell: ({ preview }) =>
                  preview ? <code>{preview}</code> : <span class="quiet">–</span>,
              },
              { title: 'Since', cell: ({ updatedAtMs }) => <When ms={updatedAtMs} /> },
              {
                title: 'Actions',
                actions: true,
                cell: (provider) => (
                  <>
                    <Button
                      small
                      look={provider.configured ? 'quiet' : 'plain'}
                      onClick={() => setDoing({ what: 'put', provider })}
                    >
                      {provider.configured ? 'Replace' : 'Add a key'}
                    </Button>
                    {provider.configured && (
                      <Button
                        small
                        look="quiet"
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
            With your key the provider bills you. Limits and usage here count on at the catalog's
            prices.
          </p>
        </>
      )}
      {doing?.what === 'put' && (
        <PutKey provider={doing.provider} onClose={close} onDone={reload} />
      )}
      {doing?.what === 'remove' && (
        <Confirm
          title={`Remove the key of ${providerName(doing.provider.provider)}?`}
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
  const name = providerName(provider.provider);
  const put = provider.configured ? api.providers.rotate : api.providers.put;
  return (
    <FormDialog
      title={provider.configured ? `Replace the key of ${name}` : `Your key of ${name}`}
      submit={provider.configured ? 'Replace the key' : 'Save the key'}
      onClose={onClose}
      act={async () => {
        await put(provider.provider, key.trim());
        say('The key is saved. It is used from the next request on.');
        onDone();
      }}
    >
      <Field label="API key" hint="As the provider gave it to you.">
        {(field) => (
          <input
            {...field}
            type="password"
            required
            autocomplete="off"
            spellcheck={false}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        )}
      </Field>
      <Notice>
        <p>It is stored encrypted, for this tenant alone, and cannot be read out again.</p>
      </Notice>
    </FormDialog>
  );
}
