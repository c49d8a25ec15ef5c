-- The limits of tenants and keys, for lists; the tenant's Durable Object holds those that count. NULL is no
-- limit. Money is integer nano-USD.

ALTER TABLE tenants ADD COLUMN plan TEXT;
ALTER TABLE tenants ADD COLUMN tpm INTEGER;
ALTER TABLE tenants ADD COLUMN concurrency INTEGER;
ALTER TABLE tenants ADD COLUMN budget_nano INTEGER;
-- 1: limits are counted and reported, not enforced.
ALTER TABLE tenants ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0 CHECK (shadow IN (0, 1));

ALTER TABLE api_keys ADD COLUMN rpm INTEGER;
ALTER TABLE api_keys ADD COLUMN tpm INTEGER;
ALTER TABLE api_keys ADD COLUMN concurrency INTEGER;
ALTER TABLE api_keys ADD COLUMN budget_nano INTEGER;
