-- Tenants' own keys for model providers, as lists show them. The keys themselves are sealed in the tenants'
-- Durable Objects and nowhere else. `version` is the number of the change that a row is of: a row never replaces
-- a newer one; a key that was deleted keeps its row.

CREATE TABLE provider_keys (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  -- The ends of the key.
  preview TEXT NOT NULL,
  -- Counts the tenant's keys for the provider.
  key_version INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, provider)
) STRICT, WITHOUT ROWID;
