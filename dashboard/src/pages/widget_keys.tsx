/** Widget keys: for public pages, so what they may do is little and from where is named. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Code } from '../components/copy.tsx';
import { FormDialog, ToldOnce } from '../components/dialog.tsx';
import { Fieldset } from '../components/field.tsx';
import { draftOf, isGood, LimitFields, limitsOf, limitSummary } from '../components/limits.tsx';
import { NameField } from '../components/name_field.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { originsOf } from '../origins.ts';
import { widget } from '../snippets.ts';
import type { Key, MadeKey } from '../types.ts';
import { EditKey, RevokeKey } from './key_forms.tsx';
import { KeyTable, useKeys, works } from './key_table.tsx';
import { OriginsField, visitorDefault, visitorError, VisitorField } from './widget_fields.tsx';
import { WidgetPreview } from './widget_preview.tsx';

type Doing =
  { what: 'make' } | { what: 'show'; made: MadeKey } | { what: 'edit' | 'revoke'; key: Key };

export default function WidgetKeys(): JSX.Element {
  const { value, error, loading, reload, more } = useKeys('pk', true);
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
        <KeyTable
          caption="Widget keys"
          keys={keys}
          may={() => true}
          columns={[
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
              cell: ({ limits, visitorRpm }) => (
                <span>
                  {limitSummary(limits) || <span class="quiet">the default ones</span>}
                  {visitorRpm !== undefined && (
                    <span class="under">{visitorRpm} req/min a visitor</span>
                  )}
                </span>
              ),
            },
          ]}
          actions={[
            { title: 'Edit', act: (key) => setDoing({ what: 'edit', key }) },
            { title: 'Revoke', act: (key) => setDoing({ what: 'revoke', key }) },
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
  const [visitor, setVisitor] = useState(visitorDefault);
  const [here, setHere] = useState(false);
  const { origins, error } = originsOf(text);
  const all = here && !origins.includes('*') ? [...origins, location.origin] : origins;
  return (
    <FormDialog
      title="Make a widget key"
      submit="Make the key"
      act={() =>
        api.keys.make({
          type: 'pk',
          name: name.trim(),
          origins: all,
          visitorRpm: Number(visitor),
          limits: limitsOf(limits),
        })
      }
      onDone={onMade}
      onClose={onClose}
      disabled={!isGood(limits) || error !== undefined || visitorError(visitor) !== undefined}
      wide
    >
      <NameField hint="The page or site that it is for." value={name} onChange={setName} />
      <OriginsField text={text} onChange={setText} />
      <label class="check">
        <input
          type="checkbox"
          checked={here}
          onChange={(event) => setHere(event.currentTarget.checked)}
        />
        <span>
          Allow it here, too
          <span class="under">Adds {location.origin}, for a preview of the widget.</span>
        </span>
      </label>
      <details>
        <summary>Limits of its own</summary>
        <div class="details-body">
          <VisitorField text={visitor} onChange={setVisitor} />
          <Fieldset legend="Limits" hint="For all visitors together.">
            <LimitFields draft={limits} onChange={setLimits} />
          </Fieldset>
        </div>
      </details>
    </FormDialog>
  );
}

function WidgetKeyShown({ made, onClose }: { made: MadeKey; onClose: () => void }): JSX.Element {
  return (
    <ToldOnce title="Put it on your page" done="Done" onClose={onClose} wide>
      <p>
        Paste this before the end of the page's <code>body</code>. The key is shown only now; it may
        be seen by anybody who reads the page, which is what it is made for.
      </p>
      <Code text={widget(location.origin, made.key)} what="the snippet" wrapped />
      <WidgetPreview made={made} />
    </ToldOnce>
  );
}
