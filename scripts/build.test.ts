/** What may not be built. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { checkConfig } from './build.ts';
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
