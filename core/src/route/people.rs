//! The routes of people: signing in and out, coming in by a link, one's own account.

use super::{Access, Endpoint, Route};

/// 16 KiB: names and secrets.
const BODY: usize = 16 << 10;
/// 64 KiB: a new credential with an attestation, which pages send as browsers give it.
const CREDENTIAL: usize = 64 << 10;

/// What a request about people asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum People {
    /// Who is signed in, or how to come in.
    Look,
    /// A challenge for any passkey.
    BeginSignIn,
    /// A session for whoever shows a passkey.
    SignIn,
    /// The end of the session.
    SignOut,
    /// What a one-time link is for.
    LookAtLink,
    /// A challenge for the passkey that a link lets somebody make.
    BeginJoin,
    /// A link is used up, and somebody comes in.
    Join,
    /// A challenge for a new person's passkey, where signing up is open.
    BeginSignUp,
    /// A new person with a tenant of their own, where signing up is open.
    SignUp,
    /// Another name.
    Rename,
    /// One's own passkeys.
    Passkeys,
    /// A challenge for one more.
    BeginPasskey,
    /// One more.
    AddPasskey,
    /// Another name for one.
    RenamePasskey,
    /// One less, but never the last.
    RemovePasskey,
    /// One's own sessions.
    Sessions,
    /// The end of all of them but this one.
    EndOthers,
    /// The end of one.
    EndSession,
    /// The tenant to work in.
    Choose,
    /// Operator: a link into a tenant, or one that lets a person back in.
    OperatorLink,
}

/// Every route of people.
pub(super) const PEOPLE: &[Route] = &[
    of("GET", "/api/session", People::Look, Access::Public, 0),
    of(
        "POST",
        "/api/signin/options",
        People::BeginSignIn,
        Access::Public,
        BODY,
    ),
    of(
        "POST",
        "/api/signin",
        People::SignIn,
        Access::Public,
        CREDENTIAL,
    ),
    of("POST", "/api/signout", People::SignOut, Access::Public, 0),
    of(
        "POST",
        "/api/links/look",
        People::LookAtLink,
        Access::Public,
        BODY,
    ),
    of(
        "POST",
        "/api/links/options",
        People::BeginJoin,
        Access::Public,
        BODY,
    ),
    of(
        "POST",
        "/api/links/accept",
        People::Join,
        Access::Public,
        CREDENTIAL,
    ),
    of(
        "POST",
        "/api/signup/options",
        People::BeginSignUp,
        Access::Public,
        BODY,
    ),
    of(
        "POST",
        "/api/signup",
        People::SignUp,
        Access::Public,
        CREDENTIAL,
    ),
    of("PATCH", "/api/me", People::Rename, Access::Session, BODY),
    of("GET", "/api/passkeys", People::Passkeys, Access::Session, 0),
    of(
        "POST",
        "/api/passkeys/options",
        People::BeginPasskey,
        Access::Session,
        BODY,
    ),
    of(
        "POST",
        "/api/passkeys",
        People::AddPasskey,
        Access::Session,
        CREDENTIAL,
    ),
    of(
        "PATCH",
        "/api/passkeys/:id",
        People::RenamePasskey,
        Access::Session,
        BODY,
    ),
    of(
        "DELETE",
        "/api/passkeys/:id",
        People::RemovePasskey,
        Access::Session,
        0,
    ),
    of("GET", "/api/sessions", People::Sessions, Access::Session, 0),
    of(
        "DELETE",
        "/api/sessions",
        People::EndOthers,
        Access::Session,
        0,
    ),
    of(
        "DELETE",
        "/api/sessions/:id",
        People::EndSession,
        Access::Session,
        0,
    ),
    of(
        "PUT",
        "/api/session/tenant",
        People::Choose,
        Access::Session,
        BODY,
    ),
    of(
        "POST",
        "/operator/tenants/:tenant/links",
        People::OperatorLink,
        Access::Operator,
        BODY,
    ),
];

const fn of(
    method: &'static str,
    path: &'static str,
    what: People,
    access: Access,
    body_limit: usize,
) -> Route {
    Route::of(method, path, Endpoint::People(what), access, body_limit)
}
