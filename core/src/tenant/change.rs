//! Changes: who asks, whether they may, and what it comes to.
//!
//! Each change is checked as a whole before anything of it is done: what is refused has changed nothing.

use super::Tenant;
use crate::actor::{Actor, ActorKind};
use crate::alarm::Purpose;
use crate::change::{Act, By, Change, Claim, Needs, Note, Standing, Wrong};
use crate::id::{RequestId, TenantId};
use crate::journal::Write;
use crate::key::Kind;
use crate::member::Creator;
use crate::message::{Forbidden, KeyRecord, Refusal, Reply};
use crate::outbox::{CHECK_MS, Event, Item, Outbox, PROJECT_MS, Row};
use crate::role::{Permission, Role};
use serde_json::{Value, json};

/// A change on its way: what it writes, and what the other stores are told.
pub(super) struct Draft {
    /// Now, in milliseconds since the Unix epoch.
    pub(super) at_ms: u64,
    pub(super) writes: Vec<Write>,
    items: Vec<Item>,
    pub(super) actor: Actor,
    ip: String,
    request: RequestId,
}

impl Draft {
    /// A row, under the number that is its version.
    pub(super) fn row(&mut self, seq: u64, row: Row) {
        self.items.push(Item { seq, row });
    }

    /// An entry of the audit log.
    pub(super) fn event(
        &mut self,
        outbox: &mut Outbox,
        action: &str,
        target: Option<&str>,
        details: Option<Value>,
    ) {
        let event = Event {
            at_ms: self.at_ms,
            actor: self.actor.clone(),
            action: action.to_owned(),
            target: target.map(str::to_owned),
            details,
            ip: self.ip.clone(),
            request: self.request.clone(),
        };
        self.row(outbox.next(), Row::Event(Box::new(event)));
    }

    /// Nothing that was written before counts any more.
    pub(super) fn clear(&mut self) {
        self.writes = vec![Write::Wipe];
        self.items.clear();
    }
}

impl Standing {
    pub(super) fn is_operator(&self) -> bool {
        matches!(self.actor.kind, ActorKind::Operator | ActorKind::System)
    }

    /// Whether the role suffices.
    ///
    /// # Errors
    /// The role that is needed.
    pub(super) fn require(&self, needs: Permission) -> Result<(), Refusal> {
        if self.is_operator() || self.role.may(needs) {
            Ok(())
        } else {
            Err(Refusal::Forbidden(Forbidden::Role(needs.least_role())))
        }
    }

    /// Whether it may give or take this role.
    pub(super) fn require_over(&self, role: Role) -> Result<(), Refusal> {
        self.require(Permission::over(role))
    }

    pub(super) fn is_member(&self, id: &str) -> bool {
        self.actor.kind == ActorKind::Member && self.actor.id.as_deref() == Some(id)
    }

    pub(super) fn is_key(&self, id: &str) -> bool {
        self.actor.kind == ActorKind::Key && self.actor.id.as_deref() == Some(id)
    }

    /// Whether the key is one of its own, or the very key that asks.
    pub(super) fn owns(&self, key: &KeyRecord) -> bool {
        key.creator.is_some() && key.creator == self.owner || self.is_key(key.id.as_str())
    }
}

/// Somebody who is not bound by the roles of a tenant.
fn unbound(kind: ActorKind) -> Standing {
    Standing {
        actor: Actor::of(kind),
        role: Role::Owner,
        kind: None,
        owner: None,
        profiles: crate::profile::Profiles::default(),
    }
}

/// Whether a version that was seen is still the present one.
pub(super) fn fresh(seen: Option<u64>, present: u64) -> Result<(), Refusal> {
    match seen {
        Some(seen) if seen != present => Err(Refusal::Change(Wrong::Stale(present))),
        _ => Ok(()),
    }
}

impl Tenant {
    /// What an actor is here, now.
    pub(super) fn standing(&self, by: &By, now_ms: u64) -> Result<Standing, Refusal> {
        match by {
            By::Operator => Ok(unbound(ActorKind::Operator)),
            By::System => Ok(unbound(ActorKind::System)),
            // Whoever comes by a link has no role yet.
            By::Guest(id) => Ok(Standing {
                actor: Actor::member(id),
                role: Role::Viewer,
                ..unbound(ActorKind::Member)
            }),
            By::Member(id) => {
                let settings = self.settings.as_ref().ok_or(Refusal::NotFound)?;
                let member = self.members.get(id).ok_or(Refusal::NotFound)?;
                Ok(Standing {
                    actor: Actor::member(id),
                    role: member.role,
                    kind: None,
                    owner: Some(Creator::Member(id.clone())),
                    profiles: settings.profiles(),
                })
            }
            By::Key(hash) => {
                let (settings, record, role) = self.live(hash, now_ms)?;
                let own = || Creator::Key(record.id.clone());
                Ok(Standing {
                    actor: Actor {
                        kind: ActorKind::Key,
                        id: Some(record.id.as_str().to_owned()),
                        name: record.name.clone(),
                    },
                    role,
                    kind: Some(record.kind),
                    owner: Some(record.creator.clone().unwrap_or_else(own)),
                    profiles: super::access::profiles(settings, record),
                })
            }
        }
    }

