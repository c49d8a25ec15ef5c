/**
 * What a caller asked for, whatever the wire protocol it came in.
 *
 * Input tokens are counted by rule, not by a tokenizer: each message is one token per 4 bytes of
 * its UTF-8 text, rounded up; each image 85; the tool definitions one per 4 bytes of their JSON.
 */
import { withoutDirectives } from './directive.ts';
import { isObject, listOf, objectOf, stringOf } from './json.ts';
import { Refusal } from './refusal.ts';

const BYTES_PER_TOKEN = 4;
const TOKENS_PER_IMAGE = 85;

export interface Message {
  role: string;
  text: string;
  images: number;
}

export interface Tool {
  name: string;
  schema: unknown;
}

/** `{ name }` forces that one tool. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string };

export interface Prompt {
  model: string;
  messages: readonly Message[];
  tools: readonly Tool[];
  toolChoice: ToolChoice;
  parallelCalls: boolean;
  stream: boolean;
  /** Whether a stream ends with a usage event. */
  includeUsage: boolean;
  /** Most tokens the answer may have; none when the caller set no cap. */
  cap: number | undefined;
  stops: readonly string[];
  /** JSON is asked for; `schema` when it must have a form. */
  json: { schema: unknown } | undefined;
  /** How many answers to give at once. */
  choices: number;
}

export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

export function inputTokens(prompt: Prompt): number {
  const messages = prompt.messages.reduce(
    (sum, { text, images }) => sum + countTokens(text) + images * TOKENS_PER_IMAGE,
    0,
  );
  return messages + (prompt.tools.length > 0 ? countTokens(JSON.stringify(prompt.tools)) : 0);
}

/** The text of the last user message, without directives. */
export function lastUserText(prompt: Prompt): string {
  const message = prompt.messages.findLast(({ role }) => role === 'user');
  return withoutDirectives(message?.text ?? '');
}

/** Whether the conversation ends with a tool's result, which asks for text, not another call. */
export function endsWithToolResult(prompt: Prompt): boolean {
  return prompt.messages.at(-1)?.role === 'tool';
}

/** The text and the number of images of a message's content: a string, or a list of parts. */
export function contentOf(content: unknown): { text: string; images: number } {
  if (typeof content === 'string') return { text: content, images: 0 };
  const texts: string[] = [];
  let images = 0;
  for (const part of listOf(content).map(objectOf)) {
    if (typeof part.text === 'string') texts.push(part.text);
    else if (typeof part.refusal === 'string') texts.push(part.refusal);
    else if (part.type === 'image_url' || part.type === 'image') images += 1;
    else if (part.type === 'tool_use') texts.push(`${part.name} ${JSON.stringify(part.input)}`);
    else if (part.type === 'tool_result') texts.push(contentOf(part.content).text);
  }
  return { text: texts.join('\n'), images };
}

/** The body as an object. @throws {Refusal} 400 when it is not one. */
export function requireObject(body: unknown): Record<string, unknown> {
  if (!isObject(body)) throw new Refusal(400, 'The body of the request must be a JSON object.');
  return body;
}

/** The model's name. @throws {Refusal} 400 in OpenAI's words when there is none. */
export function requireModel(body: Record<string, unknown>): string {
  const model = stringOf(body.model);
  if (model === '') throw new Refusal(400, 'you must provide a model parameter');
  return model;
}

/** A whole number of at least 1, or none. @throws {Refusal} 400 for anything else. */
export function positive(body: Record<string, unknown>, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Refusal(400, `Invalid type for '${name}': expected an integer.`, {
      param: name,
      code: 'invalid_type',
    });
  }
  if (value < 1) {
    throw new Refusal(
      400,
      `Invalid '${name}': integer below minimum value. Expected a value >= 1, but got ${value} instead.`,
      { param: name, code: 'integer_below_min_value' },
    );
  }
  return value;
}

/** The non-empty list of messages, as objects with a role. @throws {Refusal} 400 otherwise. */
export function requireMessages(body: Record<string, unknown>): Record<string, unknown>[] {
  if (body.messages === undefined) {
    throw new Refusal(400, "Missing required parameter: 'messages'.", {
      param: 'messages',
      code: 'missing_required_parameter',
    });
  }
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    throw new Refusal(400, "Invalid 'messages': expected a non-empty array.", {
      param: 'messages',
      code: 'invalid_type',
    });
  }
  return body.messages.map((message, index) => {
    if (isObject(message) && typeof message.role === 'string') return message;
    throw new Refusal(400, `Missing required parameter: 'messages[${index}].role'.`, {
      param: `messages[${index}].role`,
      code: 'missing_required_parameter',
    });
  });
}
