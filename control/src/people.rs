//! Which handler a request about people has.

use crate::{join, me, operator_link, operator_token, passkey, signin, signup};
use neureus_core::error::ApiError;
use neureus_core::route::People;
use neureus_shell::reply::Reply;
use neureus_shell::server::{self, Asked};
use neureus_shell::trace::Trace;

/// Finds a request's handler.
pub(crate) async fn dispatch(
    what: People,
    asked: &Asked<'_>,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let (gate, incoming, limit) = (asked.gate, asked.incoming, asked.route.body_limit);
    match (what, asked.params.as_slice()) {
        (People::Look, _) => signin::look(gate, incoming).await,
        (People::BeginSignIn, _) => signin::begin(gate, incoming, limit).await,
        (People::SignIn, _) => signin::sign_in(gate, incoming, limit).await,
        (People::SignOut, _) => signin::sign_out(gate, incoming).await,
        (People::LookAtLink, _) => join::look(gate, incoming, limit).await,
        (People::BeginJoin, _) => join::begin(gate, incoming, limit).await,
        (People::Join, _) => join::accept(gate, incoming, limit).await,
        (People::BeginSignUp, _) => signup::begin(gate, incoming, limit).await,
        (People::SignUp, _) => signup::sign_up(gate, incoming, limit).await,
        (People::Rename, _) => me::rename(gate, incoming, limit).await,
        (People::Passkeys, _) => passkey::list(gate, incoming).await,
        (People::BeginPasskey, _) => passkey::begin(gate, incoming, limit).await,
        (People::AddPasskey, _) => passkey::add(gate, incoming, limit).await,
        (People::RenamePasskey, [id]) => passkey::rename(gate, incoming, limit, id).await,
        (People::RemovePasskey, [id]) => passkey::remove(gate, incoming, id).await,
        (People::Sessions, _) => me::sessions(gate, incoming).await,
        (People::EndOthers, _) => me::end_others(gate, incoming).await,
        (People::EndSession, [id]) => me::end(gate, incoming, id).await,
        (People::Choose, _) => me::choose(gate, incoming, limit).await,
        (People::OperatorLink, [tenant]) => {
            operator_token::require(asked, trace).await?;
            operator_link::make(asked, tenant).await
        }
        _ => Err(server::no_such_path()),
    }
}
