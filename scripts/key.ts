/**
 * `npm run key`: makes a key through the operator API of the running gateway, and prints it. Starts a
 * gateway for the moment if none runs; command-line tools never touch its state behind its back.
 */
import { parseArgs } from 'node:util';
import { type KeyRequest, makeKey } from './lib/gateway.ts';
import { target } from './lib/operator.ts';
import { Failure, main } from './lib/process.ts';

const usage = `usage: npm run key -- [options]

  --type nru|pk         a standard key (default) or a widget key
  --role ROLE           owner (default), admin, developer or viewer
  --tenant NAME         the tenant, made if it is new (default demo)
  --name TEXT           what to call the key
  --profile PROFILE     general, healthcare, finance or legal
  --rpm N               requests per minute of this key
  --tpm N               tokens per minute of this key, input and output together
  --concurrency N       requests at the same time of this key
  --budget-usd X        spend per calendar month (UTC) of this key, with up to 9 decimals
  --origins A,B         where a widget key may be used from
  --remote URL          a deployment instead of the local gateway; OPERATOR_TOKEN from the environment
  --json                print one JSON object and nothing else (npm run --silent key -- --json)`;

function oneOf(flag: string, value: string, allowed: string[]): string {
  if (!allowed.includes(value))
    throw new Failure(`--${flag} is one of ${allowed.join(', ')}, not "${value}".`, 2);
  return value;
}

function positive(flag: string, value: string, pattern: RegExp, what: string): number {
  const number = Number(value);
  if (!pattern.test(value) || !Number.isFinite(number) || number <= 0) {
    throw new Failure(`--${flag} is ${what}, not "${value}".`, 2);
  }
  return number;
}

function parse(args: string[]): { request: KeyRequest; json: boolean; remote: string | undefined } {
  const text = { type: 'string' } as const;
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        type: { ...text, default: 'nru' },
        role: { ...text, default: 'owner' },
        tenant: { ...text, default: 'demo' },
        name: text,
        profile: text,
        rpm: text,
        tpm: text,
        concurrency: text,
        'budget-usd': text,
        origins: text,
        remote: text,
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    const sentence =
      error instanceof Error ? (error.message.split(/\.\s/)[0] ?? '') : String(error);
    throw new Failure(`${sentence}; npm run key -- --help lists the options.`, 2);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const request: KeyRequest = {
    tenant: values.tenant,
    type: oneOf('type', values.type, ['nru', 'pk']) as KeyRequest['type'],
    role: oneOf('role', values.role, ['owner', 'admin', 'developer', 'viewer']),
  };
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(values.tenant)) {
    throw new Failure(
      `--tenant is 1 to 40 small letters, digits and hyphens, with no hyphen at either end, not "${values.tenant}".`,
      2,
    );
  }
  if (values.name !== undefined) request.name = values.name;
  if (values.profile !== undefined) {
    request.profile = oneOf('profile', values.profile, [
      'general',
      'healthcare',
      'finance',
      'legal',
    ]);
  }
  for (const limit of ['rpm', 'tpm', 'concurrency'] as const) {
    const value = values[limit];
    if (value !== undefined)
      request[limit] = positive(limit, value, /^\d{1,9}$/, 'a whole number above 0');
  }
  if (values['budget-usd'] !== undefined) {
    request.budgetUsd = positive(
      'budget-usd',
      values['budget-usd'],
      /^\d{1,7}(\.\d{1,9})?$/,
      'an amount above 0 with at most 9 decimals',
    );
  }
  if (values.origins !== undefined) {
    request.origins = values.origins.split(',').map((origin) => origin.trim());
    if (request.origins.includes('')) throw new Failure('--origins has an empty entry.', 2);
    if (request.type !== 'pk') throw new Failure('--origins goes with --type pk.', 2);
  } else if (request.type === 'pk') {
    throw new Failure(
      "a widget key needs --origins (https://example.com, https://*.example.com or '*').",
      2,
    );
  }
  return { request, json: values.json, remote: values.remote };
}

main(async () => {
  const { request, json, remote } = parse(process.argv.slice(2));
  const { url, token } = await target(remote);
  const made = await makeKey(url, token, request);
  if (json) {
    console.log(JSON.stringify(made));
  } else {
    console.log(made.key);
    console.error(
      `Key ${made.keyId} of tenant ${made.tenantId} (${request.role}). It is not shown again.`,
    );
  }
  return 0;
});
