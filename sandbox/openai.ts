/**
 * OpenAI's chat completions, as `POST /v1/chat/completions` speaks them.
 *
 * Source: https://platform.openai.com/docs/api-reference/chat. Reasoning is given as
 * `reasoning_content`, the field DeepSeek and vLLM use.
 */
import { callsOf, joined, usageSoFar } from './answer.ts';
import type { Answer, Piece, Usage } from './answer.ts';
import type { Dialect, Frame } from './dialect.ts';
import { listOf, objectOf, stringOf } from './json.ts';
import { contentOf, positive, requireMessages, requireModel, requireObject } from './prompt.ts';
import type { Message, Prompt, Tool, ToolChoice } from './prompt.ts';
import { Refusal } from './refusal.ts';

const MAX_CHOICES = 128;

export const openai: Dialect = {
  prompt(body) {
    const request = requireObject(body);
    const model = requireModel(request);
    const messages = requireMessages(request).map(messageOf);
    const choices = positive(request, 'n') ?? 1;
    if (choices > MAX_CHOICES) {
      throw new Refusal(400, `Invalid 'n': expected a value <= ${MAX_CHOICES}.`, {
        param: 'n',
        code: 'integer_above_max_value',
      });
    }
    return {
      model,
      messages,
      tools: listOf(request.tools).map(toolOf),
      toolChoice: toolChoiceOf(request.tool_choice),
      parallelCalls: request.parallel_tool_calls !== false,
      stream: request.stream === true,
      includeUsage: objectOf(request.stream_options).include_usage === true,
      cap: positive(request, 'max_completion_tokens') ?? positive(request, 'max_tokens'),
      stops: [request.stop].flat().filter((stop) => typeof stop === 'string'),
      json: formatOf(request.response_format),
      choices,
    } satisfies Prompt;
  },

  plain(answer) {
    const calls = callsOf(answer);
    const reasoning = joined(answer, 'reasoning');
    const message = {
      role: 'assistant',
      content: calls.length > 0 ? null : joined(answer, 'text'),
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      refusal: null,
      ...(calls.length === 0
        ? {}
        : {
            tool_calls: calls.map((call) => ({
              id: callId(answer, call.index),
              type: 'function',
              function: { name: call.name, arguments: call.arguments },
            })),
          }),
    };
    return {
      ...heading(answer, 'chat.completion'),
      choices: Array.from({ length: answer.choices }, (_, index) => ({
        index,
        message,
        logprobs: null,
        finish_reason: answer.finish,
      })),
      ...(answer.usage === undefined ? {} : { usage: usageOf(answer.usage) }),
    };
  },

  *frames(answer) {
    const indexes = Array.from({ length: answer.choices }, (_, index) => index);
    let sent = 0;
    const chunk = (kind: Frame['kind'], choice: number, delta: object, finish?: string): Frame => {
      const body = {
        ...heading(answer, 'chat.completion.chunk'),
        choices: [{ index: choice, delta, logprobs: null, finish_reason: finish ?? null }],
        ...(answer.usageInEvery
          ? { usage: usageOf(usageSoFar(answer, sent)) }
          : answer.includeUsage
            ? { usage: null }
            : {}),
      };
      return { kind, data: JSON.stringify(body) };
    };

    for (const index of indexes) {
      yield chunk('open', index, { role: 'assistant', content: '', refusal: null });
    }
    for (const piece of answer.pieces) {
      for (const index of indexes) {
        if (piece.kind === 'call' && piece.opens) {
          yield chunk('other', index, openingOf(answer, piece));
        }
        sent += 1;
        yield chunk('delta', index, deltaOf(piece));
      }
    }
    for (const index of indexes) yield chunk('other', index, {}, answer.finish);
    if (answer.includeUsage) {
      const usage = usageOf(answer.usage ?? null);
      const body = { ...heading(answer, 'chat.completion.chunk'), choices: [], usage };
      yield { kind: 'other', data: JSON.stringify(body) };
    }
    yield { kind: 'other', data: '[DONE]' };
  },

  refused: errorBody,

  failed(message) {
    const error = new Refusal(500, message, { code: 'sandbox_error' });
    return { kind: 'other', data: JSON.stringify(errorBody(error)) };
  },
};

/** OpenAI's error object, for every endpoint that answers in its form. */
export function errorBody({ status, message, param, code }: Refusal): unknown {
  const type =
    status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { message, type, param, code } };
}

function heading(answer: Answer, object: string): object {
  return {
    id: `chatcmpl-sandbox-${answer.id}`,
    object,
    created: answer.createdSeconds,
    model: answer.model,
    service_tier: 'default',
    system_fingerprint: 'fp_sandbox',
  };
}

function openingOf(answer: Answer, { index, name }: { index: number; name: string }): object {
  const call = { id: callId(answer, index), type: 'function', function: { name, arguments: '' } };
  return { tool_calls: [{ index, ...call }] };
}

function deltaOf(piece: Piece): object {
  if (piece.kind === 'text') return { content: piece.text };
  if (piece.kind === 'reasoning') return { reasoning_content: piece.text };
  return { tool_calls: [{ index: piece.index, function: { arguments: piece.text } }] };
}

function callId(answer: Answer, index: number): string {
  return `call_sandbox_${answer.id}_${index}`;
}

export function usageOf(usage: Usage | null | undefined): object | null {
  if (!usage) return null;
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.total,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** A message; the calls that an assistant made before count as text. */
export function messageOf(message: Record<string, unknown>): Message {
  const { text, images } = contentOf(message.content);
  const calls = listOf(message.tool_calls).map((call) => {
    const made = objectOf(objectOf(call).function);
    return `${stringOf(made.name)} ${stringOf(made.arguments)}`;
  });
  return { role: stringOf(message.role), text: [text, ...calls].join('\n').trim(), images };
}

/** A tool, in OpenAI's nested form or in the flat one that Workers AI also takes. */
export function toolOf(tool: unknown): Tool {
  const outer = objectOf(tool);
  const inner = 'function' in outer ? objectOf(outer.function) : outer;
  return { name: stringOf(inner.name), schema: inner.parameters };
}

export function toolChoiceOf(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return choice;
  const name = stringOf(objectOf(objectOf(choice).function).name);
  return name === '' ? 'auto' : { name };
}

export function formatOf(format: unknown): { schema: unknown } | undefined {
  const { type, json_schema: wanted } = objectOf(format);
  if (type === 'json_object') return { schema: undefined };
  if (type !== 'json_schema') return undefined;
  const described = objectOf(wanted);
  return { schema: 'schema' in described ? described.schema : wanted };
}
