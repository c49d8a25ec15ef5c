/** Real paths and the browser's own history; every link is a link. */
import { signal } from '@preact/signals';
import { routeOf } from './routes.ts';

type Place = { path: string; search: string };

const read = (): Place => ({ path: location.pathname, search: location.search });

export const here = signal<Place>(read());

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(to, location.origin);
  const same = url.pathname === location.pathname && url.search === location.search;
  history[how === 'replace' || same ? 'replaceState' : 'pushState'](null, '', url);
  here.value = read();
  if (!same) window.scrollTo(0, 0);
}

/** The value of a parameter of the address, and a way to set it that makes no new entry of history. */
export function setParameters(values: Record<string, string | undefined>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  go(url.pathname + url.search, 'replace');
}

addEventListener('popstate', () => {
  here.value = read();
});

// Links inside the dashboard need no new document. What is not a page of ours, a new tab, and a download
// stay the browser's.
document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href, location.href);
  if (url.origin !== location.origin || !routeOf(url.pathname)) return;
  if (url.hash && url.pathname === location.pathname) return;
  event.preventDefault();
  go(url.pathname + url.search);
});

/** What a page is filtered by stands in the address, so that a view can be sent to a colleague. */
export function filterOf<Name extends string>(
  search: string,
  names: readonly Name[],
): { [One in Name]?: string } {
  const given = new URLSearchParams(search);
  const filter: { [One in Name]?: string } = {};
  for (const name of names) {
    const value = given.get(name);
    if (value) filter[name] = value;
  }
  return filter;
}
