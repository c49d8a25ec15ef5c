/** Passkeys: the browser's own dialog, and words for what can go wrong in it. */

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

type Descriptor = PublicKeyCredentialDescriptorJSON;
const descriptor = ({ id, transports, type }: Descriptor): PublicKeyCredentialDescriptor => ({
  id: bytes(id),
  type: type as PublicKeyCredentialType,
  ...(transports ? { transports: transports as AuthenticatorTransport[] } : {}),
});

function creation(
  json: PublicKeyCredentialCreationOptionsJSON,
): PublicKeyCredentialCreationOptions {
  if (typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function')
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  return {
    ...(json as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map(descriptor),
  };
}

function request(json: PublicKeyCredentialRequestOptionsJSON): PublicKeyCredentialRequestOptions {
  if (typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function')
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return {
    ...(json as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map(descriptor),
  };
}

/** What `toJSON()` gives, for browsers that do not have it yet. */
function written(credential: PublicKeyCredential): object {
  if (typeof credential.toJSON === 'function') return credential.toJSON() as object;
  const { response } = credential;
  const common = {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
  };
  if (response instanceof AuthenticatorAttestationResponse) {
    return {
      ...common,
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    };
  }
  const assertion = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON: text(assertion.clientDataJSON),
      authenticatorData: text(assertion.authenticatorData),
      signature: text(assertion.signature),
      userHandle: assertion.userHandle ? text(assertion.userHandle) : undefined,
    },
  };
}

/** Something that went wrong between the person, the browser and the passkey. */
export class PasskeyError extends Error {
  override readonly name = 'PasskeyError';
}

export const supported = typeof PublicKeyCredential === 'function';

async function ceremony(act: () => Promise<globalThis.Credential | null>): Promise<object> {
  if (!supported) {
    throw new PasskeyError(
      'This browser has no passkeys. Use a current version of Chrome, Edge, Firefox or Safari.',
    );
  }
  let made: globalThis.Credential | null;
  try {
    made = await act();
  } catch (error) {
    throw new PasskeyError(explain(error));
  }
  if (!(made instanceof PublicKeyCredential))
    throw new PasskeyError('The browser gave no passkey. Try again.');
  return written(made);
}

function explain(error: unknown): string {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'AbortError':
      return 'The passkey dialog was closed or ran out of time. Try again when you are ready.';
    case 'InvalidStateError':
      return 'This device already holds a passkey for you here. Use it to sign in.';
    case 'SecurityError':
      return 'This address cannot use passkeys. Open the dashboard at its own address, over https.';
    case 'NotSupportedError':
      return 'This device offers no passkey that would do. Try another device or a security key.';
    default:
      return 'The passkey could not be used. Try again, or use another device.';
  }
}

export const createPasskey = (json: PublicKeyCredentialCreationOptionsJSON): Promise<object> =>
  ceremony(() => navigator.credentials.create({ publicKey: creation(json) }));

export const usePasskey = (json: PublicKeyCredentialRequestOptionsJSON): Promise<object> =>
  ceremony(() => navigator.credentials.get({ publicKey: request(json) }));
