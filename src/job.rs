//! What calling a backend and answering work with.

use neureus_core::fallback::Candidate;
use neureus_core::id::TenantId;
use neureus_core::message::Principal;
use neureus_core::profile::Profiles;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use std::rc::Rc;

/// An admitted request, on its way to a backend.
pub(crate) struct Job<'a> {
    pub(crate) gate: &'a Rc<Gate>,
    pub(crate) incoming: &'a Incoming,
    /// The body that was read.
    pub(crate) body: &'a [u8],
    /// Who may be asked: first the model that was, then those that may answer instead.
    pub(crate) candidates: Vec<&'a Candidate<'a>>,
    pub(crate) principal: &'a Principal,
    pub(crate) tenant: &'a TenantId,
    /// Every profile that applies.
    pub(crate) profiles: Profiles,
}
