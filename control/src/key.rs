//! Keys: listed, made, changed, rotated, revoked.

use crate::access::Entered;
use crate::body::{present, read, reply};
use crate::change::{self, Changed};
use crate::table::{self, KeyFilter};
use crate::version;
use neureus_core::change::{Act, Fresh};
use neureus_core::chat::Invalid;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::KeyId;
use neureus_core::key::{ApiKey, Kind};
use neureus_core::manage::key::{self, KeyBody, KeyPatch, RotateBody, WidgetBody, WidgetGone};
use neureus_core::message::KeyRecord;
use neureus_core::money::NanoUsd;
use neureus_core::query;
use neureus_core::role::{Permission, Role};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::random;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// The most keys of a page.
const PAGE: usize = 100;

/// `GET /api/keys`: one's own; with `all=1` everybody's, for whoever may manage those.
///
/// 1. `kind`, `all`, `playground`, `cursor` (400; 403 for `all` below admin).
/// 2. 200 with a page, newest first.
pub(crate) async fn list(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let text = &asked.incoming.query;
    let kind = match query::value(text, "kind")?.as_deref() {
        None => None,
        Some("nru") => Some(Kind::Standard),
        Some("pk") => Some(Kind::Widget),
        Some(_) => return Err(wrong("kind", "This is nru or pk")),
    };
    let all = query::value(text, "all")?.is_some_and(|all| all != "0");
    if all && !entered.may(Permission::AllKeys) {
        let role = Permission::AllKeys.least_role().as_str();
        let message = format!("To see everybody's keys needs the role {role} or higher");
        return Err(ApiError::new(Code::Forbidden, message));
    }
    let filter = KeyFilter {
        kind,
        passing: query::value(text, "playground")?.is_some_and(|passing| passing != "0"),
        own: (!all).then(|| (entered.owner(), entered.id())),
        before: query::cursor(text)?,
        most: PAGE + 1,
    };
    let mut rows = table::keys(asked.gate, &entered.tenant, &filter).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| query::place(row.created_at_ms, &row.id));
    let keys: Vec<Value> = rows.iter().map(|row| row.show(entered)).collect();
    reply(200, &present(json!({ "keys": keys, "next": next })))
}

fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid(Invalid {
        path: name.to_owned(),
        message: message.to_owned(),
    })
}

fn key_id(text: &str) -> Result<KeyId, ApiError> {
    KeyId::parse(text).map_err(|_| no_such_key())
}

fn no_such_key() -> ApiError {
    ApiError::new(Code::NotFound, "There is no such key")
}

/// A new key's text and id.
fn fresh(kind: Kind) -> Result<(ApiKey, KeyId), ApiError> {
    let mut key = None;
    let id = random(|bytes| {
        key = Some(ApiKey::generate(kind, bytes));
        KeyId::generate(bytes).into()
    })?;
    match (key, KeyId::parse(&id)) {
        (Some(key), Ok(id)) => Ok((key, id)),
        _ => Err(ApiError::internal()),
    }
}

fn is_model(gate: &Gate, name: &str) -> bool {
    let catalog = gate.catalog();
    catalog.is_ok_and(|it| it.models.iter().any(|known| known.id == name))
}

/// A key as its owner is shown it.
fn show(key: &KeyRecord, role: Role, own: bool) -> Value {
    let limits = key.limits();
    present(json!({
        "id": key.id,
        "type": key.kind,
        "name": key.name,
        "role": key.role,
        "effectiveRole": role,
        "preview": key.preview,
        "createdAtMs": key.created_at_ms,
        "expiresAtMs": key.expires_at_ms,
        "revokedAtMs": key.revoked_at_ms,
        "limits": present(json!({
            "rpm": limits.rpm,
            "tpm": limits.tpm,
            "concurrency": limits.concurrency,
            "budgetUsd": limits.budget.map(NanoUsd::to_json),
        })),
        "models": key.models,
        "profile": key.profile,
        "origins": key.origins,
        "visitorRpm": key.of_a_visitor(),
        "own": own,
        "version": key.version,
    }))
}

/// The answer to whoever made a key: the only one that ever holds its text.
fn reveal(key: &ApiKey, changed: &Changed, entered: &Entered) -> Result<Reply, ApiError> {
    let record = changed.key()?;
    let own = record.creator == entered.standing.owner;
    let mut body = show(record, record.role.min(entered.standing.role), own);
    if let Value::Object(fields) = &mut body {
        fields.insert("key".into(), json!(key.reveal()));
    }
    version::reply(201, record.version, &body)
}

