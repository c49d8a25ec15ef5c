//! A tenant's tables in the object's SQLite, and nothing else.
//!
//! Formats: settings, keys and leases are the JSON that `neureus_core::message` and
//! `neureus_core::journal` define and pin by tests; everything else is integers below 2^53 and text.

mod batch;

use batch::{Batch, Statement, Value, integer, optional};
use neureus_core::alarm::{Purpose, Schedule};
use neureus_core::bucket::Stored;
use neureus_core::calendar::{Day, Month};
use neureus_core::id::{KeyId, RequestId};
use neureus_core::journal::{
    ChargeRow, Ending, Found, Image, LeaseRow, Lookup, Pledge, Progress, Rate, RepeatRow, Scope,
    VisitorRow, Write, coalesce,
};
use neureus_core::key::KeyHash;
use neureus_core::member::Member;
use neureus_core::message::{Charge, KeyRecord, LogPage, Settings, Used};
use neureus_core::metrics::log::{LogRow, Went};
use neureus_core::metrics::window::{Grain, Told, WindowRow};
use neureus_core::money::NanoUsd;
use neureus_core::tenant::Tenant as Machine;
use neureus_core::vault::Vault;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use worker::worker_sys::DurableObjectState;
use worker::{Error, Result};

#[wasm_bindgen(module = "/src/storage.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn execute(storage: &JsValue, statements: &str) -> core::result::Result<(), JsValue>;

    #[wasm_bindgen(catch)]
    fn query(storage: &JsValue, statement: &str) -> core::result::Result<String, JsValue>;

    #[wasm_bindgen(catch, js_name = setAlarm)]
    fn set_alarm(storage: &JsValue, at_ms: f64) -> core::result::Result<(), JsValue>;
}

/// Created on first use. Every later version only adds: tables are never changed.
const SCHEMA: &str = "
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

/// The object's storage, behind the few statements it needs.
pub(crate) struct Storage(JsValue);

#[derive(Deserialize)]
struct JsonRow {
    json: String,
}

#[derive(Deserialize)]
struct RateRow {
    scope: Scope,
    rate: String,
    level: u64,
    at_ms: u64,
    owed: u64,
}

#[derive(Deserialize)]
struct PledgeRow {
    scope: Scope,
    cost: u64,
    slots: u32,
}

#[derive(Deserialize)]
struct AlarmRow {
    purpose: String,
    due_ms: u64,
}

#[derive(Deserialize)]
struct SpentRow {
    key: KeyId,
    day: u32,
    cost: u64,
}

#[derive(Deserialize)]
struct SeenRow {
    hash: KeyHash,
    at_ms: u64,
}

#[derive(Deserialize)]
struct SeqRow {
    seq: u64,
}

#[derive(Deserialize)]
struct KeptRow {
    hour: u64,
    bytes: u64,
}

#[derive(Deserialize)]
struct ChargedRow {
    input_tokens: u64,
    cached_tokens: u64,
    output_tokens: u64,
    cost: u64,
    estimated: u8,
    expired: u8,
}

#[derive(Deserialize)]
struct LastRow {
    last: u64,
}

#[derive(Deserialize)]
struct OldRow {
    id: u64,
    grain: u8,
    at_ms: u64,
    key: String,
    model: String,
    cell: String,
}

#[derive(Deserialize)]
struct LoggedRow {
    at_ms: u64,
    request: RequestId,
    key: String,
    model: String,
    how: String,
    ms: u64,
    first_ms: Option<u64>,
    note: String,
    charge: Option<String>,
}

#[derive(Deserialize)]
struct RepeatedRow {
    body: String,
    request: RequestId,
    admitted_ms: u64,
    progress: String,
    sealed: Option<String>,
    charged: u8,
}

const RUNNING: &str = "running";
const KEPT: &str = "kept";
const NOT_KEPT: &str = "not_kept";

impl Storage {
    pub(crate) fn new(state: &DurableObjectState) -> core::result::Result<Self, JsValue> {
        Ok(Self(state.storage()?.into()))
    }

