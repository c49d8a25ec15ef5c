//! What is on its way to webhooks: when it is sent, and when it is tried again.
//!
//! A delivery is tried [`TRIES`] times, later and later, then it is kept as a dead letter to be seen.
//! Every try has the same id, so that a receiver that was not heard the first time can tell.

use crate::monitoring::alert::Change;
use crate::monitoring::signature::sign;
use crate::monitoring::webhook::{Webhook, body};
use crate::provider_key::Masters;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How often a delivery is tried.
pub const TRIES: u32 = 7;
/// How long after a try that failed the next one is made, in units; the last is for good measure.
const BACKOFF: [u64; 7] = [1, 3, 12, 60, 360, 2_160, 2_160];
/// How long a try may take before it counts as lost, in ms: longer than the shell waits.
const LOST_MS: u64 = 30_000;
/// The most deliveries that wait, and the most dead letters that are kept.
const WAITING_MAX: usize = 200;
const DEAD_MAX: usize = 50;
/// Why a try failed that was none.
const SEALED: &str = "its secret cannot be opened";
/// Why a delivery was given up before its last try.
const CROWDED: &str = "too many wait";

/// Something that is on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Names it, whichever try.
    pub id: String,
    /// The webhook.
    pub webhook: String,
    /// What it is about: `alert.fired`, `alert.resolved` or `test`.
    pub event: String,
    /// What is sent.
    pub body: String,
    /// Tries so far.
    pub tries: u32,
    /// When it is tried next, in milliseconds since the Unix epoch.
    pub due_ms: u64,
    /// How the last try failed: a status, or `unreachable`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failure: String,
}

/// Deliveries that wait, and those that were given up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outgoing {
    waiting: Vec<Delivery>,
    dead: Vec<Delivery>,
    last: u64,
}

/// A request that the shell makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Send {
    /// The delivery.
    pub id: String,
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: String,
}

/// What sending takes.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// The monitor's name, which is the tenant's.
    pub owner: &'a str,
    /// The tenant's webhooks.
    pub webhooks: &'a [Webhook],
    /// Open their secrets.
    pub masters: &'a Masters,
    /// The pause after the first try that fails, in ms.
    pub unit_ms: u64,
}

impl Outgoing {
    /// Queues a change for every webhook.
    pub fn tell(&mut self, webhooks: &[Webhook], tenant: &str, change: &Change, now_ms: u64) {
        let event = match change {
            Change::Fired(_) => "alert.fired",
            Change::Resolved(_) => "alert.resolved",
        };
        for webhook in webhooks {
            let body = body(webhook.shape, event, tenant, Some(change.alert()), now_ms);
            self.queue(webhook, event, body, now_ms);
        }
    }

    /// Queues a test.
    pub fn test(&mut self, webhook: &Webhook, tenant: &str, now_ms: u64) -> String {
        let body = body(webhook.shape, "test", tenant, None, now_ms);
        self.queue(webhook, "test", body, now_ms)
    }

    fn queue(&mut self, webhook: &Webhook, event: &str, body: String, now_ms: u64) -> String {
        self.last += 1;
        let id = format!("dlv_{}_{}", now_ms, self.last);
        self.waiting.push(Delivery {
            id: id.clone(),
            webhook: webhook.id.clone(),
            event: event.to_owned(),
            body,
            tries: 0,
            due_ms: now_ms,
            failure: String::new(),
        });
        if self.waiting.len() > WAITING_MAX {
            let mut oldest = self.waiting.remove(0);
            if oldest.failure.is_empty() {
                CROWDED.clone_into(&mut oldest.failure);
            }
            self.bury(oldest);
        }
        id
    }

    fn bury(&mut self, delivery: Delivery) {
        self.dead.push(delivery);
        let surplus = self.dead.len().saturating_sub(DEAD_MAX);
        self.dead.drain(..surplus);
    }

    /// The requests that are due, signed. They are due again later if nothing is heard of them.
    pub fn take_due(&mut self, post: &Post<'_>, now_ms: u64) -> Vec<Send> {
        let of = |id: &str| post.webhooks.iter().find(|webhook| webhook.id == id);
        // What was for a webhook that is gone is gone.
        self.waiting.retain(|it| of(&it.webhook).is_some());
        let (mut sends, mut shut) = (Vec::new(), Vec::new());
        for delivery in self.waiting.iter_mut().filter(|it| it.due_ms <= now_ms) {
            let Some(webhook) = of(&delivery.webhook) else {
                continue;
            };
            delivery.tries += 1;
            delivery.due_ms = now_ms.saturating_add(LOST_MS);
            match webhook.secret(post.owner, post.masters) {
                Some(secret) => sends.push(delivery.request(webhook, &secret, now_ms)),
                None => shut.push(delivery.id.clone()),
            }
        }
        for id in shut {
            self.tried(&id, SEALED, post.unit_ms, now_ms);
        }
        sends
    }

    /// How a try ended. `failure` is empty for a success; `unit_ms` is the first pause.
    pub fn tried(&mut self, id: &str, failure: &str, unit_ms: u64, now_ms: u64) {
        let Some(place) = self.waiting.iter().position(|it| it.id == id) else {
            return;
        };
        let mut delivery = self.waiting.remove(place);
        if failure.is_empty() {
            return;
        }
        failure.clone_into(&mut delivery.failure);
        if delivery.tries >= TRIES {
            return self.bury(delivery);
        }
        let place = usize::try_from(delivery.tries).unwrap_or_default();
        let pause = BACKOFF.get(place.saturating_sub(1)).copied().unwrap_or(1);
        delivery.due_ms = now_ms.saturating_add(pause * unit_ms);
        self.waiting.push(delivery);
    }

