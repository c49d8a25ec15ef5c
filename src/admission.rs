//! Admission: one call to the tenant's object, which confirms the key and checks every limit at once.

use crate::lease::{self, Hold};
use neureus_core::error::ApiError;
use neureus_core::message::{Admit, Call, Lease, LimitState, Principal, Refusal, Repeated, Reply};
use neureus_core::vault::Lent;
use neureus_shell::auth::Caller;
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::object;
use neureus_shell::trace::Trace;
use std::rc::Rc;

/// What becomes of a request that is not refused.
pub(crate) enum Admitted {
    /// It may go on.
    Now(Box<Granted>),
    /// It did before; the digest it was recognised by.
    Before(Principal, Repeated, String),
}

/// A request that may go on.
pub(crate) struct Granted {
    pub(crate) principal: Principal,
    pub(crate) hold: Hold,
    pub(crate) limits: Vec<LimitState>,
    /// The tenant's own provider keys that it may need, sealed.
    pub(crate) own: Option<Lent>,
}

/// Why a request was not admitted, and the limits to tell the caller of.
pub(crate) struct Refused {
    pub(crate) error: ApiError,
    pub(crate) limits: Vec<LimitState>,
    /// The isolate remembered other provider keys of the tenant's own.
    pub(crate) outdated: bool,
}

/// Asks the object to admit the request: the key's confirmation and all limits in one.
///
/// # Errors
/// 401, 403, 402 or 429 with the limits as they stand, or 503 when the object does not answer.
pub(crate) async fn admit(
    caller: &Caller,
    gate: &Rc<Gate>,
    incoming: &Incoming,
    admit: Admit,
    trace: &mut Trace,
) -> Result<Admitted, Refused> {
    let since_ms = now_ms();
    let repeat = admit.repeat.as_ref().map(|repeat| repeat.id.clone());
    let model = admit.ask.model.clone().unwrap_or_default();
    let want = admit.want;
    let pays = admit.own.as_ref().is_some_and(|own| own.pays);
    let reply = object::call(gate, &caller.tenant, &Call::Admit(admit)).await;
    trace.timed("admit", since_ms);
    let nothing = |error| Refused {
        error,
        limits: Vec::new(),
        outdated: false,
    };
    let reply = reply.map_err(|error| {
        // It may have been admitted all the same, and only the answer was lost.
        let (request, repeat) = (incoming.id.clone(), repeat.clone());
        lease::release_unheard(gate, &incoming.exchange, &caller.tenant, request, repeat);
        nothing(error)
    })?;
    match reply {
        Reply::Admitted(admission) => {
            caller.learn(gate, &admission.principal, trace);
            let granted = admission.granted;
            let lease = Lease {
                request: incoming.id.clone(),
                key: admission.principal.key.clone(),
                model,
                admitted_ms: granted.admitted_ms,
                input_tokens: want.input_tokens,
                output_cap: granted.output_cap,
                cost: granted.cost,
                own: pays,
            };
            trace.broken = admission.shadowed;
            Ok(Admitted::Now(Box::new(Granted {
                hold: Hold::new(
                    gate,
                    &incoming.exchange,
                    &caller.tenant,
                    lease,
                    repeat,
                    &admission.limits,
                ),
                principal: admission.principal,
                limits: admission.limits,
                own: admission.own,
            })))
        }
        Reply::Repeated(principal, repeated) => {
            caller.learn(gate, &principal, trace);
            Ok(Admitted::Before(
                principal,
                repeated,
                repeat.unwrap_or_default(),
            ))
        }
        Reply::Refused(refusal) => {
            let error = caller.refused(gate, &refusal, trace);
            trace.told.set(true);
            let outdated = refusal == Refusal::OwnKeys;
            let limits = match refusal {
                Refusal::Limited { limits, broken, .. } => {
                    trace.broken = Some(broken);
                    limits
                }
                _ => Vec::new(),
            };
            Err(Refused {
                error,
                limits,
                outdated,
            })
        }
        _ => Err(nothing(ApiError::internal())),
    }
}
