//! A tenant's tables in the object's SQLite, and nothing else.
//!
//! Formats: settings, keys and leases are the JSON that `neureus_core::message` and
//! `neureus_core::journal` define and pin by tests; everything else is integers below 2^53 and text.

mod batch;
mod image;
mod lookup;
mod schema;

use batch::{Batch, Statement, Value, integer};
use neureus_core::journal::{Write, coalesce};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use worker::Error;
use worker::Result;
use worker::worker_sys::DurableObjectState;

#[wasm_bindgen(module = "/src/storage.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn execute(storage: &JsValue, statements: &str) -> core::result::Result<(), JsValue>;

    #[wasm_bindgen(catch)]
    fn query(storage: &JsValue, statement: &str) -> core::result::Result<String, JsValue>;

    #[wasm_bindgen(catch, js_name = setAlarm)]
    fn set_alarm(storage: &JsValue, at_ms: f64) -> core::result::Result<(), JsValue>;
}

/// The object's storage, behind the few statements it needs.
pub(crate) struct Storage(JsValue);

#[derive(Deserialize)]
struct JsonRow {
    json: String,
}

#[derive(Deserialize)]
struct LastRow {
    last: u64,
}

const RUNNING: &str = "running";
const KEPT: &str = "kept";
const NOT_KEPT: &str = "not_kept";

impl Storage {
    pub(crate) fn new(state: &DurableObjectState) -> core::result::Result<Self, JsValue> {
        Ok(Self(state.storage()?.into()))
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
