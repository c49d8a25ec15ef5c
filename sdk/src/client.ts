/** The client: what it is made from, and its parts. */
import { Ai } from './ai.ts';
import { Embeddings } from './embeddings.ts';
import { Keys } from './keys.ts';
import { Models } from './models.ts';
import { Providers } from './providers.ts';
import { Transport } from './transport.ts';
import type { Fetch } from './transport.ts';
import { UsageReports } from './usage.ts';
import { Widget } from './widget.ts';

export interface NeureusOptions {
  /** `nru_…`, or in a page `pk_…`. `NEUREUS_API_KEY` of the environment by default. */
  apiKey?: string | undefined;
  /** `NEUREUS_BASE_URL` of the environment by default, else `https://app.neureus.ai`. */
  baseURL?: string | undefined;
  /**
   * Milliseconds of one attempt, 600,000 by default: until the whole answer is there, and of a stream until it begins. In
   * a stream a minute of silence is a broken connection.
   */
  timeout?: number | undefined;
  /** How many attempts may follow the first: 2 by default. */
  maxRetries?: number | undefined;
  /** Another `fetch`, for a proxy or for tests. */
  fetch?: Fetch | undefined;
}

const TIMEOUT_MS = 600_000;
const RETRIES = 2;

export class Neureus {
  readonly ai: Ai;
  readonly embeddings: Embeddings;
  readonly keys: Keys;
  readonly models: Models;
  readonly providers: Providers;
  readonly usage: UsageReports;
  readonly widget: Widget;

  constructor(options: NeureusOptions = {}) {
    const base = options.baseURL ?? environment('NEUREUS_BASE_URL') ?? 'https://app.neureus.ai';
    const transport = new Transport({
      apiKey: keyOf(options.apiKey ?? environment('NEUREUS_API_KEY')),
      baseURL: baseOf(base),
      timeout: atLeast(0, options.timeout ?? TIMEOUT_MS, 'timeout'),
      maxRetries: atLeast(0, options.maxRetries ?? RETRIES, 'maxRetries'),
      // Looked up at each call, and called as a plain function: a browser insists on it.
      fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    });
    this.ai = new Ai(transport);
    this.embeddings = new Embeddings(transport);
    this.keys = new Keys(transport);
    this.models = new Models(transport);
    this.providers = new Providers(transport);
    this.usage = new UsageReports(transport);
    this.widget = new Widget(transport);
  }
}

function keyOf(key: string | undefined): string {
  if (key === undefined || key.trim() === '') {
    throw new TypeError('an API key is needed: new Neureus({ apiKey }), or NEUREUS_API_KEY');
  }
  return key.trim();
}

/** Without a slash at the end. */
function baseOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError('baseURL must be a URL such as https://app.neureus.ai');
  }
  if (!/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new TypeError('baseURL must be http or https, without query and fragment');
  }
  return url.href.replace(/\/+$/, '');
}

function atLeast(least: number, value: number, name: string): number {
  if (typeof value === 'number' && value >= least) return value;
  throw new TypeError(`${name} must be a number, ${least} or more`);
}

/** Browsers have no environment, and Deno asks before it shows it. */
function environment(name: string): string | undefined {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}