/// Makes a key that works at once, or none: whoever gets its text may use it everywhere.
async fn create(
    asked: &Asked<'_>,
    entered: &Entered,
    record: KeyRecord,
) -> Result<Changed, ApiError> {
    let id = record.id.clone();
    let act = Act::MakeKey(Box::new(record));
    let changed = change::entered(asked, entered, act).await?;
    if changed.carried {
        return Ok(changed);
    }
    // Nobody will be given this key. Revoking it is tidiness, so its failure changes nothing.
    let _tidied = change::entered(asked, entered, Act::RevokeKey(id)).await;
    Err(ApiError::overloaded("The key could not be stored", 1))
}

/// `POST /api/keys`: makes a key.
///
/// 1. The body (400).
/// 2. The object (403 above the maker's role, 409).
/// 3. 201 with the key's text, which is never shown again.
pub(crate) async fn make(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let wanted: KeyBody = read(asked).await?;
    let (key, id) = fresh(wanted.kind)?;
    let record = wanted.record(id, &key, now_ms(), |name| is_model(asked.gate, name))?;
    let changed = create(asked, entered, record).await?;
    reveal(&key, &changed, entered)
}

/// `POST /ai/widget/key`: makes a widget key.
pub(crate) async fn make_widget(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let wanted: WidgetBody = read(asked).await?;
    let (key, id) = fresh(Kind::Widget)?;
    let record = wanted.record(id, &key)?;
    let changed = create(asked, entered, record).await?;
    let body = json!({
        "key": key.reveal(),
        "keyId": changed.key()?.id,
        "keyPreview": key.preview(),
    });
    reply(201, &body)
}

/// `POST /api/playground/key`: a developer's key for an hour, which the page forgets.
pub(crate) async fn playground(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let (key, id) = fresh(Kind::Standard)?;
    let record = key::playground(id, &key, now_ms());
    let ends = record.expires_at_ms;
    create(asked, entered, record).await?;
    reply(201, &json!({ "key": key.reveal(), "expiresAtMs": ends }))
}

/// `PATCH /api/keys/:key`: another name, other limits, models or origins.
pub(crate) async fn edit(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let id = key_id(id)?;
    let patch: KeyPatch = read(asked).await?;
    let edit = patch.edit(|name| is_model(asked.gate, name))?;
    let changed = change::entered(asked, entered, Act::EditKey(id.clone(), edit)).await?;
    let version = changed.key()?.version;
    let row = table::key(asked.gate, &entered.tenant, &id).await?;
    match row.filter(|row| row.version == version) {
        Some(row) => version::reply(200, version, &row.show(entered)),
        // D1 does not know it yet.
        None => {
            let record = changed.key()?;
            let own = record.creator == entered.standing.owner;
            version::reply(200, version, &show(record, record.role, own))
        }
    }
}

/// `DELETE /api/keys/:key`: revokes it, everywhere and for good. Asking again is safe.
pub(crate) async fn revoke(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let id = key_id(id)?;
    let changed = change::entered(asked, entered, Act::RevokeKey(id)).await?;
    let record = changed.key()?;
    reply(
        200,
        &json!({ "id": record.id, "revokedAtMs": record.revoked_at_ms }),
    )
}

/// `DELETE /ai/widget/key`: revokes a widget key.
pub(crate) async fn revoke_widget(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let gone: WidgetGone = read(asked).await?;
    let row = table::key(asked.gate, &entered.tenant, &gone.key_id).await?;
    if row.is_none_or(|row| row.kind != Kind::Widget) {
        return Err(no_such_key());
    }
    let changed = change::entered(asked, entered, Act::RevokeKey(gone.key_id)).await?;
    let record = changed.key()?;
    reply(
        200,
        &json!({ "keyId": record.id, "revokedAtMs": record.revoked_at_ms }),
    )
}

/// `POST /api/keys/:key/rotate`: the same key with another text. The old one goes on for the grace.
pub(crate) async fn rotate(
    asked: &Asked<'_>,
    entered: &Entered,
    id: &str,
) -> Result<Reply, ApiError> {
    let old = key_id(id)?;
    let wanted = read::<RotateBody>(asked).await?.validate()?;
    let row = table::key(asked.gate, &entered.tenant, &old).await?;
    let kind = row.map_or(Kind::Standard, |row| row.kind);
    let (key, id) = fresh(kind)?;
    let new = Fresh {
        id: id.clone(),
        hash: key.hash(),
        preview: key.preview(),
        grace_s: wanted.grace_s,
    };
    let changed = change::entered(asked, entered, Act::RotateKey(old, new)).await?;
    if !changed.carried {
        // The new key is lost; the old one goes on as it was told to, and can be replaced by hand.
        let _tidied = change::entered(asked, entered, Act::RevokeKey(id)).await;
        return Err(ApiError::overloaded("The key could not be stored", 1));
    }
    reveal(&key, &changed, entered)
}
