-- People, what they sign in with, and the links that let them in. Which tenants a person belongs to, and as
-- what, is in memberships; the authority on that is each tenant's Durable Object. Times are milliseconds since
-- the Unix epoch. No secret is stored: tokens and links by their SHA-256, in hex.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- The tenant that the person chose last.
  tenant_id TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The authenticator's name for it, and the public key as it came (COSE_Key): base64url.
  credential_id TEXT NOT NULL UNIQUE,
  public_key TEXT NOT NULL,
  -- The highest signature counter that was seen; 0 where the authenticator does not count.
  counter INTEGER NOT NULL,
  backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
  backed_up INTEGER NOT NULL CHECK (backed_up IN (0, 1)),
  -- The authenticator's model in hex, as it says itself.
  aaguid TEXT NOT NULL,
  -- How browsers reach the authenticator, separated by commas.
  transports TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_used_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at_ms);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The passkey that it began with; NULL once that is removed.
  passkey_id TEXT REFERENCES passkeys (id) ON DELETE SET NULL,
  -- The tenant that it works in.
  tenant_id TEXT,
  -- The token in use, the one that was sent to replace it, and the one before (core/src/session.rs).
  hash TEXT NOT NULL UNIQUE,
  next_hash TEXT UNIQUE,
  next_at_ms INTEGER,
  previous_hash TEXT UNIQUE,
  rotated_at_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at_ms);
CREATE INDEX sessions_by_end ON sessions (expires_at_ms);

-- One-time links: invitations, links for owners, recoveries.
CREATE TABLE links (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('invitation', 'owner', 'recovery')),
  -- The tenant that it lets into, or in whose name a recovery was given.
  tenant_id TEXT NOT NULL,
  -- What it makes of whom it lets in; NULL for a recovery.
  role TEXT CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
  -- Whom a recovery gives another passkey.
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  note TEXT NOT NULL,
  -- The member or key that made it; NULL for the operator.
  created_by TEXT,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  -- Used once: by the request that wrote this first.
  claim TEXT UNIQUE,
  used_at_ms INTEGER,
  used_by TEXT,
  -- When what it is for was done; until then whoever used it may go on.
  done_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_tenant ON links (tenant_id, created_at_ms);
CREATE INDEX links_by_end ON links (expires_at_ms);

-- Challenges that wait for their answer. A row is deleted by the first answer.
CREATE TABLE ceremonies (
  id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('signin', 'join', 'signup', 'passkey')),
  challenge TEXT NOT NULL,
  user_id TEXT,
  name TEXT,
  link_id TEXT,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ceremonies_by_end ON ceremonies (expires_at_ms);
