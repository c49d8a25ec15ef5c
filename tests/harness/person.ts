/**
 * A person at a browser: pages of the gateway, a cookie jar, and an authenticator.
 */
import assert from 'node:assert/strict';
import { Authenticator } from './authenticator.ts';
import type {
  AuthenticatorOptions,
  CreationOptions,
  Lies,
  RequestOptions,
} from './authenticator.ts';
import type { Gateway } from './gateway.ts';

export interface Begun<Options> {
  challengeId: string;
  publicKey: Options;
}

export interface Session {
  signedIn: boolean;
  user?: { id: string; name: string };
  session?: string;
  tenants?: { id: string; name: string; role: string }[];
  tenant?: string | null;
  nowMs?: number;
  signup?: string;
  local?: boolean;
}

export interface PersonOptions extends Partial<AuthenticatorOptions> {
  /** Where the pages are, where it is not the gateway itself. */
  origin?: string;
}

/** The origin at which browsers offer passkeys of a gateway in local mode. */
export function originOf(gateway: Gateway): string {
  return gateway.url.replace('127.0.0.1', 'localhost');
}

/** The secret in a link's address. */
export function secretOf(url: string): string {
  const { hash, pathname } = new URL(url);
  assert.equal(pathname, '/join');
  assert.match(hash, /^#[\w-]{43}$/);
  return hash.slice(1);
}

let addresses = 0;

export class Person {
  readonly gateway: Gateway;
  readonly origin: string;
  readonly authenticator: Authenticator;
  readonly cookies = new Map<string, string>();
  /** The last `Set-Cookie` there was. */
  setCookie = '';
  /** Everybody calls from an address of their own, so that nobody brakes another. */
  address = `192.0.2.${++addresses}`;

  constructor(gateway: Gateway, options: PersonOptions = {}) {
    this.gateway = gateway;
    this.origin = options.origin ?? originOf(gateway);
    this.authenticator = new Authenticator({ ...options, origin: this.origin });
  }

  /** The same person at another browser, with the same authenticator and no cookies. */
  elsewhere(): Person {
    const other = new Person(this.gateway, { origin: this.origin });
    Object.assign(other, { authenticator: this.authenticator });
    return other;
  }

  /** A call of a page; `body` is sent as it is when it is text. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const init: RequestInit = {
      method,
      redirect: 'manual',
      headers: {
        'sec-fetch-site': 'same-origin',
        'user-agent': 'Test/1.0',
        'cf-connecting-ip': this.address,
        ...(method === 'GET' ? {} : { origin: this.origin }),
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await fetch(this.gateway.url.replace('127.0.0.1', 'localhost') + path, init);
    this.gateway.judge(path, init, response);
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    this.setCookie = line;
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    if (value === '' || /max-age=0(;|$)/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  /** The same; the answer has to be this one. */
  async ask<T>(method: string, path: string, body?: unknown, status = 200): Promise<T> {
    const response = await this.call(method, path, body);
    const text = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  session(): Promise<Session> {
    return this.ask<Session>('GET', '/api/session');
  }

  beginSignIn(): Promise<Begun<RequestOptions>> {
    return this.ask('POST', '/api/signin/options', {});
  }

  /** Signs in, or tries to. */
  async signIn(lies: Lies = {}): Promise<Response> {
    const { challengeId, publicKey } = await this.beginSignIn();
    const credential = this.authenticator.get(publicKey, lies);
    return this.call('POST', '/api/signin', { challengeId, credential });
  }

  beginJoin(secret: string, name?: string): Promise<Begun<CreationOptions>> {
    return this.ask('POST', '/api/links/options', { secret, ...(name ? { name } : {}) });
  }

  /** Uses a link, or tries to. */
  async join(url: string, name?: string, lies: Lies = {}): Promise<Response> {
    const secret = secretOf(url);
    const { challengeId, publicKey } = await this.beginJoin(secret, name);
    const credential = this.authenticator.create(publicKey, lies);
    return this.call('POST', '/api/links/accept', { secret, challengeId, credential });
  }

  /** Adds one more passkey, or tries to. */
  async addPasskey(
    authenticator: Authenticator,
    lies: Lies = {},
    name?: string,
  ): Promise<Response> {
    const { challengeId, publicKey } = await this.ask<Begun<CreationOptions>>(
      'POST',
      '/api/passkeys/options',
      {},
    );
    const credential = authenticator.create(publicKey, lies);
    return this.call('POST', '/api/passkeys', {
      challengeId,
      credential,
      ...(name ? { name } : {}),
    });
  }
}

/** A link of the operator's. */
export async function operatorLink(
  gateway: Gateway,
  tenant: string,
  body: Record<string, unknown> = {},
): Promise<string> {
  const response = await gateway.operator('POST', `/tenants/${tenant}/links`, body);
  const text = await response.text();
  assert.equal(response.status, 201, text);
  return (JSON.parse(text) as { url: string }).url;
}

/** A new person, signed in, of a role in a tenant; both are made. */
export async function personOf(
  gateway: Gateway,
  options: PersonOptions & { tenant?: string; role?: string; name?: string } = {},
): Promise<Person & { id: string; tenant: string }> {
  const tenant = options.tenant ?? gateway.newTenant();
  if (options.tenant === undefined) await gateway.putTenant(tenant, {});
  const { role = 'owner', name = 'Ada Lovelace' } = options;
  const person = new Person(gateway, options);
  const joined = await person.join(await operatorLink(gateway, tenant, { role }), name);
  const session = (await joined.json()) as Session;
  assert.equal(joined.status, 200, JSON.stringify(session));
  return Object.assign(person, { id: session.user?.id ?? '', tenant });
}
