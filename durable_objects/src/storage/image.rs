//! All that is stored, read when the object wakes.

use super::batch::{Batch, integer};
use super::schema::SCHEMA;
use super::{JsonRow, LastRow, Storage};
use neureus_core::alarm::{Purpose, Schedule};
use neureus_core::bucket::Stored;
use neureus_core::calendar::{Day, Month};
use neureus_core::id::KeyId;
use neureus_core::journal::{Image, LeaseRow, Pledge, Rate, Scope, VisitorRow};
use neureus_core::key::KeyHash;
use neureus_core::member::Member;
use neureus_core::message::{KeyRecord, Settings};
use neureus_core::money::NanoUsd;
use neureus_core::tenant::Tenant as Machine;
use neureus_core::vault::Vault;
use serde::Deserialize;
use worker::Result;

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

impl Storage {
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
}
