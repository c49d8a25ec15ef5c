/** The control plane, call by call. */
import { ask, query } from './request.ts';
import type * as T from './types.ts';

type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
type RequestOptions = PublicKeyCredentialRequestOptionsJSON;
/** A credential in the form of its `toJSON()`. */
export type Credential = object;
type Answer = { challengeId: string; credential: Credential };

const id = encodeURIComponent;
const anonymous = { anonymous: true };

export const session = {
  get: () => ask<T.Session>('GET', '/api/session', anonymous),
  signInOptions: () =>
    ask<T.Ceremony<RequestOptions>>('POST', '/api/signin/options', { body: {}, ...anonymous }),
  signIn: (body: Answer) => ask<T.Session>('POST', '/api/signin', { body, ...anonymous }),
  signOut: () => ask<void>('POST', '/api/signout', anonymous),
  signUpOptions: (name: string) =>
    ask<T.Ceremony<CreationOptions>>('POST', '/api/signup/options', {
      body: { name },
      ...anonymous,
    }),
  signUp: (body: Answer & { name: string; tenantName: string }) =>
    ask<T.Session>('POST', '/api/signup', { body, ...anonymous }),
  choose: (tenant: string) =>
    ask<void>('PUT', '/api/session/tenant', { body: { tenant }, ...anonymous }),
};

export const links = {
  look: (secret: string) =>
    ask<T.Link>('POST', '/api/links/look', { body: { secret }, ...anonymous }),
  options: (secret: string, name?: string) =>
    ask<T.Ceremony<CreationOptions>>('POST', '/api/links/options', {
      body: { secret, ...(name ? { name } : {}) },
      ...anonymous,
    }),
  accept: (body: { secret: string; name?: string } & Partial<Answer>) =>
    ask<T.Session>('POST', '/api/links/accept', { body, ...anonymous }),
};

export const me = {
  rename: (name: string) => ask<void>('PATCH', '/api/me', { body: { name } }),
  passkeys: () => ask<{ passkeys: T.Passkey[] }>('GET', '/api/passkeys'),
  passkeyOptions: () =>
    ask<T.Ceremony<CreationOptions>>('POST', '/api/passkeys/options', { body: {} }),
  addPasskey: (body: Answer & { name: string }) =>
    ask<T.Passkey>('POST', '/api/passkeys', { body }),
  renamePasskey: (passkey: string, name: string) =>
    ask<void>('PATCH', `/api/passkeys/${id(passkey)}`, { body: { name } }),
  removePasskey: (passkey: string) => ask<void>('DELETE', `/api/passkeys/${id(passkey)}`),
  sessions: () => ask<{ sessions: T.SessionRow[] }>('GET', '/api/sessions'),
  endSession: (one: string) => ask<void>('DELETE', `/api/sessions/${id(one)}`),
  endOthers: () => ask<void>('DELETE', '/api/sessions'),
};

export const tenant = {
  get: () => ask<T.Tenant>('GET', '/api/tenant'),
  rename: (name: string, version: number) =>
    ask<T.Tenant>('PATCH', '/api/tenant', { body: { name }, version }),
  remove: (confirm: string) => ask<void>('DELETE', '/api/tenant', { body: { confirm } }),
};

export const keys = {
  list: (kind: T.KeyType, all: boolean, cursor?: string) =>
    ask<{ keys: T.Key[]; next?: string }>(
      'GET',
      `/api/keys${query({ kind, all: all ? '1' : undefined, cursor })}`,
    ),
  ofPlayground: (all: boolean) =>
    ask<{ keys: T.Key[] }>(
      'GET',
      `/api/keys${query({ playground: '1', all: all ? '1' : undefined })}`,
    ),
  make: (body: T.NewKey) => ask<T.MadeKey>('POST', '/api/keys', { body }),
  change: (
    key: T.Key,
    body: Partial<Pick<T.NewKey, 'name' | 'models' | 'origins' | 'visitorRpm'>> & {
      limits?: T.LimitChanges;
    },
  ) => ask<T.Key>('PATCH', `/api/keys/${id(key.id)}`, { body, version: key.version }),
  revoke: (key: string) =>
    ask<{ id: string; revokedAtMs: number }>('DELETE', `/api/keys/${id(key)}`),
  rotate: (key: string, graceS: number) =>
    ask<T.MadeKey>('POST', `/api/keys/${id(key)}/rotate`, { body: { graceS } }),
  playground: () =>
    ask<{ key: string; expiresAtMs: number }>('POST', '/api/playground/key', { body: {} }),
};

