//! `/monitoring/*`, `/api/alerts/*`, `/api/logs`: what was counted, judged and logged.
//!
//! With a key it is of the key's tenant, with a session of the tenant that it names; with the operator token
//! it is of the whole deployment.

pub(crate) mod alerts;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod object;
pub(crate) mod status;

use crate::access::{self, Entered};
use crate::operator_token::{self, Shown};
use crate::{body, change, monitor};
use neureus_core::change::{Act, Note};
use neureus_core::error::ApiError;
use neureus_core::monitoring::PLATFORM;
use neureus_core::monitoring::monitor::Message;
use neureus_core::role::Permission;
use neureus_core::route::Endpoint;
use neureus_shell::reply::Reply;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;

/// Lets the caller in and does what is asked.
///
/// # Errors
/// As [`enter`] and the handlers.
pub(crate) async fn dispatch(asked: &Asked<'_>, trace: &mut Trace) -> Result<Reply, ApiError> {
    if asked.route.endpoint == Endpoint::Status {
        return status::handle(asked.gate, asked.incoming).await;
    }
    let asker = enter(asked, trace).await?;
    let id = asked.params.first().copied().unwrap_or_default();
    match asked.route.endpoint {
        Endpoint::Metrics => metrics::look(asked, &asker).await,
        Endpoint::Alerts => tell(asked, &asker, &Message::Alerts).await,
        Endpoint::AlertRules => alerts::rules(asked, &asker).await,
        Endpoint::PutAlertRules => alerts::put_rules(asked, &asker).await,
        Endpoint::Webhooks => tell(asked, &asker, &Message::Webhooks).await,
        Endpoint::AddWebhook => alerts::add(asked, &asker).await,
        Endpoint::DropWebhook => alerts::drop(asked, &asker, id).await,
        Endpoint::TestWebhook => tell(asked, &asker, &Message::TestWebhook(id.to_owned())).await,
        Endpoint::Logs => logs::list(asked, &asker).await,
        Endpoint::Log => logs::one(asked, &asker, id).await,
        _ => Err(server::no_such_path()),
    }
}

/// Who asks, and so of what they may know.
pub(crate) enum Asker {
    /// Somebody of a tenant: theirs.
    Tenant(Entered),
    /// The operator: the whole deployment.
    Operator,
}

/// Lets the caller in: by the operator token, a key, or a session.
///
/// # Errors
/// 401, 403, 404 for a tenant that a signed-in person does not belong to, or 503 when the object does not
/// answer. A network that guesses operator tokens is told 401 here.
async fn enter(asked: &Asked<'_>, trace: &mut Trace) -> Result<Asker, ApiError> {
    if let Shown::Token = operator_token::shown(asked.gate, asked.incoming).await? {
        trace.auth = "operator";
        return Ok(Asker::Operator);
    }
    access::enter(asked, trace).await.map(Asker::Tenant)
}

impl Asker {
    /// The name of the objects that know it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tenant(entered) => entered.tenant.id().as_str(),
            Self::Operator => PLATFORM,
        }
    }

    /// Writes a change of alerts into the tenant's audit log.
    ///
    /// # Errors
    /// What the tenant's object refuses, and 503.
    pub(crate) async fn note(
        &self,
        asked: &Asked<'_>,
        action: &str,
        target: Option<&str>,
    ) -> Result<(), ApiError> {
        let Self::Tenant(entered) = self else {
            return Ok(());
        };
        let note = Act::Note(Note {
            needs: Permission::AlertRules,
            action: action.to_owned(),
            target: target.map(str::to_owned),
            details: None,
        });
        let (tenant, by) = (entered.tenant.id(), entered.by.clone());
        change::make(asked.gate, asked.incoming, tenant, by, None, note)
            .await
            .map(|_| ())
    }
}

/// What the caller's monitor says to something: 200, or as [`monitor::ask`].
async fn tell(asked: &Asked<'_>, asker: &Asker, message: &Message) -> Result<Reply, ApiError> {
    body::reply(200, &monitor::ask(asked.gate, asker.name(), message).await?)
}
