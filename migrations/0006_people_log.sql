-- What people do about themselves, which is the matter of no tenant's object: they sign in, add passkeys, end
-- sessions. Written in the transaction of what it tells of, once for each tenant that the person belonged to then.
CREATE TABLE people_log (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT,
  -- JSON, without secrets.
  details TEXT,
  ip TEXT NOT NULL,
  request_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- Both logs are read by time, as one.
CREATE INDEX people_log_by_time ON people_log (tenant_id, at_ms);
CREATE INDEX audit_log_by_time ON audit_log (tenant_id, at_ms);

-- People whose tenant was deleted, until it is clear whether they belong to another one.
CREATE TABLE leaving (
  user_id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
