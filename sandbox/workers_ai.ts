/**
 * Cloudflare Workers AI's text generation, as an AI binding gives it to a Worker.
 *
 * A test puts a stub in the place of the binding and lets it post `{model, inputs}` here. Source:
 * https://developers.cloudflare.com/workers-ai/. Caveats: the real binding has no wire form of its
 * own, so path and envelope are the sandbox's; `p` is padding of random length there, of a fixed
 * pattern here; reasoning stands between `<think>` marks in the text.
 */
import { callsOf, joined, usageSoFar } from './answer.ts';
import type { Answer, Piece, Usage } from './answer.ts';
import type { Dialect } from './dialect.ts';
import { listOf, objectOf } from './json.ts';
import { formatOf, messageOf, toolChoiceOf, toolOf } from './openai.ts';
import { positive, requireMessages, requireModel, requireObject } from './prompt.ts';
import type { Prompt } from './prompt.ts';
import type { Refusal } from './refusal.ts';

const PADDING = 'abdefghijklmnopqrstuvwxyz0123456789';

export const workersAi: Dialect = {
  prompt(body) {
    const request = requireObject(body);
    const model = requireModel(request);
    const inputs = objectOf(request.inputs);
    const messages =
      typeof inputs.prompt === 'string'
        ? [{ role: 'user', text: inputs.prompt, images: 0 }]
        : requireMessages(inputs).map(messageOf);
    return {
      model,
      messages,
      tools: listOf(inputs.tools).map(toolOf),
      toolChoice: toolChoiceOf(inputs.tool_choice),
      parallelCalls: true,
      stream: inputs.stream === true,
      includeUsage: true,
      cap: positive(inputs, 'max_tokens'),
      stops: [inputs.stop].flat().filter((stop) => typeof stop === 'string'),
      json: formatOf(inputs.response_format),
      choices: 1,
    } satisfies Prompt;
  },

  plain(answer) {
    const calls = callsOf(answer).map(callOf);
    const reasoning = joined(answer, 'reasoning');
    const thought = reasoning === '' ? '' : `<think>${reasoning}</think>`;
    return {
      response: calls.length > 0 ? null : thought + joined(answer, 'text'),
      tool_calls: calls,
      ...(answer.usage === undefined ? {} : { usage: usageOf(answer.usage) }),
    };
  },

  *frames(answer) {
    let sent = 0;
    for (const piece of answer.pieces) {
      sent += 1;
      const response = textOf(answer, piece, sent);
      const usage = answer.usageInEvery ? { usage: usageOf(usageSoFar(answer, sent) ?? null) } : {};
      const p = PADDING.slice(0, sent % PADDING.length);
      yield { kind: 'delta', data: JSON.stringify({ response, ...usage, p }) };
    }
    const calls = callsOf(answer).map(callOf);
    if (calls.length > 0) {
      yield { kind: 'other', data: JSON.stringify({ response: '', tool_calls: calls }) };
    }
    if (answer.includeUsage) {
      const last = { response: '', usage: usageOf(answer.usage ?? null), p: PADDING };
      yield { kind: 'other', data: JSON.stringify(last) };
    }
    yield { kind: 'other', data: '[DONE]' };
  },

  refused: errorBody,

  failed(message) {
    return { kind: 'other', data: JSON.stringify({ error: { message: `AiError: ${message}` } }) };
  },
};

/** The numeric codes are Workers AI's own: bad input, out of capacity, anything else. */
function errorBody({ status, message }: Refusal): unknown {
  const code = status === 429 ? 3040 : status < 500 ? 5006 : 3043;
  return {
    result: {},
    success: false,
    errors: [{ code, message: `AiError: ${message}` }],
    messages: [],
  };
}

/** Arguments are not streamed in this form: their pieces come as empty text. */
function textOf(answer: Answer, piece: Piece, nth: number): string {
  if (piece.kind === 'call') return '';
  if (piece.kind === 'text') return piece.text;
  const opening = nth === 1 ? '<think>' : '';
  const closing = answer.pieces[nth]?.kind === 'reasoning' ? '' : '</think>';
  return opening + piece.text + closing;
}

/** Unlike OpenAI's, the arguments are an object; cut-off ones stay the text they are. */
function callOf(call: { name: string; arguments: string }): object {
  try {
    return { name: call.name, arguments: JSON.parse(call.arguments) };
  } catch {
    return { name: call.name, arguments: call.arguments };
  }
}

function usageOf(usage: Usage | null): object | null {
  if (usage === null) return null;
  return {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.total,
  };
}
