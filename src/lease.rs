//! What an admitted request holds of the tenant's limits, and the last word on it.
//!
//! A [`Hold`] ends exactly once: settled with what was used, or released, also when it is dropped on any
//! other way out. The word goes to the tenant's object after the answer: at once, or where the tenant has plenty
//! of what the lease holds, along with what the object is asked next. It is said again until the object has
//! written it, and nobody waits for it. If this isolate dies before that, the lease expires.

use neureus_core::id::{RequestId, TenantId};
use neureus_core::limit_state::{self, LimitState};
use neureus_core::message::{Call, Charge, Keep, Lease, Release, Settle};
use neureus_core::metrics::log::{self, Went};
use neureus_core::texts::Texts;
use neureus_shell::gate::Gate;
use neureus_shell::glue::Exchange;
use std::rc::Rc;

/// A request's lease. Dropping it gives everything back.
pub(crate) struct Hold {
    gate: Rc<Gate>,
    exchange: Exchange,
    tenant: TenantId,
    pub(crate) lease: Lease,
    /// The digest of its idempotency key, if it has one.
    repeat: Option<String>,
    /// What is asked and answered, where the tenant wants it kept with the log.
    texts: Option<Box<Texts>>,
    /// Whether its end may wait a little for something to go along with.
    lingers: bool,
    open: bool,
}

impl Hold {
    pub(crate) fn new(
        gate: &Rc<Gate>,
        exchange: &Exchange,
        tenant: &TenantId,
        lease: Lease,
        repeat: Option<String>,
        limits: &[LimitState],
    ) -> Self {
        Self {
            gate: Rc::clone(gate),
            exchange: exchange.share(),
            tenant: tenant.clone(),
            lingers: repeat.is_none() && limit_state::ample(limits, &lease),
            lease,
            repeat,
            texts: None,
            open: true,
        }
    }

    /// Has what is asked told with the last word.
    pub(crate) fn keep(&mut self, texts: Texts) {
        self.texts = Some(Box::new(texts));
        // Long messages go by themselves.
        self.lingers = false;
    }

    /// Whether what is answered is told with it.
    pub(crate) fn keeps_texts(&self) -> bool {
        self.texts.is_some()
    }

    /// What is told of what is asked and answered, if anything is.
    pub(crate) fn texts(&mut self) -> Option<&mut Texts> {
        self.texts.as_deref_mut()
    }

    /// Tells that the request is still going on, and has come this far.
    pub(crate) fn extend(&self, so_far: Charge) {
        self.tell(&Call::Extend(Settle {
            lease: self.lease.clone(),
            charge: so_far,
            keep: None,
            went: None,
        }));
    }

    /// The end: this is what was used, and how it went. `sealed` is the answer to keep for repeats.
    pub(crate) fn settle(&mut self, charge: Charge, sealed: Option<String>, mut went: Went) {
        if !core::mem::replace(&mut self.open, false) {
            return;
        }
        went.texts = self.texts.take();
        let keep = self.repeat.take().map(|id| Keep { id, sealed });
        self.end(&Call::Settle(Settle {
            lease: self.lease.clone(),
            charge,
            keep,
            went: Some(went),
        }));
    }

    /// The end: nothing was used, and this is why.
    pub(crate) fn release(&mut self, mut went: Went) {
        if !core::mem::replace(&mut self.open, false) {
            return;
        }
        went.texts = self.texts.take();
        let repeat = self.repeat.take();
        self.end(&Call::Release(Release {
            request: self.lease.request.clone(),
            lease: Some(self.lease.clone()),
            repeat,
            went: Some(went),
        }));
    }

    /// Gives the lease to whoever ends it from now on.
    pub(crate) fn hand_over(&mut self) -> Self {
        let open = core::mem::replace(&mut self.open, false);
        Self {
            gate: Rc::clone(&self.gate),
            exchange: self.exchange.share(),
            tenant: self.tenant.clone(),
            lease: self.lease.clone(),
            repeat: self.repeat.take(),
            texts: self.texts.take(),
            lingers: self.lingers,
            open,
        }
    }

    /// Says nothing any more: the lease expires with its last word. For a stream that the platform
    /// dropped without a word, where nobody is left to tell anything.
    pub(crate) fn abandon(&mut self) {
        self.open = false;
    }

    /// The digest of the request's idempotency key.
    pub(crate) fn repeat(&self) -> Option<&str> {
        self.repeat.as_deref()
    }

    /// The request's way out.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The tenant it is of.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Tells at once.
    fn tell(&self, call: &Call) {
        tell(&self.gate, &self.exchange, &self.tenant, call);
    }

    /// Tells at once where somebody may wait for what the lease holds or nothing is likely to take the end along, else
    /// a little later.
    fn end(&self, call: &Call) {
        if self.lingers && self.gate.flows(&self.tenant) {
            self.gate.end(&self.exchange, &self.tenant, call);
        } else {
            self.tell(call);
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Its request was dropped with it: whoever asked has left.
        self.release(Went {
            how: log::CANCELLED.to_owned(),
            ..Went::default()
        });
    }
}

/// Gives back what a request may have been granted whose admission was never heard of.
pub(crate) fn release_unheard(
    gate: &Gate,
    exchange: &Exchange,
    tenant: &TenantId,
    request: RequestId,
    repeat: Option<String>,
) {
    let release = Release {
        request,
        lease: None,
        repeat,
        went: None,
    };
    tell(gate, exchange, tenant, &Call::Release(release));
}

fn tell(gate: &Gate, exchange: &Exchange, tenant: &TenantId, call: &Call) {
    if let Ok(message) = serde_json::to_string(call) {
        exchange.tell(&gate.bindings.tenants, tenant.as_str(), &message);
    }
}
