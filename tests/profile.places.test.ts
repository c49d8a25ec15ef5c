/** Personal data under a regulated profile, in every place of every surface: refused, not forwarded, and kept nowhere. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gatewayForTests } from './harness/gateway.ts';

const gateway = await gatewayForTests();
const tenant = gateway.newTenant();
const { key } = await gateway.makeKey({ tenant, profile: 'healthcare', role: 'owner' });

/** Given out to nobody else in these tests. */
const SSN = '541-73-9062';
const DIGITS = SSN.replaceAll('-', '');
const TOLD = `her number is ${SSN}`;

type Place = [name: string, body: object | string, headers?: Record<string, string>];

const user = (content: unknown): object => ({ role: 'user', content });
const says = (content: unknown, extra: object = {}): object => ({
  messages: [user(content)],
  ...extra,
});
const text = (value: string): object => ({ type: 'text', text: value });
/** Each in a part of its own. */
const split = (value: string): object[] => [...value].map(text);
const tool = (of: object): object => ({ type: 'function', function: { name: 'f', ...of } });
const twice = (field: string): string =>
  `{"messages":[{"role":"user",${field}:"${TOLD}",${field}:"hi"}]}`;

/** Places that every surface has. */
const everywhere = (plain: object): Place[] => [
  ['an unknown model', { ...plain, model: 'nothing', note: TOLD }],
  ['the name of the model', { ...plain, model: SSN }],
  ['a field that nobody knows', { ...plain, unknown: { deep: [TOLD] } }],
  ['a key', { ...plain, [SSN]: 1 }],
  ['a key of nothing', { ...plain, [SSN]: null }],
  ['a key of an empty object', { ...plain, deep: { [SSN]: {} } }],
  ['a key of an empty list', { ...plain, deep: [{ [SSN]: [] }] }],
  ['a key of a truth', { ...plain, [SSN]: true }],
  ['a number with a label', { ...plain, ssn: Number(DIGITS) }],
  ['metadata', { ...plain, metadata: { ssn: DIGITS } }],
  ['Base64', { ...plain, note: Buffer.from(TOLD).toString('base64') }],
  ['the idempotency key', plain, { 'idempotency-key': SSN }],
  ['the tag of the surface', plain, { 'x-neureus-surface': SSN }],
];

const openai: Place[] = [
  ...everywhere(says('hi')),
  ...['system', 'developer', 'user', 'assistant'].map((role): Place => [
    role,
    { messages: [{ role, content: TOLD }, user('hi')] },
  ]),
  ['a result of a tool', { messages: [{ role: 'tool', tool_call_id: 'c', content: TOLD }] }],
  ['the name of a message', { messages: [{ ...user('hi'), name: SSN }] }],
  ['a part', says([text(TOLD)])],
  ['the parts together', says(split(TOLD))],
  ['the description of a tool', says('hi', { tools: [tool({ description: TOLD })] })],
  ['a schema of a tool', says('hi', { tools: [tool({ parameters: { enum: [SSN] } })] })],
  [
    'a name in a schema',
    says('hi', { tools: [tool({ parameters: { properties: { [SSN]: {} } } })] }),
  ],
  [
    'the arguments of a call',
    says('hi', {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'c', ...tool({ arguments: JSON.stringify({ ssn: DIGITS }) }) }],
        },
      ],
    }),
  ],
  [
    'the schema of the answer',
    says('hi', {
      response_format: { type: 'json_schema', json_schema: { schema: { default: SSN } } },
    }),
  ],
  ['the user', says('hi', { user: SSN })],
  ['where to stop', says('hi', { stop: [SSN] })],
  ['a field given twice', twice('"content"')],
  ['a field given twice, once escaped', twice('"c\\u006fntent"')],
];

const anthropic: Place[] = [
  ...everywhere(says('hi', { max_tokens: 9 })),
  ['the system prompt', says('hi', { system: TOLD })],
  ['a part of the system prompt', says('hi', { system: [text(TOLD)] })],
  ['the user', says(TOLD)],
  ['the parts together', says(split(TOLD))],
  ['the assistant', { messages: [user('hi'), { role: 'assistant', content: TOLD }] }],
  [
    'the input of a call',
    {
      messages: [
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'c', name: 'f', input: { ssn: DIGITS } }],
        },
      ],
    },
  ],
  ['a result of a tool', says([{ type: 'tool_result', tool_use_id: 'c', content: [text(TOLD)] }])],
  ['a tool', says('hi', { tools: [{ name: 'f', description: TOLD, input_schema: {} }] })],
  ['the id of the user', says('hi', { metadata: { user_id: `roe, ssn ${SSN}` } })],
  ['where to stop', says('hi', { stop_sequences: [SSN] })],
  ['a field given twice', twice('"content"')],
];

const embeddings: Place[] = [
  ...everywhere({ input: 'hi' }),
  ['the input', { input: TOLD }],
  ['a list', { input: ['hi', TOLD] }],
  ['the user', { input: 'hi', user: SSN }],
  ['a field given twice', `{"input":"${TOLD}","input":"hi"}`],
];

