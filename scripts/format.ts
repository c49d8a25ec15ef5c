/** `npm run format`: formats everything that the checks look at. */
import { join } from 'node:path';
import { main, root, show } from './lib/process.ts';
import { setup } from './setup.ts';

main(async () => {
  const { env } = await setup();
  const rust = await show('cargo', ['fmt', '--all'], { env });
  const rest = await show(join(root, 'node_modules', '.bin', 'prettier'), [
    '--write',
    '--log-level=warn',
    '.',
  ]);
  return rust || rest;
});
