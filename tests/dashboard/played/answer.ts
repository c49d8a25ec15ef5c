/** What a canned answer is, and how one is written down. */
import type * as T from '../../../dashboard/src/types.ts';

export type Play = {
  session?: T.Session;
  role?: T.Role;
  /** Nothing was used, nothing was made. */
  empty?: boolean;
};

export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
export type Handler = (ask: { body: Record<string, unknown>; url: URL }) => Answer;
/** Handlers by `METHOD /path`. */
export type Routes = readonly (readonly [string, Handler])[];

export const dayMs = 86_400_000;
export const now = Date.now();
/** The moment so many days ago. */
export const ago = (days: number): number => Math.round(now - days * dayMs);

/** Always says the same. */
export const ok =
  (body: unknown): Handler =>
  () => ({ body });

/** The values, or none where nothing was made. */
export function some<Value>({ empty }: Play, values: Value[]): Value[] {
  return empty ? [] : values;
}
