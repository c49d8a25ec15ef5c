/**
 * A model backend that costs next to nothing: it speaks just enough HTTP/1.1 and OpenAI's form over raw
 * sockets, always answers the same, and runs in a process of its own. Prints its port.
 *
 * A request with `"stream":true` gets `chunks=N` events of 200 bytes, `gap=MS` milliseconds apart (-1:
 * all at once), as its text says. Each holds the time at which it was sent, `@` and 15 digits of
 * microseconds.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** Bytes of a streamed event. */
const EVENT_BYTES = 200;
const SENTENCE = 'The gateway checks the key, asks the tenant, calls the model, and counts. ';

function answer(): Buffer {
  const body = JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'bench',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: SENTENCE.repeat(16), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 220, completion_tokens: 300, total_tokens: 520 },
  });
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

function chunk(text: string): Buffer {
  return Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`);
}

function event(choice: object, usage?: object): string {
  const chunk = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'bench',
    choices: usage ? [] : [choice],
    ...(usage ? { usage } : {}),
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function delta(content: string): string {
  return event({ index: 0, delta: { content }, finish_reason: null });
}

const STAMP = '@000000000000000';
const FILL = SENTENCE.slice(0, EVENT_BYTES - delta(STAMP).length);
const EVENT = chunk(delta(STAMP + FILL));
const STAMP_AT = EVENT.indexOf('@') + 1;
const USAGE = { prompt_tokens: 220, completion_tokens: 200, total_tokens: 420 };
const LAST = Buffer.concat([
  chunk(
    event({ index: 0, delta: {}, finish_reason: 'stop' }) + event({}, USAGE) + 'data: [DONE]\n\n',
  ),
  Buffer.from('0\r\n\r\n'),
]);
const ANSWER = answer();
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
);

function stamped(): Buffer {
  const copy = Buffer.from(EVENT);
  const micros = (process.hrtime.bigint() / 1000n).toString().padStart(15, '0');
  copy.write(micros, STAMP_AT, 'latin1');
  return copy;
}

function setting(body: string, name: string, otherwise: number): number {
  const found = new RegExp(`${name}=(-?\\d+)`).exec(body);
  return found ? Number(found[1]) : otherwise;
}

function stream(socket: Socket, body: string): void {
  const gap = setting(body, 'gap', -1);
  let left = setting(body, 'chunks', 200);
  socket.write(STREAM_HEAD);
  const step = (): void => {
    if (socket.destroyed) return;
    do {
      if (left === 0) {
        socket.write(LAST);
        return;
      }
      left -= 1;
      socket.write(stamped());
    } while (gap < 0);
    setTimeout(step, gap);
  };
  step();
}

/** The length of the request at the start of `text`, and its body; undefined while it is not whole. */
function parse(text: string): { length: number; body: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const start = end + 4;
  const declared = /^content-length: *(\d+)/im.exec(text.slice(0, end));
  if (declared) {
    const length = start + Number(declared[1]);
    return text.length < length ? undefined : { length, body: text.slice(start, length) };
  }
  const last = text.indexOf('0\r\n\r\n', start);
  return last < 0 ? undefined : { length: last + 5, body: text.slice(start, last) };
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    text += data.toString('latin1');
    for (let request = parse(text); request; request = parse(text)) {
      text = text.slice(request.length);
      if (request.body.includes('"stream":true')) stream(socket, request.body);
      else socket.write(ANSWER);
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
