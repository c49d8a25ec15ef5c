/**
 * `npm run admin -- <command>`: what the operator does, through the operator API of the running gateway or of a
 * deployment (`--remote`).
 */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { type LinkRequest, makeLink } from './lib/gateway.ts';
import { target, type Target } from './lib/operator.ts';
import { Failure, main } from './lib/process.ts';
import { tenants } from './lib/tenants.ts';

type Values = Record<string, string | boolean | undefined>;

interface Command {
  /** Its options beside those that all have. */
  options: ParseArgsOptionsConfig;
  /** What it does, for the list. */
  about: string;
  /** Its options, for the list. */
  help: string;
  /** Does it; gives what to print: for people, and as JSON. */
  run: (values: Values, target: () => Promise<Target>) => Promise<{ text: string; json: object }>;
}

const text = { type: 'string' } as const;

const commands: Record<string, Command> = {
  link: {
    options: {
      tenant: { ...text, default: 'demo' },
      role: text,
      user: text,
      note: text,
      'expires-in': text,
    },
    about: 'makes a one-time link into a tenant, or one that lets a person back in',
    help: `  --tenant NAME         the tenant (default demo)
  --role ROLE           of whom it lets in: owner (default), admin, developer or viewer
  --user ID             the person (usr_…) whom it gives another passkey; then it has no role
  --note TEXT           what it is for
  --expires-in SECONDS  how long it lasts: a day for an owner, 7 days for others, 900 at most for --user`,
    run: async (values, find) => {
      const request: LinkRequest = {};
      for (const name of ['role', 'user', 'note'] as const) {
        const value = values[name];
        if (typeof value === 'string') request[name] = value;
      }
      const seconds = values['expires-in'];
      if (typeof seconds === 'string') {
        if (!/^\d{1,9}$/.test(seconds))
          throw new Failure(`--expires-in is a number of seconds, not "${seconds}".`, 2);
        request.expiresInS = Number(seconds);
      }
      const tenant = String(values['tenant']);
      const { url, token } = await find();
      const made = await makeLink(url, token, encodeURIComponent(tenant), request);
      const until = new Date(made.expiresAtMs).toLocaleString();
      return { text: `${made.url}\n(good once, until ${until})`, json: made };
    },
  },
  ...tenants,
};

const shared = {
  remote: text,
  json: { type: 'boolean', default: false },
  help: { type: 'boolean' },
} as const;

function usage(): string {
  const list = Object.entries(commands).map(
    ([name, { about, help }]) => `${name}: ${about}${help ? `\n\n${help}` : ''}`,
  );
  return `usage: npm run admin -- <command> [options]

${list.join('\n\n')}

Every command takes

  --remote URL          a deployment instead of the local gateway; OPERATOR_TOKEN from the environment
  --json                print one JSON object and nothing else (npm run --silent admin -- … --json)`;
}

main(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '' || name === '--help') {
    console.log(usage());
    return name === '' ? 2 : 0;
  }
  const command = commands[name];
  if (!command) {
    throw new Failure(
      `there is no command "${name}"; there is ${Object.keys(commands).join(', ')}.`,
      2,
    );
  }
  let values: Values;
  try {
    ({ values } = parseArgs({ args, options: { ...shared, ...command.options } }));
  } catch (error) {
    const sentence =
      error instanceof Error ? (error.message.split(/\.\s/)[0] ?? '') : String(error);
    throw new Failure(`${sentence}; npm run admin -- --help lists the options.`, 2);
  }
  if (values['help'] === true) {
    console.log(usage());
    return 0;
  }
  const remote = typeof values['remote'] === 'string' ? values['remote'] : undefined;
  const { text: forPeople, json } = await command.run(values, () => target(remote));
  console.log(values['json'] === true ? JSON.stringify(json) : forPeople);
  return 0;
});
