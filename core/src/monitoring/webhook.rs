//! Webhooks: what is sent, how it is signed, when it is tried again.
//!
//! A delivery is tried [`TRIES`] times, later and later, then it is kept as a dead letter to be seen.
//! Every try has the same id, so that a receiver that was not heard the first time can tell.
//!
//! The signature is HMAC-SHA256 (RFC 2104) over `<timestamp>.<body>`, so that a receiver can refuse what
//! is old as well as what is forged.

use crate::base62::{self, Random};
use crate::calendar::rfc3339;
use crate::monitoring::alert::{Alert, Change, describe};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How often a delivery is tried.
pub const TRIES: u32 = 7;
/// How long after a try that failed the next one is made, in units; the last is for good measure.
const BACKOFF: [u64; 7] = [1, 3, 12, 60, 360, 2_160, 2_160];
/// How long a try may take before it counts as lost, in ms: longer than the shell waits.
const LOST_MS: u64 = 30_000;
/// The most webhooks of a tenant.
pub const WEBHOOKS_MAX: usize = 10;
/// The most deliveries that wait, and the most dead letters that are kept.
const WAITING_MAX: usize = 200;
const DEAD_MAX: usize = 50;

/// The form of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The alert as JSON.
    Json,
    /// A text, as Slack and those that take the same want it.
    Slack,
}

/// A webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Names it.
    pub id: String,
    /// Where it leads.
    pub url: String,
    /// What it takes.
    pub shape: Shape,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at_ms: u64,
    /// Signs what is sent; shown once.
    pub secret: String,
}

/// Without the secret, nor the URL, which may hold one.
impl core::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// A new one with a secret of its own.
    #[must_use]
    pub fn new(url: String, shape: Shape, now_ms: u64, random: Random<'_>) -> Self {
        Self {
            id: base62::random_string("whk_", 16, &mut *random),
            url,
            shape,
            created_at_ms: now_ms,
            secret: base62::random_string("whsec_", 43, random),
        }
    }
}

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

