/** Where Chromium is. Only the tests of the dashboard need one. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './process.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function works(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a Chromium: `CHROMIUM_BIN`, else one on the `PATH`, else one in its usual place. */
export function findChromium(): string {
  const named = process.env['CHROMIUM_BIN'];
  if (named) {
    if (works(named)) return named;
    throw new Failure(`CHROMIUM_BIN is ${named}, which cannot be run.`);
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    ...names.map((name) => join('/usr/bin', name)),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  const found = candidates.find(works);
  if (found) return found;
  throw new Failure(
    'no Chromium was found, which the tests of the dashboard need: install it (Debian and Ubuntu: ' +
      '`apt-get install chromium`), or name one in CHROMIUM_BIN.',
  );
}