    /// Says what an actor is, if it suffices.
    pub(super) fn stand(&mut self, claim: &Claim, now_ms: u64, writes: &mut Vec<Write>) -> Reply {
        let standing = self.standing(&claim.by, now_ms).and_then(|standing| {
            if standing.kind == Some(Kind::Widget) {
                return Err(Refusal::Forbidden(Forbidden::WidgetKey));
            }
            standing.require(claim.needs)?;
            Ok(standing)
        });
        if let By::Key(hash) = &claim.by {
            self.notice(hash, now_ms, writes);
        }
        match standing {
            Ok(standing) => Reply::Who(standing),
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    /// Makes a change, or refuses it as a whole.
    pub(super) fn change(&mut self, change: Change, now_ms: u64, writes: &mut Vec<Write>) -> Reply {
        match self.changed(change, now_ms, writes) {
            Ok(items) => Reply::Changed(items),
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn changed(
        &mut self,
        change: Change,
        now_ms: u64,
        writes: &mut Vec<Write>,
    ) -> Result<Vec<Item>, Refusal> {
        let Change {
            tenant,
            by,
            request,
            ip,
            version,
            act,
        } = change;
        let standing = self.may_change(&by, &act, now_ms)?;
        let mut draft = Draft {
            at_ms: now_ms,
            writes: Vec::new(),
            items: Vec::new(),
            actor: standing.actor.clone(),
            ip,
            request,
        };
        self.act(tenant, act, version, &standing, &mut draft)?;
        let Draft {
            writes: made,
            items,
            ..
        } = draft;
        writes.extend(made);
        if items.is_empty() {
            return Ok(items);
        }
        writes.extend(items.iter().cloned().map(Write::Outbox));
        self.wake_by(Purpose::Project, now_ms.saturating_add(PROJECT_MS), writes);
        if !self.is_deleted() {
            self.wake_by(Purpose::Check, now_ms.saturating_add(CHECK_MS), writes);
        }
        Ok(items)
    }

    /// Whether the actor may do such a thing at all.
    fn may_change(&self, by: &By, act: &Act, now_ms: u64) -> Result<Standing, Refusal> {
        let makes = matches!(act, Act::MakeTenant(_) | Act::Provision(_));
        if self.settings.is_none() && !makes {
            return Err(match by {
                By::Key(_) => Refusal::Key(crate::message::BadKey::Unknown),
                _ => Refusal::NotFound,
            });
        }
        let standing = self.standing(by, now_ms)?;
        if self.is_deleted() {
            return Err(Refusal::Change(Wrong::Deleted));
        }
        if standing.kind == Some(Kind::Widget) {
            return Err(Refusal::Forbidden(Forbidden::WidgetKey));
        }
        let suspended = self.settings.as_ref().is_some_and(|it| it.suspended);
        if suspended && !standing.is_operator() && !act.only_takes() {
            return Err(Refusal::Forbidden(Forbidden::Suspended));
        }
        let guest = matches!(by, By::Guest(_));
        match act.needs() {
            Needs::Operator if !standing.is_operator() => {
                Err(Refusal::Forbidden(Forbidden::Operator))
            }
            Needs::Link if !guest => Err(Refusal::Forbidden(Forbidden::Person)),
            Needs::Role(_) if guest => Err(Refusal::NotFound),
            Needs::Role(permission) => {
                standing.require(permission)?;
                Ok(standing)
            }
            Needs::Operator | Needs::Link => Ok(standing),
        }
    }

    fn act(
        &mut self,
        tenant: TenantId,
        act: Act,
        version: Option<u64>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        match act {
            Act::MakeTenant(new) => {
                self.make_tenant(tenant, new, draft);
                Ok(())
            }
            Act::Provision(settings) => {
                self.provision(tenant, settings, draft);
                Ok(())
            }
            Act::Suspend(suspended) => self.suspend(suspended, draft),
            Act::Rename(name) => self.rename(name, version, draft),
            Act::Billing(billing) => self.set_billing(billing, version, by, draft),
            Act::Privacy(privacy) => self.set_privacy(privacy, version, draft),
            Act::DeleteTenant => self.delete(draft),
            Act::MakeKey(record) => self.make_key(*record, by, draft),
            Act::EditKey(id, edit) => self.edit_key(&id, edit, version, by, draft),
            Act::RevokeKey(id) => self.revoke_key(&id, by, draft),
            Act::RotateKey(id, fresh) => self.rotate_key(&id, fresh, version, by, draft),
            Act::Join { role, invited_by } => self.join(role, invited_by, by, draft),
            Act::SetRole(id, role) => self.set_role(&id, role, version, by, draft),
            Act::RemoveMember(id) => self.remove_member(&id, by, draft),
            Act::Invite(link, role) => {
                by.require_over(role)?;
                let details = json!({ "role": role });
                let target = Some(link.as_str());
                draft.event(
                    &mut self.outbox,
                    "invitation.created",
                    target,
                    Some(details),
                );
                Ok(())
            }
            Act::Uninvite(link) => {
                let target = Some(link.as_str());
                draft.event(&mut self.outbox, "invitation.deleted", target, None);
                Ok(())
            }
            Act::Recover(id) => self.recover(&id, by, draft),
            Act::SealProviderKeys(next) => self.seal_provider_keys(*next, version, draft),
            Act::DropProviderKey(provider) => self.drop_provider_key(provider, version, draft),
            Act::Note(note) => {
                self.note(note, draft);
                Ok(())
            }
        }
    }

    fn note(&mut self, note: Note, draft: &mut Draft) {
        let target = note.target.as_deref();
        draft.event(&mut self.outbox, &note.action, target, note.details);
    }
}
