/** The order of roles, and what each is for. The server decides; this keeps away what it would refuse. */
import type { Role } from './types.ts';

export const roles: readonly Role[] = ['viewer', 'developer', 'admin', 'owner'];

export const meaning: Record<Role, string> = {
  viewer: 'Sees usage, models and the team. Calls nothing.',
  developer: 'Calls models and makes keys of their own.',
  admin: 'Manages keys, team, limits, privacy and providers.',
  owner: 'Everything, admins and owners included.',
};

export function atLeast(role: Role | undefined, least: Role): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(least);
}

/** The roles that somebody of this role may give: owners all of them, admins those below their own. */
export function grantable(role: Role | undefined): Role[] {
  if (role === 'owner') return [...roles];
  return role === 'admin' ? ['viewer', 'developer'] : [];
}

/** The roles that a key made by somebody of this role may have. */
export function keyRoles(role: Role | undefined): Role[] {
  return role === undefined ? [] : roles.slice(0, roles.indexOf(role) + 1);
}

/** `an admin`, `a viewer`. */
export function withArticle(role: Role): string {
  return `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
}
