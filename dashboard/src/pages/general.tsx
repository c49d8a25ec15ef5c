/** The tenant itself: its name, its id, its end. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Confirm } from '../components/dialog.tsx';
import { NameForm } from '../components/name_field.tsx';
import { isStale, Loading, Notice, Problem } from '../components/notice.tsx';
import { Head, Section } from '../components/shell.tsx';
import { say } from '../components/toast.tsx';
import { at } from '../format.ts';
import { useLoad } from '../load.ts';
import { go } from '../router.ts';
import { home } from '../routes.ts';
import { loadSession, may, session } from '../session.ts';
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
          <NameForm
            key={String(value.version)}
            before={value.name}
            fixed={!may('admin')}
            stale={(failure) => (isStale(failure) ? reload : undefined)}
            save={async (name) => {
              set(await api.tenant.rename(name, value.version));
              say('Saved.');
              await loadSession();
            }}
          />
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
          <p>
            Whoever belongs to no other tenant is removed with it, passkeys included
            {session.value?.signedIn && session.value.tenants.length === 1 ? ': you, too' : ''}.
          </p>
        </Confirm>
      )}
    </Section>
  );
}
