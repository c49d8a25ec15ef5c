/** Signing in with a passkey; where the deployment is open, making a tenant. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as api from '../api.ts';
import { Button } from '../components/button.tsx';
import { Door } from '../components/door.tsx';
import { NameField } from '../components/name_field.tsx';
import { Problem } from '../components/notice.tsx';
import { useAction } from '../load.ts';
import { ApiError } from '../request.ts';
import { go, here } from '../router.ts';
import { accept, afterSignIn, loadSession, session, sessionError } from '../session.ts';
import { createPasskey, PasskeyError, usePasskey } from '../webauthn.ts';

/** The whole ceremony of signing in. */
export async function signIn(): Promise<void> {
  const { challengeId, publicKey } = await api.session.signInOptions();
  const credential = await usePasskey(publicKey);
  try {
    accept(await api.session.signIn({ challengeId, credential }));
  } catch (error) {
    // The one answer to everybody whom it does not let in; this is what it mostly means.
    if (error instanceof ApiError && error.status === 401) {
      throw new PasskeyError(
        'This passkey is not known here. It may have been removed: use another one, or ask for a recovery link.',
      );
    }
    throw error;
  }
}

export default function SignIn(): JSX.Element {
  const now = session.value;
  const [newcomer, setNewcomer] = useState(false);
  const { run, busy, error } = useAction(signIn);
  useEffect(() => {
    if (now?.signedIn) go(afterSignIn(here.value.search), 'replace');
  }, [now?.signedIn]);
  const open = now?.signedIn === false && now.signup === 'open';
  if (newcomer) return <SignUp onBack={() => setNewcomer(false)} />;
  return (
    <Door title="Sign in" lead="With the passkey on this device, your phone or a security key.">
      <Button look="primary" icon="passkey" busy={busy} onClick={() => void run()}>
        Sign in with a passkey
      </Button>
      <Problem error={error} />
      {now === undefined && (
        <Problem error={sessionError.value} onReload={() => void loadSession()} />
      )}
      {open && (
        <p>
          New here?{' '}
          <button type="button" class="link" onClick={() => setNewcomer(true)}>
            Make a tenant of your own
          </button>
        </p>
      )}
      <div class="door-notes">
        <p>
          <strong>No passkey yet?</strong> An owner or admin of your tenant can send you an
          invitation link.
        </p>
        <p>
          <strong>Lost your passkey?</strong> They, or the operator of this gateway, can send you a
          recovery link.
        </p>
        {now?.signedIn === false && now.local && (
          <p>
            <strong>On this machine</strong> <code>npm start</code> prints a link for the first
            owner, and <code>npm run admin -- link</code> another one.
          </p>
        )}
      </div>
    </Door>
  );
}

function SignUp({ onBack }: { onBack: () => void }): JSX.Element {
  const [name, setName] = useState('');
  const [tenantName, setTenantName] = useState('');
  const { run, busy, error } = useAction(async () => {
    const { challengeId, publicKey } = await api.session.signUpOptions(name.trim());
    const credential = await createPasskey(publicKey);
    accept(
      await api.session.signUp({
        challengeId,
        credential,
        name: name.trim(),
        tenantName: tenantName.trim(),
      }),
    );
  });
  return (
    <Door title="Make a tenant" lead="You become its owner, and can invite others.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <NameField label="Your name" autocomplete="name" value={name} onChange={setName} />
        <NameField
          label="Name of the tenant"
          hint="Usually your company or team."
          autocomplete="organization"
          value={tenantName}
          onChange={setTenantName}
        />
        <Button type="submit" look="primary" icon="passkey" busy={busy}>
          Create a passkey
        </Button>
        <Problem error={error} />
      </form>
      <p>
        <button type="button" class="link" onClick={onBack}>
          Back to the sign-in
        </button>
      </p>
    </Door>
  );
}
