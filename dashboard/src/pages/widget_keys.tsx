/** Widget keys: for public pages, so what they may do is little and from where is named. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Code } from '../components/copy.tsx';
import { Dialog, FormDialog } from '../components/dialog.tsx';
import { Field, Fieldset } from '../components/field.tsx';
import { draftOf, isGood, LimitFields, limitsOf, limitSummary } from '../components/limits.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Table } from '../components/table.tsx';
import { When } from '../components/time.tsx';
import { usePages } from '../load.ts';
import { originsOf } from '../origins.ts';
import { widget } from '../snippets.ts';
import type { Key, MadeKey } from '../types.ts';
import { EditKey } from './key_forms.tsx';
import { RevokeKey, State, works } from './keys.tsx';
import { WidgetPreview } from './widget_preview.tsx';

type Doing =
  { what: 'make' } | { what: 'show'; made: MadeKey } | { what: 'edit' | 'revoke'; key: Key };

export default function WidgetKeys(): JSX.Element {
  const { value, error, loading, reload, more } = usePages(async (cursor) => {
    const { keys: rows, ...rest } = await api.keys.list('pk', true, cursor);
    return { rows, ...rest };
  });
  const [doing, setDoing] = useState<Doing | undefined>();
  const close = (): void => setDoing(undefined);
  const keys = (value?.rows ?? []).filter(works);
  const make = (
    <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
      Make a widget key
    </Button>
  );
  return (
    <>
      <Head path="/widget-keys">{make}</Head>
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && keys.length === 0 && (
        <Empty title="No widget keys yet" action={make}>
          A widget key may stand in the source of a public page. It can only chat, only from the
          origins you name, and has low limits of its own.
        </Empty>
      )}
      {keys.length > 0 && (
        <Table
          caption="Widget keys"
          rows={keys}
          rowKey={({ id }) => id}
          columns={[
            {
              title: 'Name',
              head: true,
              cell: (key) => (
                <>
                  <span dir="auto">{key.name || 'Without a name'}</span>
                  <span class="under mono">{key.preview}</span>
                </>
              ),
            },
            {
              title: 'Origins',
              cell: (key) => (
                <span class="stack mono">
                  {key.origins.map((origin) => (
                    <span key={origin}>{origin === '*' ? 'any (*)' : origin}</span>
                  ))}
                </span>
              ),
            },
            {
              title: 'Limits',
              cell: (key) =>
                limitSummary(key.limits) || <span class="quiet">the default ones</span>,
            },
            { title: 'Last used', cell: (key) => <When ms={key.lastUsedAtMs} never="never" /> },
            { title: 'State', cell: (key) => <State row={key} /> },
            {
              title: 'Actions',
              actions: true,
              cell: (key) => (
                <>
                  <Button small look="quiet" onClick={() => setDoing({ what: 'edit', key })}>
                    Edit
                  </Button>
                  <Button small look="quiet" onClick={() => setDoing({ what: 'revoke', key })}>
                    Revoke
                  </Button>
                </>
              ),
            },
          ]}
        />
      )}
      <More next={value?.next} more={more} />
      {doing?.what === 'make' && (
        <NewWidgetKey
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'show', made });
          }}
        />
      )}
      {doing?.what === 'show' && <WidgetKeyShown made={doing.made} onClose={close} />}
      {doing?.what === 'edit' && <EditKey row={doing.key} onClose={close} onDone={reload} />}
      {doing?.what === 'revoke' && <RevokeKey row={doing.key} onClose={close} onDone={reload} />}
    </>
  );
}

function NewWidgetKey({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: MadeKey) => void;
}): JSX.Element {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [limits, setLimits] = useState(draftOf({}));
  const { origins, error } = originsOf(text);
  return (
    <FormDialog
      title="Make a widget key"
      submit="Make the key"
      act={() =>
        api.keys.make({ type: 'pk', name: name.trim(), origins, limits: limitsOf(limits) })
      }
      onDone={onMade}
      onClose={onClose}
      disabled={!isGood(limits) || error !== undefined}
      wide
    >
      <Field label="Name" hint="The page or site that it is for.">
        {(field) => (
          <input
            {...field}
            required
            maxLength={100}
            autocomplete="off"
            dir="auto"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Origins"
        hint="One a line: https://example.com, https://*.example.com for its subdomains, or * for any."
        error={error}
      >
        {(field) => (
          <textarea
            {...field}
            required
            rows={3}
            class="mono"
            spellcheck={false}
            placeholder="https://www.example.com"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      {origins.includes('*') && (
        <Notice tone="warn">
          <p>Any page of anybody can then use this key, at your cost. Set a low limit.</p>
        </Notice>
      )}
      <details>
        <summary>Limits of its own</summary>
        <Fieldset legend="Limits" hint="For all visitors together.">
          <LimitFields draft={limits} onChange={setLimits} />
        </Fieldset>
      </details>
    </FormDialog>
  );
}

function WidgetKeyShown({ made, onClose }: { made: MadeKey; onClose: () => void }): JSX.Element {
  return (
    <Dialog
      title="Put it on your page"
      wide
      keep
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <p>
        Paste this before the end of the page's <code>body</code>. The key is shown only now; it may
        be seen by anybody who reads the page, which is what it is made for.
      </p>
      <Code text={widget(location.origin, made.key)} what="the snippet" />
      <WidgetPreview made={made} />
    </Dialog>
  );
}
