/**
 * The pages there are. Used by the router, the navigation, and the build, which writes one HTML file per
 * path: a path that is not listed is the Worker's to answer, with a 404 that says so.
 */
import type { Role } from './types.ts';

export type Group = 'Build' | 'Access' | 'Watch' | 'Settings';

export type Route = {
  path: string;
  /** The file in `pages/`. */
  page: string;
  title: string;
  /** One sentence under the title. */
  lead?: string;
  /** Where it stands in the navigation. */
  group?: Group;
  /** The least role that has use of the page; it stays out of the others' navigation. */
  least?: Role;
  /** Works without a session. */
  open?: boolean;
};

export const routes: readonly Route[] = [
  {
    path: '/overview',
    page: 'overview',
    title: 'Overview',
    lead: 'This month so far, and what it is made of.',
    group: 'Build',
  },
  {
    path: '/playground',
    page: 'playground',
    title: 'Playground',
    lead: 'Talk to any model of the catalog, and take the code with you.',
    group: 'Build',
    least: 'developer',
  },
  {
    path: '/models',
    page: 'models',
    title: 'Models',
    lead: 'What can be called, what it can do and what it costs.',
    group: 'Build',
  },
  {
    path: '/keys',
    page: 'keys',
    title: 'API keys',
    lead: 'For your servers and tools. A key is shown once, and works until you revoke it.',
    group: 'Access',
    least: 'developer',
  },
  {
    path: '/widget-keys',
    page: 'widget_keys',
    title: 'Widget keys',
    lead: 'For public pages: chat only, from the origins you name.',
    group: 'Access',
    least: 'admin',
  },
  {
    path: '/providers',
    page: 'providers',
    title: 'Providers',
    lead: 'Your own accounts with model providers, used instead of ours.',
    group: 'Access',
    least: 'admin',
  },
  {
    path: '/alerts',
    page: 'alerts',
    title: 'Alerts',
    lead: 'What needs somebody, and who is told.',
    group: 'Watch',
  },
  {
    path: '/logs',
    page: 'logs',
    title: 'Requests',
    lead: 'What happened to each request, and what it cost.',
    group: 'Watch',
  },
  {
    path: '/audit',
    page: 'audit',
    title: 'Audit log',
    lead: 'Every change: who, what, when and from where.',
    group: 'Watch',
    least: 'admin',
  },
  {
    path: '/settings/team',
    page: 'team',
    title: 'Team',
    lead: 'Who belongs to this tenant, and what each of them may do.',
    group: 'Settings',
  },
  {
    path: '/settings/billing',
    page: 'billing',
    title: 'Billing and limits',
    lead: 'What was spent, what may be spent, and what holds a request back.',
    group: 'Settings',
  },
  {
    path: '/settings/privacy',
    page: 'privacy',
    title: 'Privacy',
    lead: 'What may not leave in a request.',
    group: 'Settings',
  },
  {
    path: '/settings/general',
    page: 'general',
    title: 'General',
    lead: 'The name of this tenant, and its end.',
    group: 'Settings',
  },
  { path: '/account', page: 'account', title: 'Your account', lead: 'How you sign in, and where.' },
  { path: '/sign-in', page: 'sign_in', title: 'Sign in', open: true },
  { path: '/join', page: 'join', title: 'Join', open: true },
];

/** Where one is led when nothing else was asked for. */
export const home = '/overview';

/** The route of a path; a slash at the end does not matter. */
export function routeOf(path: string): Route | undefined {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : home;
  return routes.find((route) => route.path === plain);
}