export const team = {
  members: () => ask<{ members: T.Member[] }>('GET', '/api/members'),
  change: (member: T.Member, role: T.Role) =>
    ask<T.Member>('PATCH', `/api/members/${id(member.id)}`, {
      body: { role },
      version: member.version,
    }),
  remove: (member: string) => ask<void>('DELETE', `/api/members/${id(member)}`),
  recovery: (member: string) =>
    ask<T.MadeLink>('POST', `/api/members/${id(member)}/recovery`, { body: {} }),
  invitations: () => ask<{ invitations: T.Invitation[] }>('GET', '/api/invitations'),
  invite: (body: { role: T.Role; note?: string; expiresInS?: number }) =>
    ask<T.Invitation & T.MadeLink>('POST', '/api/invitations', { body }),
  uninvite: (invitation: string) => ask<void>('DELETE', `/api/invitations/${id(invitation)}`),
};

export const billing = {
  get: () => ask<T.Billing>('GET', '/api/billing'),
  change: (body: { plan?: T.Plan; limits?: T.LimitChanges }, version: number) =>
    ask<T.Billing>('PATCH', '/api/billing', { body, version }),
  usage: (from: string, to: string, by: T.UsageBy) =>
    ask<{ rows: T.UsageRow[] }>('GET', `/api/usage${query({ from, to, by })}`),
};

export const privacy = {
  get: () => ask<T.Privacy>('GET', '/api/privacy'),
  change: (body: Omit<T.Privacy, 'version' | 'operatorProfile'>, version: number) =>
    ask<T.Privacy>('PUT', '/api/privacy', { body, version }),
  scan: (text: string, profile: T.Profile) =>
    ask<T.Scan>('POST', '/api/privacy/scan', { body: { text, profile } }),
};

export const providers = {
  list: () => ask<T.Providers>('GET', '/ai/providers'),
  put: ({ provider, version }: T.Provider, key: string) =>
    ask<T.Provider>('PUT', `/ai/providers/${id(provider)}/key`, { body: { key }, version }),
  rotate: ({ provider, version }: T.Provider, key: string) =>
    ask<T.Provider>('POST', `/ai/providers/${id(provider)}/rotate`, { body: { key }, version }),
  remove: (provider: string) => ask<void>('DELETE', `/ai/providers/${id(provider)}/key`),
};

export type AuditFilter = { actor?: string; action?: string; from?: string; to?: string };
export const audit = {
  list: (filter: AuditFilter, cursor?: string) =>
    ask<{ events: T.AuditEvent[]; next?: string }>(
      'GET',
      `/api/audit${query({ ...filter, cursor })}`,
    ),
};

export const models = {
  list: () => ask<T.Models>('GET', '/api/models'),
};

export type LogFilter = {
  key?: string;
  model?: string;
  status?: string;
  from?: string;
  to?: string;
};
export const monitoring = {
  metrics: (window: T.MetricsWindow) =>
    ask<T.Metrics>('GET', `/monitoring/metrics${query({ window, format: 'json' })}`),
  alerts: () => ask<{ firing: T.Alert[]; recent: T.Alert[] }>('GET', '/monitoring/alerts'),
  rules: () => ask<T.AlertRules>('GET', '/api/alerts/rules'),
  /** Kinds that are not named get their defaults back. */
  putRules: (rules: readonly T.AlertRule[], version: number) =>
    ask<T.AlertRules>('PUT', '/api/alerts/rules', { body: { rules }, version }),
  webhooks: () => ask<T.Webhooks>('GET', '/api/alerts/webhooks'),
  addWebhook: (url: string, shape: T.WebhookShape) =>
    ask<T.Webhook>('POST', '/api/alerts/webhooks', { body: { url, shape } }),
  dropWebhook: (webhook: string) => ask<object>('DELETE', `/api/alerts/webhooks/${id(webhook)}`),
  testWebhook: (webhook: string) => ask<object>('POST', `/api/alerts/webhooks/${id(webhook)}/test`),
  logs: (filter: LogFilter, cursor?: string) =>
    ask<{ logs: T.LogEntry[]; next?: string }>('GET', `/api/logs${query({ ...filter, cursor })}`),
  log: (request: string) => ask<T.LogEntry>('GET', `/api/logs/${id(request)}`),
};
