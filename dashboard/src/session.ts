/** Who is signed in, and which tenant is shown. The session itself is a cookie that no script can read. */
import { computed, signal } from '@preact/signals';
import * as api from './api.ts';
import { learn } from './clock.ts';
import { connect } from './request.ts';
import { atLeast } from './role.ts';
import { go, here } from './router.ts';
import { home, routeOf } from './routes.ts';
import type { Membership, Role, Session } from './types.ts';

/** Undefined until the gateway has said it. */
export const session = signal<Session | undefined>(undefined);
/** Why it could not be said. */
export const sessionError = signal<unknown>(undefined);

/** The tenant that is shown. */
export const tenant = computed<Membership | undefined>(() => {
  const now = session.value;
  if (!now?.signedIn) return undefined;
  return now.tenants.find(({ id }) => id === now.tenant) ?? now.tenants[0];
});

const remembered = 'neureus.role';

/** The role, or before the gateway has said it the one of last time, so that the navigation stands still. */
export const role = computed<Role | undefined>(() =>
  session.value === undefined
    ? ((localStorage.getItem(remembered) ?? undefined) as Role | undefined)
    : tenant.value?.role,
);

export function may(least: Role): boolean {
  return atLeast(role.value, least);
}

export function accept(next: Session): void {
  session.value = next;
  if (next.signedIn) learn(next.nowMs);
  const now = tenant.value?.role;
  if (now) localStorage.setItem(remembered, now);
  else localStorage.removeItem(remembered);
}

export async function loadSession(): Promise<void> {
  try {
    sessionError.value = undefined;
    accept(await api.session.get());
  } catch (error) {
    sessionError.value = error;
  }
}

/** What is known of somebody who is not signed in, until the gateway has said more. */
function forget(): void {
  accept({ signedIn: false, signup: 'invitation', local: false });
  // Whether signing up is open. That somebody is signed in after all is not believed: a refusal said otherwise.
  void api.session.get().then(
    (next) => !next.signedIn && session.value?.signedIn === false && accept(next),
    () => {},
  );
}

/** The session has ended: to the sign-in, and from there back to where one was. */
function lost(): void {
  forget();
  if (!routeOf(here.value.path)?.open) {
    go(`/sign-in?next=${encodeURIComponent(here.value.path + here.value.search)}`, 'replace');
  }
}

export async function signOut(): Promise<void> {
  await api.session.signOut();
  forget();
  go('/sign-in', 'replace');
}

let lookedMs = 0;

/** Something was refused that this page had offered: whether one's role is still the same. */
function refused(): void {
  if (Date.now() - lookedMs < 5000) return;
  lookedMs = Date.now();
  void api.session.get().then(accept, () => {});
}

/** Where `next` leads, when it leads to a page of ours. */
export function afterSignIn(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? home;
  if (!next.startsWith('/')) return home;
  const url = new URL(next, location.origin);
  return url.origin === location.origin &&
    routeOf(url.pathname)?.open !== true &&
    routeOf(url.pathname)
    ? url.pathname + url.search
    : home;
}

export async function choose(id: string): Promise<void> {
  await api.session.choose(id);
  accept(await api.session.get());
}

connect({ tenant: () => tenant.value?.id, signedOut: lost, refused });
