/** The operator's commands about tenants, for `npm run admin`. */
import { operate } from './gateway.ts';
import { Failure } from './process.ts';
import type { Target } from './operator.ts';

export type Said = { text: string; json: object };
export type Values = Record<string, string | boolean | undefined>;
type Json = Record<string, unknown>;

const text = { type: 'string' } as const;
const PLANS = ['free', 'pro', 'scale', 'enterprise'];

function ask({ url, token }: Target, method: string, path: string, body?: object): Promise<Json> {
  return operate(url, token, method, path, body);
}

function named(values: Values): string {
  const tenant = values['tenant'];
  if (typeof tenant !== 'string' || tenant === '') throw new Failure('--tenant is missing.', 2);
  return tenant;
}

const path = (tenant: string): string => `/tenants/${encodeURIComponent(tenant)}`;

function number(values: Values, flag: string, pattern: RegExp): number | null | undefined {
  const value = values[flag];
  if (typeof value !== 'string') return undefined;
  if (value === 'none') return null;
  if (!pattern.test(value))
    throw new Failure(`--${flag} is a number or "none", not "${value}".`, 2);
  return Number(value);
}

function plan(values: Values, flag: string): string | null | undefined {
  const value = values[flag];
  if (typeof value !== 'string') return undefined;
  if (value === 'none') return null;
  if (!PLANS.includes(value))
    throw new Failure(`--${flag} is one of ${PLANS.join(', ')} or "none", not "${value}".`, 2);
  return value;
}

function lines(found: Json): string {
  return Object.entries(found)
    .map(
      ([name, value]) =>
        `${name.padEnd(14)} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join('\n');
}

/** Changes some of the operator's settings and leaves the others as they are. */
async function set(target: Target, tenant: string, changes: Json): Promise<Said> {
  const known = await ask(target, 'GET', path(tenant));
  const kept = ['plan', 'maxPlan', 'rpm', 'tpm', 'concurrency', 'budgetUsd', 'shadow', 'profile'];
  const settings = Object.fromEntries(kept.map((name) => [name, known[name]]));
  for (const [name, value] of Object.entries(changes))
    if (value !== undefined) settings[name] = value;
  const stored = await ask(target, 'PUT', path(tenant), settings);
  return { text: lines(stored), json: stored };
}

const tenantOption = { tenant: text };
const TENANT = '  --tenant NAME         the tenant';

export const tenants = {
  tenants: {
    options: {},
    about: 'lists the tenants',
    help: '',
    run: async (_values: Values, find: () => Promise<Target>): Promise<Said> => {
      const target = await find();
      const all: Json[] = [];
      let cursor = '';
      for (;;) {
        const page = await ask(target, 'GET', `/tenants?cursor=${encodeURIComponent(cursor)}`);
        all.push(...(page['tenants'] as Json[]));
        if (typeof page['next'] !== 'string') break;
        cursor = page['next'];
      }
      const row = (it: Json): string =>
        [
          String(it['id']).padEnd(40),
          String(it['plan'] ?? '-').padEnd(10),
          `${String(it['members'])} members, ${String(it['keys'])} keys`,
          it['deletedAtMs'] ? 'deleted' : it['suspended'] ? 'suspended' : '',
        ].join('  ');
      return { text: all.map(row).join('\n'), json: { tenants: all } };
    },
  },
  tenant: {
    options: tenantOption,
    about: 'shows a tenant',
    help: TENANT,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const found = await ask(await find(), 'GET', path(named(values)));
      return { text: lines(found), json: found };
    },
  },
  plan: {
    options: { ...tenantOption, plan: text, 'max-plan': text },
    about: "changes a tenant's plan",
    help: `${TENANT}
  --plan PLAN           ${PLANS.join(', ')} or none
  --max-plan PLAN       the largest that its admins may choose`,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const changes = { plan: plan(values, 'plan'), maxPlan: plan(values, 'max-plan') };
      return set(await find(), named(values), changes);
    },
  },
  limits: {
    options: { ...tenantOption, rpm: text, tpm: text, concurrency: text, 'budget-usd': text },
    about: "changes a tenant's limits over those of its plan; none takes one away",
    help: `${TENANT}
  --rpm N               requests per minute
  --tpm N               tokens per minute
  --concurrency N       requests at the same time
  --budget-usd X        spend per calendar month (UTC)`,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const whole = /^\d{1,9}$/;
      const changes = {
        rpm: number(values, 'rpm', whole),
        tpm: number(values, 'tpm', whole),
        concurrency: number(values, 'concurrency', whole),
        budgetUsd: number(values, 'budget-usd', /^\d{1,7}(\.\d{1,9})?$/),
      };
      return set(await find(), named(values), changes);
    },
  },
  shadow: {
    options: { ...tenantOption, off: { type: 'boolean' } as const },
    about: "counts a tenant's limits without enforcing them",
    help: `${TENANT}
  --off                 enforces them again`,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> =>
      set(await find(), named(values), { shadow: values['off'] !== true }),
  },
  suspend: {
    options: { ...tenantOption, off: { type: 'boolean' } as const },
    about: "stops a tenant's model calls and changes",
    help: `${TENANT}
  --off                 lets it go on`,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const suspended = values['off'] !== true;
      const tenant = named(values);
      const done = await ask(await find(), 'PUT', `${path(tenant)}/suspension`, { suspended });
      return { text: `${tenant} ${suspended ? 'is suspended' : 'goes on'}.`, json: done };
    },
  },
  check: {
    options: tenantOption,
    about: 'compares what the stores hold of a tenant, and mends what differs',
    help: TENANT,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const drift = await ask(await find(), 'POST', `${path(named(values))}/check`);
      const found = Object.values(drift).some((list) => Array.isArray(list) && list.length > 0);
      return { text: found ? `mended:\n${lines(drift)}` : 'The stores agree.', json: drift };
    },
  },
  rewrap: {
    options: {},
    about: "seals provider keys and webhooks' secrets anew when the master key is replaced",
    help: '',
    run: async (_values: Values, find: () => Promise<Target>): Promise<Said> => {
      const target = await find();
      const done = { rewrapped: [] as unknown[], already: 0, failed: [] as Json[] };
      for (let cursor: unknown = ''; typeof cursor === 'string';) {
        const page = await ask(target, 'POST', `/rewrap?cursor=${encodeURIComponent(cursor)}`);
        done.rewrapped.push(...(page['rewrapped'] as unknown[]));
        done.already += Number(page['already']);
        done.failed.push(...(page['failed'] as Json[]));
        cursor = page['next'];
      }
      const failed = done.failed.map((it) => `${String(it['tenantId'])}: ${String(it['message'])}`);
      const counts = `${done.rewrapped.length} sealed anew, ${done.already} were already`;
      const verdict =
        failed.length === 0
          ? 'Nothing needs PROVIDER_MASTER_KEY_OLD any more.'
          : `PROVIDER_MASTER_KEY_OLD is still needed. These failed:\n${failed.join('\n')}`;
      return { text: `${counts}.\n${verdict}`, json: done };
    },
  },
  delete: {
    options: { ...tenantOption, confirm: text },
    about: 'deletes a tenant and all it has, for good',
    help: `${TENANT}
  --confirm NAME        the same name once more`,
    run: async (values: Values, find: () => Promise<Target>): Promise<Said> => {
      const tenant = named(values);
      if (values['confirm'] !== tenant)
        throw new Failure(`--confirm ${tenant} says that you mean it.`, 2);
      await ask(await find(), 'DELETE', path(tenant), { confirm: tenant });
      return { text: `${tenant} is deleted.`, json: { tenantId: tenant, deleted: true } };
    },
  },
};
