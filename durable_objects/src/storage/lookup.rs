//! What a call needs to know that is not kept in memory.

use super::batch::{Value, integer, optional};
use super::{JsonRow, KEPT, LastRow, RUNNING, Storage};
use neureus_core::id::RequestId;
use neureus_core::journal::{ChargeRow, Ending, Found, Lookup, Progress, RepeatRow};
use neureus_core::message::{Charge, LogPage, Used};
use neureus_core::metrics::log::{LogRow, Went};
use neureus_core::metrics::window::{Grain, Told, WindowRow};
use neureus_core::money::NanoUsd;
use serde::Deserialize;
use worker::{Error, Result};

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

impl Storage {
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
}
