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

/** A receiver of webhooks on a socket. */
export class Receiver {
  readonly received: { headers: IncomingHttpHeaders; body: string }[] = [];
  down = false;
  tries = 0;
  url = '';

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      receiver.tries += 1;
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        if (!receiver.down) receiver.received.push({ headers: request.headers, body });
        response.writeHead(receiver.down ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    after(() => new Promise((resolve) => server.close(resolve)));
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
