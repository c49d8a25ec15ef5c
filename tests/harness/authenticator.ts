/**
 * An authenticator and its browser, in software: what `navigator.credentials` would give, as `toJSON()`.
 *
 * In scope: discoverable credentials of ES256, RS256 and EdDSA, with attestation none or packed (self), and
 * every way to lie that the tests ask for. Out of scope: a user, who always agrees.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA';

/** `PublicKeyCredentialCreationOptionsJSON`, as far as it is looked at. */
export interface CreationOptions {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: string; alg: number }[];
  excludeCredentials: { id: string }[];
  authenticatorSelection: { residentKey: string; userVerification: string };
  attestation: string;
  timeout: number;
}

/** `PublicKeyCredentialRequestOptionsJSON`. */
export interface RequestOptions {
  challenge: string;
  rpId: string;
  allowCredentials: unknown[];
  userVerification: string;
  timeout: number;
}

/** What is done otherwise than it should be. */
export interface Lies {
  /** Where the page claims to be. */
  origin?: string;
  /** Whom the signature is for. */
  rpId?: string;
  /** The challenge that is answered, in base64url. */
  challenge?: string;
  /** The ceremony that is claimed. */
  type?: string;
  /** More or other members of the client data. */
  clientData?: Record<string, unknown>;
  /** The flags, from those that are right. */
  flags?: (flags: number) => number;
  /** The signature counter. */
  counter?: number;
  /** Whose credential it claims to be. */
  userHandle?: string | null;
  /** The signature, from the one that is right. */
  signature?: (signature: Buffer) => Buffer;
  /** The attestation object, from the one that is right. */
  attestation?: (object: Buffer) => Buffer;
  /** The credential's public key, from the one that is right. */
  publicKey?: (key: Buffer) => Buffer;
  /** The credential's id, when it is made. */
  credentialId?: Buffer;
  /** The envelope, from the one that is right. */
  envelope?: (envelope: Credential) => unknown;
}

export interface Credential {
  id: string;
  rawId: string;
  type: string;
  response: Record<string, unknown>;
  clientExtensionResults: object;
  authenticatorAttachment: string;
}

