/** What the documentation says of wrangler, held against the wrangler that is installed; it needs no account. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { capture } from '../../scripts/lib/process.ts';
import { blocksOf } from './blocks.ts';
import { differenceOf, npmScripts, wranglerCalls } from './commands.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = globSync(['README.md', 'docs/*.md', 'sdk/README.md'], { cwd: root }).sort();
const texts = pages.map((page) => [page, readFileSync(join(root, page), 'utf8')] as const);

describe('what pages call', () => {
  test('of wrangler is there, with its options', async () => {
    const calls = new Set(texts.flatMap(([, text]) => wranglerCalls(text)));
    assert.ok(calls.size > 5);
    for (const call of calls) {
      const command = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
      const { output } = await capture(process.execPath, [command, ...call.split(/\s+/), '--help']);
      assert.equal(differenceOf(call, output), undefined, `wrangler ${call}`);
    }
  });

  test('of npm is a script', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [page, text] of texts) {
      for (const name of npmScripts(text)) assert.ok(scripts[name], `${page}: npm run ${name}`);
    }
  });

  test('can be read by a shell, run here or not', async () => {
    for (const [page, text] of texts) {
      for (const { text: commands, line } of blocksOf(text).filter((it) => it.language === 'sh')) {
        const { code, output } = await capture('bash', ['-n', '-c', commands]);
        assert.equal(code, 0, `${page}:${line}: ${output}`);
      }
    }
  });
});

test('a command that is not there, a wrong option and a missing name are found', () => {
  const help = 'wrangler d1 create <name>\n\nFLAGS\n  -c, --config  Path  [string]\n';
  for (const [call, wrong] of [
    ['d1 create neureus', undefined],
    ['d1 create neureus --config x.toml', undefined],
    ['d1 create', 'it needs <name>'],
    ['d1 create neureus --colour', 'there is no --colour'],
    ['d1 create one two', 'there is no such command below d1 create'],
    ['d2 create neureus', 'that is d1 create'],
  ] as const) {
    assert.equal(differenceOf(call, help), wrong, call);
  }
  const above = 'wrangler d1\n\nCOMMANDS\n  wrangler d1 create <name>\n';
  assert.match(differenceOf('d1 make neureus', above) ?? '', /no such command below d1/);
  assert.deepEqual(wranglerCalls('`npx wrangler d1 list`, a | npx wrangler login   # b'), [
    'd1 list',
    'login',
  ]);
  assert.deepEqual(npmScripts('npm run --silent key -- --json; `npm start`'), ['key', 'start']);
});
