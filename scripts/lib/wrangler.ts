/** Wrangler, never interactive: its program, its environment, its commands. */
import { join } from 'node:path';
import { capture, type Outcome, root } from './process.ts';

/** Where the local gateway keeps KV, D1 and Durable Objects. */
export const state: string = join(root, '.wrangler', 'state');

const program = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** The command line that starts wrangler. */
export function command(args: string[]): [string, string[]] {
  return [process.execPath, [program, ...args]];
}

/** Wrangler's environment: no questions, no banner, no telemetry, no look-ups. */
export function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    // A placeholder does for `request.cf`: a local run asks nothing of the network.
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    ...extra,
  };
}

/** Runs a wrangler command to its end. */
export function wrangler(...args: string[]): Promise<Outcome> {
  const [executable, all] = command(args);
  return capture(executable, all, { env: environment({ CI: 'true' }) });
}
