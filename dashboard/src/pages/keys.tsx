/** API keys: made, shown once, limited, rotated and revoked. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { limitSummary } from '../components/limits.tsx';
import { More } from '../components/more.tsx';
import { Empty, Loading, Problem } from '../components/notice.tsx';
import { Head } from '../components/shell.tsx';
import { Choices } from '../components/tabs.tsx';
import { here, setParameters } from '../router.ts';
import { may } from '../session.ts';
import type { Key, MadeKey } from '../types.ts';
import { EditKey, NewKeyDialog, RevokeKey, RotateKey } from './key_forms.tsx';
import { KeyShown } from './key_shown.tsx';
import { KeyTable, useKeys, works } from './key_table.tsx';

type Doing =
  | { what: 'make' }
  | { what: 'show'; made: MadeKey }
  | { what: 'edit' | 'rotate' | 'revoke'; key: Key };

export default function Keys(): JSX.Element {
  const admin = may('admin');
  const [whose, setWhose] = useState<'all' | 'own'>(admin ? 'all' : 'own');
  const [ended, setEnded] = useState(false);
  const all = whose === 'all';
  const { value, error, loading, reload, more } = useKeys('nru', all);
  const asked = new URLSearchParams(here.value.search).has('new');
  const [doing, setDoing] = useState<Doing | undefined>(asked ? { what: 'make' } : undefined);
  const close = (): void => {
    setDoing(undefined);
    if (asked) setParameters({ new: undefined });
  };
  const keys = value?.rows ?? [];
  const gone = keys.filter((key) => !works(key)).length;
  const shown = keys.filter((key) => ended || works(key));
  return (
    <>
      <Head path="/keys">
        <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
          Make a key
        </Button>
      </Head>
      <div class="toolbar">
        {admin && (
          <Choices
            label="Whose keys"
            value={whose}
            choices={[
              { value: 'all', label: "Everybody's" },
              { value: 'own', label: 'Yours' },
            ]}
            onChange={setWhose}
          />
        )}
        {gone > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={ended}
              onChange={(event) => setEnded(event.currentTarget.checked)}
            />
            Show {gone} revoked or expired
          </label>
        )}
      </div>
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && shown.length === 0 && (
        <Empty
          title="No keys yet"
          action={
            <Button look="primary" icon="plus" onClick={() => setDoing({ what: 'make' })}>
              Make a key
            </Button>
          }
        >
          A key lets a server or a tool call models. Give each its own, so that you can see what it
          costs and end it alone.
        </Empty>
      )}
      {shown.length > 0 && (
        <KeyTable
          caption="API keys"
          keys={shown}
          may={({ own }) => own || admin}
          columns={[
            {
              title: 'Role',
              cell: (key) => (
                <span>
                  {key.effectiveRole}
                  {key.effectiveRole !== key.role && (
                    <span class="under">made as {key.role}, held down by its maker's role</span>
                  )}
                  {key.profile && key.profile !== 'general' && (
                    <span class="under">with the profile {key.profile}</span>
                  )}
                  {admin && key.creator && !key.own && (
                    <span class="under" dir="auto">
                      by {key.creator.name}
                    </span>
                  )}
                </span>
              ),
            },
            {
              title: 'Limits',
              cell: ({ limits, models }) => {
                const summary = limitSummary(limits);
                if (!summary && models.length === 0) return <span class="quiet">the tenant's</span>;
                return (
                  <span>
                    {summary}
                    {models.length > 0 && <span class="under mono">{models.join(', ')}</span>}
                  </span>
                );
              },
            },
          ]}
          actions={[
            { title: 'Edit', act: (key) => setDoing({ what: 'edit', key }) },
            { title: 'Rotate', act: (key) => setDoing({ what: 'rotate', key }) },
            { title: 'Revoke', act: (key) => setDoing({ what: 'revoke', key }) },
          ]}
        />
      )}
      <More next={value?.next} more={more} />

      {doing?.what === 'make' && (
        <NewKeyDialog
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'show', made });
          }}
        />
      )}
      {doing?.what === 'show' && <KeyShown made={doing.made} onClose={close} />}
      {doing?.what === 'edit' && <EditKey row={doing.key} onClose={close} onDone={reload} />}
      {doing?.what === 'rotate' && (
        <RotateKey
          row={doing.key}
          onClose={close}
          onMade={(made) => {
            reload();
            setDoing({ what: 'show', made });
          }}
        />
      )}
      {doing?.what === 'revoke' && <RevokeKey row={doing.key} onClose={close} onDone={reload} />}
    </>
  );
}
