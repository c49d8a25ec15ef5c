/**
 * `npm run auto:eval`: how well `auto` tells what a request is about, as a table of what was taken for what.
 * `-- --misses` lists where it errs on the half that may be looked at.
 */
import { main, show } from './lib/process.ts';
import { setup } from './setup.ts';

main(async () => {
  const { env } = await setup();
  const args = ['run', '--quiet', '--release', '--package', 'neureus-core'];
  const rest = process.argv.slice(2);
  return show('cargo', [...args, '--example', 'auto_eval', '--', ...rest], { env });
});
