//! The one way to change anything of a tenant: the object decides and writes, then the other stores are told.

use crate::access::Entered;
use crate::{projection, version};
use neureus_core::change::{Act, By, Change};
use neureus_core::error::ApiError;
use neureus_core::id::{RequestId, TenantId};
use neureus_core::key::Kind;
use neureus_core::member::Member;
use neureus_core::message::{Call, KeyRecord, Reply, Settings};
use neureus_core::outbox::{Item, Row};
use neureus_shell::gate::Gate;
use neureus_shell::incoming::{Incoming, random};
use neureus_shell::object;
use neureus_shell::server::Asked;

/// What a change came to.
pub(crate) struct Changed {
    items: Vec<Item>,
    /// Whether KV and D1 know it. If not they will: the object has it carried.
    pub(crate) carried: bool,
}

impl Changed {
    /// The settings as they are now.
    ///
    /// # Errors
    /// 500 when it was no change of settings.
    pub(crate) fn settings(&self) -> Result<&Settings, ApiError> {
        let find = |item: &Item| matches!(item.row, Row::Tenant(_));
        match self.items.iter().find(|item| find(item)).map(|it| &it.row) {
            Some(Row::Tenant(settings)) => Ok(settings),
            _ => Err(ApiError::internal()),
        }
    }

    /// The first key that was changed, as it is now.
    ///
    /// # Errors
    /// 500 when none was.
    pub(crate) fn key(&self) -> Result<&KeyRecord, ApiError> {
        let mut keys = self.items.iter().filter_map(|item| match &item.row {
            Row::Key(key) => Some(&**key),
            _ => None,
        });
        keys.next().ok_or_else(ApiError::internal)
    }

    /// The member who was changed, as they are now.
    ///
    /// # Errors
    /// 500 when none was.
    pub(crate) fn member(&self) -> Result<&Member, ApiError> {
        let mut members = self.items.iter().filter_map(|item| match &item.row {
            Row::Member(member) => Some(member),
            _ => None,
        });
        members.next().ok_or_else(ApiError::internal)
    }
}

/// Makes a change. It is made once the object has it, whatever becomes of the other stores.
///
/// # Errors
/// What the object refuses: 401, 403, 404, 409. 503 when it does not answer.
pub(crate) async fn make(
    gate: &Gate,
    incoming: &Incoming,
    tenant: &TenantId,
    by: By,
    version: Option<u64>,
    act: Act,
) -> Result<Changed, ApiError> {
    let change = Change {
        tenant: tenant.clone(),
        by,
        request: incoming.id.clone(),
        ip: incoming.client.clone(),
        version,
        act,
    };
    send(gate, change).await
}

/// The same for somebody who was let in, under the version that they have seen (`If-Match`).
///
/// # Errors
/// As [`make`]; 400 for another header than a version.
pub(crate) async fn entered(
    asked: &Asked<'_>,
    entered: &Entered,
    act: Act,
) -> Result<Changed, ApiError> {
    let version = version::seen(asked.incoming)?;
    let (tenant, by) = (entered.tenant.id(), entered.by.clone());
    make(asked.gate, asked.incoming, tenant, by, version, act).await
}

/// The same for the operator.
///
/// # Errors
/// As [`make`].
pub(crate) async fn by_operator(
    asked: &Asked<'_>,
    tenant: &TenantId,
    act: Act,
) -> Result<Changed, ApiError> {
    make(asked.gate, asked.incoming, tenant, By::Operator, None, act).await
}

/// A change that the gateway makes by itself.
///
/// # Errors
/// As [`make`].
pub(crate) async fn by_system(gate: &Gate, tenant: &TenantId, act: Act) -> Result<(), ApiError> {
    let request = random(|bytes| RequestId::generate(bytes).into())?;
    let change = Change {
        tenant: tenant.clone(),
        by: By::System,
        request: RequestId::try_from(request).map_err(|_| ApiError::internal())?,
        ip: String::new(),
        version: None,
        act,
    };
    send(gate, change).await.map(|_| ())
}

async fn send(gate: &Gate, change: Change) -> Result<Changed, ApiError> {
    let tenant = change.tenant.clone();
    match object::call(gate, &tenant, &Call::Change(Box::new(change))).await? {
        Reply::Changed(items) => {
            let carried = projection::carry(gate, &tenant, &items).await;
            Ok(Changed {
                carried: carried.is_ok(),
                items,
            })
        }
        Reply::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}
