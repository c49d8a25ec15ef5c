//! The monitor's state machine: one for each tenant, and one for the whole deployment.
//!
//! `step(state, message, context) -> output`. The shell keeps the state as one text, asks the object of
//! the same name for its windows when a look is due, makes the requests it is given, and tells how they
//! went. In scope: when to look, what changes, what is sent. Out of scope: I/O.
//!
//! A monitor looks every interval as long as there is something to see: requests in the last hour, an alert
//! that fires, a probe. Then it sleeps until it is poked.
//!
//! It ends with its tenant: it is told, and should that get lost or overtaken, it learns so when it looks.

use crate::change::Wrong;
use crate::id::TenantId;
use crate::message::{Refusal, Reply, Stretch, Windows};
use crate::metrics::window::{Grain, HOUR_MS};
use crate::money::is_zero;
use crate::monitoring::PLATFORM;
use crate::monitoring::alert::Alerts;
use crate::monitoring::delivery::{Outgoing, Post, Send};
use crate::monitoring::rewrap::Rewrap;
use crate::monitoring::rule::{self, Rule};
use crate::monitoring::sight::{self, Minute, Spend};
use crate::monitoring::status::{Probe, Status};
use crate::monitoring::webhook::{Draft, WEBHOOKS_MAX, Webhook};
use crate::provider_key::Masters;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a monitor is told or asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Its alarm rang.
    Wake,
    /// Something happens again.
    Poke,
    /// What it asked for: the object's answer as text (empty if there was none), and probes.
    Look(String, Vec<Probe>),
    /// How a request went: the delivery, and why it failed, or nothing.
    Tried(String, String),
    /// What fires, and what did.
    Alerts,
    /// The rules.
    Rules,
    /// Other rules.
    PutRules(Vec<Rule>),
    /// Other rules, by somebody who has seen this version of them.
    ReplaceRules(Vec<Rule>, u64),
    /// The webhooks, and what is on its way to them.
    Webhooks,
    /// One more.
    AddWebhook(Draft),
    /// One less.
    DropWebhook(String),
    /// Sends a test.
    TestWebhook(String),
    /// The secrets of webhooks are sealed under the present master key.
    Rewrap(Rewrap),
    /// The status of the service.
    Status,
    /// The operator's word on an incident.
    Note(String, String),
    /// Everything is forgotten: the tenant is deleted.
    Forget,
}

/// What surrounds a step.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The object's name.
    pub name: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// How often it looks, in ms.
    pub interval_ms: u64,
    /// Open the secrets of webhooks.
    pub masters: &'a Masters,
}

impl Context<'_> {
    /// The pause after a delivery that failed, in ms: the first one.
    fn unit_ms(&self) -> u64 {
        (self.interval_ms / 6).max(100)
    }
}

/// What the shell does next.
#[derive(Debug, Serialize)]
pub struct Output {
    /// The state, if it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Nothing may be left of the state.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub gone: bool,
    /// The answer.
    pub reply: Value,
    /// The stretch of windows to ask the object for, if it is time to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<Stretch>,
    /// Requests to make.
    pub send: Vec<Send>,
    /// When to wake, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake_ms: Option<u64>,
}

/// A monitor's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Monitor {
    rules: Option<Vec<Rule>>,
    /// How often somebody has changed the rules.
    #[serde(skip_serializing_if = "is_zero")]
    rules_changed: u64,
    webhooks: Vec<Webhook>,
    alerts: Alerts,
    outgoing: Outgoing,
    /// Of the whole deployment only.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// When the next look is due; none while it sleeps.
    next_look_ms: Option<u64>,
}

/// Takes one message.
#[must_use]
pub fn step(state: &str, message: Message, context: &Context<'_>) -> Output {
    let mut monitor = Monitor::read(state);
    let before = monitor.clone();
    let (reply, look, gone) = match message {
        Message::Forget => (Value::Null, None, true),
        Message::Look(answer, probes) => {
            (Value::Null, None, monitor.look(&answer, &probes, context))
        }
        message => {
            let (reply, look) = monitor.answer(message, context);
            (reply, look, false)
        }
    };
    if gone {
        monitor = Monitor::default();
    }
    let post = Post {
        owner: context.name,
        webhooks: &monitor.webhooks,
        masters: context.masters,
        unit_ms: context.unit_ms(),
    };
    let send = monitor.outgoing.take_due(&post, context.now_ms);
    let next = [monitor.next_look_ms, monitor.outgoing.next_ms()];
    let changed = !gone && monitor != before;
    Output {
        wake_ms: next.into_iter().flatten().min(),
        state: changed
            .then(|| serde_json::to_string(&monitor).ok())
            .flatten(),
        gone,
        reply,
        look,
        send,
    }
}