    /// Rebuilds the machine from what is stored.
    pub(crate) fn load(&self, now_ms: u64) -> Result<Machine> {
        let mut schema = Batch::default();
        schema.put(SCHEMA, [])?;
        self.run(schema)?;
        let settings = self
            .rows::<JsonRow, _>("SELECT json FROM settings", [])?
            .first()
            .map(|row| serde_json::from_str::<Settings>(&row.json))
            .transpose()?;
        let buckets = self
            .rows::<RateRow, _>("SELECT scope, rate, level, at_ms, owed FROM rates", [])?
            .into_iter()
            .filter_map(|row| {
                let stored = Stored {
                    level: row.level,
                    at_ms: row.at_ms,
                    owed: row.owed,
                };
                Some((row.scope, Rate::parse(&row.rate)?, stored))
            })
            .collect();
        let pledges = self
            .rows::<PledgeRow, _>("SELECT scope, cost, slots FROM pledges", [])?
            .into_iter()
            .map(|row| {
                let pledge = Pledge {
                    cost: NanoUsd(row.cost),
                    slots: row.slots,
                };
                (row.scope, pledge)
            })
            .collect();
        let oldest = Month::of(now_ms).previous().first_day();
        let spent = self
            .rows::<SpentRow, _>(
                "SELECT key, day, SUM(cost) AS cost FROM used WHERE day >= ? GROUP BY key, day",
                [integer(u64::from(oldest.0))?],
            )?
            .into_iter()
            .map(|row| (row.key, Day(row.day), NanoUsd(row.cost)))
            .collect();
        let mut schedule = Schedule::default();
        for row in self.rows::<AlarmRow, _>("SELECT purpose, due_ms FROM alarms", [])? {
            if let Some(purpose) = Purpose::parse(&row.purpose) {
                schedule.wake_by(purpose, row.due_ms);
            }
        }
        let image = Image {
            settings,
            keys: self.parsed::<KeyRecord>("SELECT json FROM keys")?,
            seen: self
                .rows::<SeenRow, 0>("SELECT hash, at_ms FROM seen", [])?
                .into_iter()
                .map(|row| (row.hash, row.at_ms))
                .collect(),
            members: self.parsed::<Member>("SELECT json FROM members")?,
            vault: self
                .parsed::<Vault>("SELECT json FROM vault")?
                .pop()
                .unwrap_or_default(),
            pending: self
                .rows::<SeqRow, 0>("SELECT seq FROM outbox", [])?
                .into_iter()
                .map(|row| row.seq)
                .collect(),
            carried: self
                .rows::<SeqRow, 0>("SELECT seq FROM carried", [])?
                .first()
                .map_or(0, |row| row.seq),
            buckets,
            visitors: self.rows::<VisitorRow, 0>(
                "SELECT visitor, missing, at_ms, per_minute FROM visitors",
                [],
            )?,
            pledges,
            leases: self.parsed::<LeaseRow>("SELECT json FROM leases")?,
            spent,
            kept: self
                .rows::<KeptRow, 0>(
                    "SELECT admitted_ms - admitted_ms % 3600000 AS hour, \
                     SUM(LENGTH(sealed)) AS bytes \
                     FROM repeats WHERE sealed IS NOT NULL GROUP BY hour",
                    [],
                )?
                .into_iter()
                .map(|row| (row.hour, row.bytes))
                .collect(),
            schedule,
            last_window: self
                .rows::<LastRow, 0>("SELECT COALESCE(MAX(id), 0) AS last FROM windows", [])?
                .first()
                .map_or(0, |row| row.last),
        };
        Ok(Machine::load(image, now_ms))
    }

