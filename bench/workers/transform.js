// A stream rewritten event by event in plain JavaScript, and nothing else: no key, no limits, no metrics.
// Backend events become the gateway's native ones; usage is kept for the last of them.
class Transcoder {
  #decoder = new TextDecoder();
  #encoder = new TextEncoder();
  #rest = '';
  #usage = { prompt_tokens: 0, completion_tokens: 0 };
  #finish = 'stop';

  transform(bytes, controller) {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const events = text.split('\n\n');
    this.#rest = events.pop();
    let out = '';
    for (const event of events) out += this.#frame(event);
    if (out !== '') controller.enqueue(this.#encoder.encode(out));
  }

  #frame(event) {
    if (!event.startsWith('data: ')) return '';
    const data = event.slice(6);
    if (data === '[DONE]') return this.#done();
    const chunk = JSON.parse(data);
    if (chunk.usage) this.#usage = chunk.usage;
    const choice = chunk.choices[0];
    if (choice?.finish_reason) this.#finish = choice.finish_reason;
    const content = choice?.delta?.content;
    if (!content) return '';
    return `data: ${JSON.stringify({ delta: { content }, done: false })}\n\n`;
  }

  #done() {
    const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = this.#usage;
    const last = {
      done: true,
      logId: `req_${crypto.randomUUID()}`,
      inputTokens,
      outputTokens,
      costUsd: (inputTokens * 282 + outputTokens * 827) / 1e9,
      finishReason: this.#finish,
    };
    return `data: ${JSON.stringify(last)}\n\n`;
  }
}

export default {
  async fetch(request, env) {
    const answer = await fetch(env.BACKEND, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: request.body,
    });
    return new Response(answer.body.pipeThrough(new TransformStream(new Transcoder())), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  },
};
