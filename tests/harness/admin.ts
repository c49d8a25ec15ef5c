/** `npm run admin` against a running gateway. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OPERATOR_TOKEN } from './gateway.ts';
import type { Gateway } from './gateway.ts';

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

export async function admin(
  gateway: Gateway,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Said> {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'admin.ts');
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, NEUREUS_URL: gateway.url, OPERATOR_TOKEN, ...environment },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += chunk));
  child.stderr.on('data', (chunk) => (said.stderr += chunk));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}
