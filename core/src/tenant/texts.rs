//! What was asked and answered: for whom it is kept, and who may read it.

use super::Tenant;
use super::access::profiles;
use crate::change::{By, Standing};
use crate::id::KeyId;
use crate::message::Settings;
use crate::metrics::log::{LogRow, Went};
use crate::role::Permission;
use crate::texts::KEPT_MS;

impl Tenant {
    /// Whether it is kept at all.
    pub(super) fn keeps_texts(&self) -> bool {
        self.settings.as_ref().is_some_and(Settings::keeps_texts)
    }

    /// Takes the texts off that must not be kept any more, whatever the Worker was told when the request came.
    pub(super) fn drop_texts(&self, key: &KeyId, went: Option<&mut Went>) {
        let Some(went) = went.filter(|went| went.texts.is_some()) else {
            return;
        };
        let keeps = |settings: &Settings| {
            let record = self.key(key).ok();
            settings.keeps_texts()
                && record.is_some_and(|record| !profiles(settings, record).is_regulated())
        };
        if !self.settings.as_ref().is_some_and(keeps) {
            went.texts = None;
        }
    }

    /// Leaves in rows of the log what this reader may read: of requests with keys that they may manage, and not
    /// longer than it is kept.
    pub(super) fn show_texts(&self, rows: &mut [LogRow], reader: Option<&By>, now_ms: u64) {
        let standing = reader.and_then(|by| self.standing(by, now_ms).ok());
        for row in rows {
            let recent = row.at_ms.saturating_add(KEPT_MS) > now_ms;
            let reads = |by: &Standing| self.may_read(&row.key, by);
            if !recent || !self.keeps_texts() || !standing.as_ref().is_some_and(reads) {
                row.went.texts = None;
            }
        }
    }

    fn may_read(&self, key: &str, by: &Standing) -> bool {
        if by.is_operator() {
            return false;
        }
        if by.require(Permission::AllKeys).is_ok() {
            return true;
        }
        let own =
            KeyId::parse(key).is_ok_and(|id| self.key(&id).is_ok_and(|record| by.owns(record)));
        own && by.require(Permission::OwnKeys).is_ok()
    }
}
