// What the packed SDK has to do on every runtime: an answer, a stream, an error, a stream that is left. No test runner and no
// Node: it runs in browsers and workers, too.

/** Gives a list of what was seen; throws where something is wrong. */
export async function smoke(sdk, { key, url }) {
  const { Neureus, BadRequestError, NeureusError, default: same } = sdk;
  check(same === undefined || same === Neureus || same.Neureus === Neureus, 'the default export');
  const client = new Neureus({ apiKey: key, baseURL: url });
  const messages = [{ role: 'user', content: 'Hello! é🙂' }];

  const answer = await client.ai.chat({ messages });
  check(answer.text.includes('«Hello! é🙂»'), 'an answer');

  const stream = client.ai.stream({ messages });
  let text = '';
  for await (const piece of stream) text += piece;
  check(text === answer.text, 'a stream with the same text');
  check((await stream.usage).outputTokens === answer.outputTokens, 'its usage');

  const error = await client.ai.chat({ messages: [] }).catch((caught) => caught);
  check(error instanceof BadRequestError && error instanceof NeureusError, 'an error of its class');
  check(error.status === 400 && error.name === 'BadRequestError', 'its status');
  check(/^req_/.test(error.requestId), 'its request id');
  check(error.headers.get('Content-Type') === error.headers['content-type'], 'its headers');

  const leave = new AbortController();
  const endless = [{ role: 'user', content: 'left [[sandbox: tokens=3000 gap=20]]' }];
  let pieces = 0;
  const left = await (async () => {
    const all = client.ai.stream({ messages: endless }, { signal: leave.signal });
    for await (const _ of all) if ((pieces += 1) === 3) leave.abort();
  })().catch((caught) => caught);
  check(left?.name === 'AbortError' && pieces < 3000, 'leaving');
  return ['chat', 'stream', 'error', 'abort'];
}

function check(good, what) {
  if (!good) throw new Error(`not as it should be: ${what}`);
}
