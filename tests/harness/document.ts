/**
 * The API document as a judge: what tests send and get is held against it, so that it cannot say something else than the
 * gateway does.
 *
 * In scope: statuses, bodies of JSON, the fields that the native API's answers have, bodies that were accepted, the names of
 * headers that are the gateway's own. Out of scope: event streams, paths that the document does not know.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

type Schema = Record<string, unknown>;

interface Answer {
  $ref?: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, Answer>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

const file = join(import.meta.dirname, '..', '..', 'docs', 'openapi.json');
const api = JSON.parse(readFileSync(file, 'utf8')) as Document;
const JSON_TYPE = 'application/json';

/** Whose meaning is the gateway's. */
const OWN_HEADER =
  /^(x-neureus-.*|x-ratelimit-.*|ratelimit.*|retry-after.*|x-should-retry|x-request-id|idempotent-.*|allow|www-authenticate)$/;

const ajv = new Ajv2020({ strict: false, validateFormats: false, allowUnionTypes: true });
ajv.addSchema(api as unknown as Schema, 'api');

export interface Exchanged {
  method: string;
  /** With its query. */
  path: string;
  /** What was sent, where that is text. */
  sent: string | undefined;
  response: Response;
  /** The answer, where it is JSON. */
  text: string | undefined;
}

/** The operation of a method and path, and its place in the document. */
function operationOf(method: string, path: string): { operation: Operation; at: string } | string {
  const [pathname = ''] = path.split('?');
  const matches = (template: string): boolean =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname);
  const template = pathname in api.paths ? pathname : Object.keys(api.paths).find(matches);
  if (template === undefined) return 'no such path';
  const name = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  const operation = api.paths[template]?.[name];
  if (!operation) return 'no such method';
  return { operation, at: `/paths/${template.replaceAll('/', '~1')}/${name}` };
}

/** What a reference stands for. */
function followed<T>(value: T & { $ref?: string }): T {
  if (value.$ref === undefined) return value;
  let found: unknown = api;
  for (const part of value.$ref.split('/').slice(1)) {
    found = (found as Record<string, unknown>)[part.replaceAll('~1', '/')];
  }
  return followed(found as T & { $ref?: string });
}

/** Whether a value fits the schema at a place; else, why not. */
function misfits(place: string, value: unknown): string[] {
  const pointer = `api#${place.split('/').map(encodeURIComponent).join('/')}`;
  const validate = ajv.getSchema(pointer);
  if (!validate) throw new Error(`no schema at ${place}`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** A schema and all that it is put together from. */
function parts(schema: Schema): Schema[] {
  const own = followed(schema);
  const inner = ['allOf', 'anyOf', 'oneOf'].flatMap((name) => (own[name] as Schema[]) ?? []);
  return [own, ...inner.flatMap(parts)];
}

/** The places of fields that no schema names. */
function unnamed(schemas: Schema[], value: unknown, place: string): string[] {
  const all = schemas.flatMap(parts);
  if (Array.isArray(value)) {
    const items = all.flatMap(({ items }) => (items ? [items as Schema] : []));
    return value.flatMap((item) => unnamed(items, item, `${place}/*`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const named = all.map(({ properties }) => (properties ?? {}) as Record<string, Schema>);
  const others = all.flatMap(({ additionalProperties: it }) =>
    typeof it === 'object' ? [it as Schema] : [],
  );
  const open = others.length > 0 || named.every((fields) => Object.keys(fields).length === 0);
  return Object.entries(value).flatMap(([name, inner]) => {
    const of = named.flatMap((fields) => (fields[name] ? [fields[name]] : []));
    if (of.length === 0 && !open) return [`${place}/${name}`];
    return unnamed(of.length > 0 ? of : others, inner, `${place}/${name}`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the document says otherwise. */
export function differences({ method, path, sent, response, text }: Exchanged): string[] {
  const found = operationOf(method, path);
  if (typeof found === 'string') return [];
  const { operation, at } = found;
  const status = String(response.status);
  const answer = operation.responses[status];
  const what = `${method} ${path.split('?')[0]} ${status}`;
  if (!answer) return [`${what} is not among its answers`];
  const { headers = {}, content = {} } = followed(answer);
  const known = Object.keys(headers).map((name) => name.toLowerCase());
  const wrong = [...response.headers.keys()]
    .filter((name) => OWN_HEADER.test(name) && !known.includes(name))
    .map((name) => `it has the header ${name}`);

  const schema = content[JSON_TYPE]?.schema;
  if (text !== undefined && text !== '' && schema) {
    const body = parsed(text);
    const place = answer.$ref?.slice(1) ?? `${at}/responses/${status}`;
    wrong.push(...misfits(`${place}/content/application~1json/schema`, body));
    const own = path.startsWith('/v1/') ? [] : unnamed([schema], body, '');
    wrong.push(...own.map((field) => `${field} is not in its schema`));
  }
  if (response.ok && sent !== undefined && operation.requestBody) {
    const body = parsed(sent);
    if (body !== undefined) {
      const misfit = misfits(`${at}/requestBody/content/application~1json/schema`, body);
      wrong.push(...misfit.map((why) => `it took a body where ${why}`));
    }
  }
  return wrong.map((why) => `${what}: ${why}`);
}
