/**
 * A value that fits a JSON Schema, always the same one.
 *
 * In scope: what tool parameters and structured outputs use — types, enum, const, properties,
 * items, anyOf/oneOf, local `$ref`, minimum, minItems, minLength. Out of scope: patterns, formats.
 */
import { isObject, listOf, objectOf } from './json.ts';
import type { JsonObject } from './json.ts';

/** Deep enough for real schemas, shallow enough for those that refer to themselves. */
const MAX_DEPTH = 12;

export function sampleOf(schema: unknown): unknown {
  return sample(objectOf(schema), objectOf(schema), 0);
}

function sample(schema: JsonObject, root: JsonObject, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (typeof schema.$ref === 'string') return sample(resolve(schema.$ref, root), root, depth + 1);
  const options = [...listOf(schema.anyOf), ...listOf(schema.oneOf)];
  if (options.length > 0) return sample(objectOf(options[0]), root, depth + 1);

  switch (typeOf(schema)) {
    case 'object':
      return Object.fromEntries(
        Object.entries(objectOf(schema.properties)).map(([name, property]) => [
          name,
          sample(objectOf(property), root, depth + 1),
        ]),
      );
    case 'array': {
      const length = Math.min(Math.max(numberOr(schema.minItems, 1), 1), 100);
      return Array.from({ length }, () => sample(objectOf(schema.items), root, depth + 1));
    }
    case 'integer':
      return Math.ceil(numberOr(schema.minimum, 1));
    case 'number':
      return numberOr(schema.minimum, 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'sandbox'.padEnd(Math.min(numberOr(schema.minLength, 0), 10_000), '.');
  }
}

function typeOf(schema: JsonObject): unknown {
  if (Array.isArray(schema.type)) return schema.type[0];
  return schema.type ?? (isObject(schema.properties) ? 'object' : 'string');
}

function resolve(pointer: string, root: JsonObject): JsonObject {
  if (!pointer.startsWith('#')) return {};
  return pointer
    .slice(1)
    .split('/')
    .filter((step) => step !== '')
    .reduce((at: JsonObject, step) => objectOf(at[step]), root);
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}
