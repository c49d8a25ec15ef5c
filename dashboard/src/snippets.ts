/** Ready code: the same call in the languages that people bring. */

export type Ask = {
  model: string;
  messages: readonly { role: string; content: string }[];
  stream?: boolean;
  temperature?: number;
  maxTokens?: number;
};

/** A word of a shell command, quoted where it has to be. */
function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

function bodyOf({ model, messages, stream, temperature, maxTokens }: Ask): object {
  return {
    model,
    ...(stream ? { stream } : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    messages,
  };
}

export function curl(origin: string, key: string, ask: Ask): string {
  return [
    `curl ${ask.stream ? '-N ' : ''}${origin}/ai/chat \\`,
    `  -H ${quoted(`Authorization: Bearer ${key}`)} \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(JSON.stringify(bodyOf(ask)))}`,
  ].join('\n');
}

export function typescript(origin: string, ask: Ask): string {
  const { stream: _stream, ...payload } = bodyOf(ask) as Record<string, unknown>;
  const written = JSON.stringify(payload, null, 2);
  return [
    "import { Neureus } from '@neureus/sdk';",
    '',
    'const client = new Neureus({',
    '  apiKey: process.env.NEUREUS_API_KEY,',
    `  baseURL: ${JSON.stringify(origin)},`,
    '});',
    '',
    ...(ask.stream
      ? [
          `for await (const text of client.ai.stream(${written})) {`,
          '  process.stdout.write(text);',
          '}',
        ]
      : [`const answer = await client.ai.chat(${written});`, 'console.log(answer.text);']),
  ].join('\n');
}

/** A value as Python writes it. */
function python_(value: unknown, indent = ''): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  const deeper = `${indent}    `;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${deeper}${python_(item, deeper)},\n`).join('');
    return `[\n${items}${indent}]`;
  }
  if (typeof value === 'object') {
    const items = Object.entries(value).map(
      ([name, item]) => `${JSON.stringify(name)}: ${python_(item, deeper)}`,
    );
    return `{${items.join(', ')}}`;
  }
  return JSON.stringify(value);
}

export function python(origin: string, ask: Ask): string {
  const { model, messages, stream, temperature, maxTokens } = ask;
  const named: [string, unknown][] = [
    ['model', model],
    ['messages', messages],
    ...(temperature === undefined ? [] : [['temperature', temperature] as [string, unknown]]),
    ...(maxTokens === undefined ? [] : [['max_tokens', maxTokens] as [string, unknown]]),
    ...(stream ? [['stream', true] as [string, unknown]] : []),
  ];
  return [
    'import os',
    'from openai import OpenAI',
    '',
    'client = OpenAI(',
    `    base_url=${JSON.stringify(`${origin}/v1`)},`,
    '    api_key=os.environ["NEUREUS_API_KEY"],',
    ')',
    '',
    `answer = client.chat.completions.create(`,
    ...named.map(([name, value]) => `    ${name}=${python_(value, '    ')},`),
    ')',
    ...(stream
      ? [
          'for chunk in answer:',
          '    if chunk.choices:',
          '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
        ]
      : ['print(answer.choices[0].message.content)']),
  ].join('\n');
}

/** What puts the chat widget on a page. */
export function widget(origin: string, key: string): string {
  return `<script src="${origin}/widget.js" data-key="${key}" async></script>`;
}
