//! The tables.

/// Created on first use. Every later version only adds: tables are never changed.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (hash TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarms (purpose TEXT PRIMARY KEY, due_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rates (scope TEXT NOT NULL, rate TEXT NOT NULL, level INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, owed INTEGER NOT NULL, PRIMARY KEY (scope, rate)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pledges (scope TEXT PRIMARY KEY, cost INTEGER NOT NULL,
  slots INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS leases (request TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS charges (admitted_ms INTEGER NOT NULL, request TEXT NOT NULL,
  input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL, estimated INTEGER NOT NULL, expired INTEGER NOT NULL,
  PRIMARY KEY (admitted_ms, request)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (day INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL,
  requests INTEGER NOT NULL, estimated INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
  cached_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (day, key, model)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS repeats (id TEXT PRIMARY KEY, body TEXT NOT NULL, request TEXT NOT NULL,
  admitted_ms INTEGER NOT NULL, progress TEXT NOT NULL, sealed TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (hash TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS carried (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS windows (id INTEGER PRIMARY KEY, grain INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, cell TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS windows_by_time ON windows (at_ms);
CREATE TABLE IF NOT EXISTS log (at_ms INTEGER NOT NULL, request TEXT NOT NULL, key TEXT NOT NULL,
  model TEXT NOT NULL, how TEXT NOT NULL, ms INTEGER NOT NULL, first_ms INTEGER, note TEXT NOT NULL,
  charge TEXT, PRIMARY KEY (at_ms, request)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS log_by_request ON log (request);
CREATE TABLE IF NOT EXISTS used_own_key (day INTEGER NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL,
  requests INTEGER NOT NULL, PRIMARY KEY (day, key, model)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vault (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS visitors (visitor TEXT PRIMARY KEY, missing INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, per_minute INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts (at_ms INTEGER NOT NULL, request TEXT NOT NULL, json TEXT NOT NULL,
  PRIMARY KEY (at_ms, request));
";

/// Tables that outlive the tenant: that it is gone, and what the other stores still have to be told.
const LASTING: [&str; 2] = ["settings", "carried"];

/// The names of the tables that go with the tenant.
pub(super) fn wiped() -> impl Iterator<Item = &'static str> {
    let tables = SCHEMA.split("CREATE TABLE IF NOT EXISTS ").skip(1);
    tables
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|table| !LASTING.contains(table))
}
