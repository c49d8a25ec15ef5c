//! What the writes of a step are as statements.
//!
//! Whatever comes in numbers, as requests end, is written by one statement for all of its rows: to begin a
//! statement takes longer than to insert a row.

use super::{KEPT, NOT_KEPT, RUNNING};
use neureus_core::journal::{ChargeRow, Ending, MOST, Progress, UsedChange, Write};
use neureus_core::metrics::log::LogRow;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use worker::{Error, Result};

const PUT_LEASE: &str = "INSERT OR REPLACE INTO leases (request, json) \
    SELECT value ->> 0, value ->> 1 FROM json_each(?)";
const DROP_LEASE: &str = "DELETE FROM leases WHERE request IN (SELECT value FROM json_each(?))";
const PUT_CHARGE: &str = "INSERT OR REPLACE INTO charges (admitted_ms, request, input_tokens, \
    cached_tokens, output_tokens, cost, estimated, expired) SELECT value ->> 0, value ->> 1, \
    value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7 FROM json_each(?)";
const PUT_LOG: &str = "INSERT OR REPLACE INTO log (at_ms, request, key, model, how, ms, first_ms, \
    note, charge) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, \
    value ->> 5, value ->> 6, value ->> 7, value ->> 8 FROM json_each(?)";

/// What a statement is given for a `?`.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

/// A statement and its values.
pub(super) struct Statement<'a>(pub(super) &'a str, pub(super) &'a [Value<'a>]);

impl Serialize for Statement<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> core::result::Result<S::Ok, S::Error> {
        let Self(sql, values) = self;
        let mut list = to.serialize_seq(Some(values.len() + 1))?;
        list.serialize_element(sql)?;
        for value in *values {
            list.serialize_element(value)?;
        }
        list.end()
    }
}

/// Statements that are run in one crossing.
#[derive(Default)]
pub(super) struct Batch {
    /// `[sql, value, …], …`
    text: String,
    /// What was written of rows that come in numbers: one statement takes all of them.
    groups: Vec<Group>,
}

/// Rows that one statement takes, as `json_each`.
struct Group {
    table: &'static str,
    sql: &'static str,
    /// `row, …`
    rows: String,
}

impl Batch {
    /// As `[[sql, value, …], …]`; empty where there is nothing to run.
    pub(super) fn finish(mut self) -> String {
        self.close(|_| true);
        if !self.text.is_empty() {
            self.text.insert(0, '[');
            self.text.push(']');
        }
        self.text
    }

