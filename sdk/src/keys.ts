/** Keys of the caller's tenant: one's own for developers, everybody's for admins. */
import type { Profile } from './chat.ts';
import { segment } from './transport.ts';
import type { CallOptions, Transport } from './transport.ts';

export type Role = 'owner' | 'admin' | 'developer' | 'viewer';

/** What is not there is not limited. */
export interface Limits {
  /** Requests per minute. */
  rpm?: number;
  /** Input and output tokens per minute. */
  tpm?: number;
  /** Requests at the same time. */
  concurrency?: number;
  /** USD per calendar month (UTC). */
  budgetUsd?: number;
}

/** In a change, null takes a limit away. */
export type LimitChanges = { [Name in keyof Limits]?: number | null };

export interface Key {
  id: string;
  /** `nru`: a standard key, a secret. `pk`: a widget key, for chats from named origins. */
  type: 'nru' | 'pk';
  name: string;
  role: Role;
  /** The lower of its own role and its creator's present one. */
  effectiveRole: Role;
  /** `nru_ab…wxyz`. */
  preview: string;
  creator?: { id: string; name: string };
  createdAtMs: number;
  lastUsedAtMs?: number;
  expiresAtMs?: number;
  revokedAtMs?: number;
  limits: Limits;
  /** Catalog ids that it may call; empty for all. */
  models: string[];
  profile?: Profile;
  origins: string[];
  /** Of a widget key: requests per minute of each of its visitors. */
  visitorRpm?: number;
  /** Whether the caller made it. */
  own: boolean;
  version: number;
}

/** A new key. `key` is the secret itself, which nobody can show again. */
export interface NewKey extends Key {
  key: string;
}

export interface KeyPayload {
  name: string;
  type?: 'nru' | 'pk';
  role?: Role;
  expiresAtMs?: number;
  limits?: Limits;
  models?: string[];
  profile?: Profile;
  /** Of a widget key, which has to have some. */
  origins?: string[];
  /** Requests per minute of each visitor of a widget key: 1 to 600, 20 without one. */
  visitorRpm?: number;
}

export interface KeyChanges {
  name?: string;
  limits?: LimitChanges;
  models?: string[];
  /** Of a widget key. */
  origins?: string[];
  /** Of a widget key; null is what it gets without one. */
  visitorRpm?: number | null;
}

/** With `version`, a change that somebody else made meanwhile is a `ConflictError` and not overwritten. */
export interface ChangeOptions extends CallOptions {
  version?: number | undefined;
}

export class Keys {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** One's own keys; with `all`, for admins, everybody's. */
  async list(
    filter: { type?: 'nru' | 'pk'; all?: boolean } = {},
    options?: CallOptions,
  ): Promise<Key[]> {
    const keys: Key[] = [];
    let cursor: string | undefined;
    do {
      const page: { keys: Key[]; next?: string } = await this.#transport.json(
        {
          method: 'GET',
          path: '/api/keys',
          query: { kind: filter.type, all: filter.all ? 1 : undefined, cursor },
          repeat: 'safe',
        },
        options,
      );
      keys.push(...page.keys);
      cursor = page.next;
    } while (cursor !== undefined);
    return keys;
  }

  create(body: KeyPayload, options?: CallOptions): Promise<NewKey> {
    return this.#transport.json(
      { method: 'POST', path: '/api/keys', body, repeat: 'once' },
      options,
    );
  }

  update(id: string, body: KeyChanges, options?: ChangeOptions): Promise<Key> {
    const path = `/api/keys/${segment(id)}`;
    return this.#transport.json(
      // With a version the second attempt of a change that was made would find it changed.
      { method: 'PATCH', path, body, repeat: 'once', ifVersion: options?.version },
      options,
    );
  }

  /** At once, everywhere, and for good. */
  revoke(id: string, options?: CallOptions): Promise<{ id: string; revokedAtMs: number }> {
    const path = `/api/keys/${segment(id)}`;
    return this.#transport.json({ method: 'DELETE', path, repeat: 'safe' }, options);
  }

  /** A new key in the place of this one, which goes on for `graceS` seconds (0 by default, at most a week). */
  rotate(id: string, body: { graceS?: number } = {}, options?: CallOptions): Promise<NewKey> {
    const path = `/api/keys/${segment(id)}/rotate`;
    return this.#transport.json({ method: 'POST', path, body, repeat: 'once' }, options);
  }
}