const NUMBERS: Record<Algorithm, number> = { ES256: -7, RS256: -257, EdDSA: -8 };
const [UP, UV, BE, BS, AT] = [0x01, 0x04, 0x08, 0x10, 0x40];

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** The part of CBOR that is needed to write. */
export function cbor(value: unknown): Buffer {
  const head = (major: number, size: number): Buffer => {
    if (size < 24) return Buffer.from([(major << 5) | size]);
    if (size < 256) return Buffer.from([(major << 5) | 24, size]);
    return Buffer.from([(major << 5) | 25, size >> 8, size & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([head(3, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)]);
    return Buffer.concat([head(5, value.size), ...entries]);
  }
  throw new Error('not written');
}

interface Key {
  id: Buffer;
  rpId: string;
  userHandle: string;
  secret: KeyObject;
  counter: number;
}

function makeKey(algorithm: Algorithm): { secret: KeyObject; cose: Buffer } {
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  if (algorithm === 'RS256') {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = pair.publicKey.export({ format: 'jwk' });
    const entries: [number, unknown][] = [
      [1, 3],
      [3, -257],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ];
    return { secret: pair.privateKey, cose: cbor(new Map(entries)) };
  }
  if (algorithm === 'EdDSA') {
    const pair = generateKeyPairSync('ed25519');
    const { x } = pair.publicKey.export({ format: 'jwk' });
    const entries: [number, unknown][] = [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(x)],
    ];
    return { secret: pair.privateKey, cose: cbor(new Map(entries)) };
  }
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = pair.publicKey.export({ format: 'jwk' });
  const entries: [number, unknown][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ];
  return { secret: pair.privateKey, cose: cbor(new Map(entries)) };
}

export interface AuthenticatorOptions {
  /** The origin of the pages that it is used on. */
  origin: string;
  algorithm?: Algorithm;
  /** Whether it counts its signatures; most that sync do not. */
  counts?: boolean;
  /** Whether its keys are kept in several places. */
  synced?: boolean;
  /** The attestation statement that it makes, asked for or not. */
  attestation?: 'none' | 'packed';
}

export class Authenticator {
  readonly #options: Required<AuthenticatorOptions>;
  readonly keys: Key[] = [];

  constructor(options: AuthenticatorOptions) {
    this.#options = {
      algorithm: 'ES256',
      counts: false,
      synced: false,
      attestation: 'none',
      ...options,
    };
  }

  /** `navigator.credentials.create()`. */
  create(options: CreationOptions, lies: Lies = {}): Credential {
    const { algorithm, attestation } = this.#options;
    const offered = options.pubKeyCredParams.some(({ alg }) => alg === NUMBERS[algorithm]);
    if (!offered) throw new Error(`${algorithm} is not offered`);
    const { secret, cose } = makeKey(algorithm);
    const id = lies.credentialId ?? randomBytes(32);
    const known = options.excludeCredentials.map((it) => it.id);
    if (this.keys.some((key) => known.includes(key.id.toString('base64url')))) {
      throw new Error('InvalidStateError: this authenticator has a passkey of this account');
    }
    const key = { id, rpId: options.rp.id, userHandle: options.user.id, secret, counter: 0 };
    this.keys.push(key);
    const size = Buffer.from([id.length >> 8, id.length & 255]);
    const publicKey = lies.publicKey?.(cose) ?? cose;
    const attested = Buffer.concat([Buffer.alloc(16), size, id, publicKey]);
    const data = Buffer.concat([this.#data(key, AT, lies), attested]);
    const clientData = this.#clientData('webauthn.create', options.challenge, lies);
    const statement = new Map<string, unknown>();
    if (attestation === 'packed') {
      statement.set('alg', NUMBERS[algorithm]);
      statement.set('sig', this.#sign(key, Buffer.concat([data, sha256(clientData)])));
    }
    const object = cbor(
      new Map<string, unknown>([
        ['fmt', attestation],
        ['attStmt', statement],
        ['authData', data],
      ]),
    );
    return envelope(id, lies, {
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: (lies.attestation?.(object) ?? object).toString('base64url'),
      authenticatorData: data.toString('base64url'),
      transports: ['internal', 'hybrid'],
      publicKeyAlgorithm: NUMBERS[algorithm],
    });
  }

  /** `navigator.credentials.get()`, with the newest passkey of this relying party. */
  get(options: RequestOptions, lies: Lies = {}): Credential {
    const key = this.keys.findLast(({ rpId }) => rpId === options.rpId);
    if (!key) throw new Error('NotAllowedError: there is no passkey');
    if (this.#options.counts) key.counter += 1;
    const data = this.#data(key, 0, lies);
    const clientData = this.#clientData('webauthn.get', options.challenge, lies);
    const signature = this.#sign(key, Buffer.concat([data, sha256(clientData)]));
    const handle = lies.userHandle === undefined ? key.userHandle : lies.userHandle;
    return envelope(key.id, lies, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: (lies.signature?.(signature) ?? signature).toString('base64url'),
      ...(handle === null ? {} : { userHandle: handle }),
    });
  }

  #sign(key: Key, bytes: Buffer): Buffer {
    const algorithm = this.#options.algorithm === 'EdDSA' ? null : 'sha256';
    return sign(algorithm, bytes, key.secret);
  }

  #data(key: Key, more: number, lies: Lies): Buffer {
    const right = UP | UV | more | (this.#options.synced ? BE | BS : 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lies.counter ?? key.counter);
    const flags = Buffer.from([lies.flags?.(right) ?? right]);
    return Buffer.concat([sha256(lies.rpId ?? key.rpId), flags, counter]);
  }

  #clientData(type: string, challenge: string, lies: Lies): Buffer {
    const data = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.#options.origin,
      crossOrigin: false,
      ...lies.clientData,
    };
    return Buffer.from(JSON.stringify(data));
  }
}

function envelope(id: Buffer, lies: Lies, response: Record<string, unknown>): Credential {
  const text = id.toString('base64url');
  const right: Credential = {
    id: text,
    rawId: text,
    type: 'public-key',
    response,
    clientExtensionResults: {},
    authenticatorAttachment: 'platform',
  };
  return (lies.envelope?.(right) ?? right) as Credential;
}
