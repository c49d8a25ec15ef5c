//! The monitor's state machine: one for each tenant, and one for the whole deployment.
//!
//! `step(state, message, context) -> output`. The shell keeps the state as one text, asks the object of
//! the same name for its windows when a look is due, makes the requests it is given, and tells how they
//! went. In scope: when to look, what changes, what is sent. Out of scope: I/O.
//!
//! A monitor looks every interval as long as there is something to see: requests in the last hour, an alert
//! that fires, a probe. Then it sleeps until it is poked.

use crate::calendar::Month;
use crate::id::TenantId;
use crate::message::{Reply, Stretch, Usage, Windows};
use crate::metrics::cell::Cell;
use crate::metrics::window::{Grain, HOUR_MS};
use crate::monitoring::alert::Alerts;
use crate::monitoring::rule::{self, Minute, Rule, Spend};
use crate::monitoring::status::{Probe, Status};
use crate::monitoring::webhook::{Outgoing, Send, WEBHOOKS_MAX, Webhook};
use crate::monitoring::{ADMISSION, API, CANARY, PLATFORM};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
    /// The webhooks, and what is on its way to them.
    Webhooks,
    /// One more.
    AddWebhook(Webhook),
    /// One less.
    DropWebhook(String),
    /// Sends a test.
    TestWebhook(String),
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
}

/// What the shell does next.
#[derive(Debug, Serialize)]
pub struct Output {
    /// The state, if it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
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
    webhooks: Vec<Webhook>,
    alerts: Alerts,
    outgoing: Outgoing,
    /// Of the whole deployment only.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    /// When the next look is due; none while it sleeps.
    next_look_ms: Option<u64>,
}

/// Takes one message. A state that cannot be read begins anew: it is only observations.
#[must_use]
pub fn step(state: &str, message: Message, context: &Context<'_>) -> Output {
    let mut monitor: Monitor = serde_json::from_str(state).unwrap_or_default();
    let before = monitor.clone();
    let forget = matches!(message, Message::Forget);
    let (reply, look) = monitor.answer(message, context);
    if forget {
        monitor = Monitor::default();
    }
    let send = monitor.outgoing.take_due(&monitor.webhooks, context.now_ms);
    let next = [monitor.next_look_ms, monitor.outgoing.next_ms()];
    let changed = monitor != before;
    Output {
        wake_ms: next.into_iter().flatten().min(),
        state: changed
            .then(|| serde_json::to_string(&monitor).ok())
            .flatten(),
        reply,
        look,
        send,
    }
}

fn refused(code: &str, message: &str) -> Value {
    json!({ "refused": code, "message": message })
}

