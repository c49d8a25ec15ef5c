/**
 * A played control plane: the built pages, and canned answers in the shapes of `/api/*`.
 *
 * In scope: what the real one cannot be brought to say at will, such as 402, 429, a version that moved, a
 * failure; and a month full of usage to look at. Out of scope: whether the real one speaks like this, which
 * the other tests of the dashboard say.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Answer, Handler, Play } from './answer.ts';
import { catalog } from './catalog.ts';
import { keys } from './keys.ts';
import { money } from './money.ts';
import { monitoring } from './monitoring.ts';
import { people } from './people.ts';
import { settings } from './settings.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const assets = join(root, 'build', 'assets');
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const policy = /Content-Security-Policy: (.*)/.exec(
  readFileSync(join(root, 'dashboard', 'public', '_headers'), 'utf8'),
)?.[1];

export class Played {
  url = '';
  /** `METHOD /path`: what is said instead. */
  readonly faults = new Map<string, Answer>();
  /** `METHOD /path` of each call, with its `If-Match`. */
  readonly asked: { call: string; version: string | undefined }[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #routes: Map<string, Handler>;

  constructor(play: Play = {}) {
    this.#routes = routesOf(play);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://localhost:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const call = `${request.method} ${url.pathname}`;
    const route = this.faults.has(call)
      ? () => this.faults.get(call) as Answer
      : this.#routes.get(call);
    if (!/^\/(api|ai|monitoring)\//.test(url.pathname)) return this.#asset(url.pathname, response);
    this.asked.push({ call, version: request.headers['if-match'] });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
    const answer = route?.({ body, url }) ?? {
      status: 404,
      body: { error: 'NOT_FOUND', message: 'There is no such thing' },
    };
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      'x-request-id': 'req_0aZ3kQ9dXw2Rf7TbLm5cYu',
      ...answer.headers,
    });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  #asset(path: string, response: ServerResponse): void {
    for (const file of [path, `${path}.html`, join(path, 'index.html')]) {
      try {
        const content = readFileSync(join(assets, file));
        response.writeHead(200, {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          ...(policy ? { 'content-security-policy': policy } : {}),
        });
        response.end(content);
        return;
      } catch {
        // Not this one.
      }
    }
    response.writeHead(404).end();
  }
}

function routesOf(play: Play): Map<string, Handler> {
  return new Map([
    ...people(play),
    ...settings(play),
    ...keys(play),
    ...money(play),
    ...monitoring(play),
    ...catalog,
  ]);
}

export async function startPlayed(play: Play = {}): Promise<Played> {
  return new Played(play).start();
}
