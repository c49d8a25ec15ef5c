/** The parser that the tests of limits rest on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOf } from './told.ts';

test('the parser of these tests is strict', () => {
  assert.deepEqual(listOf('"a";q=1;u="x, \\"y", "b"'), [
    { name: 'a', parameters: { q: 1, u: 'x, "y' } },
    { name: 'b', parameters: {} },
  ]);
  for (const text of [
    '',
    'a',
    '"a',
    '"a",',
    '"a";Q=1',
    '"a";q=1.5',
    '"a";q=',
    '"a";q=1;q=1',
    '"ä"',
  ]) {
    assert.throws(() => listOf(text), text);
  }
});
