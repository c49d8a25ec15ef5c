/**
 * Analytics Engine, played by SQLite with what of its functions the queries use, over sampled rows.
 *
 * Caveat: it is no Analytics Engine; what that would refuse is not found here.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Row } from '../../scripts/lib/analytics.ts';

export const HOUR_S = 3_600;

/** A sampled row: how many seconds ago, how many points it stands for, its index, blobs and doubles by place. */
export interface Sampled {
  table: string;
  ago: number;
  interval: number;
  index: string;
  blobs: Record<number, string>;
  doubles: Record<number, number>;
}

export class Engine {
  readonly #database = new DatabaseSync(':memory:');
  readonly #now = Math.floor(Date.now() / 1000);

  constructor(rows: readonly Sampled[]) {
    const names = (kind: string): string[] =>
      Array.from({ length: 20 }, (_, n) => `${kind}${n + 1}`);
    const columns = [
      'timestamp',
      '_sample_interval',
      'index1',
      ...names('blob'),
      ...names('double'),
    ];
    for (const table of ['neureus_requests', 'neureus_tokens', 'neureus_auth']) {
      this.#database.exec(`CREATE TABLE ${table} (${columns.join(', ')})`);
    }
    for (const { table, ago, interval, index, blobs, doubles } of rows) {
      const values = [
        this.#now - ago,
        interval,
        index,
        ...names('blob').map((_, n) => blobs[n + 1] ?? ''),
        ...names('double').map((_, n) => doubles[n + 1] ?? 0),
      ];
      const places = columns.map(() => '?').join(', ');
      this.#database.prepare(`INSERT INTO ${table} VALUES (${places})`).run(...values);
    }
    this.#database.aggregate('sumIf', {
      start: 0,
      step: (sum: number, value: any, counts: any) => (counts ? sum + value : sum),
    });
    this.#database.aggregate('quantile', {
      start: () => ({ part: 0, values: [] as number[] }),
      step: (seen: { part: number; values: number[] }, part: any, value: any, weight: any) => {
        for (let n = 0; n < weight; n++) seen.values.push(value);
        return { part, values: seen.values };
      },
      result: ({ part, values }: { part: number; values: number[] }) =>
        values.toSorted((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? 0,
    } as never);
  }

  /** Runs a query as the API would. */
  query(sql: string): { meta: { name: string; type: string }[]; data: Row[] } {
    const seconds = { DAY: 24 * HOUR_S, HOUR: HOUR_S };
    const local = sql
      .replace(/\nFORMAT JSON$/, '')
      .replace(
        /toStartOfInterval\(timestamp, INTERVAL '1' HOUR\)/g,
        `(timestamp - timestamp % ${HOUR_S})`,
      )
      .replace(/quantileExactWeighted\(([\d.]+)\)\(/g, 'quantile($1, ')
      .replace(
        /NOW\(\) - INTERVAL '(\d+)' (DAY|HOUR)/g,
        (_, count, unit: keyof typeof seconds) => `${this.#now - Number(count) * seconds[unit]}`,
      );
    const data = this.#database.prepare(local).all() as Row[];
    const meta = Object.entries(data[0] ?? {}).map(([name, value]) => ({
      name,
      type: typeof value === 'number' ? 'UInt64' : 'String',
    }));
    // Large integers come as text.
    const told = data.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, `${value}`])),
    );
    return { meta, data: told };
  }
}