fn refused(code: &str, message: &str) -> Value {
    json!({ "refused": code, "message": message })
}

/// A part of a state; the default where it cannot be read.
fn part<T: DeserializeOwned + Default>(parts: &mut Map<String, Value>, name: &str) -> T {
    let found = parts.remove(name);
    found
        .and_then(|part| serde_json::from_value(part).ok())
        .unwrap_or_default()
}

impl Monitor {
    /// Reads a state. What of it cannot be read begins anew, and takes nothing else along: alerts are only
    /// observations, but somebody chose the rules.
    fn read(state: &str) -> Self {
        if let Ok(monitor) = serde_json::from_str(state) {
            return monitor;
        }
        let mut parts = serde_json::from_str(state).unwrap_or_default();
        let webhooks: Vec<Value> = part(&mut parts, "webhooks");
        Self {
            rules: part(&mut parts, "rules"),
            rules_changed: part(&mut parts, "rules_changed"),
            webhooks: webhooks
                .into_iter()
                .filter_map(|it| serde_json::from_value(it).ok())
                .collect(),
            alerts: part(&mut parts, "alerts"),
            outgoing: part(&mut parts, "outgoing"),
            status: part(&mut parts, "status"),
            next_look_ms: part(&mut parts, "next_look_ms"),
        }
    }

    /// Looks soon, if it sleeps.
    fn poke(&mut self, at_ms: u64) {
        self.next_look_ms.get_or_insert(at_ms);
    }

    fn rules(&self) -> Vec<Rule> {
        self.rules.clone().unwrap_or_else(rule::defaults)
    }

    /// The rules' version: 1 until somebody changes them.
    fn version(&self) -> u64 {
        self.rules_changed.saturating_add(1)
    }

    fn shown_rules(&self) -> Value {
        json!({ "rules": self.rules(), "version": self.version() })
    }

    /// Other rules, unless somebody else was faster.
    fn put_rules(&mut self, rules: Vec<Rule>, seen: Option<u64>, now_ms: u64) -> Value {
        let version = self.version();
        if seen.is_some_and(|seen| seen != version) {
            let mut told = refused("CONFLICT", Wrong::Stale(version).message());
            if let Some(fields) = told.as_object_mut() {
                fields.insert("version".to_owned(), json!(version));
            }
            return told;
        }
        self.rules = Some(rules);
        self.rules_changed = version;
        self.poke(now_ms);
        self.shown_rules()
    }

