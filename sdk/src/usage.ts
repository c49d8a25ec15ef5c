/** What the caller's tenant used, and how its limits stand. */
import type { CallOptions, Transport } from './transport.ts';

export interface UsageOfDay {
  day: string;
  /** A key's id. */
  key: string;
  model: string;
  requests: number;
  estimated_requests: number;
  input_tokens: number;
  cached_tokens: number;
  output_tokens: number;
  cost_usd: number;
  /** Of these, requests that were made with the tenant's own provider key, and cost nothing here. */
  own_key_requests?: number;
}

export interface Usage {
  /** `2026-11`. */
  month: string;
  spent_usd: number;
  reserved_usd: number;
  in_flight: number;
  limits: {
    rpm: number | null;
    tpm: number | null;
    concurrency: number | null;
    budget_usd: number | null;
  };
  shadow: boolean;
  /** ISO 8601. */
  resets_at: string;
  days: UsageOfDay[];
}

export interface UsageRow {
  day?: string;
  model?: string;
  key?: string;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  costUsd: number;
  estimatedRequests: number;
  /** Requests that were made with the tenant's own provider key, and cost nothing here. */
  ownKeyRequests?: number;
}

/** Days as `2026-11-23`, in UTC, both included. */
export interface Days {
  from?: string;
  to?: string;
}

export class UsageReports {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** By day, key and model; this month up to today by default. */
  get({ from, to }: Days = {}, options?: CallOptions): Promise<Usage> {
    return this.#transport.json(
      { method: 'GET', path: '/ai/usage', query: { from, to }, repeat: 'safe' },
      options,
    );
  }

  /** Summed by day, model or key. */
  by(
    by: 'day' | 'model' | 'key',
    { from, to }: Days = {},
    options?: CallOptions,
  ): Promise<{ rows: UsageRow[] }> {
    return this.#transport.json(
      { method: 'GET', path: '/api/usage', query: { from, to, by }, repeat: 'safe' },
      options,
    );
  }
}
