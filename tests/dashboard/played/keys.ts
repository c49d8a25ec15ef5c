/** Canned keys: API keys, widget keys, provider keys. */
import type * as T from '../../../dashboard/src/types.ts';
import { ago, type Handler, now, ok, type Play, type Routes, some } from './answer.ts';

function key(id: string, name: string, over: Partial<T.Key> = {}): T.Key {
  return {
    id: `key_${id}`,
    type: 'nru',
    name,
    role: 'developer',
    effectiveRole: 'developer',
    preview: `nru_${id.slice(0, 2)}…${id.slice(-4)}`,
    creator: { id: 'usr_1', name: 'Ada Lovelace' },
    createdAtMs: ago(40),
    lastUsedAtMs: ago(0.01),
    limits: {},
    models: [],
    origins: [],
    own: true,
    version: 1,
    ...over,
  };
}

const made =
  (type: T.KeyType): Handler =>
  ({ body }) => ({
    status: 201,
    body: {
      ...key('zz99zZ', String(body['name'] ?? 'New'), {
        type,
        origins: (body['origins'] as string[]) ?? [],
      }),
      key: `${type}_4fJq0sT8mVbXw2Rf7TbLm5cYu0aZ3kQ9dXK1n7Yp`,
    },
  });

function providers({ empty }: Play): Routes {
  let openai: T.Provider = {
    provider: 'openai',
    set: true,
    preview: 'sk-…9fQ2',
    version: 2,
    updatedAtMs: ago(12),
    updatedBy: { id: 'usr_2', name: 'Grace Hopper' },
  };
  if (empty) openai = { provider: 'openai', set: false };
  const anthropic: T.Provider = { provider: 'anthropic', set: false };
  return [
    ['GET /ai/providers', () => ({ body: { providers: [openai, anthropic], available: true } })],
    [
      'POST /ai/providers/openai/rotate',
      ({ body }) => {
        openai = { ...openai, preview: `sk-…${String(body['key']).slice(-4)}`, version: 3 };
        return { body: openai };
      },
    ],
    [
      'DELETE /ai/providers/openai/key',
      () => {
        openai = { provider: 'openai', set: false };
        return { status: 204 };
      },
    ],
  ];
}

export function keys(play: Play): Routes {
  const standard = some(play, [
    key('aa71bQ', 'Production backend', { id: 'key_aa', limits: { rpm: 600, budgetUsd: 80 } }),
    key('bb82cR', 'Nightly report', { id: 'key_bb', models: ['gpt-4o-mini', 'meta-llm'] }),
    key('cc93dS', 'تقرير ربع سنوي', {
      id: 'key_cc',
      own: false,
      role: 'admin',
      creator: { id: 'usr_2', name: 'Grace Hopper' },
      expiresAtMs: ago(-3),
    }),
    key('dd04eT', '<b>Old laptop</b>', { revokedAtMs: ago(1), lastUsedAtMs: ago(33) }),
  ]);
  const widgets = some(play, [
    key('ww15fU', 'Help centre', {
      type: 'pk',
      preview: 'pk_ww…15fU',
      origins: ['https://help.acme.example', 'https://*.acme.example'],
      limits: { rpm: 30 },
      visitorRpm: 10,
    }),
  ]);
  return [
    [
      'GET /api/keys',
      ({ url }) => ({ body: { keys: url.searchParams.get('kind') === 'pk' ? widgets : standard } }),
    ],
    ['POST /api/keys', (ask) => made(ask.body['type'] === 'pk' ? 'pk' : 'nru')(ask)],
    ['PATCH /api/keys/key_aa', ({ body }) => ({ body: { ...standard[0], ...body } })],
    ['DELETE /api/keys/key_aa', ok({ id: 'key_aa', revokedAtMs: now })],
    ['POST /api/keys/key_aa/rotate', made('nru')],
    [
      'POST /api/playground/key',
      () => ({ status: 201, body: { key: 'nru_played', expiresAtMs: now + 3_600_000 } }),
    ],
    ...providers(play),
  ];
}
