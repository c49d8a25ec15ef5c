/** The API document: whether it is one, and its page to read. What it says is held against the code by tests of the core. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { reference } from '../scripts/reference.ts';

const folder = mkdtempSync(join(tmpdir(), 'neureus-reference-'));
after(() => rmSync(folder, { recursive: true }));
await reference(folder);
const json = readFileSync(join(folder, 'openapi.json'), 'utf8');
const page = readFileSync(join(folder, 'reference.html'), 'utf8');
const api = JSON.parse(json) as {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string }>>;
  components: { schemas: Record<string, unknown> };
};

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  // A text this long it would take for the name of a file.
  const { valid, errors } = await validator.validate(structuredClone(api));
  assert.ok(valid, JSON.stringify(errors, null, 2));
  assert.equal(api.openapi, '3.1.0');
});

test('the page shows every operation and every schema', () => {
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const { operationId } of Object.values(operations)) {
      assert.ok(page.includes(`<article id="${operationId}">`), operationId);
    }
    assert.ok(page.includes(`<code>${path}</code>`), path);
  }
  for (const name of Object.keys(api.components.schemas)) {
    assert.ok(page.includes(`id="schema-${name}"`), name);
  }
});

test('links of the page lead somewhere, and no name is there twice', () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) {
    assert.ok(ids.includes(target), `#${target}`);
  }
});

test('the page needs no script, no inline style and nothing of another site', () => {
  assert.doesNotMatch(page, /<script|\sstyle=|\son[a-z]+="/i);
  const sources = [...page.matchAll(/<link[^>]* href="([^"]+)"/g)].map(([, href]) => href);
  assert.deepEqual(sources, ['/icon.svg', '/reference.css']);
  assert.doesNotMatch(page, /<(img|iframe|form|object)/i);
  assert.doesNotMatch(page, /undefined|\[object/);
});