    /// When the next one is due.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        self.waiting.iter().map(|it| it.due_ms).min()
    }

    /// What waits and what was given up, for people.
    #[must_use]
    pub fn render(&self) -> Value {
        let rows = |rows: &[Delivery]| {
            let rows = rows.iter().rev().map(|it| {
                json!({
                    "id": it.id, "webhook": it.webhook, "event": it.event, "tries": it.tries,
                    "failure": it.failure, "dueMs": it.due_ms,
                })
            });
            rows.collect::<Vec<_>>()
        };
        json!({ "waiting": rows(&self.waiting), "dead": rows(&self.dead) })
    }
}

impl Delivery {
    fn request(&self, webhook: &Webhook, secret: &[u8], now_ms: u64) -> Send {
        let timestamp = (now_ms / 1_000).to_string();
        let signature = sign(secret, &timestamp, &self.body);
        Send {
            id: self.id.clone(),
            url: webhook.url.clone(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("user-agent", "neureus-webhooks/1".to_owned()),
                ("x-neureus-event", self.event.clone()),
                ("x-neureus-delivery", self.id.clone()),
                ("x-neureus-timestamp", timestamp),
                ("x-neureus-signature", signature),
            ],
            body: self.body.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::webhook::tests::{OWNER, alert, masters, webhook};

    /// An outbox and where it leads.
    struct Office {
        webhooks: Vec<Webhook>,
        masters: Masters,
        outgoing: Outgoing,
    }

    impl Office {
        fn new() -> Self {
            Self {
                webhooks: vec![webhook(OWNER).0],
                masters: masters(),
                outgoing: Outgoing::default(),
            }
        }

        fn tell(&mut self, now_ms: u64) {
            let change = Change::Fired(alert());
            self.outgoing.tell(&self.webhooks, OWNER, &change, now_ms);
        }

        fn take_due(&mut self, now_ms: u64) -> Vec<Send> {
            let post = Post {
                owner: OWNER,
                webhooks: &self.webhooks,
                masters: &self.masters,
                unit_ms: 10_000,
            };
            self.outgoing.take_due(&post, now_ms)
        }
    }

    #[test]
    fn a_delivery_is_tried_later_and_later_under_one_id_and_then_given_up() {
        let mut office = Office::new();
        office.tell(0);
        let (mut now, mut ids, mut pauses) = (0, Vec::new(), Vec::new());
        for _ in 0..TRIES {
            let sends = office.take_due(now);
            assert_eq!(sends.len(), 1);
            assert!(office.take_due(now).is_empty());
            ids.push(sends[0].id.clone());
            office.outgoing.tried(&sends[0].id, "503", 10_000, now);
            if let Some(next) = office.outgoing.next_ms() {
                pauses.push((next - now) / 10_000);
                now = next;
            }
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(pauses, [1, 3, 12, 60, 360, 2_160]);
        assert_eq!(office.outgoing.next_ms(), None);
        let dead = &office.outgoing.render()["dead"][0];
        assert_eq!(
            (&dead["failure"], &dead["tries"]),
            (&json!("503"), &json!(7))
        );
    }

    #[test]
    fn one_that_was_heard_is_done_and_one_whose_webhook_is_gone_is_gone() {
        let mut office = Office::new();
        let hook = office.webhooks[0].clone();
        office.outgoing.test(&hook, OWNER, 0);
        let sends = office.take_due(0);
        office.outgoing.tried(&sends[0].id, "", 10_000, 0);
        assert_eq!(office.outgoing.next_ms(), None);
        office.tell(0);
        office.webhooks.clear();
        assert!(office.take_due(0).is_empty());
        assert_eq!(office.outgoing.next_ms(), None);
    }

    #[test]
    fn one_of_which_nothing_is_heard_is_sent_again() {
        let mut office = Office::new();
        office.tell(0);
        assert_eq!(office.take_due(0).len(), 1);
        assert_eq!(office.outgoing.next_ms(), Some(LOST_MS));
        assert_eq!(office.take_due(LOST_MS).len(), 1);
    }

    #[test]
    fn what_is_sent_is_signed_with_its_time() {
        let now_ms = 1_700_000_000_500;
        let mut office = Office::new();
        office.tell(now_ms);
        let send = office.take_due(now_ms).remove(0);
        let header = |name: &str| {
            let found = send.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let secret = webhook(OWNER).1;
        assert_eq!(header("x-neureus-timestamp"), "1700000000");
        assert_eq!(
            header("x-neureus-signature"),
            sign(secret.as_bytes(), "1700000000", &send.body)
        );
    }

    #[test]
    fn what_cannot_be_signed_waits_for_the_key_and_is_seen_waiting() {
        let mut office = Office::new();
        office.tell(0);
        let masters = core::mem::take(&mut office.masters);
        assert!(office.take_due(0).is_empty());
        let waiting = office.outgoing.render();
        assert_eq!(waiting["waiting"][0]["failure"], json!(SEALED));
        assert_eq!(office.outgoing.next_ms(), Some(10_000));
        office.masters = masters;
        assert_eq!(office.take_due(10_000).len(), 1);
    }

    #[test]
    fn too_many_that_wait_push_out_the_oldest() {
        let mut office = Office::new();
        for n in 0..=WAITING_MAX as u64 {
            office.tell(n);
        }
        let all = office.outgoing.render();
        assert_eq!(all["waiting"].as_array().unwrap().len(), WAITING_MAX);
        assert_eq!(all["dead"][0]["id"], json!("dlv_0_1"));
        assert_eq!(all["dead"][0]["failure"], json!(CROWDED));
    }
}
