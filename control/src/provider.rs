//! A tenant's own keys for model providers: listed by their ends, set, replaced, deleted, wrapped anew.
//!
//! A key comes in with a request, is sealed here, and from then on is only ever opened in the memory of an
//! isolate that uses it. The tenant's object is given sealed keys alone, and takes them if they are made of those
//! that it holds. No answer, error or log line has a key.

use crate::access::Entered;
use crate::body::{present, read, reply};
use crate::change;
use crate::database;
use crate::signed;
use crate::version;
use neureus_core::actor::{Actor, ActorKind};
use neureus_core::change::{Act, Wrong};
use neureus_core::error::{ApiError, Code};
use neureus_core::id::TenantId;
use neureus_core::key::Kind;
use neureus_core::message::{Call, Refusal, Reply as Answer};
use neureus_core::provider_key::{Provider, ProviderKey};
use neureus_core::vault::{CannotSeal, Resealed, Vault};
use neureus_shell::gate::Gate;
use neureus_shell::incoming::with_random;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The setting without which a deployment can keep no keys.
const SETTING: &str = "PROVIDER_MASTER_KEY";

/// The body of a new key. There is no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyBody {
    key: String,
}

/// The body of a rotation: without a key the present one is sealed anew.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RotateBody {
    #[serde(default)]
    key: Option<String>,
}

fn named(name: &str) -> Result<Provider, ApiError> {
    Provider::parse(name).ok_or_else(|| {
        let known = Provider::ALL.map(Provider::as_str).join(", ");
        let message = format!("There is no such provider; keys are taken for {known}");
        ApiError::new(Code::NotFound, message)
    })
}

/// `GET /ai/providers`: the providers, and what people may know of the tenant's keys.
///
/// 1. The object (404, 503). 2. 200.
pub(crate) async fn list(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let vault = look(asked.gate, entered.tenant.id()).await?;
    let names = names(asked.gate, &vault).await;
    let providers: Vec<Value> = Provider::ALL
        .into_iter()
        .map(|provider| show(&vault, provider, &names))
        .collect();
    let available = asked.gate.bindings.masters.is_set();
    reply(
        200,
        &json!({ "available": available, "providers": providers }),
    )
}

/// `PUT /ai/providers/:provider/key`: sets a key or replaces the present one.
///
/// 1. The provider (404), the body (400, 413, 415), the version that was seen (400).
/// 2. The master key (409 where the deployment has none).
/// 3. The object (403, 409, 503). The next admission uses the key.
/// 4. 200 with what people may know of it.
pub(crate) async fn set(
    asked: &Asked<'_>,
    entered: &Entered,
    name: &str,
) -> Result<Reply, ApiError> {
    let provider = named(name)?;
    let KeyBody { key } = read(asked).await?;
    let key = ProviderKey::parse(&key)?;
    change_to(asked, entered, (provider, Some(key), false)).await
}

/// `POST /ai/providers/:provider/rotate`: replaces the key, or seals the present one under another data key.
/// Calls that are going on go on.
///
/// As [`set`]; 409 where there is no key to replace.
pub(crate) async fn rotate(
    asked: &Asked<'_>,
    entered: &Entered,
    name: &str,
) -> Result<Reply, ApiError> {
    let provider = named(name)?;
    let RotateBody { key } = read(asked).await?;
    let key = key.as_deref().map(ProviderKey::parse).transpose()?;
    change_to(asked, entered, (provider, key, true)).await
}

/// `DELETE /ai/providers/:provider/key`: the next admission does without. It needs no master key.
///
/// 1. The provider (404) and the version that was seen (400).
/// 2. The object (403, 404 where there is none, 409, 503). 3. 204.
pub(crate) async fn delete(
    asked: &Asked<'_>,
    entered: &Entered,
    name: &str,
) -> Result<Reply, ApiError> {
    let provider = named(name)?;
    let deleted = change::entered(asked, entered, Act::DropProviderKey(provider)).await;
    deleted.map_err(|error| match error.code {
        Code::NotFound => ApiError::new(
            Code::NotFound,
            "There is no key of your organisation's own for this provider",
        ),
        _ => error,
    })?;
    Ok(Reply::empty(204))
}

