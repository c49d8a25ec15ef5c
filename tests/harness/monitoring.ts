/** What tests of monitoring share: what is shown, and a receiver of webhooks. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { Gateway } from './gateway.ts';

/** Alerts of a busy machine may take a while. */
export const PATIENCE_MS = 60_000;

/** What a gateway needs whose monitors are watched: they look all the time, and can seal secrets. */
export const MONITORED = {
  MONITOR_INTERVAL_MS: '600',
  PROVIDER_MASTER_KEY: '0a'.repeat(32),
};

export interface Sums {
  requests: number;
  charged: number;
  estimated: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costUsd: number;
  cancelled: number;
  expired: number;
  errors: Record<string, number>;
  limited: Record<string, number>;
  auth: Record<string, number>;
  latencyMs: { count: number; p50: number | null; p95: number | null };
  timeToFirstTokenMs: { count: number };
}

export interface Metrics extends Sums {
  steps: (Sums & { atMs: number })[];
  models: (Sums & { model: string })[];
  keys: (Sums & { key: string })[];
  backends: (Sums & { backend: string })[];
  inFlight: number;
}

/** A call whose answer has to be good. */
export async function json<T>(
  gateway: Gateway,
  key: string,
  path: string,
  init: RequestInit = {},
): Promise<T> {
  const response = await gateway.call(path, { key, ...init });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** A request with a body. */
export function sent(method: string, body?: unknown): RequestInit {
  return {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

export const metricsOf = (gateway: Gateway, key: string, query = ''): Promise<Metrics> =>
  json(gateway, key, `/monitoring/metrics${query}`);

/** Reads an answer to its end; its request id. */
export async function answered(response: Response): Promise<string> {
  await response.arrayBuffer().catch(() => {});
  return response.headers.get('x-request-id') ?? '';
}

/** How a receiver does: it takes what comes, fails, hangs up, says nothing at all, or sends callers elsewhere. */
type Mood = 'well' | 'failing' | 'gone' | 'silent' | 'elsewhere';

/** A receiver of webhooks on a socket. */
export class Receiver {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  mood: Mood = 'well';
  tries = 0;
  /** Callers that followed where they were sent. */
  followed = 0;
  url = '';

  static async start(mood: Mood = 'well'): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.mood = mood;
    const server = createServer((request, response) => {
      if (request.url !== '/hook') receiver.followed += 1;
      else receiver.tries += 1;
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        switch (receiver.mood) {
          case 'well':
            receiver.received.push({ headers: request.headers, body });
            return response.writeHead(204).end();
          case 'failing':
            return response.writeHead(503).end();
          case 'elsewhere':
            return response.writeHead(307, { location: '/elsewhere' }).end();
          case 'gone':
            return request.socket.destroy();
          case 'silent':
            return undefined;
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    after(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  /** What was told, in the order in which it came: event, kind and subject. */
  told(): string[] {
    return this.received.map(({ body }) => {
      const { event, alert } = JSON.parse(body);
      return `${event} ${alert.kind} ${alert.subject}`.trim();
    });
  }
}