    /// A statement of its own. Rows of other tables that were written before may come after it.
    pub(super) fn put<const N: usize>(&mut self, sql: &str, values: [Value<'_>; N]) -> Result<()> {
        let statement = serde_json::to_string(&Statement(sql, &values))?;
        separate(&mut self.text).push_str(&statement);
        Ok(())
    }

    /// A row among others of the same table, which stay in order.
    fn row(&mut self, table: &'static str, sql: &'static str, row: &impl Serialize) -> Result<()> {
        self.close(|group| group.table == table && group.sql != sql);
        let known = self.groups.iter().position(|group| group.sql == sql);
        let at = known.unwrap_or(self.groups.len());
        if known.is_none() {
            let rows = String::new();
            self.groups.push(Group { table, sql, rows });
        }
        if let Some(group) = self.groups.get_mut(at) {
            separate(&mut group.rows).push_str(&serde_json::to_string(row)?);
        }
        Ok(())
    }

    /// Writes groups down as statements.
    fn close(&mut self, which: impl Fn(&Group) -> bool) {
        let Self { text, groups } = self;
        for Group { sql, rows, .. } in groups.extract_if(.., |group| which(group)) {
            // Of our own making: no letter of it needs an escape.
            let text = separate(text);
            text.push_str("[\"");
            text.push_str(sql);
            text.push_str("\",[");
            text.push_str(&rows);
            text.push_str("]]");
        }
    }
}

/// A text to which one more of a list may be added.
fn separate(text: &mut String) -> &mut String {
    if !text.is_empty() {
        text.push(',');
    }
    text
}

impl Batch {
    pub(super) fn write(&mut self, write: Write) -> Result<()> {
        match write {
            Write::Settings(settings) => self.put(
                "INSERT OR REPLACE INTO settings (one, json) VALUES (1, ?)",
                [serde_json::to_string(&settings)?.as_str().into()],
            )?,
            Write::Key(record) => self.put(
                "INSERT OR REPLACE INTO keys (hash, json) VALUES (?, ?)",
                [
                    record.hash.to_hex().as_str().into(),
                    serde_json::to_string(&record)?.as_str().into(),
                ],
            )?,
            Write::KeyGone(hash) => {
                let hash = hash.to_hex();
                for statement in [
                    "DELETE FROM keys WHERE hash = ?",
                    "DELETE FROM seen WHERE hash = ?",
                ] {
                    self.put(statement, [hash.as_str().into()])?;
                }
            }
            Write::Seen(hash, at_ms) => self.put(
                "INSERT OR REPLACE INTO seen (hash, at_ms) VALUES (?, ?)",
                [hash.to_hex().as_str().into(), integer(at_ms)?],
            )?,
            Write::Member(member) => self.put(
                "INSERT OR REPLACE INTO members (id, json) VALUES (?, ?)",
                [
                    member.id.as_str().into(),
                    serde_json::to_string(&member)?.as_str().into(),
                ],
            )?,
            Write::MemberGone(id) => {
                self.put("DELETE FROM members WHERE id = ?", [id.as_str().into()])?;
            }
            Write::Vault(vault) => self.put(
                "INSERT OR REPLACE INTO vault (one, json) VALUES (1, ?)",
                [serde_json::to_string(&vault)?.as_str().into()],
            )?,
            Write::Outbox(item) => self.put(
                "INSERT OR REPLACE INTO outbox (seq, json) VALUES (?, ?)",
                [
                    integer(item.seq)?,
                    serde_json::to_string(&item)?.as_str().into(),
                ],
            )?,
            Write::Projected(from, to) => {
                self.put(
                    "DELETE FROM outbox WHERE seq BETWEEN ? AND ?",
                    [integer(from)?, integer(to)?],
                )?;
                self.put(
                    "INSERT INTO carried (one, seq) VALUES (1, ?) \
                     ON CONFLICT (one) DO UPDATE SET seq = MAX(seq, excluded.seq)",
                    [integer(to)?],
                )?;
            }
            Write::Wipe => {
                self.close(|_| true);
                for table in super::schema::wiped() {
                    self.put(&format!("DELETE FROM {table}"), [])?;
                }
            }
            Write::Bucket(scope, rate, stored) => self.put(
                "INSERT OR REPLACE INTO rates (scope, rate, level, at_ms, owed) \
                     VALUES (?, ?, ?, ?, ?)",
                [
                    scope.as_str().into(),
                    rate.as_str().into(),
                    integer(stored.level)?,
                    integer(stored.at_ms)?,
                    integer(stored.owed)?,
                ],
            )?,
            Write::Pledge(scope, pledge) => self.put(
                "INSERT OR REPLACE INTO pledges (scope, cost, slots) VALUES (?, ?, ?)",
                [
                    scope.as_str().into(),
                    integer(pledge.cost.0)?,
                    integer(u64::from(pledge.slots))?,
                ],
            )?,
            Write::Lease(row) => self.row("leases", PUT_LEASE, &(&row.lease.request, &row))?,
            Write::LeaseGone(request) => self.row("leases", DROP_LEASE, &request)?,
            Write::Charge(row) => self.charge(&row)?,
            Write::Used(change) => self.used(&change)?,
            Write::Repeat(row) => self.put(
                "INSERT OR REPLACE INTO repeats (id, body, request, admitted_ms, progress) \
                     VALUES (?, ?, ?, ?, ?)",
                [
                    row.id.as_str().into(),
                    row.body.as_str().into(),
                    row.request.as_str().into(),
                    integer(row.admitted_ms)?,
                    RUNNING.into(),
                ],
            )?,
            Write::RepeatEnded(id, request, progress) => {
                let (name, sealed) = match &progress {
                    Progress::Running => (RUNNING, Value::Null),
                    Progress::Kept(sealed) => (KEPT, sealed.as_str().into()),
                    Progress::NotKept => (NOT_KEPT, Value::Null),
                };
                self.put(
                    "UPDATE repeats SET progress = ?, sealed = ? WHERE id = ? AND request = ?",
                    [
                        name.into(),
                        sealed,
                        id.as_str().into(),
                        request.as_str().into(),
                    ],
                )?;
            }
            Write::RepeatGone(id, request) => self.put(
                "DELETE FROM repeats WHERE id = ? AND request = ?",
                [id.as_str().into(), request.as_str().into()],
            )?,
            Write::Forget(before_ms) => {
                self.close(|_| true);
                for statement in [
                    "DELETE FROM charges WHERE admitted_ms < ?",
                    "DELETE FROM repeats WHERE admitted_ms < ?",
                ] {
                    self.put(statement, [integer(before_ms)?])?;
                }
            }
            Write::Window(row) => self.put(
                "INSERT OR REPLACE INTO windows (id, grain, at_ms, key, model, cell) \
                 VALUES (?, ?, ?, ?, ?, ?)",
                [
                    integer(row.id)?,
                    integer(u64::from(row.grain.number()))?,
                    integer(row.at_ms)?,
                    row.key.as_str().into(),
                    row.model.as_str().into(),
                    serde_json::to_string(&row.cell)?.as_str().into(),
                ],
            )?,
            Write::WindowGone(id) => {
                self.put("DELETE FROM windows WHERE id = ?", [integer(id)?])?
            }
            Write::Log(row) => self.log(&row)?,
            Write::TextsGone => {
                self.close(|_| true);
                self.put("DELETE FROM texts", [])?;
            }
            Write::Trim(kept) => {
                self.close(|_| true);
                self.put(
                    "DELETE FROM log WHERE at_ms < MAX(?, COALESCE((SELECT at_ms FROM log \
                     ORDER BY at_ms DESC LIMIT 1 OFFSET ?), 0))",
                    [
                        integer(kept.log_from_ms)?,
                        integer(u64::from(kept.log_rows))?,
                    ],
                )?;
                self.put(
                    "DELETE FROM texts WHERE at_ms < MAX(?, COALESCE((SELECT MIN(at_ms) FROM log), 0), \
                     COALESCE((SELECT at_ms FROM texts ORDER BY at_ms DESC LIMIT 1 OFFSET ?), 0))",
                    [
                        integer(kept.texts_from_ms)?,
                        integer(u64::from(kept.texts_rows))?,
                    ],
                )?;
                self.put(
                    "DELETE FROM windows WHERE at_ms < ?",
                    [integer(kept.days_from_ms)?],
                )?;
            }
            Write::Visitor(row) => self.put(
                "INSERT OR REPLACE INTO visitors (visitor, missing, at_ms, per_minute) \
                 VALUES (?, ?, ?, ?)",
                [
                    String::from(row.visitor).as_str().into(),
                    integer(row.missing)?,
                    integer(row.at_ms)?,
                    integer(u64::from(row.per_minute))?,
                ],
            )?,
            Write::VisitorsGone(before_ms) => {
                self.put(
                    "DELETE FROM visitors WHERE at_ms < ?",
                    [integer(before_ms)?],
                )?;
            }
            Write::Alarm(purpose, due_ms) => {
                if purpose.is_durable() {
                    self.put(
                        "INSERT OR REPLACE INTO alarms (purpose, due_ms) VALUES (?, ?)",
                        [purpose.as_str().into(), integer(due_ms)?],
                    )?;
                }
            }
        }
        Ok(())
    }

