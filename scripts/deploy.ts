/**
 * `npm run deploy`: builds the release, applies the database migrations to the deployment and deploys.
 * `--dry-run` stops after wrangler has put together what it would upload, and needs no account. Other
 * arguments go to wrangler as they are. docs/deploy.md has the steps that come before the first time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.ts';
import { Failure, main, root, show } from './lib/process.ts';
import { command, environment, wrangler } from './lib/wrangler.ts';
import { setup } from './setup.ts';

/** Puts together the upload without an account. */
export async function dryRun(): Promise<void> {
  const result = await wrangler(
    'deploy',
    '--dry-run',
    '--outdir',
    join(root, '.wrangler', 'dry-run'),
  );
  if (result.code !== 0)
    throw new Failure(`\`wrangler deploy --dry-run\` failed:\n${result.output.trim()}`);
}

async function wranglerShown(...args: string[]): Promise<void> {
  const [executable, all] = command(args);
  const code = await show(executable, all, { env: environment() });
  if (code !== 0) throw new Failure(`\`wrangler ${args.join(' ')}\` failed.`, code);
}

if (import.meta.main) {
  main(async () => {
    const args = process.argv.slice(2);
    const toolchain = await setup();
    if (args.includes('--dry-run')) {
      await build('release', toolchain);
      await dryRun();
      console.error('The upload is complete and valid; nothing was deployed.');
      return 0;
    }
    const configuration = readFileSync(join(root, 'wrangler.toml'), 'utf8');
    if (/id = "[0-]+"/.test(configuration)) {
      throw new Failure(
        'wrangler.toml still has the placeholder identifiers of KV or D1; docs/deploy.md says how to create both.',
      );
    }
    await build('release', toolchain);
    await wranglerShown('d1', 'migrations', 'apply', 'DB', '--remote');
    await wranglerShown('deploy', ...args);
    return 0;
  });
}
