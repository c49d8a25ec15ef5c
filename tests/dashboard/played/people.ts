/** Canned people: who is signed in, the team, invitations, one's own account. */
import type * as T from '../../../dashboard/src/types.ts';
import { ago, now, ok, type Play, type Routes, some } from './answer.ts';

const member = (id: string, name: string, its: T.Role, you = false): T.Member => ({
  id: `usr_${id}`,
  name,
  role: its,
  joinedAtMs: ago(200),
  lastSeenAtMs: ago(you ? 0 : 2.2),
  you,
  version: 1,
});

export function people(play: Play): Routes {
  const { session, role = 'owner' } = play;
  return [
    [
      'GET /api/session',
      ok(
        session ?? {
          signedIn: true,
          user: { id: 'usr_1', name: 'Ada Lovelace' },
          tenants: [{ id: 'acme', name: 'Acme Robotics', role }],
          tenant: 'acme',
        },
      ),
    ],
    ['POST /api/signout', () => ({ status: 204 })],
    [
      'POST /api/links/look',
      ok({
        kind: 'invitation',
        tenant: { id: 'acme', name: 'Acme Robotics' },
        role: 'developer',
        expiresAtMs: ago(-3),
      }),
    ],
    [
      'GET /api/members',
      ok({
        members: [
          member('1', 'Ada Lovelace', role, true),
          member('2', 'Grace Hopper', 'admin'),
          member('3', 'Katherine Johnson', 'developer'),
          member('4', 'Лиза', 'viewer'),
        ],
      }),
    ],
    [
      'GET /api/invitations',
      ok({
        invitations: some(play, [
          {
            id: 'inv_1',
            role: 'developer',
            note: 'Margaret, flight software',
            createdBy: { id: 'usr_1', name: 'Ada Lovelace' },
            createdAtMs: ago(1),
            expiresAtMs: ago(-2),
          },
        ]),
      }),
    ],
    [
      'POST /api/invitations',
      () => ({
        status: 201,
        body: {
          id: 'inv_2',
          role: 'viewer',
          createdAtMs: now,
          url: 'http://localhost:8787/join#4fJq0sT8mVbXw2Rf7TbLm5cYu0aZ3kQ9dXw2Rf7',
          expiresAtMs: ago(-3),
        },
      }),
    ],
    [
      'GET /api/passkeys',
      ok({
        passkeys: [
          {
            id: 'pky_1',
            name: 'Chrome on Linux',
            createdAtMs: ago(200),
            lastUsedAtMs: ago(0),
            current: true,
          },
          { id: 'pky_2', name: 'Security key', createdAtMs: ago(100) },
        ],
      }),
    ],
    [
      'GET /api/sessions',
      ok({
        sessions: [
          {
            id: 'ses_1',
            createdAtMs: ago(1),
            lastSeenAtMs: now,
            userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0 Safari/537.36',
            current: true,
          },
          {
            id: 'ses_2',
            createdAtMs: ago(5),
            lastSeenAtMs: ago(1),
            userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 20_1) Version/20.1 Safari/604.1',
            current: false,
          },
        ],
      }),
    ],
  ];
}