    fn charge(&mut self, row: &ChargeRow) -> Result<()> {
        let charge = &row.charge;
        let values = (
            integer(row.admitted_ms)?,
            &row.request,
            integer(charge.input_tokens)?,
            integer(charge.cached_tokens)?,
            integer(charge.output_tokens)?,
            integer(charge.cost.0)?,
            u8::from(charge.estimated),
            u8::from(row.ending == Ending::Expired),
        );
        self.row("charges", PUT_CHARGE, &values)
    }

    fn log(&mut self, row: &LogRow) -> Result<()> {
        let values = (
            integer(row.at_ms)?,
            &row.request,
            &row.key,
            &row.model,
            &row.went.how,
            integer(row.went.ms)?,
            row.went.first_ms.map(integer).transpose()?,
            &row.went.note,
            &row.charge,
        );
        if let Some(texts) = &row.went.texts {
            // One statement each: what many take together may be longer than SQLite takes at once.
            self.put(
                "INSERT OR REPLACE INTO texts (at_ms, request, json) VALUES (?, ?, ?)",
                [
                    integer(row.at_ms)?,
                    row.request.as_str().into(),
                    serde_json::to_string(texts)?.as_str().into(),
                ],
            )?;
        }
        self.row("log", PUT_LOG, &values)
    }

    fn used(&mut self, change: &UsedChange) -> Result<()> {
        if change.own_key != 0 {
            self.put(
                "INSERT INTO used_own_key (day, key, model, requests) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (day, key, model) DO UPDATE SET requests = requests + excluded.requests",
                [
                    integer(u64::from(change.day.0))?,
                    change.key.as_str().into(),
                    change.model.as_str().into(),
                    signed(change.own_key)?,
                ],
            )?;
        }
        self.put(
            "INSERT INTO used (day, key, model, requests, estimated, input_tokens, cached_tokens, \
               output_tokens, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (day, key, model) DO UPDATE SET \
               requests = requests + excluded.requests, \
               estimated = estimated + excluded.estimated, \
               input_tokens = input_tokens + excluded.input_tokens, \
               cached_tokens = cached_tokens + excluded.cached_tokens, \
               output_tokens = output_tokens + excluded.output_tokens, \
               cost = cost + excluded.cost",
            [
                integer(u64::from(change.day.0))?,
                change.key.as_str().into(),
                change.model.as_str().into(),
                signed(change.requests)?,
                signed(change.estimated)?,
                signed(change.input_tokens)?,
                signed(change.cached_tokens)?,
                signed(change.output_tokens)?,
                signed(change.cost)?,
            ],
        )
    }
}

pub(super) fn optional(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::Text)
}

pub(super) fn integer(value: u64) -> Result<Value<'static>> {
    signed(i64::try_from(value).unwrap_or(i64::MAX))
}

/// An integer that a JavaScript number holds exactly.
fn signed(value: i64) -> Result<Value<'static>> {
    if value.unsigned_abs() <= MOST {
        Ok(Value::Integer(value))
    } else {
        Err(Error::from("integer above 2^53"))
    }
}
