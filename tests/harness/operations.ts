/** Every documented operation, with a path and a body that are good for whoever may call it. */
import { readFileSync } from 'node:fs';

type Json = Record<string, unknown>;

interface Documented {
  'x-role': string;
  security?: Record<string, unknown>[];
  requestBody?: {
    content: Record<string, { example?: Json; examples?: Record<string, { value: Json }> }>;
  };
}

export interface Operation {
  method: string;
  path: string;
  /** Method and path. */
  name: string;
  /** The least role, or `public`, `session`, `operator`. */
  role: string;
  /** What may be shown for it, in the words of the document. */
  takes: string[];
  example: Json | undefined;
}

/** What an operation is done to. */
export interface Target {
  tenantId: string;
  keyId: string;
}

const file = new URL('../../docs/openapi.json', import.meta.url);
const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
  paths: Record<string, Record<string, Documented>>;
};

/** A test beside the table of routes holds their roles and credentials to that table. */
export const operations: Operation[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([name, documented]) => {
    const method = name.toUpperCase();
    const content = documented.requestBody?.content['application/json'];
    return {
      method,
      path,
      name: `${method} ${path}`,
      role: documented['x-role'],
      takes: (documented.security ?? []).flatMap((one) => Object.keys(one)),
      example: content?.example ?? Object.values(content?.examples ?? {})[0]?.value,
    };
  }),
);

/** Good bodies where the document has no example, or one that fits nobody here. */
const BODIES: Record<string, (target: Target) => Json> = {
  'PATCH /api/me': () => ({ name: 'Ada' }),
  'POST /api/passkeys/options': () => ({}),
  'POST /api/passkeys': () => ({}),
  'PATCH /api/passkeys/{id}': () => ({ name: 'Key' }),
  'PUT /api/session/tenant': ({ tenantId }) => ({ tenant: tenantId }),
  'PATCH /api/tenant': () => ({ name: 'Acme' }),
  'DELETE /api/tenant': ({ tenantId }) => ({ confirm: tenantId }),
  'POST /api/keys': () => ({ name: 'one more', role: 'viewer' }),
  'PATCH /api/keys/{key}': () => ({ name: 'other' }),
  'POST /api/keys/{key}/rotate': () => ({}),
  'POST /ai/widget/key': () => ({ origins: ['https://shop.example'] }),
  'DELETE /ai/widget/key': ({ keyId }) => ({ keyId }),
  'PUT /ai/providers/{provider}/key': () => ({ key: 'sk-of-every-role' }),
  'POST /ai/providers/{provider}/rotate': () => ({}),
  'PATCH /api/members/{member}': () => ({ role: 'viewer' }),
  'POST /api/invitations': () => ({ role: 'viewer' }),
  'PATCH /api/billing': () => ({ limits: { rpm: 500 } }),
  'PUT /api/privacy': () => ({ profile: 'general', answers: 'off', patterns: [] }),
  'POST /api/privacy/scan': () => ({ text: 'hello' }),
  'POST /operator/keys': ({ tenantId }) => ({ tenant: tenantId }),
  'PUT /operator/tenants/{tenant}': () => ({}),
  'DELETE /operator/tenants/{tenant}': ({ tenantId }) => ({ confirm: tenantId }),
  'PUT /operator/tenants/{tenant}/suspension': () => ({ suspended: false }),
  'POST /operator/tenants/{tenant}/links': () => ({ role: 'viewer' }),
};

/** The body for an operation, where it takes one. */
export function bodyOf(operation: Operation, target: Target): Json | undefined {
  return BODIES[operation.name]?.(target) ?? operation.example;
}

/** An operation's path with the names filled in; ids that are not the target's are nobody's. */
export function pathOf({ path }: Operation, { tenantId, keyId }: Target): string {
  const known: Record<string, string> = {
    tenant: tenantId,
    key: keyId,
    provider: 'openai',
    owner: 'meta',
    model: 'llama-3.3-70b',
    member: 'usr_0123456789abcdef',
    invitation: 'inv_0123456789abcdef',
    incident: 'inc_0123456789abcdef',
    webhook: 'whk_0123456789abcdef',
    request: `req_${'0'.repeat(22)}`,
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? 'nobodys');
}
