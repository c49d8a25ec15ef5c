//! D1: statements in, rows out. Nothing here knows a table.
//!
//! Caveat: nobody calls this but the layers that name a tenant in every statement ([`crate::table`],
//! [`crate::projection`]), and those about people, who belong to none.

use neureus_core::error::ApiError;
use neureus_shell::gate::Gate;
use neureus_shell::glue;
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::value::RawValue;
use worker::wasm_bindgen::JsValue;

/// D1 answers in tens of milliseconds; after this long it has failed.
const DEADLINE_MS: u32 = 10_000;

/// What a statement is given for a `?`.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Integer(u64),
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Integer(number) => to.serialize_u64(*number),
            Self::Text(text) => to.serialize_str(text),
        }
    }
}

/// A statement and its values.
#[derive(Debug)]
pub(crate) struct Statement {
    sql: String,
    values: Vec<Value>,
}

impl Statement {
    pub(crate) fn new<const N: usize>(sql: impl Into<String>, values: [Value; N]) -> Self {
        Self::of(sql, values.into())
    }

    pub(crate) fn of(sql: impl Into<String>, values: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            values,
        }
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.values.len() + 1))?;
        list.serialize_element(&self.sql)?;
        for value in &self.values {
            list.serialize_element(value)?;
        }
        list.end()
    }
}

/// What went wrong is logged here: the caller learns that it did.
fn failed(cause: &JsValue) -> ApiError {
    worker::console_error!("D1 failed: {:?}", cause);
    ApiError::overloaded("The database cannot be reached right now", 1)
}

/// Runs statements in one transaction, all or none.
///
/// # Errors
/// 503 when D1 fails or takes too long: then it may have been done all the same.
pub(crate) async fn run(gate: &Gate, statements: &[Statement]) -> Result<Rows, ApiError> {
    if statements.is_empty() {
        return Ok(Rows(Vec::new()));
    }
    let text = serde_json::to_string(statements).map_err(|_| ApiError::internal())?;
    let results = glue::d1_batch(&gate.bindings.database, &text, DEADLINE_MS)
        .await
        .map_err(|cause| failed(&cause))?;
    let text = results.as_string().unwrap_or_default();
    let rows: Vec<Box<RawValue>> = serde_json::from_str(&text).map_err(|cause| {
        worker::console_error!("D1's answer is unreadable: {}", cause);
        ApiError::internal()
    })?;
    Ok(Rows(rows))
}

/// The rows that statements gave, in their order.
pub(crate) struct Rows(Vec<Box<RawValue>>);

impl Rows {
    /// The rows of the statement at this place.
    ///
    /// # Errors
    /// 500 when they are others than what is read.
    pub(crate) fn at<T: DeserializeOwned>(&self, place: usize) -> Result<Vec<T>, ApiError> {
        let Some(rows) = self.0.get(place) else {
            return Ok(Vec::new());
        };
        serde_json::from_str(rows.get()).map_err(|cause| {
            worker::console_error!("a row of D1 is unreadable: {}", cause);
            ApiError::internal()
        })
    }
}

/// Runs one query.
///
/// # Errors
/// As [`run`].
pub(crate) async fn query<T: DeserializeOwned, const N: usize>(
    gate: &Gate,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<T>, ApiError> {
    run(gate, &[Statement::new(sql, values)]).await?.at(0)
}
