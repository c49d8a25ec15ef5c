/** A canned tenant: what it is, its privacy settings, its audit log. */
import type * as T from '../../../dashboard/src/types.ts';
import { ago, ok, type Play, type Routes, some } from './answer.ts';

const event = (at: number, action: string, target: string, details: object): T.AuditEvent => ({
  id: `aud_${at}`,
  atMs: ago(at),
  actor: { kind: 'member', id: 'usr_1', name: 'Ada Lovelace' },
  action,
  target,
  details: details as Record<string, unknown>,
  ip: '203.0.113.9',
  requestId: 'req_0aZ3kQ9dXw2Rf7TbLm5cYu',
});

export function settings(play: Play): Routes {
  const { role = 'owner' } = play;
  const tenant: T.Tenant = {
    id: 'acme',
    name: 'Acme Robotics',
    plan: 'pro',
    profile: 'general',
    createdAtMs: ago(220),
    version: 3,
    role,
    suspended: false,
    shadow: false,
  };
  return [
    ['GET /api/tenant', ok(tenant)],
    ['PATCH /api/tenant', ({ body }) => ({ body: { ...tenant, ...body, version: 4 } })],
    [
      'GET /api/privacy',
      ok({
        profile: 'healthcare',
        answers: 'redact',
        patterns: some(play, [
          { name: 'member_number', labels: ['member no', 'member id'], shape: 'AB-999999' },
        ]),
        version: 2,
      }),
    ],
    [
      'POST /api/privacy/scan',
      ok({
        findings: [{ kind: 'mrn' }, { kind: 'person_name' }],
        blocked: true,
      }),
    ],
    [
      'GET /api/audit',
      ok({
        events: some(play, [
          event(0.02, 'key.created', 'key_aa71bQ', {
            name: 'Production backend',
            role: 'developer',
          }),
          event(0.4, 'member.role_changed', 'usr_3', { from: 'viewer', to: 'developer' }),
          event(3, 'billing.limits_changed', 'acme', { budgetUsd: 120 }),
        ]),
      }),
    ],
  ];
}