async fn change_to(
    asked: &Asked<'_>,
    entered: &Entered,
    (provider, key, replaces): (Provider, Option<ProviderKey>, bool),
) -> Result<Reply, ApiError> {
    version::seen(asked.incoming)?;
    let (gate, tenant) = (asked.gate, entered.tenant.id());
    let vault = look(gate, tenant).await?;
    if replaces && vault.providers().all(|it| it != provider) {
        let refusal = Refusal::Change(Wrong::NoProviderKey);
        return Err(object::refused(&refusal, Kind::Standard));
    }
    let act = seal(
        gate,
        tenant,
        &vault,
        (Some(provider), key.as_ref(), replaces),
    )?;
    change::entered(asked, entered, act).await?;
    let vault = look(gate, tenant).await?;
    let names = names(gate, &vault).await;
    let shown = show(&vault, provider, &names);
    version::reply(200, vault.version(provider), &shown)
}

/// All keys of a tenant, sealed under a new data key.
fn seal(
    gate: &Gate,
    tenant: &TenantId,
    vault: &Vault,
    (provider, key, replaces): (Option<Provider>, Option<&ProviderKey>, bool),
) -> Result<Act, ApiError> {
    let masters = &gate.bindings.masters;
    let sealed = with_random(|bytes| vault.seal(provider.zip(key), masters, tenant, bytes))?;
    let (data, keys) = sealed.map_err(|why| match why {
        CannotSeal::NoMaster => no_master(),
        CannotSeal::Unopened(provider) => ApiError::new(
            Code::Conflict,
            format!(
                "Your organisation's key for {} cannot be opened with this deployment's master key; set or \
                 delete that one first",
                provider.as_str()
            ),
        )
        .with_details(json!({ "provider": provider })),
    })?;
    Ok(Act::SealProviderKeys(Box::new(Resealed {
        provider,
        preview: key.map(ProviderKey::preview),
        replaces,
        data,
        keys,
    })))
}

/// Of a deployment that can seal nothing.
pub(crate) fn no_master() -> ApiError {
    ApiError::new(
        Code::Conflict,
        format!("This deployment keeps no provider keys: its operator has not set {SETTING}"),
    )
    .with_details(json!({ "setting": SETTING }))
}

async fn look(gate: &Gate, tenant: &TenantId) -> Result<Vault, ApiError> {
    match object::call(gate, tenant, &Call::Vault).await? {
        Answer::Vault(vault) => Ok(*vault),
        Answer::Refused(_) => Err(signed::no_such_tenant()),
        _ => Err(ApiError::internal()),
    }
}

fn show(vault: &Vault, provider: Provider, names: &BTreeMap<String, String>) -> Value {
    let kept = vault.of(provider).filter(|kept| kept.sealed.is_some());
    let listed = kept.map(|kept| &kept.listed);
    present(json!({
        "provider": provider,
        "set": listed.is_some(),
        "preview": listed.map(|it| &it.preview),
        "version": listed.map(|it| it.version),
        "updatedAtMs": listed.map(|it| it.at_ms),
        "updatedBy": listed.map(|it| by(&it.by, names)),
    }))
}

fn by(actor: &Actor, names: &BTreeMap<String, String>) -> Value {
    let id = actor.id.as_deref().unwrap_or(actor.kind.as_str());
    let name = match actor.kind {
        ActorKind::Member => names.get(id).map_or(id, String::as_str),
        _ if actor.name.is_empty() => id,
        _ => &actor.name,
    };
    json!({ "id": id, "name": name })
}

#[derive(Deserialize)]
struct NameRow {
    id: String,
    name: String,
}

/// What the people are called who changed keys. Where D1 cannot say, their ids have to do.
async fn names(gate: &Gate, vault: &Vault) -> BTreeMap<String, String> {
    let actors = vault.kept.iter().map(|kept| &kept.listed.by);
    let mut ids = actors
        .filter(|actor| actor.kind == ActorKind::Member)
        .filter_map(|actor| actor.id.as_deref());
    let (Some(one), other) = (ids.next(), ids.next()) else {
        return BTreeMap::new();
    };
    let rows = database::query::<NameRow, 2>(
        gate,
        "SELECT id, name FROM users WHERE id IN (?1, ?2)",
        [one.into(), other.into()],
    );
    let rows = rows.await.unwrap_or_default();
    rows.into_iter().map(|row| (row.id, row.name)).collect()
}

/// Has a tenant's keys wrapped under the present master key. Whether there was anything to do.
///
/// # Errors
/// 409 for keys that do not open or were changed meanwhile, 503.
pub(crate) async fn rewrap(asked: &Asked<'_>, tenant: &TenantId) -> Result<bool, ApiError> {
    let gate = asked.gate;
    let vault = look(gate, tenant).await?;
    if vault.is_present(&gate.bindings.masters, tenant) {
        return Ok(false);
    }
    let act = seal(gate, tenant, &vault, (None, None, false))?;
    change::by_operator(asked, tenant, act).await?;
    Ok(true)
}
