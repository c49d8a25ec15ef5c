/** Schemas of the API document as HTML: one table of fields each, types as short texts. Pure. */
import { anchor, code, escape, inline, paragraphs } from './text.ts';

/** What the page uses of JSON Schema. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  additionalProperties?: boolean | Schema;
}

/** `string`, `array of Message`, `"a" or "b"`: with links to the schemas that have a name. */
export function typeOf(schema: Schema | undefined): string {
  if (!schema) return 'anything';
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#${anchor('schema', name)}">${escape(name)}</a>`;
  }
  if ('const' in schema) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.allOf) {
    const named = schema.allOf.filter(({ $ref }) => $ref);
    return named.length > 0 ? named.map(typeOf).join(' with ') : 'object';
  }
  const types = [schema.type ?? 'anything'].flat();
  return types
    .map((type) => (type === 'array' ? `array of ${typeOf(schema.items)}` : escape(type)))
    .join(' or ');
}

function range(unit: string, least?: number, most?: number): string[] {
  const number = (value: number): string => value.toLocaleString('en-US');
  if (least !== undefined && most !== undefined) {
    return [`${number(least)} to ${number(most)}${unit}`];
  }
  if (least !== undefined) return [`at least ${number(least)}${unit}`];
  return most === undefined ? [] : [`at most ${number(most)}${unit}`];
}

/** What a value has to be besides its type. */
function bounds(schema: Schema): string {
  const said = [
    ...range('', schema.minimum, schema.maximum),
    ...range(' characters', schema.minLength, schema.maxLength),
    ...range(' items', schema.minItems, schema.maxItems),
    ...(schema.format ? [escape(schema.format)] : []),
    ...(schema.pattern ? [code(schema.pattern)] : []),
    ...('default' in schema ? [`default ${code(JSON.stringify(schema.default))}`] : []),
  ];
  return said.join(', ');
}

interface Field {
  name: string;
  schema: Schema;
  required: boolean;
}

/** The fields of an object, with those of what it is put together from and, by `a.b`, of objects without a name. */
function fieldsOf(schema: Schema, before = ''): Field[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]): Field[] => {
    const field = {
      name: before + name,
      schema: inner,
      required: schema.required?.includes(name) ?? false,
    };
    const item = inner.items && !inner.items.$ref ? inner.items : undefined;
    return [
      field,
      ...(inner.$ref ? [] : fieldsOf(inner, `${field.name}.`)),
      ...(item ? fieldsOf(item, `${field.name}[].`) : []),
    ];
  });
  const parts = (schema.allOf ?? []).filter(({ $ref }) => !$ref);
  return [...own, ...parts.flatMap((part) => fieldsOf(part, before))];
}

/** A table of the fields; nothing for what has none. */
export function fieldTable(schema: Schema): string {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return '';
  const rows = fields.map(({ name, schema: inner, required }) => {
    const rest = [bounds(inner), inline(inner.description ?? '')].filter(Boolean).join('. ');
    const must = required ? ' <span class="must">required</span>' : '';
    return `<tr><th scope="row">${code(name)}${must}</th><td>${typeOf(inner)}</td><td>${rest}</td></tr>`;
  });
  return `<div class="wide"><table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">About</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** A schema that has a name, as a section. */
export function schemaSection(name: string, schema: Schema): string {
  const table = fieldTable(schema);
  return `<section class="schema" id="${anchor('schema', name)}"><h3>${escape(name)}</h3>
${paragraphs(schema.description)}
${table === '' ? `<p>${typeOf(schema)}${bounds(schema) ? `, ${bounds(schema)}` : ''}</p>` : table}</section>`;
}
