/** The code of each page, loaded when it is opened. */
import type { ComponentType } from 'preact';

const pages: Record<string, () => Promise<{ default: ComponentType }>> = {
  overview: () => import('./pages/overview.tsx'),
  playground: () => import('./pages/playground.tsx'),
  models: () => import('./pages/models.tsx'),
  keys: () => import('./pages/keys.tsx'),
  widget_keys: () => import('./pages/widget_keys.tsx'),
  providers: () => import('./pages/providers.tsx'),
  alerts: () => import('./pages/alerts.tsx'),
  logs: () => import('./pages/logs.tsx'),
  audit: () => import('./pages/audit.tsx'),
  team: () => import('./pages/team.tsx'),
  billing: () => import('./pages/billing.tsx'),
  privacy: () => import('./pages/privacy.tsx'),
  general: () => import('./pages/general.tsx'),
  account: () => import('./pages/account.tsx'),
  sign_in: () => import('./pages/sign_in.tsx'),
  join: () => import('./pages/join.tsx'),
};

export async function loadPage(name: string): Promise<ComponentType> {
  const load = pages[name];
  if (!load) throw new Error(`no page ${name}`);
  return (await load()).default;
}
