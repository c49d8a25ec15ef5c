-- Tenants and their API keys: what lists and look-ups read. The authority on what a key may do is the
-- tenant's Durable Object, which is written first. Times are milliseconds since the Unix epoch.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  rpm INTEGER,
  profile TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  -- SHA-256 of the key's text in hex: the text itself is stored nowhere.
  hash TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('nru', 'pk')),
  role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
  name TEXT NOT NULL,
  preview TEXT NOT NULL,
  -- The member who made it; NULL for the operator's.
  creator TEXT,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, created_at_ms);
