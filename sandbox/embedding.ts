/**
 * Embeddings without a model: the same text always gives the same vector of length 1, and texts
 * that share words come out closer than texts that do not.
 *
 * Each word is hashed to a direction; a text is the sum of its words. Tokens are counted as for
 * messages, one per 4 bytes of UTF-8; a list of token numbers counts its length.
 */
import { createHash } from 'node:crypto';
import type { UsageFault } from './directive.ts';
import { listOf, objectOf } from './json.ts';
import { countTokens, positive, requireModel, requireObject } from './prompt.ts';
import { Refusal } from './refusal.ts';

const DEFAULT_DIMENSIONS = 768;
const MAX_DIMENSIONS = 4096;
const MAX_INPUTS = 2048;

/** Lengths that callers know these models by. */
const DIMENSIONS: Record<string, number> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
};

type Input = string | number[];

/** OpenAI's `POST /v1/embeddings`. @throws {Refusal} 400 for a body that is not a request. */
export function embeddings(body: unknown, fault?: UsageFault): unknown {
  const request = requireObject(body);
  const model = requireModel(request);
  const inputs = inputsOf(request.input);
  const dimensions = positive(request, 'dimensions') ?? DIMENSIONS[model] ?? DEFAULT_DIMENSIONS;
  if (dimensions > MAX_DIMENSIONS) {
    throw new Refusal(400, `Invalid 'dimensions': expected a value <= ${MAX_DIMENSIONS}.`, {
      param: 'dimensions',
      code: 'integer_above_max_value',
    });
  }
  const tokens = inputs.reduce((sum, input) => sum + tokensOf(input), 0);
  return {
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions);
      const embedding = request.encoding_format === 'base64' ? inBase64(vector) : [...vector];
      return { object: 'embedding', index, embedding };
    }),
    model,
    ...(fault === 'none' ? {} : { usage: usageOf(tokens, fault) }),
  };
}

/** Whether a Workers AI run is one of an embedding model: those take `text`. */
export function isEmbeddingRun(body: unknown): boolean {
  return 'text' in objectOf(objectOf(body).inputs);
}

/** Workers AI's form of the same. @throws {Refusal} 400 for inputs that are not text. */
export function workersAiEmbeddings(body: unknown): unknown {
  const request = requireObject(body);
  requireModel(request);
  const inputs = inputsOf(objectOf(request.inputs).text);
  const data = inputs.map((input) => [...vectorOf(input, DEFAULT_DIMENSIONS)]);
  return { shape: [inputs.length, DEFAULT_DIMENSIONS], data, pooling: 'mean' };
}

function usageOf(tokens: number, fault: UsageFault | undefined): object | null {
  if (fault === 'null') return null;
  if (fault === 'zero') return { prompt_tokens: 0, total_tokens: 0 };
  if (fault === 'wrong') return { prompt_tokens: tokens + 7, total_tokens: tokens };
  if (fault === 'absurd') return { prompt_tokens: -1, total_tokens: 1e308 };
  return { prompt_tokens: tokens, total_tokens: tokens };
}

function inputsOf(input: unknown): Input[] {
  const list = typeof input === 'string' || isTokens(input) ? [input] : listOf(input);
  const inputs = list.filter((item): item is Input => typeof item === 'string' || isTokens(item));
  const empty = inputs.some((item) => item.length === 0);
  if (empty || inputs.length === 0 || inputs.length !== list.length || list.length > MAX_INPUTS) {
    throw new Refusal(400, "'$.input' is invalid. Please check the API reference.", {
      param: 'input',
    });
  }
  return inputs;
}

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));
}

function tokensOf(input: Input): number {
  return typeof input === 'string' ? countTokens(input) : input.length;
}

function vectorOf(input: Input, dimensions: number): Float32Array {
  const words =
    typeof input === 'string' ? (input.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [input]) : input;
  const sum = new Float64Array(dimensions);
  for (const word of words) addDirection(sum, String(word));
  const length = Math.hypot(...sum) || 1;
  return Float32Array.from(sum, (value) => value / length);
}

/** Adds the word's own direction: numbers from a generator seeded with its hash (xorshift32). */
function addDirection(sum: Float64Array, word: string): void {
  let state = createHash('sha256').update(word).digest().readUInt32LE(0) || 1;
  for (let at = 0; at < sum.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    sum[at] = (sum[at] ?? 0) + state / 2 ** 31;
  }
}

/** 32-bit floats, little-endian, as OpenAI's clients ask for by default. */
function inBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}
