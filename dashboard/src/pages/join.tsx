/**
 * What a one-time link leads to: an invitation, a first owner's start, or a way back in. The secret stands in
 * the fragment, which no server sees; it is taken out of the address at once and lives in this page's memory.
 */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button, ButtonLink } from '../components/button.tsx';
import { Door } from '../components/door.tsx';
import { NameField } from '../components/name_field.tsx';
import { Loading, Notice, Problem } from '../components/notice.tsx';
import { at } from '../format.ts';
import { useAction, useLoad } from '../load.ts';
import { ApiError } from '../request.ts';
import { meaning } from '../role.ts';
import { go } from '../router.ts';
import { home } from '../routes.ts';
import { accept, session } from '../session.ts';
import type { Link } from '../types.ts';
import { createPasskey } from '../webauthn.ts';
import { signIn } from './sign_in.tsx';

function takeSecret(): string {
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(null, '', location.pathname);
  return secret;
}

export default function Join(): JSX.Element {
  const [secret, setSecret] = useState(takeSecret);
  useEffect(() => {
    const changed = (): void => {
      const next = takeSecret();
      if (next) setSecret(next);
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  if (!secret) return <Spent />;
  return <Opened secret={secret} key={secret} />;
}

function Spent(): JSX.Element {
  return (
    <Door
      title="This link does not work"
      lead="A link works once and only for a while. It has been used, has run out, or was not copied as a whole."
    >
      <p>Ask whoever sent it for a new one, or sign in if you have a passkey already.</p>
      <ButtonLink href="/sign-in" look="primary">
        To the sign-in
      </ButtonLink>
    </Door>
  );
}

function Opened({ secret }: { secret: string }): JSX.Element {
  const { value: link, error, reload } = useLoad(() => api.links.look(secret), [secret]);
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <Spent />;
  if (error !== undefined) {
    return (
      <Door title="Your link">
        <Problem error={error} onReload={reload} />
      </Door>
    );
  }
  if (!link) {
    return (
      <Door title="Your link">
        <Loading lines={3} />
      </Door>
    );
  }
  return link.kind === 'recovery' ? (
    <Recover secret={secret} link={link} />
  ) : (
    <Accept secret={secret} link={link} />
  );
}

async function withNewPasskey(secret: string, name?: string): Promise<void> {
  const { challengeId, publicKey } = await api.links.options(secret, name);
  const credential = await createPasskey(publicKey);
  accept(await api.links.accept({ secret, challengeId, credential, ...(name ? { name } : {}) }));
  go(home, 'replace');
}

function Accept({ secret, link }: { secret: string; link: Link }): JSX.Element {
  const [name, setName] = useState('');
  const now = session.value;
  const create = useAction(() => withNewPasskey(secret, name.trim()));
  const join = useAction(async () => {
    if (session.value?.signedIn !== true) await signIn();
    accept(await api.links.accept({ secret }));
    go(home, 'replace');
  });
  const where = link.tenant?.name ?? 'a tenant';
  const error = create.error ?? join.error;
  const usedUp = error instanceof ApiError && error.status === 404;
  if (usedUp) return <Spent />;
  return (
    <Door
      title={link.kind === 'owner' ? 'Welcome' : `Join ${where}`}
      lead={
        link.kind === 'owner'
          ? `You become the owner of ${where}.`
          : `Your role: ${link.role ?? 'member'}. ${link.role ? meaning[link.role] : ''}`
      }
    >
      {now?.signedIn ? (
        <>
          <Button look="primary" busy={join.busy} onClick={() => void join.run()}>
            {`Join as ${now.user.name}`}
          </Button>
          <Problem error={join.error} />
        </>
      ) : (
        <>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void create.run();
            }}
          >
            <NameField
              label="Your name"
              hint="As your colleagues will see it."
              autocomplete="name"
              value={name}
              onChange={setName}
            />
            <Button type="submit" look="primary" icon="passkey" busy={create.busy}>
              Create a passkey
            </Button>
          </form>
          <Problem error={error} />
          <p>
            Here before?{' '}
            <button
              type="button"
              class="link"
              aria-disabled={join.busy}
              onClick={() => void join.run()}
            >
              Join with your passkey
            </button>
          </p>
        </>
      )}
      <div class="door-notes">
        <p>
          A passkey replaces the password: your device keeps it, and you unlock it with a finger, a
          face or a PIN.
        </p>
        <p>This link works once, until {at(link.expiresAtMs)}.</p>
      </div>
    </Door>
  );
}

function Recover({ secret, link }: { secret: string; link: Link }): JSX.Element {
  const { run, busy, error } = useAction(() => withNewPasskey(secret));
  if (error instanceof ApiError && error.status === 404) return <Spent />;
  return (
    <Door
      title={link.user ? `Welcome back, ${link.user.name}` : 'Welcome back'}
      lead="Add a passkey on this device, and you are in again."
    >
      <Button look="primary" icon="passkey" busy={busy} onClick={() => void run()}>
        Create a passkey
      </Button>
      <Problem error={error} />
      <Notice>
        <p>
          Afterwards, remove the passkey that you lost under <strong>Your account</strong>.
        </p>
      </Notice>
      <div class="door-notes">
        <p>This link works once, until {at(link.expiresAtMs)}.</p>
      </div>
    </Door>
  );
}