/// What an event says in a webhook's shape.
#[must_use]
pub fn body(shape: Shape, event: &str, tenant: &str, alert: Option<&Alert>, now_ms: u64) -> String {
    let message = alert.map_or_else(
        || "This is a test of a webhook".to_owned(),
        |alert| {
            let state = if alert.resolved_at_ms.is_some() {
                "Resolved"
            } else {
                "Firing"
            };
            format!("{state}: {}", describe(alert))
        },
    );
    let body = match shape {
        Shape::Json => json!({
            "event": event,
            "at": rfc3339(now_ms),
            "tenant": tenant,
            "message": message,
            "alert": alert,
        }),
        Shape::Slack => json!({ "text": format!("[{tenant}] {message}") }),
    };
    body.to_string()
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
            let oldest = self.waiting.remove(0);
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
    pub fn take_due(&mut self, webhooks: &[Webhook], now_ms: u64) -> Vec<Send> {
        // What was for a webhook that is gone is gone.
        self.waiting
            .retain(|it| webhooks.iter().any(|webhook| webhook.id == it.webhook));
        let mut sends = Vec::new();
        for delivery in self.waiting.iter_mut().filter(|it| it.due_ms <= now_ms) {
            let Some(webhook) = webhooks.iter().find(|it| it.id == delivery.webhook) else {
                continue;
            };
            delivery.tries += 1;
            delivery.due_ms = now_ms.saturating_add(LOST_MS);
            let timestamp = (now_ms / 1_000).to_string();
            let signed = format!("{timestamp}.{}", delivery.body);
            let signature = hmac(webhook.secret.as_bytes(), signed.as_bytes());
            sends.push(Send {
                id: delivery.id.clone(),
                url: webhook.url.clone(),
                headers: vec![
                    ("content-type", "application/json".to_owned()),
                    ("user-agent", "neureus-webhooks/1".to_owned()),
                    ("x-neureus-event", delivery.event.clone()),
                    ("x-neureus-delivery", delivery.id.clone()),
                    ("x-neureus-timestamp", timestamp),
                    (
                        "x-neureus-signature",
                        format!("v1={}", hex::encode(signature)),
                    ),
                ],
                body: delivery.body.clone(),
            });
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

/// HMAC-SHA256 (RFC 2104).
#[must_use]
pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let digest;
    let key = if key.len() > BLOCK {
        digest = Sha256::digest(key);
        digest.as_slice()
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::rule::Kind;

    fn webhook() -> Webhook {
        let mut byte = 0_u8;
        let mut random = |bytes: &mut [u8]| {
            for to in bytes {
                byte = byte.wrapping_add(37);
                *to = byte;
            }
        };
        Webhook::new(
            "https://hooks.acme.com/x".into(),
            Shape::Json,
            5,
            &mut random,
        )
    }

    fn change() -> Change {
        Change::Fired(Alert {
            id: "alr_1".into(),
            kind: Kind::ErrorRate,
            subject: String::new(),
            value: 50.0,
            threshold: 5.0,
            fired_at_ms: 5,
            resolved_at_ms: None,
        })
    }

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn hmac_is_as_in_the_rfc() {
        for (key, message, mac) in [
            (
                vec![0x0b; 20],
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex::encode(hmac(&key, message.as_bytes())), mac);
        }
    }

    #[test]
    fn a_delivery_is_tried_later_and_later_under_one_id_and_then_given_up() {
        let webhooks = [webhook()];
        let mut outgoing = Outgoing::default();
        outgoing.tell(&webhooks, "acme", &change(), 0);
        let (mut now, mut ids, mut pauses) = (0, Vec::new(), Vec::new());
        for _ in 0..TRIES {
            let sends = outgoing.take_due(&webhooks, now);
            assert_eq!(sends.len(), 1);
            assert!(outgoing.take_due(&webhooks, now).is_empty());
            ids.push(sends[0].id.clone());
            outgoing.tried(&sends[0].id, "503", 10_000, now);
            if let Some(next) = outgoing.next_ms() {
                pauses.push((next - now) / 10_000);
                now = next;
            }
        }
        ids.dedup();
        assert_eq!(ids.len(), 1);
        assert_eq!(pauses, [1, 3, 12, 60, 360, 2_160]);
        assert_eq!(outgoing.next_ms(), None);
        assert_eq!(outgoing.render()["dead"][0]["failure"], json!("503"));
    }

    #[test]
    fn one_that_was_heard_is_done_and_one_whose_webhook_is_gone_is_gone() {
        let webhooks = [webhook()];
        let mut outgoing = Outgoing::default();
        outgoing.test(&webhooks[0], "acme", 0);
        let sends = outgoing.take_due(&webhooks, 0);
        outgoing.tried(&sends[0].id, "", 10_000, 0);
        assert_eq!(outgoing.next_ms(), None);
        outgoing.tell(&webhooks, "acme", &change(), 0);
        assert!(outgoing.take_due(&[], 0).is_empty());
        assert_eq!(outgoing.next_ms(), None);
    }

    #[test]
    fn what_is_sent_is_signed_with_its_time() {
        let webhooks = [webhook()];
        let mut outgoing = Outgoing::default();
        outgoing.tell(&webhooks, "acme", &change(), 1_700_000_000_500);
        let send = outgoing.take_due(&webhooks, 1_700_000_000_500).remove(0);
        let header = |name: &str| {
            let found = send.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let signed = format!("1700000000.{}", send.body);
        let mac = hmac(webhooks[0].secret.as_bytes(), signed.as_bytes());
        assert_eq!(header("x-neureus-timestamp"), "1700000000");
        assert_eq!(
            header("x-neureus-signature"),
            format!("v1={}", hex::encode(mac))
        );
        let body: Value = serde_json::from_str(&send.body).unwrap();
        assert_eq!(body["alert"]["kind"], json!("error_rate"));
        assert!(!format!("{:?}", webhooks[0]).contains("whsec_"));
        let slack = body_of_slack();
        assert!(slack.starts_with(r#"{"text":"[acme] Firing: 50.0 % of requests failed"#));
    }

    fn body_of_slack() -> String {
        body(
            Shape::Slack,
            "alert.fired",
            "acme",
            Some(change().alert()),
            5,
        )
    }
}
