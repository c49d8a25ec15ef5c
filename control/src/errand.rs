//! What a tenant's object has done for it when its alarm rings: the other stores are told, and now and then compared.

use crate::{drift, projection};
use neureus_core::id::TenantId;
use neureus_core::outbox::Errand;
use neureus_shell::gate::Gate;

/// Does what an object's alarm asks for.
pub(crate) async fn run(gate: &Gate, errand: Errand) {
    let Ok(tenant) = TenantId::parse(&errand.tenant) else {
        return;
    };
    if let Err(error) = projection::empty(gate, &tenant).await {
        worker::console_error!("{}: changes are not carried yet: {}", tenant, error.message);
        return;
    }
    if errand.check
        && let Err(error) = drift::mend(gate, &tenant).await
    {
        worker::console_error!("{}: the stores are not compared: {}", tenant, error.message);
    }
}
