//! A time of trouble of one component: it opens and closes by itself, and the operator may say something of it.

use crate::monitoring::component::{Component, State};
use serde::{Deserialize, Serialize};

/// How many incidents are kept.
const INCIDENTS_MAX: usize = 100;
/// How many words on one.
const NOTES_MAX: usize = 50;

/// A time of trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Names it.
    pub id: String,
    /// The component.
    pub component: String,
    /// The worst that it came to.
    pub state: State,
    /// When it began, in milliseconds since the Unix epoch.
    pub started_at_ms: u64,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at_ms: Option<u64>,
    /// What the operator says of it.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// A word of the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// When it was said, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What.
    pub text: String,
}

/// The incidents of a service: the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents(Vec<Incident>);

impl Incidents {
    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Incident> {
        self.0.iter().rev()
    }

    /// The number of one that begins: the last one is always kept.
    fn next(&self) -> u64 {
        let last = self.0.last().and_then(|last| last.id.strip_prefix("inc_"));
        last.and_then(|number| number.parse::<u64>().ok())
            .map_or(1, |number| number.saturating_add(1))
    }

    /// Opens, deepens or closes the incident of a component whose state has changed.
    pub(crate) fn turn(&mut self, name: &str, component: &Component, now_ms: u64) {
        let open = self
            .0
            .iter_mut()
            .find(|it| it.component == name && it.ended_at_ms.is_none());
        match (open, component.state.is_trouble()) {
            (Some(open), true) => open.state = open.state.max(component.state),
            (Some(open), false) => open.ended_at_ms = Some(now_ms),
            (None, true) => {
                self.0.push(Incident {
                    id: format!("inc_{}", self.next()),
                    component: name.to_owned(),
                    state: component.state,
                    started_at_ms: now_ms,
                    ended_at_ms: None,
                    notes: Vec::new(),
                });
            }
            (None, false) => {}
        }
        let surplus = self.0.len().saturating_sub(INCIDENTS_MAX);
        self.0.drain(..surplus);
    }

    /// Adds the operator's word to an incident; whether there is such a one. The last words are kept.
    pub(crate) fn note(&mut self, incident: &str, text: &str, now_ms: u64) -> bool {
        let Some(incident) = self.0.iter_mut().find(|it| it.id == incident) else {
            return false;
        };
        incident.notes.push(Note {
            at_ms: now_ms,
            text: text.to_owned(),
        });
        let surplus = incident.notes.len().saturating_sub(NOTES_MAX);
        incident.notes.drain(..surplus);
        true
    }
}
