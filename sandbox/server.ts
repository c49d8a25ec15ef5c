/**
 * The sandbox model backend: a local server that speaks the wire protocols of real backends.
 *
 * In scope: chat and embeddings in OpenAI's form, messages in Anthropic's, text generation in
 * Workers AI's, faults on demand, and a record of what happened. Out of scope: being a model. It
 * listens on 127.0.0.1 only and needs nothing but Node.
 *
 *     node sandbox/server.ts [--port 8788] [--key SECRET] [--verbose]
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { control } from './control.ts';
import { Exchange } from './exchange.ts';
import { Holds } from './hold.ts';
import { Journal } from './journal.ts';
import type { Entry } from './journal.ts';
import { answer } from './route.ts';
import { Times } from './times.ts';

const LOOPBACK = '127.0.0.1';
const BACKLOG = 1024;

export interface SandboxOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  /** Only `127.0.0.1` is allowed. */
  host?: string;
  /** When set, any other key is refused with 401, as the real backend would. */
  key?: string;
  /** Gets one line for each answer that ended. */
  log?: (line: string) => void;
}

export interface Sandbox {
  /** Without a slash at the end, e.g. `http://127.0.0.1:8788`. */
  readonly url: string;
  readonly port: number;
  /** The last 1000 requests, oldest first; they change while they are answered. */
  readonly requests: readonly Entry[];
  /** Forgets all requests and cuts the answers still open. */
  reset(): void;
  /** Cuts the answers still open and stops to listen. */
  close(): Promise<void>;
}

/** @throws {RangeError} for a host that is not 127.0.0.1; rejects when the port is taken. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = LOOPBACK, key, log } = options;
  if (host !== LOOPBACK) throw new RangeError(`the sandbox listens on ${LOOPBACK} only`);

  const journal = new Journal();
  const holds = new Holds();
  const times = new Times();
  const open = new Set<Exchange>();
  const reset = (): void => {
    journal.clear();
    times.clear();
    for (const exchange of open) exchange.destroy();
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith('/_sandbox/')) return control(request, response, path, { journal, holds });
    const entry = journal.begin(request.method ?? 'GET', path, request.headers);
    const exchange: Exchange = new Exchange(response, entry, journal, () => {
      open.delete(exchange);
      log?.(lineOf(entry));
    });
    open.add(exchange);
    void answer(request, exchange, holds, times, key);
  });
  server.keepAliveTimeout = 0; // a gateway's pooled connection must not die under its next request

  await listen(server, port, host);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    get requests() {
      return journal.entries;
    },
    reset,
    async close() {
      reset();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function lineOf(entry: Entry): string {
  const { method, path, model, status, outcome, deltasSent, startedAt, endedAt } = entry;
  const took = (endedAt ?? startedAt) - startedAt;
  return `${method} ${path} ${model ?? '-'} ${status ?? '-'} ${outcome} ${deltasSent} deltas ${took} ms`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8788' },
      key: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { key, verbose } = values;
  const sandbox = await startSandbox({
    port: Number(values.port),
    ...(key === undefined ? {} : { key }),
    ...(verbose ? { log: (line: string) => console.error(line) } : {}),
  });
  console.log(`Neureus sandbox (no model) listening on ${sandbox.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sandbox.close());
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(`sandbox: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
