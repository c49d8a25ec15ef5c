/**
 * `npm run scan:eval`: how well the scanner for personal data does on the corpus, by kind, profile and form.
 * `-- --misses` lists where it errs on the half that may be looked at.
 */
import { main, show } from './lib/process.ts';
import { setup } from './setup.ts';

main(async () => {
  const { env } = await setup();
  const args = [
    'run',
    '--quiet',
    '--release',
    '--package',
    'neureus-core',
    '--example',
    'scan_eval',
  ];
  return show('cargo', [...args, '--', ...process.argv.slice(2)], { env });
});
