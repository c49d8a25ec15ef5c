//! Members: let in, given another role, removed. A tenant that has an owner always has one.

use super::Tenant;
use super::change::{Draft, fresh};
use crate::actor::ActorKind;
use crate::change::{MEMBERS_MAX, Standing, Wrong};
use crate::id::UserId;
use crate::journal::Write;
use crate::member::{Creator, Member};
use crate::message::{Forbidden, Refusal};
use crate::outbox::Row;
use crate::role::{Permission, Role};
use serde_json::json;

impl Tenant {
    fn member(&self, id: &UserId) -> Result<Member, Refusal> {
        self.members.get(id).cloned().ok_or(Refusal::NotFound)
    }

    fn put_member(&mut self, mut member: Member, draft: &mut Draft) {
        member.version = self.outbox.next();
        self.members.insert(member.id.clone(), member.clone());
        draft.row(member.version, Row::Member(member.clone()));
        draft.writes.push(Write::Member(member));
    }

    fn is_last_owner(&self, member: &Member) -> bool {
        let owners = self.members.values().filter(|it| it.role == Role::Owner);
        member.role == Role::Owner && owners.count() == 1
    }

    /// A link counts as much as whoever made it does now.
    fn may_invite(
        &self,
        invited_by: Option<&Creator>,
        role: Role,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let needs = Permission::over(role);
        let inviters = match invited_by {
            None => return Ok(()),
            Some(Creator::Member(id)) => self.members.get(id).map(|member| member.role),
            Some(Creator::Key(id)) => self
                .keys
                .values()
                .map(|held| &held.record)
                .find(|record| record.id == *id && record.is_live(now_ms))
                .and_then(|record| self.effective(record)),
        };
        match inviters {
            Some(inviter) if inviter.may(needs) => Ok(()),
            _ => Err(Refusal::Forbidden(Forbidden::Role(needs.least_role()))),
        }
    }

    pub(super) fn join(
        &mut self,
        role: Role,
        invited_by: Option<Creator>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let id = by.actor.id.as_deref().unwrap_or_default();
        let id = UserId::parse(id).map_err(|_| Refusal::NotFound)?;
        if let Some(member) = self.members.get(&id) {
            draft.row(member.version, Row::Member(member.clone()));
            return Ok(());
        }
        self.may_invite(invited_by.as_ref(), role, draft.at_ms)?;
        if self.members.len() >= MEMBERS_MAX {
            return Err(Refusal::Change(Wrong::Full));
        }
        let member = Member {
            id: id.clone(),
            role,
            joined_at_ms: draft.at_ms,
            removed_at_ms: None,
            version: 0,
        };
        self.put_member(member, draft);
        let inviter = invited_by.as_ref().map(Creator::as_str);
        let details = json!({ "role": role, "invitedBy": inviter });
        let target = Some(id.as_str());
        draft.event(&mut self.outbox, "member.joined", target, Some(details));
        Ok(())
    }

    pub(super) fn set_role(
        &mut self,
        id: &UserId,
        role: Role,
        version: Option<u64>,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let member = self.member(id);
        let own = by.is_member(id.as_str());
        if !own {
            by.require(Permission::Team)?;
        }
        let member = member?;
        // Everybody may step down.
        if !(own && role < member.role) {
            by.require_over(member.role.max(role))?;
        }
        fresh(version, member.version)?;
        if member.role == role {
            draft.row(member.version, Row::Member(member));
            return Ok(());
        }
        if self.is_last_owner(&member) {
            return Err(Refusal::Change(Wrong::LastOwner));
        }
        let details = json!({ "from": member.role, "to": role });
        self.put_member(Member { role, ..member }, draft);
        let target = Some(id.as_str());
        draft.event(
            &mut self.outbox,
            "member.role_changed",
            target,
            Some(details),
        );
        Ok(())
    }

    /// Removes a member, and revokes the member's keys in the same step.
    pub(super) fn remove_member(
        &mut self,
        id: &UserId,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let member = self.member(id);
        let leaves = by.is_member(id.as_str());
        if !leaves {
            by.require(Permission::Team)?;
        }
        let mut member = member?;
        if !leaves {
            by.require_over(member.role)?;
        }
        if self.is_last_owner(&member) {
            return Err(Refusal::Change(Wrong::LastOwner));
        }
        self.members.remove(id);
        draft.writes.push(Write::MemberGone(id.clone()));
        member.version = self.outbox.next();
        member.removed_at_ms = Some(draft.at_ms);
        let details = json!({ "role": member.role });
        draft.row(member.version, Row::Member(member));
        let action = if leaves {
            "member.left"
        } else {
            "member.removed"
        };
        let target = Some(id.as_str());
        draft.event(&mut self.outbox, action, target, Some(details));
        let theirs = Creator::Member(id.clone());
        let keys: Vec<_> = self
            .keys
            .values()
            .map(|held| &held.record)
            .filter(|key| key.creator.as_ref() == Some(&theirs) && key.revoked_at_ms.is_none())
            .cloned()
            .collect();
        for key in keys {
            self.revoke(key, draft);
        }
        Ok(())
    }

    /// A link that lets somebody back in makes whoever holds it that person: it is given only for people
    /// who may do less.
    pub(super) fn recover(
        &mut self,
        id: &UserId,
        by: &Standing,
        draft: &mut Draft,
    ) -> Result<(), Refusal> {
        let member = self.member(id)?;
        let operator = by.actor.kind == ActorKind::Operator;
        if !operator && member.role >= by.role {
            let above = Role::ALL.into_iter().find(|role| *role > member.role);
            return Err(Refusal::Forbidden(
                above.map_or(Forbidden::Operator, Forbidden::Role),
            ));
        }
        let target = Some(id.as_str());
        draft.event(&mut self.outbox, "recovery.created", target, None);
        Ok(())
    }
}
