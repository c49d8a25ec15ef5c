-- What the control plane lists: tenants, members, keys, the audit log. All of it is projected from the
-- tenants' Durable Objects, which are written first. `version` is the number of the change that a row is of:
-- a row never replaces a newer one. What is of a deleted tenant is not written any more.

ALTER TABLE tenants ADD COLUMN name TEXT NOT NULL DEFAULT '';
-- The largest plan that the tenant may choose, where it is not `plan`; and the one it chose.
ALTER TABLE tenants ADD COLUMN max_plan TEXT;
ALTER TABLE tenants ADD COLUMN chosen_plan TEXT;
ALTER TABLE tenants ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1));
-- A deleted tenant keeps this row alone, so that nothing brings it back.
ALTER TABLE tenants ADD COLUMN deleted_at_ms INTEGER;
ALTER TABLE tenants ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- JSON lists; empty is all models, no origin.
ALTER TABLE api_keys ADD COLUMN models TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN origins TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN profile TEXT;
-- To the nearest ten minutes or so.
ALTER TABLE api_keys ADD COLUMN last_used_at_ms INTEGER;
-- The key that replaces it.
ALTER TABLE api_keys ADD COLUMN rotated_to TEXT;
-- 1: made for a page that forgets it, listed only on request.
ALTER TABLE api_keys ADD COLUMN passing INTEGER NOT NULL DEFAULT 0 CHECK (passing IN (0, 1));
ALTER TABLE api_keys ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE memberships (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  user_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
  joined_at_ms INTEGER NOT NULL,
  -- Somebody who was removed keeps the row, so that an older one cannot bring them back.
  removed_at_ms INTEGER,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_by_user ON memberships (user_id) WHERE removed_at_ms IS NULL;

CREATE TABLE audit_log (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  -- The number of the change in its tenant.
  seq INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('member', 'key', 'operator', 'system')),
  actor_id TEXT,
  -- A key's name at that time. People's names are with the people.
  actor_name TEXT NOT NULL DEFAULT '',
  action TEXT NOT NULL,
  target TEXT,
  -- JSON, without secrets.
  details TEXT,
  ip TEXT NOT NULL DEFAULT '',
  request_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq)
) STRICT, WITHOUT ROWID;