    fn answer(&mut self, message: Message, context: &Context<'_>) -> (Value, Option<Stretch>) {
        let now_ms = context.now_ms;
        let unknown = || refused("NOT_FOUND", "There is no such thing");
        let reply = match message {
            Message::Wake => {
                let due = self.next_look_ms.is_some_and(|due_ms| due_ms <= now_ms);
                if due {
                    // Should nothing come of it, the next one is on time all the same.
                    self.next_look_ms = Some(now_ms.saturating_add(context.interval_ms));
                }
                let stretch = Stretch {
                    from_ms: Grain::Minute.begin(now_ms.saturating_sub(HOUR_MS)),
                    to_ms: now_ms.saturating_add(1),
                };
                return (Value::Null, due.then_some(stretch));
            }
            Message::Poke => {
                self.poke(now_ms);
                Value::Null
            }
            Message::Tried(id, failure) => {
                self.outgoing
                    .tried(&id, &failure, context.unit_ms(), now_ms);
                Value::Null
            }
            Message::Alerts => json!({
                "firing": self.alerts.firing(),
                "recent": self.alerts.past().collect::<Vec<_>>(),
            }),
            Message::Rules => self.shown_rules(),
            Message::PutRules(rules) => self.put_rules(rules, None, now_ms),
            Message::ReplaceRules(rules, seen) => self.put_rules(rules, Some(seen), now_ms),
            Message::Webhooks => json!({
                "webhooks": self.webhooks.iter().map(Webhook::render).collect::<Vec<_>>(),
                "deliveries": self.outgoing.render(),
            }),
            Message::AddWebhook(_) if self.webhooks.len() >= WEBHOOKS_MAX => {
                refused("CONFLICT", "There are 10 webhooks already")
            }
            Message::AddWebhook(draft) => {
                match Webhook::new(&draft, context.name, context.masters) {
                    Some(webhook) => {
                        let mut shown = webhook.render();
                        if let Some(fields) = shown.as_object_mut() {
                            fields.insert("secret".to_owned(), json!(draft.secret()));
                        }
                        self.webhooks.push(webhook);
                        // Should its tenant be gone meanwhile, the look will tell.
                        self.poke(now_ms);
                        shown
                    }
                    None => refused(
                        "CONFLICT",
                        "This deployment has no key to seal secrets with",
                    ),
                }
            }
            Message::DropWebhook(id) => {
                let known = self.webhooks.len();
                self.webhooks.retain(|webhook| webhook.id != id);
                if self.webhooks.len() == known {
                    unknown()
                } else {
                    json!({ "id": id })
                }
            }
            Message::TestWebhook(id) => {
                let found = self.webhooks.iter().find(|webhook| webhook.id == id);
                found.cloned().map_or_else(unknown, |webhook| {
                    let delivery = self.outgoing.test(&webhook, context.name, now_ms);
                    json!({ "delivery": delivery })
                })
            }
            Message::Rewrap(rewrap) => rewrap
                .apply(&mut self.webhooks, context.name, context.masters)
                .map_or_else(
                    || {
                        refused(
                            "CONFLICT",
                            "Webhooks still have other master keys; try again in a minute",
                        )
                    },
                    |done| json!(done),
                ),
            Message::Status => {
                let status = self.status.clone().unwrap_or_default().shown();
                // Somebody wants to know: what is known may be old.
                let due_ms = status.looked_at_ms.saturating_add(context.interval_ms);
                self.poke(due_ms.max(now_ms));
                json!(status)
            }
            Message::Note(incident, text) => {
                let status = self.status.get_or_insert_default();
                if status.incidents.note(&incident, &text, now_ms) {
                    json!({ "id": incident })
                } else {
                    unknown()
                }
            }
            // The step's own.
            Message::Look(..) | Message::Forget => Value::Null,
        };
        (reply, None)
    }

    /// Judges what the object counted. Whether the object says that its tenant was deleted.
    fn look(&mut self, answer: &str, probes: &[Probe], context: &Context<'_>) -> bool {
        let now_ms = context.now_ms;
        let (Windows { rows, usage }, heard) = match serde_json::from_str(answer) {
            Ok(Reply::Windows(windows)) => (windows, true),
            Ok(Reply::Refused(Refusal::NotFound)) => return true,
            _ => (Windows::default(), false),
        };
        let minutes: Vec<Minute> = rows
            .into_iter()
            .filter_map(|row| {
                Some(Minute {
                    at_ms: row.at_ms,
                    cell: serde_json::from_str(&row.cell).ok()?,
                    key: row.key,
                    model: row.model,
                })
            })
            .collect();
        let platform = context.name == PLATFORM;
        let sights = if platform {
            let status = self.status.get_or_insert_default();
            status.look(&minutes, probes, now_ms);
            let backends = sight::of_backends(&minutes);
            sight::look(&self.rules(), &backends, Spend::default(), now_ms)
        } else {
            let spend = Spend::of(&usage, now_ms);
            sight::look(&self.rules(), &minutes, spend, now_ms)
        };
        // Not to hear is not to see that all is well.
        if heard {
            for change in self.alerts.step(&sights, now_ms) {
                self.outgoing
                    .tell(&self.webhooks, context.name, &change, now_ms);
            }
        }
        let awake =
            !heard || !minutes.is_empty() || !probes.is_empty() || self.alerts.is_restless();
        self.next_look_ms = awake.then(|| now_ms.saturating_add(context.interval_ms));
        false
    }
}

/// Whether a monitor's name is one that there may be.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name == PLATFORM || TenantId::parse(name).is_ok()
}

#[cfg(test)]
#[path = "monitor_tests.rs"]
mod tests;
