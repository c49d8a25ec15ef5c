import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseEnv } from 'node:util';
import { Failure } from './process.ts';
import { readSecrets, writeEnvironmentFile, writeMissingSecrets } from './secrets.ts';

const directory = mkdtempSync(join(tmpdir(), 'neureus-secrets-'));
after(() => rmSync(directory, { recursive: true }));

test('missing secrets are written, 256 bits of each, for nobody else to read', () => {
  const file = join(directory, 'new');
  const made = writeMissingSecrets(file);
  const [token, master] = [made['OPERATOR_TOKEN'], made['PROVIDER_MASTER_KEY']];
  for (const secret of [token, master]) assert.match(secret ?? '', /^[0-9a-f]{64}$/);
  assert.notEqual(token, master);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('what the file holds is kept, and a readable file is closed', () => {
  const file = join(directory, 'old');
  writeFileSync(file, '# mine\nMODEL_BACKEND_KEY="a b"', { mode: 0o644 });
  const first = writeMissingSecrets(file);
  assert.equal(first['MODEL_BACKEND_KEY'], 'a b');
  assert.ok(
    readFileSync(file, 'utf8').startsWith('# mine\nMODEL_BACKEND_KEY="a b"\nOPERATOR_TOKEN='),
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(writeMissingSecrets(file), first);
  assert.deepEqual(readSecrets(file), first);
});

test('an environment file gives back what was put in', () => {
  const file = join(directory, 'environment');
  const values = {
    PLAIN: 'x',
    HASH: 'a # b',
    QUOTED: `it's "so"`,
    SPACE: ' y ',
  };
  writeEnvironmentFile(file, values);
  assert.deepEqual({ ...parseEnv(readFileSync(file, 'utf8')) }, values);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  writeEnvironmentFile(file, { DOLLAR: 'a$b' });
  assert.equal(readFileSync(file, 'utf8'), "DOLLAR='a\\$b'\n", 'as wrangler wants it');
  assert.throws(() => writeEnvironmentFile(file, { ALL: `'"\`` }), Failure);
});
