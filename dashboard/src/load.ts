/** Reading and changing from a component, with what there is to show meanwhile and when it fails. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export type Loaded<T> = {
  value: T | undefined;
  error: unknown;
  /** Also true while a value is shown that is being read again. */
  loading: boolean;
  reload: () => void;
  set: (value: T) => void;
};

export type Page<Row> = { rows: Row[]; next?: string };

export type Pages<Row> = Loaded<Page<Row>> & {
  /** The pages after those that are shown. */
  more: Action<[], void>;
};

/** The same for a list that comes page by page. */
export function usePages<Row>(
  read: (cursor?: string) => Promise<Page<Row>>,
  about: readonly unknown[] = [],
): Pages<Row> {
  const loaded = useLoad(() => read(), about);
  const more = useAction(async () => {
    const before = loaded.value;
    if (!before?.next) return;
    const { rows, next } = await read(before.next);
    loaded.set({ rows: [...before.rows, ...rows], ...(next ? { next } : {}) });
  });
  return { ...loaded, more };
}

/** Reads when mounted and whenever `about` changes; the answer of an outdated question is dropped. */
export function useLoad<T>(read: () => Promise<T>, about: readonly unknown[] = []): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; loading: boolean }>({
    loading: true,
  });
  const asked = useRef(0);
  const reload = useCallback(() => {
    const mine = ++asked.current;
    setState(({ value }) => ({ ...(value === undefined ? {} : { value }), loading: true }));
    read().then(
      (value) => mine === asked.current && setState({ value, loading: false }),
      (error: unknown) =>
        mine === asked.current &&
        setState(({ value }) => ({
          ...(value === undefined ? {} : { value }),
          error,
          loading: false,
        })),
    );
  }, about);
  useEffect(() => {
    reload();
    return () => {
      asked.current += 1;
    };
  }, [reload]);
  const set = useCallback((value: T) => {
    asked.current += 1;
    setState({ value, loading: false });
  }, []);
  return { value: state.value, error: state.error, loading: state.loading, reload, set };
}

export type Action<Args extends unknown[], Value> = {
  /** Resolves to what came of it; undefined when it failed. */
  run: (...args: Args) => Promise<{ value: Value } | undefined>;
  busy: boolean;
  error: unknown;
  clear: () => void;
};

/** Something that the person does: one at a time, and its failure stays until the next try. */
export function useAction<Args extends unknown[], Value>(
  act: (...args: Args) => Promise<Value>,
): Action<Args, Value> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const running = useRef(false);
  const mounted = useRef(true);
  useEffect(() => () => void (mounted.current = false), []);
  const run = async (...args: Args): Promise<{ value: Value } | undefined> => {
    if (running.current) return undefined;
    running.current = true;
    setBusy(true);
    setError(undefined);
    try {
      return { value: await act(...args) };
    } catch (failure) {
      if (mounted.current) setError(failure);
      return undefined;
    } finally {
      running.current = false;
      if (mounted.current) setBusy(false);
    }
  };
  return { run, busy, error, clear: () => setError(undefined) };
}
