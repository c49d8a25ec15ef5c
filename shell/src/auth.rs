//! Who is calling: from a key's text to the tenant whose object confirms it.
//!
//! The look-up (isolate memory, then KV, then D1 behind a brake) only finds the tenant. Whether the
//! key is good is the object's word, asked for on every authenticated request. Every failure looks
//! the same to the caller.

use crate::clock::now_ms;
use crate::gate::Gate;
use crate::glue;
use crate::incoming::Incoming;
use crate::object;
use crate::trace::Trace;
use neureus_core::client;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::TenantId;
use neureus_core::key::{ApiKey, KeyHash, Kind};
use neureus_core::message::{Ask, Call, Principal, Refusal, Reply};
use neureus_core::role::Permission;
use serde::{Deserialize, Serialize};
use worker::js_sys::Array;
use worker::wasm_bindgen::JsValue;

/// KV and D1 are near; after this long the look-up has failed.
const LOOKUP_MS: u32 = 3_000;

/// A well-formed key and the tenant it was found with. Not yet confirmed.
pub struct Caller {
    /// The tenant that the look-up named.
    pub tenant: TenantId,
    /// The key's SHA-256.
    pub hash: KeyHash,
    /// Standard or widget, by the key's prefix.
    pub kind: Kind,
    /// What the object said last, if this isolate has asked it lately.
    pub remembered: Option<Principal>,
}

/// A key's record in KV: where to find its tenant. Pinned by the Worker that reads it.
#[derive(Serialize, Deserialize)]
pub struct Projection {
    /// The tenant whose object knows the key.
    pub tenant: TenantId,
}

#[derive(Deserialize)]
struct Row {
    tenant_id: TenantId,
}

/// Finds the tenant of the presented key.
///
/// # Errors
/// 401 for a key that is missing, malformed or unknown; 503 when the look-up itself fails.
pub async fn identify(
    gate: &Gate,
    incoming: &Incoming,
    trace: &mut Trace,
) -> Result<Caller, ApiError> {
    let since_ms = now_ms();
    trace.auth = "malformed";
    let key = bearer(&incoming.authorization)
        .and_then(ApiKey::parse)
        .ok_or_else(ApiError::unauthorized)?;
    let (hash, kind) = (key.hash(), key.kind());
    let remembered = gate.cache.borrow().get(&hash, incoming.arrived_ms).cloned();
    let caller = match remembered {
        Some(entry) => Caller {
            tenant: entry.tenant,
            hash,
            kind,
            remembered: entry.principal,
        },
        None => {
            trace.auth = "unknown";
            let tenant = look_up(gate, incoming, hash)
                .await?
                .ok_or_else(ApiError::unauthorized)?;
            gate.cache.borrow_mut().put(hash, tenant.clone(), now_ms());
            Caller {
                tenant,
                hash,
                kind,
                remembered: None,
            }
        }
    };
    trace.auth = "found";
    trace.tenant = caller.tenant.as_str().to_owned();
    if let Some(principal) = &caller.remembered {
        trace.key = principal.key.as_str().to_owned();
    }
    trace.timed("auth", since_ms);
    Ok(caller)
}

/// The credentials of `Authorization: Bearer …` (RFC 6750 §2.1), the scheme in any case.
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, credentials) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| credentials.trim())
}

async fn look_up(
    gate: &Gate,
    incoming: &Incoming,
    hash: KeyHash,
) -> Result<Option<TenantId>, ApiError> {
    let hex = hash.to_hex();
    let failed = |cause: JsValue| {
        worker::console_error!("key look-up failed: {:?}", cause);
        ApiError::overloaded("Keys cannot be looked up right now", 1)
    };
    let found = glue::kv_get(&gate.bindings.keys, &hex, LOOKUP_MS).await;
    // KV that is down is KV that misses: D1 knows every key.
    let projection = found.ok().and_then(|text| text.as_string());
    if let Some(projection) = projection.and_then(|t| serde_json::from_str::<Projection>(&t).ok()) {
        return Ok(Some(projection.tenant));
    }
    let let_through = glue::brake(
        &gate.bindings.brake,
        &client::network(&incoming.client),
        LOOKUP_MS,
    )
    .await;
    if let_through.map_err(failed)? != JsValue::TRUE {
        return Ok(None);
    }
    let row = glue::d1_first(
        &gate.bindings.database,
        "SELECT tenant_id FROM api_keys WHERE hash = ?1 AND revoked_at_ms IS NULL",
        &Array::of1(&JsValue::from_str(&hex)),
        LOOKUP_MS,
    )
    .await
    .map_err(failed)?;
    let row = row
        .as_string()
        .and_then(|json| serde_json::from_str::<Row>(&json).ok());
    Ok(row.map(|row| row.tenant_id))
}

impl Caller {
    /// What to ask the object.
    pub fn ask(&self, needs: Permission, incoming: &Incoming, model: Option<String>) -> Ask {
        Ask {
            key: self.hash,
            needs,
            model,
            origin: incoming.origin().map(str::to_owned),
        }
    }

    /// Asks the object whether the key is good for this, charging nothing.
    ///
    /// # Errors
    /// 401, 403, or 503 when the object does not answer.
    pub async fn confirm(
        &self,
        gate: &Gate,
        ask: Ask,
        trace: &mut Trace,
    ) -> Result<Principal, ApiError> {
        match object::call(gate, &self.tenant, &Call::Confirm(ask)).await? {
            Reply::Confirmed(principal) => {
                self.learn(gate, &principal, trace);
                Ok(principal)
            }
            Reply::Refused(refusal) => Err(self.refused(gate, &refusal, trace)),
            _ => Err(ApiError::internal()),
        }
    }

    /// Notes what the object said of a good key.
    pub fn learn(&self, gate: &Gate, principal: &Principal, trace: &mut Trace) {
        trace.auth = "ok";
        trace.key = principal.key.as_str().to_owned();
        gate.cache.borrow_mut().learn(&self.hash, principal);
    }

    /// A refusal of the object as the caller sees it.
    pub fn refused(&self, gate: &Gate, refusal: &Refusal, trace: &mut Trace) -> ApiError {
        trace.auth = match refusal {
            Refusal::Key(why) => {
                gate.cache.borrow_mut().forget(&self.hash);
                why.as_str()
            }
            Refusal::Forbidden(_) => "forbidden",
            Refusal::Limited { .. } | Refusal::OwnKeys => "ok",
            Refusal::NotFound | Refusal::Conflict | Refusal::Change(_) => "unknown",
        };
        let mut error = object::refused(refusal, self.kind);
        let url = &gate.bindings.upgrade_url;
        if error.code == Code::PaymentRequired && self.kind == Kind::Standard && !url.is_empty() {
            error.message = format!("{}: {url}", error.message);
        }
        error
    }
}
