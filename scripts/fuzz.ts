/**
 * `npm run fuzz`: every fuzz target for a minute (FUZZ_SECONDS). With arguments, the runner of fuzz/:
 * `npm run fuzz -- sse --seconds 600 --seed 7`.
 */
import { main, show } from './lib/process.ts';
import { setup } from './setup.ts';

main(async () => {
  const { env } = await setup();
  const args = process.argv.slice(2);
  const command = args.length > 0 ? ['run', '--', ...args] : ['test'];
  const [verb = 'test', ...rest] = command;
  const seconds = process.env['FUZZ_SECONDS'] ?? '60';
  return show('cargo', [verb, '--release', '--package', 'neureus-fuzz', ...rest], {
    env: { ...env, FUZZ_SECONDS: seconds },
  });
});