impl Monitor {
    fn rules(&self) -> Vec<Rule> {
        self.rules.clone().unwrap_or_else(rule::defaults)
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
                self.next_look_ms.get_or_insert(now_ms);
                Value::Null
            }
            Message::Look(answer, probes) => {
                self.look(&answer, &probes, context);
                Value::Null
            }
            Message::Tried(id, failure) => {
                let unit_ms = (context.interval_ms / 6).max(100);
                self.outgoing.tried(&id, &failure, unit_ms, now_ms);
                Value::Null
            }
            Message::Alerts => json!({
                "firing": self.alerts.firing(),
                "recent": self.alerts.past().collect::<Vec<_>>(),
            }),
            Message::Rules => json!({ "rules": self.rules() }),
            Message::PutRules(rules) => {
                self.rules = Some(rules);
                json!({ "rules": self.rules() })
            }
            Message::Webhooks => {
                let webhooks = self.webhooks.iter().map(|webhook| {
                    json!({
                        "id": webhook.id, "url": webhook.url, "shape": webhook.shape,
                        "createdAtMs": webhook.created_at_ms,
                    })
                });
                json!({
                    "webhooks": webhooks.collect::<Vec<_>>(),
                    "deliveries": self.outgoing.render(),
                })
            }
            Message::AddWebhook(_) if self.webhooks.len() >= WEBHOOKS_MAX => {
                refused("CONFLICT", "There are 10 webhooks already")
            }
            Message::AddWebhook(webhook) => {
                let shown = json!({
                    "id": webhook.id, "url": webhook.url, "shape": webhook.shape,
                    "createdAtMs": webhook.created_at_ms, "secret": webhook.secret,
                });
                self.webhooks.push(webhook);
                shown
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
            Message::Status => json!(self.status.clone().unwrap_or_default()),
            Message::Note(incident, text) => {
                let status = self.status.get_or_insert_default();
                if status.note(&incident, &text, now_ms) {
                    json!({ "id": incident })
                } else {
                    unknown()
                }
            }
            Message::Forget => Value::Null,
        };
        (reply, None)
    }

    fn look(&mut self, answer: &str, probes: &[Probe], context: &Context<'_>) {
        let now_ms = context.now_ms;
        let Windows { rows, usage } = match serde_json::from_str(answer) {
            Ok(Reply::Windows(windows)) => windows,
            _ => Windows::default(),
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
            rule::look(
                &self.rules(),
                &of_backends(&minutes),
                Spend::default(),
                now_ms,
            )
        } else {
            rule::look(&self.rules(), &minutes, spend(&usage, now_ms), now_ms)
        };
        for change in self.alerts.step(&sights, now_ms) {
            self.outgoing
                .tell(&self.webhooks, context.name, &change, now_ms);
        }
        let awake = !minutes.is_empty() || !probes.is_empty() || self.alerts.is_restless();
        self.next_look_ms = awake.then(|| now_ms.saturating_add(context.interval_ms));
    }
}

/// The deployment's windows as its rules take them: backends in the place of models, and of the gateway's
/// own parts only who was refused.
fn of_backends(minutes: &[Minute]) -> Vec<Minute> {
    minutes
        .iter()
        .map(|minute| {
            if matches!(minute.key.as_str(), API | ADMISSION | CANARY) {
                Minute {
                    cell: Cell {
                        auth: minute.cell.auth.clone(),
                        ..Cell::default()
                    },
                    model: String::new(),
                    ..minute.clone()
                }
            } else {
                Minute {
                    model: minute.key.clone(),
                    ..minute.clone()
                }
            }
        })
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times are below 2^53, and this is judged, not charged"
)]
fn spend(usage: &Usage, now_ms: u64) -> Spend {
    let month = Month::of(now_ms);
    let begins_ms = month.first_day().begins_ms();
    let length_ms = month.ends_ms().saturating_sub(begins_ms).max(1);
    Spend {
        spent: usage.spent.0,
        budget: usage.limits.budget.map(|budget| budget.0),
        passed: now_ms.saturating_sub(begins_ms) as f64 / length_ms as f64,
    }
}