    /// Reads what a call needs to know.
    pub(crate) fn find(&self, lookup: Lookup) -> Result<Found> {
        let mut found = Found::default();
        match lookup {
            Lookup::Repeat(id) => {
                let rows = self.rows::<RepeatedRow, _>(
                    "SELECT body, request, admitted_ms, progress, sealed, EXISTS (
                       SELECT 1 FROM charges WHERE charges.admitted_ms = repeats.admitted_ms
                       AND charges.request = repeats.request) AS charged
                     FROM repeats WHERE id = ?",
                    [id.as_str().into()],
                )?;
                found.repeat = rows.into_iter().next().map(|row| RepeatRow {
                    id,
                    body: row.body,
                    request: row.request,
                    admitted_ms: row.admitted_ms,
                    progress: match (row.progress.as_str(), row.sealed) {
                        (KEPT, Some(sealed)) => Progress::Kept(sealed),
                        (RUNNING, _) => Progress::Running,
                        _ => Progress::NotKept,
                    },
                    charged: row.charged > 0,
                });
            }
            Lookup::Charge(admitted_ms, request) => {
                let rows = self.rows::<ChargedRow, _>(
                    "SELECT input_tokens, cached_tokens, output_tokens, cost, estimated, expired
                     FROM charges WHERE admitted_ms = ? AND request = ?",
                    [integer(admitted_ms)?, request.as_str().into()],
                )?;
                found.charge = rows.first().map(|row| ChargeRow {
                    admitted_ms,
                    request,
                    charge: Charge {
                        input_tokens: row.input_tokens,
                        cached_tokens: row.cached_tokens,
                        output_tokens: row.output_tokens,
                        cost: NanoUsd(row.cost),
                        estimated: row.estimated > 0,
                    },
                    ending: if row.expired > 0 {
                        Ending::Expired
                    } else {
                        Ending::Settled
                    },
                });
            }
            Lookup::Used(span) => {
                found.used = self.rows::<Used, _>(
                    "SELECT used.*, COALESCE(own.requests, 0) AS own_key FROM used \
                     LEFT JOIN used_own_key AS own USING (day, key, model) \
                     WHERE day BETWEEN ? AND ? ORDER BY day, key, model",
                    [
                        integer(u64::from(span.from.0))?,
                        integer(u64::from(span.to.0))?,
                    ],
                )?;
            }
            Lookup::Outbox(most) => {
                let most = integer(u64::try_from(most).unwrap_or(u64::MAX))?;
                let rows = self
                    .rows::<JsonRow, _>("SELECT json FROM outbox ORDER BY seq LIMIT ?", [most])?;
                let parse = |row: &JsonRow| serde_json::from_str(&row.json).map_err(Error::from);
                found.items = rows.iter().map(parse).collect::<Result<_>>()?;
            }
            Lookup::Logged(at_ms, request) => {
                found.logged = !self
                    .rows::<LastRow, _>(
                        "SELECT at_ms AS last FROM log WHERE at_ms = ? AND request = ?",
                        [integer(at_ms)?, request.as_str().into()],
                    )?
                    .is_empty();
            }
            Lookup::Windows(stretch) => {
                found.windows = self.rows::<Told, _>(
                    "SELECT at_ms, key, model, cell FROM windows WHERE at_ms >= ? AND at_ms < ?",
                    [integer(stretch.from_ms)?, integer(stretch.to_ms)?],
                )?;
            }
            Lookup::Old(minutes_ms, hours_ms, most) => {
                found.old = self.old(minutes_ms, hours_ms, most)?
            }
            Lookup::Log(page) => {
                found.log = self.log(&page)?;
                if page.reader.is_some() {
                    self.add_texts(&mut found.log)?;
                }
            }
        }
        Ok(found)
    }

    /// Rows of windows that are old enough to become longer ones.
    fn old(&self, minutes_ms: u64, hours_ms: u64, most: u32) -> Result<Vec<WindowRow>> {
        let rows = self.rows::<OldRow, _>(
            "SELECT id, grain, at_ms, key, model, cell FROM windows \
             WHERE grain = 0 AND at_ms < ? OR grain = 1 AND at_ms < ? ORDER BY at_ms LIMIT ?",
            [
                integer(minutes_ms)?,
                integer(hours_ms)?,
                integer(u64::from(most))?,
            ],
        )?;
        let parse = |row: OldRow| {
            Ok(WindowRow {
                id: row.id,
                grain: if row.grain == Grain::Minute.number() {
                    Grain::Minute
                } else {
                    Grain::Hour
                },
                at_ms: row.at_ms,
                key: row.key,
                model: row.model,
                cell: serde_json::from_str(&row.cell)?,
            })
        };
        rows.into_iter().map(parse).collect()
    }

    /// A page of the request log, the newest first.
    fn log(&self, page: &LogPage) -> Result<Vec<LogRow>> {
        let rows = self.rows::<LoggedRow, _>(
            "SELECT * FROM log WHERE at_ms >= ?1 AND (at_ms < ?2 OR at_ms = ?2 AND request < ?3) \
             AND (?4 IS NULL OR request = ?4) AND (?5 IS NULL OR key = ?5) \
             AND (?6 IS NULL OR model = ?6) AND (?7 IS NULL OR how = ?7 \
               OR ?7 = 'error' AND how NOT IN ('complete', 'cancelled')) \
             ORDER BY at_ms DESC, request DESC LIMIT ?8",
            [
                integer(page.from_ms)?,
                integer(page.to_ms)?,
                page.below.as_deref().unwrap_or_default().into(),
                page.request
                    .as_ref()
                    .map_or(Value::Null, |request| Value::Text(request.as_str())),
                optional(page.key.as_deref()),
                optional(page.model.as_deref()),
                optional(page.how.as_deref()),
                integer(u64::from(page.limit))?,
            ],
        )?;
        let parse = |row: LoggedRow| {
            let charge = row.charge.as_deref().map(serde_json::from_str);
            Ok(LogRow {
                at_ms: row.at_ms,
                request: row.request,
                key: row.key,
                model: row.model,
                went: Went {
                    how: row.how,
                    ms: row.ms,
                    first_ms: row.first_ms,
                    note: row.note,
                    texts: None,
                },
                charge: charge.transpose()?,
            })
        };
        rows.into_iter().map(parse).collect()
    }

    /// Adds what was kept of the texts of these requests.
    fn add_texts(&self, rows: &mut [LogRow]) -> Result<()> {
        for row in rows {
            let found = self.rows::<JsonRow, _>(
                "SELECT json FROM texts WHERE at_ms = ? AND request = ?",
                [integer(row.at_ms)?, row.request.as_str().into()],
            )?;
            let texts = found.first().map(|it| serde_json::from_str(&it.json));
            row.went.texts = texts.transpose()?;
        }
        Ok(())
    }

    /// Makes the writes of one step durable, and sets the alarm if one of them moved it.
    ///
    /// The statements of a section are committed together: nothing is awaited between them.
    pub(crate) fn apply(
        &self,
        writes: Vec<Write>,
        wake_at_ms: Option<u64>,
        now_ms: u64,
    ) -> Result<()> {
        if writes.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::default();
        let writes = coalesce(writes);
        let moved = writes.iter().any(|write| matches!(write, Write::Alarm(..)));
        for write in writes {
            batch.write(write)?;
        }
        self.run(batch)?;
        if moved {
            self.set_alarm(wake_at_ms, now_ms)?;
        }
        Ok(())
    }

    /// Makes durable what was done when the alarm fired, and sets the next one. Alarms that were due are
    /// forgotten with it.
    pub(crate) fn apply_alarm(
        &self,
        writes: Vec<Write>,
        wake_at_ms: Option<u64>,
        now_ms: u64,
    ) -> Result<()> {
        let mut batch = Batch::default();
        batch.put("DELETE FROM alarms WHERE due_ms <= ?", [integer(now_ms)?])?;
        for write in writes {
            batch.write(write)?;
        }
        self.run(batch)?;
        self.set_alarm(wake_at_ms, now_ms)
    }

    /// Sets the platform's one alarm. It holds no answer back: an alarm that a crash takes with it is
    /// set again by the next call that has something to wait for.
    fn set_alarm(&self, wake_at_ms: Option<u64>, now_ms: u64) -> Result<()> {
        let Some(at_ms) = wake_at_ms else {
            return Ok(());
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 are below 2^53"
        )]
        set_alarm(&self.0, at_ms.max(now_ms) as f64)?;
        Ok(())
    }

    fn run(&self, batch: Batch) -> Result<()> {
        let statements = batch.finish();
        if !statements.is_empty() {
            execute(&self.0, &statements)?;
        }
        Ok(())
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, sql: &'static str) -> Result<Vec<T>> {
        let rows = self.rows::<JsonRow, 0>(sql, [])?;
        let parse = |row: &JsonRow| serde_json::from_str::<T>(&row.json).map_err(Error::from);
        rows.iter().map(parse).collect()
    }

    fn rows<T: serde::de::DeserializeOwned, const N: usize>(
        &self,
        sql: &'static str,
        values: [Value<'_>; N],
    ) -> Result<Vec<T>> {
        let statement = serde_json::to_string(&Statement(sql, &values))?;
        Ok(serde_json::from_str(&query(&self.0, &statement)?)?)
    }
}

/// The names of the tables that go with the tenant.
fn wiped() -> impl Iterator<Item = &'static str> {
    let tables = SCHEMA.split("CREATE TABLE IF NOT EXISTS ").skip(1);
    tables
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|table| !LASTING.contains(table))
}
