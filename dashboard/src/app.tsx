/** Which page is shown, and to whom: the frame around it, or the sign-in. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from './components/button.tsx';
import { Loading, Notice, Problem } from './components/notice.tsx';
import { PageHead, Shell } from './components/shell.tsx';
import { Toasts } from './components/toast.tsx';
import { loadPage } from './pages.ts';
import { atLeast, withArticle } from './role.ts';
import { go, here } from './router.ts';
import { home, type Route, routeOf } from './routes.ts';
import { loadSession, role, session, sessionError, tenant } from './session.ts';
import { NoTenant } from './pages/no_tenant.tsx';
import { NotFound } from './pages/not_found.tsx';

export function App(): JSX.Element {
  return (
    <>
      <Page />
      <Toasts />
    </>
  );
}

function Page(): JSX.Element | null {
  const { path, search } = here.value;
  const route = routeOf(path);
  const now = session.value;
  const signedOut = now !== undefined && !now.signedIn;
  const atRoot = path === '/';

  useEffect(() => {
    document.title = `${route?.title ?? 'Not found'} · Neureus`;
  }, [route]);
  useEffect(() => {
    if (signedOut && route && !route.open) {
      const next = atRoot ? '' : `?next=${encodeURIComponent(path + search)}`;
      go(`/sign-in${next}`, 'replace');
    } else if (atRoot && now?.signedIn) go(home, 'replace');
  }, [signedOut, now?.signedIn, path]);

  if (!route) return <NotFound />;
  if (route.open) return <Content route={route} key={route.path} />;
  if (signedOut) return null;
  if (sessionError.value !== undefined && now === undefined) {
    return (
      <Shell route={route}>
        <PageHead route={route} />
        <Problem error={sessionError.value} onReload={() => void loadSession()} />
      </Shell>
    );
  }
  if (now?.signedIn && !tenant.value && route.path !== '/account') {
    return (
      <Shell route={route}>
        <NoTenant />
      </Shell>
    );
  }
  // Another tenant: everything anew.
  return (
    <Shell route={route}>
      <Guarded route={route} key={`${tenant.value?.id ?? ''} ${route.path}`} />
    </Shell>
  );
}

function Guarded({ route }: { route: Route }): JSX.Element {
  if (session.value === undefined) {
    return (
      <>
        <PageHead route={route} />
        <Loading />
      </>
    );
  }
  const mine = role.value;
  if (route.least && !atLeast(mine, route.least)) {
    return (
      <>
        <PageHead route={route} />
        <Notice tone="warn" title={`This needs the role ${route.least} or higher.`}>
          <p>
            You are {mine ? withArticle(mine) : 'no member'} of{' '}
            {tenant.value?.name ?? 'this tenant'}. An owner or admin can change that under{' '}
            <a href="/settings/team">Team</a>.
          </p>
        </Notice>
      </>
    );
  }
  return <Content route={route} />;
}

/** A page's own code, which comes when the page is first opened. */
function Content({ route }: { route: Route }): JSX.Element {
  const [page, setPage] = useState<{ View: ComponentType } | undefined>();
  const [failed, setFailed] = useState(false);
  const load = (): void => {
    setFailed(false);
    loadPage(route.page).then(
      (View) => setPage({ View }),
      () => setFailed(true),
    );
  };
  useEffect(load, [route.page]);
  if (failed) {
    return (
      <Notice tone="bad" title="This page could not be loaded." live>
        <p>There may be a new version of the dashboard, or no connection.</p>
        <Button small onClick={() => location.reload()}>
          Reload
        </Button>
      </Notice>
    );
  }
  if (page) return <page.View />;
  return route.open ? (
    <Loading />
  ) : (
    <>
      <PageHead route={route} />
      <Loading />
    </>
  );
}
