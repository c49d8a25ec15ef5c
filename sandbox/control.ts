/**
 * The endpoints under `/_sandbox/` by which a test watches and steers the sandbox.
 *
 * They answer only when they are called by a loopback name, so that no web page can read the record
 * by pointing its own name at 127.0.0.1.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Holds } from './hold.ts';
import type { Journal } from './journal.ts';

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost)(:\d+)?$/;
const RELEASE = '/_sandbox/release/';

/** 200 with JSON; 403 for a foreign host name, 404 for anything unknown. */
export function control(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { journal, holds }: { journal: Journal; holds: Holds },
): void {
  const reply = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };
  request.resume();
  if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
    return reply(403, { error: 'call the sandbox as 127.0.0.1 or localhost' });
  }
  const operation = `${request.method} ${path}`;
  if (operation === 'GET /_sandbox/requests') return reply(200, journal.entries);
  if (operation === 'DELETE /_sandbox/requests') {
    journal.clear();
    return reply(200, { cleared: true });
  }
  if (operation === 'GET /_sandbox/stats') {
    return reply(200, { ...journal.counts, held: holds.names });
  }
  if (request.method === 'POST' && path.startsWith(RELEASE)) {
    return reply(200, { released: holds.release(path.slice(RELEASE.length)) });
  }
  return reply(404, { error: `no such control: ${operation}` });
}