const image = { type: 'image_url', image_url: { url: `data:image/png;base64,iVBORw0KGgo=` } };
const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aa' } };
/** What cannot be scanned. */
const chatMedia: Place[] = [
  ['an image', says([image])],
  ['sound', says([{ type: 'input_audio', input_audio: { data: 'aa', format: 'wav' } }])],
  ['a file', says([{ type: 'file', file: { file_id: 'file-1' } }])],
  ['what is no JSON', '{"messages":'],
];
const messageMedia: Place[] = [
  ['an image', says([picture])],
  ['a document', says([{ type: 'document', source: { type: 'text', data: 'x' } }])],
  ['an image as a result', says([{ type: 'tool_result', tool_use_id: 'c', content: [picture] }])],
];
const tokens: Place[] = [
  ['tokens', { input: [541, 739, 62] }],
  ['lists of tokens', { input: [[541, 739], [62]] }],
];

const SURFACES: Record<string, { refused: Place[]; unscannable: Place[]; streams: boolean }> = {
  '/ai/chat': {
    refused: [...openai, ['the system prompt', says('hi', { systemPrompt: TOLD })]],
    unscannable: chatMedia,
    streams: true,
  },
  '/v1/chat/completions': { refused: openai, unscannable: chatMedia, streams: true },
  '/v1/messages': { refused: anthropic, unscannable: messageMedia, streams: true },
  '/v1/messages/count_tokens': { refused: anthropic, unscannable: messageMedia, streams: false },
  '/ai/embeddings': { refused: embeddings, unscannable: tokens, streams: false },
  '/v1/embeddings': { refused: embeddings, unscannable: tokens, streams: false },
};

/** Every request made, to look for afterwards. */
const ids: string[] = [];

async function send(path: string, body: object | string, headers = {}): Promise<Response> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = { 'content-type': 'application/json', ...headers };
  const response = await gateway.call(path, { method: 'POST', key, headers: sent, body: content });
  ids.push(response.headers.get('x-request-id') ?? '');
  return response;
}

/** The answer, in which nothing of what was sent is. */
async function answered(response: Response, status: number, what: string): Promise<string> {
  const answer = await response.text();
  assert.equal(response.status, status, `${what}: ${answer}`);
  assert.equal(response.headers.get('content-type'), 'application/json', what);
  const all = `${JSON.stringify([...response.headers])}${answer}`;
  for (const part of [SSN, DIGITS, '9062', 'number is']) assert.ok(!all.includes(part), what);
  return answer;
}

for (const [path, { refused, unscannable, streams }] of Object.entries(SURFACES)) {
  describe(path, () => {
    test('refuses it wherever it stands, plain and streamed, and the backend hears nothing', async () => {
      const before = gateway.sandbox.requests.length;
      for (const [name, body, headers] of refused) {
        for (const stream of streams ? [false, true] : [false]) {
          const asked = stream && typeof body !== 'string' ? { ...body, stream } : body;
          const response = await send(path, asked, headers);
          const retry = response.headers.get('x-should-retry');
          const answer = await answered(response, 422, `${path}, ${name}`);
          // Anthropic's form has no place for the kinds.
          const told = path.startsWith('/v1/messages') ? 'Personal data' : '"kinds":["ssn"]';
          assert.ok(answer.includes(told), `${path}, ${name}: ${answer}`);
          if (path.startsWith('/v1/')) assert.equal(retry, 'false');
        }
      }
      assert.equal(gateway.sandbox.requests.length, before);
    });

    test('refuses what cannot be scanned', async () => {
      const before = gateway.sandbox.requests.length;
      for (const [name, body] of unscannable) {
        await answered(await send(path, body), 400, `${path}, ${name}`);
      }
      const large = `{"input":"${'a '.repeat(8 << 20)}${SSN}"}`;
      await answered(await send(path, large), 413, `${path}, a body that is too large`);
      assert.equal(gateway.sandbox.requests.length, before);
    });
  });
}

test('nothing of it is kept: no log, no data point, no event, no row of any store', async () => {
  const holds = (kept: string): boolean => kept.includes(SSN) || kept.includes(DIGITS);
  // A request that goes through writes what it writes; by then the others have.
  const response = await send('/ai/chat', says('nothing to hide'));
  assert.equal(response.status, 200, await response.text());
  await gateway.points(response.headers.get('x-request-id'));
  assert.ok(ids.length > 100);
  for (const id of [ids[0], ids[40], ids.at(-2)]) {
    const points = await gateway.points(id ?? '');
    assert.ok(!holds(JSON.stringify(points)), id);
  }
  assert.ok(!gateway.logged.some(holds));
  assert.ok(!holds(JSON.stringify(gateway.sandbox.requests)));
  for (const path of ['/api/audit', '/api/logs', '/monitoring/alerts']) {
    const answer = await (await gateway.call(path, { key })).text();
    assert.ok(!holds(answer), path);
  }
  // KV, D1 and the objects' databases, with what they have not tidied away.
  const files = await readdir(gateway.state, { recursive: true, withFileTypes: true });
  const stored = files.filter((file) => file.isFile());
  assert.ok(stored.length > 0);
  for (const file of stored) {
    const bytes = await readFile(join(file.parentPath, file.name), 'latin1').catch(() => '');
    assert.ok(!holds(bytes), file.name);
  }
});
