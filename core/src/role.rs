//! Roles and what they may do: one table for code, tests and docs.
//!
//! `docs/roles.md` shows the same table; a test compares them.

use serde::{Deserialize, Serialize};

/// A member's or a key's role. Each includes all that the ones before it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads usage, metrics, alerts and its own account.
    Viewer,
    /// Calls models, makes and revokes its own keys.
    Developer,
    /// Manages keys, team, billing, alerts, privacy.
    Admin,
    /// Makes and unmakes owners and admins, deletes the tenant.
    Owner,
}

impl Role {
    /// Every role, lowest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Admin, Self::Owner];

    /// The role's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether this role includes the permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// Something a role may do. Every authenticated route names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Read usage, metrics, alerts and one's own account.
    Read,
    /// Call models; the playground.
    CallModels,
    /// Make and revoke one's own keys.
    OwnKeys,
    /// Make and revoke anybody's keys, widget keys included.
    AllKeys,
    /// The tenant's own keys for model providers.
    ProviderKeys,
    /// Invite, change and remove members below owner and admin.
    Team,
    /// Plan, billing and limits.
    Billing,
    /// Alert rules and webhooks.
    AlertRules,
    /// The regulated profile and its patterns.
    Privacy,
    /// Read the audit log.
    AuditLog,
    /// Make or unmake owners and admins.
    Ownership,
    /// Delete the tenant and all it has.
    DeleteTenant,
}

impl Permission {
    /// Every permission, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::CallModels,
        Self::OwnKeys,
        Self::AllKeys,
        Self::ProviderKeys,
        Self::Team,
        Self::Billing,
        Self::AlertRules,
        Self::Privacy,
        Self::AuditLog,
        Self::Ownership,
        Self::DeleteTenant,
    ];

    /// The lowest role that has it.
    #[must_use]
    pub fn least_role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::CallModels | Self::OwnKeys => Role::Developer,
            Self::AllKeys
            | Self::ProviderKeys
            | Self::Team
            | Self::Billing
            | Self::AlertRules
            | Self::Privacy
            | Self::AuditLog => Role::Admin,
            Self::Ownership | Self::DeleteTenant => Role::Owner,
        }
    }

    /// What it takes to give this role to somebody or to take it.
    #[must_use]
    pub fn over(role: Role) -> Self {
        match role {
            Role::Viewer | Role::Developer => Self::Team,
            Role::Admin | Role::Owner => Self::Ownership,
        }
    }

    /// What it is, in the words of the documentation.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Read => "read usage, metrics, alerts and one's own account",
            Self::CallModels => "call models, use the playground",
            Self::OwnKeys => "make and revoke one's own keys",
            Self::AllKeys => "make and revoke all keys, widget keys included",
            Self::ProviderKeys => "manage the tenant's own provider keys",
            Self::Team => "invite, change and remove members below one's own role",
            Self::Billing => "change plan, billing and limits",
            Self::AlertRules => "change alert rules and webhooks",
            Self::Privacy => "change the regulated profile",
            Self::AuditLog => "read the audit log",
            Self::Ownership => "make or unmake owners and admins",
            Self::DeleteTenant => "delete the tenant",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> String {
        let mut text =
            String::from("| may | viewer | developer | admin | owner |\n|---|---|---|---|---|\n");
        for permission in Permission::ALL {
            text += &format!("| {} |", permission.describe());
            for role in Role::ALL {
                text += if role.may(permission) {
                    " ✓ |"
                } else {
                    "   |"
                };
            }
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_documentation_shows_this_very_table() {
        let page = include_str!("../../docs/roles.md");
        // Compared without the padding that the formatter adds to the cells.
        let squeeze = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| line.starts_with('|') && !line.contains("--"))
                .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>().join("|"))
                .collect()
        };
        assert_eq!(
            squeeze(page),
            squeeze(&table()),
            "docs/roles.md should hold:\n{}",
            table()
        );
    }

    #[test]
    fn each_role_includes_the_ones_below() {
        for permission in Permission::ALL {
            let mut had = false;
            for role in Role::ALL {
                assert!(role.may(permission) >= had, "{role:?} lost {permission:?}");
                had = role.may(permission);
            }
            assert!(had, "an owner may {permission:?}");
        }
    }
}
