//! What people do about themselves, for the audit log: they sign in, add and remove passkeys, end sessions.
//!
//! A person belongs to no tenant, so no tenant's object can tell of it, and nobody should have to wait for one
//! to sign in. It is written to D1 by the transaction of what it tells of: neither is ever without the other. Each
//! tenant that the person belongs to at that time has it in its log.
//!
//! Caveat: which tenants those are is what D1 knows. Who has just joined is there a moment later; that they
//! joined is the object's to tell.

use crate::database::{Statement, Value};
use neureus_core::base62;
use neureus_core::error::ApiError;
use neureus_core::id::UserId;
use neureus_shell::clock::now_ms;
use neureus_shell::incoming::{Incoming, random};
use serde_json::Value as Json;

/// Letters of an event's identifier after its prefix.
const ID_LETTERS: usize = 16;

/// The tenants of a person.
const TENANTS: &str =
    "memberships m JOIN tenants t ON t.id = m.tenant_id AND t.deleted_at_ms IS NULL";

const COLUMNS: &str = "tenant_id, id, at_ms, ip, request_id, user_id, action, target, details";

/// Something that a person did.
pub(crate) struct Deed<'a> {
    pub(crate) user: &'a UserId,
    /// `noun.verb`.
    pub(crate) action: &'static str,
    /// To what: an identifier.
    pub(crate) target: &'a str,
    /// In what way; never a secret.
    pub(crate) details: Option<Json>,
}

/// What every entry has: its identifier, when, from where, and by which request.
fn origin(incoming: &Incoming) -> Result<[Value; 4], ApiError> {
    let id = random(|bytes| base62::random_string("aud_", ID_LETTERS, bytes))?;
    Ok([
        id.into(),
        now_ms().into(),
        incoming.client.as_str().into(),
        incoming.id.as_str().into(),
    ])
}

impl Deed<'_> {
    /// Writes it down where `only` holds, a condition with `?1` and so on for its values.
    ///
    /// # Errors
    /// 500 without randomness.
    pub(crate) fn told<const N: usize>(
        self,
        incoming: &Incoming,
        only: &str,
        values: [Value; N],
    ) -> Result<Statement, ApiError> {
        let mut values = Vec::from(values);
        let first = values.len() + 1;
        let place = |at: usize| first + at;
        values.extend(origin(incoming)?);
        values.extend([
            self.user.as_str().into(),
            self.action.into(),
            self.target.into(),
            self.details.map(|json| json.to_string()).into(),
        ]);
        let sql = format!(
            "INSERT INTO people_log ({COLUMNS})
             SELECT m.tenant_id, ?{}, ?{}, ?{}, ?{}, m.user_id, ?{}, ?{}, ?{} FROM {TENANTS}
             WHERE m.user_id = ?{} AND m.removed_at_ms IS NULL AND ({only})",
            place(0),
            place(1),
            place(2),
            place(3),
            place(5),
            place(6),
            place(7),
            place(4),
        );
        Ok(Statement::of(sql, values))
    }
}

/// Why a session ends before its time.
#[derive(Clone, Copy)]
pub(crate) enum Why {
    SignedOut,
    /// By its person, from another session.
    Ended,
    /// The browser has begun another one.
    Replaced,
    /// There were too many.
    TooMany,
    /// Its passkey was removed.
    Passkey,
    /// The person came back in by a recovery link.
    Recovery,
    /// A token of it was shown that had been replaced long ago.
    OldToken,
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::TooMany => "too_many",
            Self::Passkey => "passkey_removed",
            Self::Recovery => "recovery",
            Self::OldToken => "old_token",
        }
    }
}

/// Ends the sessions `s` of one person for which a condition holds, with `?1` and so on for its values: tells of
/// it, then deletes them. The second statement gives the rows that are gone.
///
/// # Errors
/// 500 without randomness.
pub(crate) fn end_sessions<const N: usize>(
    incoming: &Incoming,
    why: Why,
    which: &str,
    values: [Value; N],
) -> Result<[Statement; 2], ApiError> {
    let gone = Statement::new(
        format!("DELETE FROM sessions AS s WHERE {which} RETURNING id"),
        values.clone(),
    );
    let mut values = Vec::from(values);
    let first = values.len() + 1;
    let place = |at: usize| first + at;
    values.extend(origin(incoming)?);
    values.push(why.as_str().into());
    let sql = format!(
        "INSERT INTO people_log ({COLUMNS})
         SELECT m.tenant_id, ?{}, ?{}, ?{}, ?{}, s.user_id, 'session.ended',
                CASE COUNT(*) WHEN 1 THEN MIN(s.id) END,
                json_object('why', ?{}, 'sessions', COUNT(*))
         FROM sessions s, {TENANTS}
         WHERE m.user_id = s.user_id AND m.removed_at_ms IS NULL AND ({which})
         GROUP BY m.tenant_id, s.user_id",
        place(0),
        place(1),
        place(2),
        place(3),
        place(4),
    );
    Ok([Statement::of(sql, values), gone])
}
