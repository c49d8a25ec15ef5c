/** Every operation of the API document on a running gateway, with what its schemas allow and what they do not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayForTests, OPERATOR_TOKEN } from '../harness/gateway.ts';

const gateway = await gatewayForTests();
const root = join(import.meta.dirname, '..', '..');
const program = process.env['NEUREUS_SCHEMATHESIS'];
const extra = JSON.parse(process.env['NEUREUS_SCHEMATHESIS_ARGS'] ?? '[]') as string[];

test('the gateway does what its document says', async () => {
  assert.ok(program, 'run it with `npm run test:contract`');
  const { key } = await gateway.makeKey({ tenant: 'contract' });
  const child = spawn(
    program,
    [
      '--config-file',
      join(import.meta.dirname, 'schemathesis.toml'),
      'run',
      join(root, 'docs', 'openapi.json'),
      `--url=${gateway.url}`,
      '--checks=all',
      '--phases=examples,coverage,fuzzing',
      '--generation-deterministic',
      '--max-examples=25',
      '--no-color',
      ...extra,
    ],
    {
      // It keeps what it found beside itself.
      cwd: gateway.state,
      env: { ...process.env, NEUREUS_KEY: key, NEUREUS_OPERATOR: OPERATOR_TOKEN },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0);
  // Whatever was sent: nothing failed inside.
  const faults = gateway.logged.filter((line) => /panick|unreachable|RuntimeError/.test(line));
  assert.deepEqual(faults, []);
});
