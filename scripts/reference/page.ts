/**
 * The API document as one page to read: no script, one style sheet beside it. Pure.
 *
 * Caveat: it shows what docs/openapi.json uses of OpenAPI, and not all there is.
 */
import { fieldTable, schemaSection, typeOf } from './schema.ts';
import type { Schema } from './schema.ts';
import { anchor, code, escape, inline, paragraphs } from './text.ts';

interface Reference {
  $ref?: string;
}
interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown; summary?: string } & Reference>;
}
interface Parameter extends Reference {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}
interface Answer extends Reference {
  description: string;
  headers?: Record<string, Reference>;
  content?: Record<string, Media>;
}
interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, Answer>;
  'x-role'?: string;
}
export interface ApiDocument {
  info: { title: string; version: string; summary?: string; description?: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
  } & Record<string, Record<string, unknown>>;
}

interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

const WHO: Record<string, string> = {
  public: 'Anybody may call it.',
  operator: 'Takes the operator token.',
};

export function referencePage(document: ApiDocument): string {
  const entries = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = document.tags.map((tag) => ({
    tag,
    entries: entries.filter(({ operation }) => operation.tags?.[0] === tag.name),
  }));
  const follow = <T extends Reference>(value: T): T => followed(document, value);
  const { title, version, summary, description } = document.info;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}: reference</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/reference.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<nav aria-label="Operations">
<p class="brand">${escape(title)}</p>
${groups.map(({ tag, entries: own }) => navigation(tag.name, own)).join('\n')}
<h2><a href="#schemas">schemas</a></h2>
</nav>
<main id="content">
<h1>API reference</h1>
<p class="about">Version ${escape(version)}. <a href="/openapi.json">openapi.json</a> is the same for machines.</p>
${summary ? `<p>${inline(summary)}</p>` : ''}
${paragraphs(description)}
${groups.map(({ tag, entries: own }) => group(tag, own, follow)).join('\n')}
<section id="schemas"><h2>Schemas</h2>
${Object.entries(document.components.schemas)
  .map(([name, schema]) => schemaSection(name, schema))
  .join('\n')}
</section>
</main>
</body>
</html>
`;
}

function navigation(name: string, entries: Entry[]): string {
  const items = entries.map(
    ({ method, path, operation }) =>
      `<li><a href="#${anchor(operation.operationId)}"><span class="method ${method}">${method.toUpperCase()}</span> ${escape(path)}</a></li>`,
  );
  return `<h2>${escape(name)}</h2><ul>${items.join('\n')}</ul>`;
}

type Follow = <T extends Reference>(value: T) => T;

function group(
  tag: { name: string; description?: string },
  entries: Entry[],
  follow: Follow,
): string {
  return `<section id="${anchor('tag', tag.name)}"><h2>${escape(tag.name)}</h2>
${paragraphs(tag.description)}
${entries.map((entry) => operationSection(entry, follow)).join('\n')}</section>`;
}

function operationSection({ method, path, operation }: Entry, follow: Follow): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const role = operation['x-role'] ?? '';
  const who = WHO[role] ?? `Takes a key of the role ${code(role)} or higher.`;
  return `<article id="${anchor(operationId)}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> ${code(path)}</h3>
<p class="summary">${inline(summary)}</p>
<p class="who">${who}</p>
${paragraphs(description)}
${parameterTable(parameters.map(follow))}
${requestBody ? `<h4>Request</h4>${contents(requestBody.content, follow)}` : ''}
<h4>Answers</h4>
${Object.entries(responses)
  .map(([status, answer]) => answerPart(status, follow(answer), follow))
  .join('\n')}
</article>`;
}

function parameterTable(parameters: Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map((parameter) => {
    const must = parameter.required ? ' <span class="must">required</span>' : '';
    return `<tr><th scope="row">${code(parameter.name)}${must}</th><td>${escape(parameter.in)}</td><td>${typeOf(parameter.schema)}</td><td>${inline(parameter.description ?? '')}</td></tr>`;
  });
  return `<h4>Parameters</h4><div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">About</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

function contents(content: Record<string, Media>, follow: Follow): string {
  return Object.entries(content)
    .map(([type, { schema, example, examples = {} }]) => {
      const shown = [
        ...(example === undefined ? [] : [example]),
        ...Object.values(examples).map((one) => follow(one).value),
      ];
      const samples = shown.map((value) => `<pre tabindex="0">${sample(value)}</pre>`).join('\n');
      const about = `<p>${code(type)}: ${typeOf(schema)}</p>${schema && !schema.$ref ? fieldTable(schema) : ''}`;
      return samples === ''
        ? about
        : `${about}<details><summary>${shown.length === 1 ? 'Example' : 'Examples'}</summary>${samples}</details>`;
    })
    .join('\n');
}

function sample(value: unknown): string {
  return escape(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

function answerPart(
  status: string,
  { description, content, headers }: Answer,
  follow: Follow,
): string {
  const names = Object.keys(headers ?? {});
  const kind = status.startsWith('2') ? 'good' : 'bad';
  return `<details class="answer"><summary><span class="status ${kind}">${escape(status)}</span> ${inline(description)}</summary>
${names.length > 0 ? `<p>Headers: ${names.map(code).join(', ')}</p>` : ''}
${content ? contents(content, follow) : ''}</details>`;
}

function followed<T extends Reference>(document: ApiDocument, value: T): T {
  if (!value.$ref) return value;
  let found: unknown = document;
  for (const name of value.$ref.replace(/^#\//, '').split('/')) {
    found = (found as Record<string, unknown>)[name];
  }
  return followed(document, found as T);
}
