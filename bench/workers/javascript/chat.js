// The chat schema, exactly: what is not named here is refused, by JSON path.
export class HttpError extends Error {
  constructor(status, code, details) {
    super(code);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

const FIELDS = new Set([
  'messages',
  'model',
  'stream',
  'temperature',
  'maxTokens',
  'max_tokens',
  'systemPrompt',
  'tools',
  'tool_choice',
  'stop',
  'top_p',
  'response_format',
  'profile',
]);
const MESSAGE_FIELDS = new Set(['role', 'content', 'name', 'tool_calls', 'tool_call_id']);
const ROLES = new Set(['system', 'user', 'assistant', 'tool']);

function invalid(field) {
  return new HttpError(400, 'BAD_REQUEST', { field });
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function number(value, max, field) {
  if (value == null) return undefined;
  if (typeof value !== 'number' || value < 0 || value > max) throw invalid(field);
  return value;
}

function count(value, field) {
  if (value == null) return undefined;
  if (!Number.isInteger(value) || value < 1 || value > 2 ** 31) throw invalid(field);
  return value;
}

function text(value, max, field) {
  if (value == null) return undefined;
  if (typeof value !== 'string' || value.length > max) throw invalid(field);
  return value;
}

function validatePart(part, at) {
  if (!isObject(part)) throw invalid(at);
  if (part.type === 'text') {
    if (typeof part.text !== 'string') throw invalid(`${at}.text`);
  } else if (part.type === 'image_url') {
    if (typeof part.image_url?.url !== 'string') throw invalid(`${at}.image_url.url`);
  } else {
    throw invalid(`${at}.type`);
  }
}

function validateMessage(message, index) {
  const at = `$.messages[${index}]`;
  if (!isObject(message)) throw invalid(at);
  for (const field in message) if (!MESSAGE_FIELDS.has(field)) throw invalid(`${at}.${field}`);
  const { role, content, name, tool_calls: calls, tool_call_id: answers } = message;
  if (!ROLES.has(role)) throw invalid(`${at}.role`);
  text(name, 256, `${at}.name`);
  if (calls != null && (role !== 'assistant' || !Array.isArray(calls))) {
    throw invalid(`${at}.tool_calls`);
  }
  if ((role === 'tool') !== (typeof answers === 'string')) throw invalid(`${at}.tool_call_id`);
  if (Array.isArray(content)) {
    if (content.length === 0) throw invalid(`${at}.content`);
    content.forEach((part, i) => validatePart(part, `${at}.content[${i}]`));
  } else if (typeof content !== 'string' && !(content == null && calls?.length > 0)) {
    throw invalid(`${at}.content`);
  }
}

function validateTools(tools) {
  if (!Array.isArray(tools)) throw invalid('$.tools');
  tools.forEach((tool, i) => {
    if (tool?.type !== 'function' || typeof tool.function?.name !== 'string') {
      throw invalid(`$.tools[${i}]`);
    }
  });
  return tools;
}

export function validate(body) {
  if (!isObject(body)) throw invalid('$');
  for (const field in body) if (!FIELDS.has(field)) throw invalid(`$.${field}`);
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length < 1 || messages.length > 1024) {
    throw invalid('$.messages');
  }
  messages.forEach(validateMessage);
  const camel = count(body.maxTokens, '$.maxTokens');
  const snake = count(body.max_tokens, '$.max_tokens');
  if (camel !== undefined && snake !== undefined && camel !== snake) throw invalid('$.maxTokens');
  if (body.stream != null && typeof body.stream !== 'boolean') throw invalid('$.stream');
  const stop = typeof body.stop === 'string' ? [body.stop] : (body.stop ?? []);
  if (!Array.isArray(stop) || stop.length > 4 || stop.some((s) => typeof s !== 'string' || !s)) {
    throw invalid('$.stop');
  }
  return {
    messages,
    model: text(body.model, 128, '$.model') ?? 'meta-llm',
    stream: body.stream ?? false,
    temperature: number(body.temperature, 2, '$.temperature'),
    topP: number(body.top_p, 1, '$.top_p'),
    maxTokens: camel ?? snake,
    systemPrompt: text(body.systemPrompt, Infinity, '$.systemPrompt'),
    tools: body.tools == null ? [] : validateTools(body.tools),
    toolChoice: body.tool_choice,
    stop,
    format: body.response_format,
  };
}

const FRAME_TOKENS = 64;
const MESSAGE_TOKENS = 16;
const TOOLS_TOKENS = 1_024;
const TOOL_TOKENS = 64;
const FORMAT_TOKENS = 256;
const IMAGE_TOKENS = 48_169;

const encoder = new TextEncoder();

// Bytes of all text that the model reads.
export function inputBytes({ messages, systemPrompt = '', tools, format }) {
  let text = systemPrompt;
  for (const { content, name, tool_calls: calls, tool_call_id: answers } of messages) {
    if (typeof content === 'string') text += content;
    else if (content) for (const part of content) text += part.text ?? '';
    if (name) text += name;
    if (answers) text += answers;
    if (calls) for (const call of calls) text += JSON.stringify(call);
  }
  for (const tool of tools) text += JSON.stringify(tool.function);
  if (format) text += JSON.stringify(format);
  return encoder.encode(text).length;
}

// No tokenizer makes more of the request.
export function tokenBound({ messages, systemPrompt, tools, format }, bytes) {
  let images = 0;
  for (const { content } of messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) if (part.type === 'image_url') images += 1;
  }
  const count = messages.length + (systemPrompt === undefined ? 0 : 1);
  let bound = bytes + FRAME_TOKENS + count * MESSAGE_TOKENS + images * IMAGE_TOKENS;
  if (tools.length > 0) bound += TOOLS_TOKENS + tools.length * TOOL_TOKENS;
  if (format) bound += FORMAT_TOKENS;
  return bound;
}
