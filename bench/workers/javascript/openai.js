// OpenAI's form: the request for the backend, and the native answer made of what it gives.
import { HttpError } from './chat.js';

export function backendRequest(chat, model, maxTokens) {
  const messages = chat.systemPrompt
    ? [{ role: 'system', content: chat.systemPrompt }, ...chat.messages]
    : chat.messages;
  const body = { model, messages, max_tokens: maxTokens };
  if (chat.temperature !== undefined) body.temperature = chat.temperature;
  if (chat.topP !== undefined) body.top_p = chat.topP;
  if (chat.stop.length > 0) body.stop = chat.stop;
  if (chat.tools.length > 0) {
    body.tools = chat.tools;
    if (chat.toolChoice != null) body.tool_choice = chat.toolChoice;
  }
  if (chat.format != null) body.response_format = chat.format;
  return body;
}

// The answer, and what it is charged.
export function answerOf(raw, trace, model, lease) {
  const choice = raw.error ? undefined : raw.choices?.[0];
  if (!choice?.message) throw new HttpError(502, 'UPSTREAM_ERROR');
  const { message } = choice;
  const text = message.content ?? message.refusal ?? '';
  const calls = message.tool_calls ?? [];
  const input = raw.usage?.prompt_tokens ?? 0;
  const output = raw.usage?.completion_tokens ?? 0;
  const cached = Math.min(raw.usage?.prompt_tokens_details?.cached_tokens ?? 0, input);
  const { price } = model;
  const cost = Math.min(Math.ceil((input * price.input + output * price.output) / 1e6), lease.cost);
  trace.usage = { input, output, cached, cost };

  const spoken = { role: 'assistant', content: text };
  if (calls.length > 0) spoken.tool_calls = calls;
  const answer = {
    text,
    content: text,
    choices: [{ index: 0, message: spoken, finish_reason: choice.finish_reason ?? 'stop' }],
  };
  if (calls.length > 0) answer.toolCalls = calls;
  const reasoning = message.reasoning_content ?? message.reasoning;
  if (reasoning) answer.reasoning = reasoning;
  answer.logId = trace.id;
  answer.model = trace.model;
  answer.inputTokens = input;
  answer.outputTokens = output;
  answer.usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
  };
  answer.cached = false;
  answer.costUsd = cost / 1e9;
  const charge = { input_tokens: input, output_tokens: output, cost };
  if (cached > 0) charge.cached_tokens = cached;
  return { answer, charge };
}
