/** Keys and tenants with limits, and chats that take them up. */
import assert from 'node:assert/strict';
import { say } from './answer.ts';
import type { Gateway, MadeKey, Settings } from './gateway.ts';
import { settled, usageOf } from './usage.ts';
import type { Usage } from './usage.ts';
import { eventually } from './wait.ts';
import { entryOf } from './watch.ts';

let names = 0;

export function fresh(what: string): string {
  names += 1;
  return `${what}-${names}-of-${process.pid}`;
}

export interface Held {
  response: Promise<Response>;
  release: () => Promise<void>;
}

/** A chat that the backend has, and does not answer before it is released. */
export async function hold(gateway: Gateway, made: MadeKey, maxTokens = 10): Promise<Held> {
  const name = fresh('hold');
  const response = gateway.chat(made.key, say(`[[sandbox: tokens=1 hold=${name}]]`, { maxTokens }));
  const entry = await entryOf(gateway, name);
  await eventually(`${name} to hold`, () => (entry.outcome === 'held' ? true : undefined));
  response.catch(() => {}); // Whoever awaits it hears of it.
  const release = async (): Promise<void> => {
    const before = (await usageOf(gateway, made.tenantId)).in_flight;
    await fetch(`${gateway.sandbox.url}/_sandbox/release/${name}`, { method: 'POST' });
    assert.equal((await response).status, 200);
    await eventually(`the end of ${name}`, async () =>
      (await usageOf(gateway, made.tenantId)).in_flight < before ? true : undefined,
    );
  };
  return { response, release };
}

/** A tenant with these limits and a key of it, or a key with these limits. */
async function limitedKey(gateway: Gateway, source: string, limits: Settings): Promise<MadeKey> {
  if (source === 'key') return gateway.makeKey({ ...limits } as object);
  const tenant = gateway.newTenant();
  await gateway.putTenant(tenant, limits);
  return gateway.makeKey({ tenant });
}

interface Limited {
  limited: (source: string, limits: Settings) => Promise<MadeKey>;
  held: (made: MadeKey, maxTokens?: number) => Promise<Held>;
  usageOf: (made: { tenantId: string }) => Promise<Usage>;
  /** Usage once no request is going on. */
  ended: (made: { tenantId: string }) => Promise<Usage>;
}

/** All that of one gateway. */
export function limitsAt(gateway: Gateway): Limited {
  return {
    limited: (source, limits) => limitedKey(gateway, source, limits),
    held: (made, maxTokens) => hold(gateway, made, maxTokens),
    usageOf: ({ tenantId }) => usageOf(gateway, tenantId),
    ended: ({ tenantId }) => settled(gateway, tenantId),
  };
}
