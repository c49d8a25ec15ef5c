//! A tenant's tables in the object's SQLite, and nothing else.
//!
//! Formats: settings and keys are the JSON that `neureus_core::message` pins by tests; buckets are
//! integers below 2^53. A change of either needs a new schema version here.

use neureus_core::alarm::{Purpose, Schedule};
use neureus_core::bucket::Stored;
use neureus_core::message::{KeyRecord, Settings};
use neureus_core::tenant::{Scope, Tenant as Machine, Write};
use std::collections::BTreeMap;
use worker::{Error, Result, SqlStorage, SqlStorageValue as Value, State};

/// Created on first use; every later version only adds.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (hash TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS buckets (scope TEXT PRIMARY KEY, level INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, owed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alarms (purpose TEXT PRIMARY KEY, due_ms INTEGER NOT NULL) WITHOUT ROWID;
";

/// The object's storage, behind the few statements it needs.
pub(crate) struct Storage {
    state: State,
    sql: SqlStorage,
}

#[derive(serde::Deserialize)]
struct JsonRow {
    json: String,
}

#[derive(serde::Deserialize)]
struct BucketRow {
    scope: Scope,
    level: u64,
    at_ms: u64,
    owed: u64,
}

#[derive(serde::Deserialize)]
struct AlarmRow {
    purpose: String,
    due_ms: u64,
}

impl Storage {
    pub(crate) fn new(state: State) -> Self {
        let sql = state.storage().sql();
        Self { state, sql }
    }

    /// Rebuilds the machine from what is stored.
    pub(crate) fn load(&self) -> Result<Machine> {
        self.sql.exec(SCHEMA, None)?;
        let settings = self
            .rows::<JsonRow>("SELECT json FROM settings")?
            .first()
            .map(|row| serde_json::from_str::<Settings>(&row.json))
            .transpose()?;
        let keys = self
            .rows::<JsonRow>("SELECT json FROM keys")?
            .iter()
            .map(|row| serde_json::from_str::<KeyRecord>(&row.json))
            .collect::<core::result::Result<Vec<_>, _>>()?;
        let buckets = self
            .rows::<BucketRow>("SELECT scope, level, at_ms, owed FROM buckets")?
            .into_iter()
            .map(|row| {
                (
                    row.scope,
                    Stored {
                        level: row.level,
                        at_ms: row.at_ms,
                        owed: row.owed,
                    },
                )
            })
            .collect::<BTreeMap<_, _>>();
        let mut schedule = Schedule::default();
        for row in self.rows::<AlarmRow>("SELECT purpose, due_ms FROM alarms")? {
            if let Some(purpose) = Purpose::parse(&row.purpose) {
                schedule.wake_by(purpose, row.due_ms);
            }
        }
        Ok(Machine::load(settings, keys, buckets, schedule))
    }

    /// Makes the writes of one step durable, and sets the alarm if one of them moved it.
    ///
    /// The statements of a section are committed together: nothing is awaited between them.
    pub(crate) fn apply(
        &self,
        writes: &[Write],
        wake_at_ms: Option<u64>,
        now_ms: u64,
    ) -> Result<()> {
        for write in writes {
            match write {
                Write::Settings(settings) => self.put(
                    "INSERT OR REPLACE INTO settings (one, json) VALUES (1, ?)",
                    [serde_json::to_string(settings)?.into()],
                )?,
                Write::Key(record) => self.put(
                    "INSERT OR REPLACE INTO keys (hash, json) VALUES (?, ?)",
                    [record.hash.to_hex().into(), serde_json::to_string(record)?.into()],
                )?,
                Write::Bucket(scope, stored) => self.put(
                    "INSERT OR REPLACE INTO buckets (scope, level, at_ms, owed) VALUES (?, ?, ?, ?)",
                    [
                        scope.as_str().into(),
                        integer(stored.level)?,
                        integer(stored.at_ms)?,
                        integer(stored.owed)?,
                    ],
                )?,
                Write::Alarm(purpose, due_ms) => {
                    self.put(
                        "INSERT OR REPLACE INTO alarms (purpose, due_ms) VALUES (?, ?)",
                        [purpose.as_str().into(), integer(*due_ms)?],
                    )?;
                    self.set_alarm(wake_at_ms, now_ms)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets the alarms that are due, once their work is about to be written.
    pub(crate) fn alarm_fired(&self, now_ms: u64) -> Result<()> {
        self.put("DELETE FROM alarms WHERE due_ms <= ?", [integer(now_ms)?])
    }

    fn set_alarm(&self, wake_at_ms: Option<u64>, now_ms: u64) -> Result<()> {
        let Some(at_ms) = wake_at_ms else {
            return Ok(());
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 are below 2^53"
        )]
        let date = js_sys::Date::new(&js_sys::Number::from(at_ms.max(now_ms) as f64).into());
        // The platform commits the alarm with the section's other writes; the promise adds nothing.
        let _committed_with_the_section = self
            .state
            .storage()
            .as_raw()
            .set_alarm(date, wasm_bindgen::JsValue::NULL.into())?;
        Ok(())
    }

    fn rows<T: serde::de::DeserializeOwned>(&self, query: &str) -> Result<Vec<T>> {
        self.sql.exec(query, None)?.to_array()
    }

    fn put<const N: usize>(&self, statement: &str, values: [Value; N]) -> Result<()> {
        self.sql.exec(statement, Some(values.to_vec())).map(|_| ())
    }
}

fn integer(value: u64) -> Result<Value> {
    let value = i64::try_from(value).map_err(|_| Error::from("integer above 2^63"))?;
    Value::try_from_i64(value)
}
