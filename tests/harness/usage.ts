/** Money from outside: what a tenant was charged and holds, and what a request reserves. */
import catalog from '../../config/catalog.json' with { type: 'json' };
import type { Gateway } from './gateway.ts';
import { eventually } from './wait.ts';

export interface Row {
  day: string;
  key: string;
  model: string;
  requests: number;
  estimated_requests: number;
  own_key_requests: number;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  cost_usd: number;
}

export interface Usage {
  month: string;
  spent_usd: number;
  reserved_usd: number;
  in_flight: number;
  limits: Record<string, number | null>;
  shadow: boolean;
  resets_at: string;
  days: Row[];
}

/** What is added to the bytes of a chat's texts, as docs/limits.md has it: for all, and a message. */
const FRAME_TOKENS = 64;
const MESSAGE_TOKENS = 16;

/** USD as a whole number of nano-USD, which sums exactly. */
export function nanos(usd: number | undefined): number {
  return Math.round(Number(usd) * 1e9);
}

export function usd(nanos: number): number {
  return nanos / 1e9;
}

/** What so many tokens cost, in nano-USD, rounded up once. */
export function priceOf(input: number, output: number, model = 'meta-llm'): number {
  const price = catalog.models.find(({ id }) => id === model)?.price;
  if (!price) throw new Error(`no model ${model}`);
  return Math.ceil((input * nanos(price.input) + output * nanos(price.output)) / 1e6);
}

/** The bound of the input tokens of a chat with one message of this text. */
export function inputBound(text: string): number {
  return Buffer.byteLength(text) + FRAME_TOKENS + MESSAGE_TOKENS;
}

/** What a chat with one message reserves, in nano-USD. */
export function reservation(text: string, maxTokens: number): number {
  return priceOf(inputBound(text), maxTokens);
}

/** The tokens that the gateway takes text for, where nobody has counted. */
export function estimated(text: string | number): number {
  return Math.ceil((typeof text === 'string' ? Buffer.byteLength(text) : text) / 4);
}

export async function usageOf(gateway: Gateway, tenant: string): Promise<Usage> {
  const response = await gateway.operator('GET', `/tenants/${tenant}/usage`);
  if (response.status !== 200) throw new Error(`no usage: ${response.status}`);
  return (await response.json()) as Usage;
}

/** The usage once nothing is going on any more. */
export function settled(gateway: Gateway, tenant: string, patienceMs?: number): Promise<Usage> {
  return eventually(
    `the end of all requests of ${tenant}`,
    async () => {
      const usage = await usageOf(gateway, tenant);
      return usage.in_flight === 0 ? usage : undefined;
    },
    patienceMs,
  );
}

export function requestsOf({ days }: Usage): number {
  return days.reduce((sum, { requests }) => sum + requests, 0);
}

/** The usage once so many requests are charged, and no more. */
export async function charged(gateway: Gateway, tenant: string, requests: number): Promise<Usage> {
  const usage = await eventually(`${requests} charges of ${tenant}`, async () => {
    const seen = await usageOf(gateway, tenant);
    return requestsOf(seen) >= requests ? seen : undefined;
  });
  if (requestsOf(usage) > requests)
    throw new Error(`${requestsOf(usage)} charges, not ${requests}`);
  return usage;
}
