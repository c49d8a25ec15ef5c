/** What people call a key, where only its id is told. */
import type { JSX } from 'preact';
import * as api from '../api.ts';
import { useLoad } from '../load.ts';
import { may } from '../session.ts';
import type { Key } from '../types.ts';

/** Names of the keys that one may see. */
export function useKeyNames(): Map<string, string> {
  const { value } = useLoad(async () => {
    if (!may('developer')) return [];
    const all = may('admin');
    const lists = await Promise.all([
      api.keys.list('nru', all),
      all ? api.keys.list('pk', true) : { keys: [] },
      api.keys.ofPlayground(all),
    ]);
    return lists.flatMap(({ keys }) => keys);
  }, []);
  const keys = value ?? [];
  const times = new Map<string, number>();
  for (const { name } of keys) times.set(name, (times.get(name) ?? 0) + 1);
  // Of several with the same name each is told by the ends of its text, too.
  const called = ({ name, preview }: Key): string =>
    !name ? preview : times.get(name) === 1 ? name : `${name} (${preview})`;
  return new Map(keys.map((key) => [key.id, called(key)]));
}

/** A key by its name; by its id for those who may not see it, and when it is forgotten. */
export function KeyName({
  id,
  names,
}: {
  id: string | null;
  names: Map<string, string> | undefined;
}): JSX.Element {
  if (!id) return <span class="quiet">–</span>;
  const known = names?.get(id);
  return known ? (
    <span dir="auto" title={id}>
      {known}
    </span>
  ) : (
    <code>{id}</code>
  );
}
