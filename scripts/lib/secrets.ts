/** The local secrets in .dev.vars, and the environment file that a local gateway is started with. */
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { Failure, root } from './process.ts';

/** Each is 256 bits in hex: what opens the operator API, and what wraps tenants' own provider keys. */
const secrets = ['OPERATOR_TOKEN', 'PROVIDER_MASTER_KEY'];

const devVars = join(root, '.dev.vars');

/** What .dev.vars says. */
export function readSecrets(file = devVars): Record<string, string> {
  if (!existsSync(file)) return {};
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8')))) {
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Adds the secrets that .dev.vars lacks, keeps what it has, and lets nobody else read it. */
export function writeMissingSecrets(file = devVars): Record<string, string> {
  const known = readSecrets(file);
  const missing = secrets.filter((name) => !known[name]);
  if (missing.length > 0) {
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const head =
      before === ''
        ? '# Secrets of the local gateway. Written by npm start; never committed.\n'
        : '';
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    const lines = missing.map((name) => `${name}=${randomBytes(32).toString('hex')}\n`);
    appendFileSync(file, `${gap}${head}${lines.join('')}`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  return readSecrets(file);
}

/**
 * Writes variables as an environment file that only this user can read, for wrangler's --env-file: it
 * expands $ in values unless a backslash is before it.
 */
export function writeEnvironmentFile(path: string, values: Record<string, string>): void {
  const lines = Object.entries(values).map(([name, value]) => {
    const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
    if (quote === undefined || (quote === '"' && value.includes('\\'))) {
      throw new Failure(`the value of ${name} holds every kind of quote; it cannot be passed on.`);
    }
    return `${name}=${quote}${value.replaceAll('$', '\\$')}${quote}\n`;
  });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  chmodSync(path, 0o600);
}