/// Whether a monitor's name is one that there may be.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name == PLATFORM || TenantId::parse(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::window::Told;
    use crate::monitoring::webhook::Shape;

    const NOW_MS: u64 = 1_795_395_723_004;
    const INTERVAL_MS: u64 = 60_000;

    /// A shell without a platform.
    struct Shell {
        name: &'static str,
        state: String,
        now_ms: u64,
    }

    impl Shell {
        fn new(name: &'static str) -> Self {
            Self {
                name,
                state: String::new(),
                now_ms: NOW_MS,
            }
        }

        fn tell(&mut self, message: Message) -> Output {
            let context = Context {
                name: self.name,
                now_ms: self.now_ms,
                interval_ms: INTERVAL_MS,
            };
            let output = step(&self.state, message, &context);
            if let Some(state) = &output.state {
                self.state.clone_from(state);
            }
            output
        }

        /// A minute later it wakes and looks.
        fn look(&mut self, requests: i64, failed: i64) -> Output {
            self.now_ms += INTERVAL_MS;
            let woken = self.tell(Message::Wake);
            assert!(woken.look.is_some());
            let mut cell = Cell {
                requests,
                ..Cell::default()
            };
            cell.ends.add("UPSTREAM_ERROR", failed);
            let told = Told {
                at_ms: Grain::Minute.begin(self.now_ms),
                key: "sandbox".into(),
                model: "meta-llm".into(),
                cell: serde_json::to_string(&cell).unwrap(),
            };
            let windows = Windows {
                rows: vec![told],
                ..Windows::default()
            };
            let answer = serde_json::to_string(&Reply::Windows(windows)).unwrap();
            self.tell(Message::Look(answer, vec![]))
        }
    }

    fn webhook() -> Webhook {
        Webhook {
            id: "whk_1".into(),
            url: "https://hooks.acme.com".into(),
            shape: Shape::Json,
            created_at_ms: 0,
            secret: "whsec_x".into(),
        }
    }

    #[test]
    fn an_alert_is_told_once_when_it_fires_and_once_when_it_is_over() {
        let mut shell = Shell::new("acme");
        shell.tell(Message::AddWebhook(webhook()));
        shell.tell(Message::Poke);
        let mut sent = Vec::new();
        for round in 0..12 {
            let failed = if round < 5 { 30 } else { 0 };
            let output = shell.look(100, failed);
            for send in output.send {
                sent.push(send.body.clone());
                shell.tell(Message::Tried(send.id, String::new()));
            }
        }
        assert_eq!(sent.len(), 2);
        assert!(sent[0].contains("alert.fired") && sent[1].contains("alert.resolved"));
        let alerts = shell.tell(Message::Alerts).reply;
        assert_eq!(alerts["firing"], json!([]));
        assert_eq!(alerts["recent"][0]["kind"], json!("error_rate"));
    }

    #[test]
    fn it_sleeps_when_there_is_nothing_to_see_and_a_poke_wakes_it() {
        let mut shell = Shell::new("acme");
        assert_eq!(shell.tell(Message::Poke).wake_ms, Some(NOW_MS));
        assert!(shell.tell(Message::Wake).look.is_some());
        let quiet = serde_json::to_string(&Reply::Windows(Windows::default())).unwrap();
        assert_eq!(shell.tell(Message::Look(quiet, vec![])).wake_ms, None);
        assert_eq!(shell.tell(Message::Poke).wake_ms, Some(NOW_MS));
    }

    #[test]
    fn an_object_that_does_not_answer_is_asked_again() {
        let mut shell = Shell::new("acme");
        shell.tell(Message::Poke);
        assert!(shell.tell(Message::Wake).look.is_some());
        assert_eq!(
            shell.tell(Message::Status).wake_ms,
            Some(NOW_MS + INTERVAL_MS)
        );
    }

    #[test]
    fn the_platforms_monitor_keeps_the_status() {
        let mut shell = Shell::new(PLATFORM);
        shell.tell(Message::Poke);
        for _ in 0..3 {
            shell.look(10, 10);
        }
        let status: Status = serde_json::from_value(shell.tell(Message::Status).reply).unwrap();
        assert_eq!(status.incidents.len(), 1);
        let alerts = shell.tell(Message::Alerts).reply;
        assert_eq!(alerts["firing"][0]["subject"], json!("sandbox"));
        let noted = shell
            .tell(Message::Note("inc_1".into(), "seen".into()))
            .reply;
        assert_eq!(noted, json!({ "id": "inc_1" }));
    }

    #[test]
    fn webhooks_are_few_and_their_secret_is_shown_once() {
        let mut shell = Shell::new("acme");
        for _ in 0..WEBHOOKS_MAX {
            let reply = shell.tell(Message::AddWebhook(webhook())).reply;
            assert_eq!(reply["secret"], json!("whsec_x"));
        }
        let reply = shell.tell(Message::AddWebhook(webhook())).reply;
        assert_eq!(reply["refused"], json!("CONFLICT"));
        let listed = shell.tell(Message::Webhooks).reply;
        assert!(!listed.to_string().contains("whsec_"));
        shell.tell(Message::Forget);
        assert_eq!(shell.tell(Message::Webhooks).reply["webhooks"], json!([]));
    }
}
