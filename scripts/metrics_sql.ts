/** Prints queries of the metrics ready to run, or runs them where an account and a token are configured. */
import { parseArgs } from 'node:util';
import { QUERIES, read, WINDOWS } from './lib/analytics.ts';
import type { Window } from './lib/analytics.ts';
import { Failure, main } from './lib/process.ts';

const HELP = `npm run --silent metrics:sql [-- options] [query …]

Queries: ${QUERIES.map(({ name }) => name).join(', ')}; all of them when none is named.
  --window ${Object.keys(WINDOWS).join('|')}   how far back, 24h by default
  --tenant ID                    of one tenant
  --run                          run them: CLOUDFLARE_ACCOUNT_ID, and CLOUDFLARE_API_TOKEN with
                                 the permission Account Analytics: Read
`;

function isWindow(text: string): text is Window {
  return Object.hasOwn(WINDOWS, text);
}

if (import.meta.main) {
  main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        window: { type: 'string', default: '24h' },
        tenant: { type: 'string' },
        run: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const { window, tenant } = values;
    if (!isWindow(window)) throw new Failure(`no such window: ${window}\n${HELP}`, 2);
    const unknown = positionals.find((name) => !QUERIES.some((query) => query.name === name));
    if (unknown !== undefined) throw new Failure(`no such query: ${unknown}\n${HELP}`, 2);
    for (const query of QUERIES) {
      if (positionals.length > 0 && !positionals.includes(query.name)) continue;
      const sql = query.sql(window, tenant);
      if (!values.run) {
        process.stdout.write(`-- ${query.name}: ${query.shows}\n${sql};\n\n`);
        continue;
      }
      const {
        CLOUDFLARE_ACCOUNT_ID: id,
        CLOUDFLARE_API_TOKEN: token,
        CLOUDFLARE_API_BASE_URL: url,
      } = process.env;
      if (!id || !token) {
        throw new Failure('--run needs CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN.', 2);
      }
      process.stdout.write(`${query.shows}\n`);
      console.table(await read({ id, token, ...(url ? { url } : {}) }, sql));
    }
    return 0;
  });
}
