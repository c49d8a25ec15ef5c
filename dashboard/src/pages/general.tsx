/** The tenant itself: its name, its id, its end. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Confirm } from '../components/dialog.tsx';
import { Field } from '../components/field.tsx';
import { isStale, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { say } from '../components/toast.tsx';
import { at } from '../format.ts';
import { useAction, useLoad } from '../load.ts';
import { go } from '../router.ts';
import { home } from '../routes.ts';
import { loadSession, may } from '../session.ts';
import type { Tenant } from '../types.ts';

export default function General(): JSX.Element {
  const { value, error, loading, reload, set } = useLoad(api.tenant.get);
  return (
    <>
      <Head path="/settings/general" />
      <Problem error={error} onReload={reload} />
      {!value && loading && <Loading />}
      {value && (
        <>
          {value.suspended && (
            <Notice tone="bad" title="This tenant is suspended.">
              <p>The operator of the gateway has stopped all its requests. Ask them why.</p>
            </Notice>
          )}
          <Naming key={String(value.version)} tenant={value} onSaved={set} reload={reload} />
          <dl class="facts-list">
            <div>
              <dt>Id</dt>
              <dd>
                <code>{value.id}</code> <CopyButton text={value.id} what="the id" />
              </dd>
            </div>
            <div>
              <dt>Made</dt>
              <dd>{at(value.createdAtMs)}</dd>
            </div>
            <div>
              <dt>Plan</dt>
              <dd>
                <a href="/settings/billing">{value.plan ?? 'none'}</a>
              </dd>
            </div>
            <div>
              <dt>Profile</dt>
              <dd>
                <a href="/settings/privacy">{value.profile}</a>
              </dd>
            </div>
          </dl>
          {may('owner') && <Ending tenant={value} />}
        </>
      )}
    </>
  );
}

function Naming({
  tenant,
  onSaved,
  reload,
}: {
  tenant: Tenant;
  onSaved: (tenant: Tenant) => void;
  reload: () => void;
}): JSX.Element {
  const [name, setName] = useState(tenant.name);
  const { run, busy, error } = useAction(async () => {
    onSaved(await api.tenant.rename(name.trim(), tenant.version));
    say('Saved.');
    await loadSession();
  });
  const admin = may('admin');
  return (
    <form
      class="narrow"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <Field label="Name">
        {(field) => (
          <input
            {...field}
            required
            maxLength={100}
            dir="auto"
            disabled={!admin}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Problem error={error} onReload={isStale(error) ? reload : undefined} />
      {admin && (
        <div>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            disabled={name.trim() === '' || name.trim() === tenant.name}
          >
            Save
          </Button>
        </div>
      )}
    </form>
  );
}

function Ending({ tenant }: { tenant: Tenant }): JSX.Element {
  const [asked, setAsked] = useState(false);
  return (
    <Section
      title="Delete the tenant"
      lead="Its keys stop at once. Its members, settings, provider keys, usage and audit log are gone for good."
    >
      <Button look="caution" onClick={() => setAsked(true)}>
        Delete {tenant.name}
      </Button>
      {asked && (
        <Confirm
          title={`Delete ${tenant.name}?`}
          confirm="Delete for good"
          type={tenant.id}
          onClose={() => setAsked(false)}
          act={() => api.tenant.remove(tenant.id)}
          onDone={() => {
            say('The tenant is deleted.');
            void loadSession().then(() => go(home, 'replace'));
          }}
        >
          <p>
            Everything of this tenant is removed, and whatever uses its keys is refused from the
            next request on. Nobody can bring it back. Export usage and audit log first if you need
            them.
          </p>
        </Confirm>
      )}
    </Section>
  );
}
