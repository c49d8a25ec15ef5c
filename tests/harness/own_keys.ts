/** Tenants with provider keys of their own, before two providers that tell which key they were called with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after } from 'node:test';
import type { Entry } from '../../sandbox/journal.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { gatewayForTests } from './gateway.ts';
import type { Gateway, GatewayOptions, MadeKey, NewKey } from './gateway.ts';
import { nanos } from './usage.ts';
import type { Usage } from './usage.ts';

export const GPT = 'gpt-4o-mini';
export const CLAUDE = 'claude-haiku-4-5';
/** The deployment's own keys. */
export const OURS = {
  openai: 'sk-of-the-deployment-openai',
  anthropic: 'sk-of-the-deployment-anthropic',
};

export const openai = await startSandbox();
export const anthropic = await startSandbox();
after(() => Promise.all([openai.close(), anthropic.close()]));

/** A gateway before both providers. With it ends its sandbox: one that a test makes needs one of its own. */
export function before(
  variables: GatewayOptions['variables'] = {},
  sandbox = openai,
): Promise<Gateway> {
  return gatewayForTests({
    sandbox,
    variables: {
      OPENAI_BASE_URL: openai.url,
      OPENAI_API_KEY: OURS.openai,
      ANTHROPIC_BASE_URL: anthropic.url,
      ANTHROPIC_API_KEY: OURS.anthropic,
      ...variables,
    },
  });
}

let made = 0;
/** A provider key that no other test has. */
export function secret(): string {
  made += 1;
  return `sk-own-${String(made).padStart(4, '0')}-${'Zz9'.repeat(9)}`;
}

let marks = 0;
/** A text that no other test has, with a directive. */
export function marked(directives = 'tokens=5'): string {
  marks += 1;
  return `byok-${marks}. [[sandbox: ${directives}]]`;
}

export function seen(text: string): Entry[] {
  const mark = JSON.stringify(text.slice(0, text.indexOf('.') + 1)).slice(1, -1);
  return [...openai.requests, ...anthropic.requests]
    .filter(({ body }) => JSON.stringify(body).includes(mark))
    .sort((a, b) => a.startedAt - b.startedAt);
}

/** The keys that backends were called with for this text, as the journal keeps them. */
export function keysFor(text: string): string[] {
  return seen(text).map(({ headers }) =>
    String(headers['x-api-key'] ?? headers.authorization).replace(/^Bearer /, ''),
  );
}

export function digest(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}

export async function manage(
  of: Gateway,
  key: string,
  method: string,
  path: string,
  body?: object,
) {
  const init = { method, key, headers: { 'content-type': 'application/json' } };
  const response = await of.call(
    path,
    body === undefined ? init : { ...init, body: JSON.stringify(body) },
  );
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
}

export function put(of: Gateway, key: string, provider: string, own: string): Promise<void> {
  return manage(of, key, 'PUT', `/ai/providers/${provider}/key`, { key: own });
}

/** A tenant that has keys of its own. */
export async function tenantWith(
  of: Gateway,
  own: Record<string, string>,
  options: NewKey = {},
): Promise<MadeKey> {
  const admin = await of.makeKey();
  for (const [provider, key] of Object.entries(own)) await put(of, admin.key, provider, key);
  return of.makeKey({ ...options, tenant: admin.tenantId });
}

export async function complete(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

export function costOf({ days }: Usage): number {
  return nanos(days.reduce((sum, row) => sum + row.cost_usd, 0));
}
