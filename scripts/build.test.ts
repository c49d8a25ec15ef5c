/** What may not be built. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkConfig, place } from './build.ts';
import { root } from './lib/process.ts';
import { setup } from './setup.ts';

const folder = mkdtempSync(join(tmpdir(), 'neureus-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const toolchain = await setup();

describe('a release is built', () => {
  test('with the configuration that ships', () => checkConfig(toolchain));

  for (const [file, right, wrong, said] of [
    ['catalog.json', '"default": "meta-llm"', '"default": "nobody"', /catalog\.json: .*nobody/],
    ['catalog.json', '"max_output":', '"max_otput":', /catalog\.json: .*max_ou?tput/],
    ['plans.json', '"rpm":', '"rpn":', /plans\.json: .*rpn/],
  ] as const) {
    test(`not with ${wrong} in ${file}`, async () => {
      cpSync(join(root, 'config'), folder, { recursive: true });
      const text = readFileSync(join(folder, file), 'utf8');
      assert.ok(text.includes(right));
      writeFileSync(join(folder, file), text.replace(right, wrong));
      await assert.rejects(checkConfig(toolchain, folder), said);
    });
  }
});

describe('a file that a running gateway may be looking at', () => {
  const file = join(folder, 'deep', 'module.wasm');

  test('is replaced as a whole, and by another file', () => {
    place(Buffer.from('one'), file);
    const first = statSync(file);
    place(Buffer.from('two'), file);
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.notEqual(statSync(file).ino, first.ino);
    assert.deepEqual(readdirSync(join(folder, 'deep')), ['module.wasm']);
  });

  test('is left alone where it is the same', () => {
    const before = statSync(file);
    place(Buffer.from('two'), file);
    assert.deepEqual([statSync(file).ino, statSync(file).mtimeMs], [before.ino, before.mtimeMs]);
  });
});
