/** What is found in a page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, toRun } from './blocks.ts';

test('blocks have their language, text and line, and a reason where they are not run', () => {
  const page =
    'x\n```sh\na\n  b\n```\n<!-- not run: it needs a moon -->\n\n```js\nc\n```\n- y\n\n  ```json\n  {}\n  ```\n';
  const blocks = blocksOf(page);
  assert.deepEqual(blocks, [
    { language: 'sh', text: 'a\n  b\n', line: 2 },
    { language: 'js', text: 'c\n', line: 8, reason: 'it needs a moon' },
    { language: 'json', text: '{}\n', line: 13 },
  ]);
  assert.equal(toRun(blocks, 'sh').length, 1);
  assert.equal(toRun(blocks, 'js').length, 0);
});

test('what could slip through is an error', () => {
  assert.throws(() => blocksOf('```shell\n```\n'), /no such language as "shell"/);
  assert.throws(() => blocksOf('```\n```\n'), /no such language/);
  assert.throws(() => blocksOf('<!-- not run: x -->\ntext\n'), /mark without a block/);
  assert.throws(() => blocksOf('```sh\n'), /without an end/);
});
