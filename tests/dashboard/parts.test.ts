/** The dashboard's plain functions: code to take along, events of a stream, origins, numbers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Events } from '../../dashboard/src/chat.ts';
import { ago, plural, short, usd } from '../../dashboard/src/format.ts';
import { originsOf } from '../../dashboard/src/origins.ts';
import { grantable, keyRoles } from '../../dashboard/src/role.ts';
import { routeOf } from '../../dashboard/src/routes.ts';
import { curl, python, typescript, widget } from '../../dashboard/src/snippets.ts';

const run = promisify(execFile);
const nasty = `It's "quoted", $HOME \`id\` \\n \\ !! 'x' ${'$'}{y}\n</script> ü 你好`;
const asked = { model: 'meta-llm', messages: [{ role: 'user', content: nasty }] };

test('the shell gives curl exactly what was asked, whatever is in it', async () => {
  const command = curl('https://gateway.example', 'nru_x', { ...asked, stream: true });
  // Instead of curl something that shows its arguments.
  const show = 'curl() { printf \'%s\\0\' "$@"; }; ';
  const { stdout } = await run('bash', ['-c', show + command]);
  const words = stdout.split('\0').slice(0, -1);
  assert.equal(words[1], 'https://gateway.example/ai/chat');
  assert.ok(words.includes('Authorization: Bearer nru_x'));
  assert.deepEqual(JSON.parse(words.at(-1) ?? ''), {
    model: 'meta-llm',
    stream: true,
    messages: asked.messages,
  });
});

test('the TypeScript holds the same payload', () => {
  const text = typescript('https://gateway.example', { ...asked, temperature: 0.5, maxTokens: 7 });
  const payload = /client\.ai\.chat\((\{[^]*\})\);/.exec(text)?.[1];
  assert.deepEqual(JSON.parse(payload ?? ''), { ...asked, temperature: 0.5, maxTokens: 7 });
});

test("the Python has the names of OpenAI's library, and Python's words", () => {
  const text = python('https://gateway.example', { ...asked, maxTokens: 7, stream: true });
  assert.match(text, /base_url="https:\/\/gateway\.example\/v1"/);
  assert.match(text, /max_tokens=7/);
  assert.match(text, /stream=True/);
  assert.ok(text.includes(JSON.stringify(nasty)));
});

test('the snippet of a widget names where it comes from', () => {
  assert.equal(
    widget('https://gateway.example', 'pk_x'),
    '<script src="https://gateway.example/widget.js" data-key="pk_x" async></script>',
  );
});

test('events are the same however their text is cut', () => {
  const text = 'data: {"a":1}\n\n: comment\n\ndata: {"b":"ü"}\r\n\r\ndata: {"done":true}\n\n';
  const whole = new Events().push(text);
  assert.deepEqual(whole, ['{"a":1}', '{"b":"ü"}', '{"done":true}']);
  for (let cut = 0; cut <= text.length; cut += 1) {
    const events = new Events();
    assert.deepEqual([...events.push(text.slice(0, cut)), ...events.push(text.slice(cut))], whole);
  }
});

test('origins: lines, spaces and commas between them; what is wrong is named', () => {
  assert.deepEqual(originsOf(' https://a.example,\nhttps://*.b.example * '), {
    origins: ['https://a.example', 'https://*.b.example', '*'],
  });
  for (const wrong of ['a.example', 'https://a.example/', 'https://a.*', 'ftp://a.example'])
    assert.ok(originsOf(`https://fine.example ${wrong}`).error?.startsWith(`${wrong} `), wrong);
});

test('money says something also where it is very little', () => {
  assert.deepEqual([0, 1234.5, 0.5, 0.000005282, -2].map(usd), [
    '$0.00',
    '$1,234.50',
    '$0.50',
    '$0.00000528',
    '-$2.00',
  ]);
});

test('times and amounts in words', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  assert.equal(ago(now - 90_000, now), '1 minute ago');
  assert.equal(ago(now + 90_000_000, now), 'tomorrow');
  assert.equal(ago(now - 5, now), 'just now');
  assert.equal(ago(now + 5, now), 'in a moment');
  assert.equal(ago(now + 3 * 86_400_000 - 5_000, now), 'in 3 days');
  assert.equal(plural(1, 'key'), '1 key');
  assert.equal(plural(2000, 'key'), '2,000 keys');
  assert.deepEqual([9_999, 14_200_000].map(short), ['9,999', '14.2M']);
});

test('roles that may be given, and that keys may have', () => {
  assert.deepEqual(grantable('admin'), ['viewer', 'developer']);
  assert.deepEqual(grantable('owner'), ['viewer', 'developer', 'admin', 'owner']);
  assert.deepEqual(grantable('developer'), []);
  assert.deepEqual(keyRoles('developer'), ['viewer', 'developer']);
});

test('a path leads to its page with or without a slash at its end, and nowhere else', () => {
  assert.equal(routeOf('/settings/team/')?.page, 'team');
  assert.equal(routeOf('/')?.page, 'overview');
  for (const path of ['/settings', '/keys/x', '//keys', '/api/keys'])
    assert.equal(routeOf(path), undefined);
});
