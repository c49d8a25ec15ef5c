/**
 * Anthropic's messages, as `POST /v1/messages` speaks them.
 *
 * Source: https://docs.anthropic.com/en/api/messages and …/messages-streaming.
 */
import { callsOf, joined, usageSoFar } from './answer.ts';
import type { Answer, Piece, Usage } from './answer.ts';
import type { Dialect, Frame } from './dialect.ts';
import { listOf, objectOf, stringOf } from './json.ts';
import { contentOf, positive, requireMessages, requireModel, requireObject } from './prompt.ts';
import type { Message, Prompt, ToolChoice } from './prompt.ts';
import { Refusal } from './refusal.ts';

export const anthropic: Dialect = {
  prompt(body, headers) {
    if (headers['anthropic-version'] === undefined) {
      throw new Refusal(400, 'anthropic-version: header is required');
    }
    const request = requireObject(body);
    const model = requireModel(request);
    const cap = positive(request, 'max_tokens');
    if (cap === undefined) throw new Refusal(400, 'max_tokens: Field required');
    const system = contentOf(request.system);
    const messages = requireMessages(request).map(messageOf);
    return {
      model,
      messages: system.text === '' ? messages : [{ role: 'system', ...system }, ...messages],
      tools: listOf(request.tools)
        .map(objectOf)
        .map((tool) => ({ name: stringOf(tool.name), schema: tool.input_schema })),
      toolChoice: toolChoiceOf(request.tool_choice),
      parallelCalls: objectOf(request.tool_choice).disable_parallel_tool_use !== true,
      stream: request.stream === true,
      includeUsage: true,
      cap,
      stops: listOf(request.stop_sequences).filter((stop) => typeof stop === 'string'),
      json: formatOf(request.output_config),
      choices: 1,
    } satisfies Prompt;
  },

  plain(answer) {
    const reasoning = joined(answer, 'reasoning');
    const text = joined(answer, 'text');
    return {
      ...heading(answer),
      content: [
        ...(reasoning === ''
          ? []
          : [{ type: 'thinking', thinking: reasoning, signature: 'sandbox' }]),
        ...(text === '' ? [] : [{ type: 'text', text }]),
        ...callsOf(answer).map((call) => ({
          type: 'tool_use',
          id: callId(answer, call.index),
          name: call.name,
          input: inputOf(call.arguments),
        })),
      ],
      ...ending(answer),
      ...(answer.usage === undefined ? {} : { usage: usageOf(answer.usage) }),
    };
  },

  *frames(answer) {
    const started = answer.usage && { ...answer.usage, output: Math.min(answer.usage.output, 1) };
    const message = {
      ...heading(answer),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(answer.usage === undefined ? {} : { usage: usageOf(started) }),
    };
    yield frame('open', 'message_start', { message });
    yield frame('open', 'ping', {});

    let sent = 0;
    let block = -1;
    let before: Piece | undefined;
    for (const piece of answer.pieces) {
      if (opensBlock(piece, before)) {
        if (before) yield* closing(before, block);
        block += 1;
        const content_block = blockOf(answer, piece);
        yield frame('other', 'content_block_start', { index: block, content_block });
      }
      sent += 1;
      const usage = answer.usageInEvery ? { usage: usageOf(usageSoFar(answer, sent)) } : {};
      const delta = deltaOf(piece);
      yield frame('delta', 'content_block_delta', { index: block, delta, ...usage });
      before = piece;
    }
    if (before) yield* closing(before, block);
    const usage = answer.usage === undefined ? {} : { usage: usageOf(answer.usage) };
    yield frame('other', 'message_delta', { delta: ending(answer), ...usage });
    yield frame('other', 'message_stop', {});
  },

  refused: errorBody,

  failed(message) {
    const error = { type: 'overloaded_error', message };
    return frame('other', 'error', { error });
  },
};

/** The form that the answer has to have. */
function formatOf(config: unknown): Prompt['json'] {
  const { type, schema } = objectOf(objectOf(config).format);
  return type === 'json_schema' ? { schema } : undefined;
}

/** Anthropic's error object. */
function errorBody({ status, message }: Refusal): unknown {
  const types: Record<number, string> = {
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    504: 'timeout_error',
    529: 'overloaded_error',
  };
  const type = types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  return { type: 'error', error: { type, message } };
}

function frame(kind: Frame['kind'], event: string, body: object): Frame {
  return { kind, event, data: JSON.stringify({ type: event, ...body }) };
}

function heading(answer: Answer): object {
  return {
    id: `msg_sandbox_${answer.id}`,
    type: 'message',
    role: 'assistant',
    model: answer.model,
  };
}

function ending(answer: Answer): object {
  const reasons = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;
  const reason = answer.stoppedBy === null ? reasons[answer.finish] : 'stop_sequence';
  return { stop_reason: reason, stop_sequence: answer.stoppedBy };
}

function opensBlock(piece: Piece, before: Piece | undefined): boolean {
  return piece.kind !== before?.kind || (piece.kind === 'call' && piece.opens);
}

function blockOf(answer: Answer, piece: Piece): object {
  if (piece.kind === 'text') return { type: 'text', text: '' };
  if (piece.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' };
  return { type: 'tool_use', id: callId(answer, piece.index), name: piece.name, input: {} };
}

function deltaOf(piece: Piece): object {
  if (piece.kind === 'text') return { type: 'text_delta', text: piece.text };
  if (piece.kind === 'reasoning') return { type: 'thinking_delta', thinking: piece.text };
  return { type: 'input_json_delta', partial_json: piece.text };
}

/** The end of a block; a thinking block is signed before it closes. */
function* closing(last: Piece, index: number): Generator<Frame> {
  if (last.kind === 'reasoning') {
    const delta = { type: 'signature_delta', signature: 'sandbox' };
    yield frame('other', 'content_block_delta', { index, delta });
  }
  yield frame('other', 'content_block_stop', { index });
}

function callId(answer: Answer, index: number): string {
  return `toolu_sandbox_${answer.id}_${index}`;
}

/** The arguments as an object; an empty one when the cap cut them off. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function usageOf(usage: Usage | null | undefined): object | null {
  if (!usage) return null;
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: usage.output,
  };
}

function messageOf(message: Record<string, unknown>): Message {
  const isResult = listOf(message.content).some((part) => objectOf(part).type === 'tool_result');
  return { role: isResult ? 'tool' : stringOf(message.role), ...contentOf(message.content) };
}

function toolChoiceOf(choice: unknown): ToolChoice {
  const { type, name } = objectOf(choice);
  if (type === 'none') return 'none';
  if (type === 'any') return 'required';
  return type === 'tool' ? { name: stringOf(name) } : 'auto';
}
