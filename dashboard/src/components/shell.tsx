/** The frame of every page: navigation at the side, on a phone behind a button. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { atLeast } from '../role.ts';
import { here } from '../router.ts';
import { type Group, home, type Route, routes } from '../routes.ts';
import { choose, role, session, signOut, tenant } from '../session.ts';
import { setTheme, theme } from '../theme.ts';
import { Icon, type IconName, Mark } from './icon.tsx';
import { say } from './toast.tsx';

const groups: readonly Group[] = ['Build', 'Access', 'Watch', 'Settings'];

export function Shell({
  route,
  children,
}: {
  route: Route;
  children: ComponentChildren;
}): JSX.Element {
  const main = useRef<HTMLElement>(null);
  const drawer = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  const first = useRef(true);
  const { path } = here.value;
  useEffect(() => {
    setOpen(false);
    // A new page is read from its beginning; the first one is the browser's own affair.
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path]);
  useEffect(() => {
    if (open) drawer.current?.showModal();
  }, [open]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="bar">
        <button
          type="button"
          class="copy"
          aria-label="Open the navigation"
          onClick={() => setOpen(true)}
        >
          <Icon name="menu" />
        </button>
        <a href={home} class="wordmark">
          <Mark />
          Neureus
        </a>
        <span class="bar-title">{route.title}</span>
      </header>
      <aside class="side">
        <Side route={route} />
      </aside>
      {open && (
        <dialog
          ref={drawer}
          class="drawer"
          aria-label="Navigation"
          onClose={() => setOpen(false)}
          onClick={(event) => event.target === drawer.current && setOpen(false)}
        >
          <div class="side">
            <Side route={route} onClose={() => setOpen(false)} />
          </div>
        </dialog>
      )}
      <main id="main" ref={main} tabIndex={-1}>
        <div class="page">{children}</div>
      </main>
    </div>
  );
}

function Side({ route, onClose }: { route: Route; onClose?: () => void }): JSX.Element {
  const mine = role.value;
  return (
    <>
      <div class="side-top">
        <a href={home} class="wordmark">
          <Mark />
          Neureus
        </a>
        {onClose && (
          <button type="button" class="copy" aria-label="Close the navigation" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <TenantChoice />
      <nav aria-label="Pages">
        {groups.map((group) => {
          const shown = routes.filter(
            ({ group: its, least }) => its === group && (!least || atLeast(mine, least)),
          );
          return (
            shown.length > 0 && (
              <div class="nav-group" key={group}>
                <p class="nav-title">{group}</p>
                <ul>
                  {shown.map(({ path, title, page }) => (
                    <li key={path}>
                      <a href={path} aria-current={path === route.path ? 'page' : undefined}>
                        <Icon name={page as IconName} />
                        {title}
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            )
          );
        })}
      </nav>
      <Person route={route} />
    </>
  );
}

function TenantChoice(): JSX.Element | null {
  const now = session.value;
  const [busy, setBusy] = useState(false);
  if (!now?.signedIn || !tenant.value) return <div class="tenant-space" />;
  if (now.tenants.length === 1) {
    return (
      <p class="tenant-one">
        <span dir="auto">{tenant.value.name}</span>
        <span class="quiet">{tenant.value.role}</span>
      </p>
    );
  }
  const change = async (id: string): Promise<void> => {
    setBusy(true);
    await choose(id).catch(() => say('The tenant could not be changed. Try again.', 'bad'));
    setBusy(false);
  };
  return (
    <select
      class="tenant-choice"
      aria-label="Tenant"
      value={tenant.value.id}
      disabled={busy}
      onChange={(event) => void change(event.currentTarget.value)}
    >
      {now.tenants.map(({ id, name, role: its }) => (
        <option key={id} value={id}>
          {`${name} (${its})`}
        </option>
      ))}
    </select>
  );
}

const themes = { system: 'System', light: 'Light', dark: 'Dark' } as const;

function Person({ route }: { route: Route }): JSX.Element {
  const now = session.value;
  return (
    <div class="person">
      <a href="/account" aria-current={route.path === '/account' ? 'page' : undefined}>
        <Icon name="account" />
        <span dir="auto">{now?.signedIn ? now.user.name : 'Your account'}</span>
      </a>
      <div class="person-row">
        <select
          aria-label="Theme"
          value={theme.value}
          onChange={(event) => setTheme(event.currentTarget.value as keyof typeof themes)}
        >
          {Object.entries(themes).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="link"
          onClick={() =>
            void signOut().catch(() => say('You could not be signed out. Try again.', 'bad'))
          }
        >
          Sign out
        </button>
      </div>
    </div>
  );
}

/** The head of a page; its actions stand to the right, on a phone below. */
export function PageHead({
  route,
  children,
}: {
  route: Pick<Route, 'title' | 'lead'>;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="page-head">
      <div>
        <h1>{route.title}</h1>
        {route.lead && <p>{route.lead}</p>}
      </div>
      {children && <div class="page-actions">{children}</div>}
    </div>
  );
}

/** The head of the page at hand. */
export function Head({
  path,
  children,
}: {
  path: string;
  children?: ComponentChildren;
}): JSX.Element {
  const route = routes.find((one) => one.path === path) ?? { title: '' };
  return <PageHead route={route}>{children}</PageHead>;
}

/** A part of a page, under a heading of its own. */
export function Section({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <section class="section">
      <div class="section-head">
        <div>
          <h2>{title}</h2>
          {lead && <p>{lead}</p>}
        </div>
        {actions && <div class="page-actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
