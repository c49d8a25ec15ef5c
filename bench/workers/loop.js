// The least that JavaScript can do with a stream: each chunk is read, and written as it came. What a
// transformed chunk costs beyond this is the transformation's.
async function relay(body, writer) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return writer.close();
    await writer.write(value);
  }
}

export default {
  async fetch(request, env) {
    const answer = await fetch(env.BACKEND, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: request.body,
    });
    const { readable, writable } = new IdentityTransformStream();
    relay(answer.body, writable.getWriter()).catch(() => {});
    return new Response(readable, {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
    });
  },
};
