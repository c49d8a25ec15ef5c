//! Webhooks: where alerts are told, in what shape, and the secret that signs what is sent.
//!
//! The secret is stored sealed under the deployment's master key, bound to its owner and its webhook: what is
//! copied to another one opens nowhere. It is in the clear when it is made, to be shown once, and while a
//! request is signed.

use crate::base62::{self, Random};
use crate::calendar::rfc3339;
use crate::monitoring::alert::{Alert, describe};
use crate::provider_key::{Masters, NONCE_BYTES};
use core::fmt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most webhooks of a tenant.
pub const WEBHOOKS_MAX: usize = 10;

/// The form of what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The alert as JSON.
    Json,
    /// A text, as Slack and those that take the same want it.
    Slack,
}

/// A webhook. What is stored: pinned by a test.
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
    /// The secret that signs what is sent, sealed.
    pub sealed: String,
}

/// Without the secret, nor the URL, which may hold one.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// A webhook that is to be made, with what chance gives it. It is said, and never stored.
#[derive(Clone, Serialize, Deserialize)]
pub struct Draft {
    id: String,
    url: String,
    shape: Shape,
    created_at_ms: u64,
    secret: String,
    nonce: [u8; NONCE_BYTES],
}

/// As of the webhook that it becomes.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("id", &self.id)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

impl Draft {
    /// A new one with a secret of its own.
    #[must_use]
    pub fn new(url: String, shape: Shape, now_ms: u64, random: Random<'_>) -> Self {
        let mut nonce = [0; NONCE_BYTES];
        random(&mut nonce);
        Self {
            id: base62::random_string("whk_", 16, &mut *random),
            url,
            shape,
            created_at_ms: now_ms,
            secret: base62::random_string("whsec_", 43, random),
            nonce,
        }
    }

    /// Names the webhook.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret, which is shown once.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// Where a secret belongs: the monitor's name and the webhook.
fn place(owner: &str, id: &str) -> String {
    format!("neureus webhook secret/{owner}/{id}")
}

impl Webhook {
    /// Makes one of this monitor. `None` where there is no master key.
    #[must_use]
    pub fn new(draft: &Draft, owner: &str, masters: &Masters) -> Option<Self> {
        let place = place(owner, &draft.id);
        Some(Self {
            id: draft.id.clone(),
            url: draft.url.clone(),
            shape: draft.shape,
            created_at_ms: draft.created_at_ms,
            sealed: masters.seal(draft.secret.as_bytes(), &place, draft.nonce)?,
        })
    }

    /// The secret; `None` for one that was sealed for something else, or under a key that is gone.
    pub(crate) fn secret(&self, owner: &str, masters: &Masters) -> Option<Vec<u8>> {
        masters.open(&self.sealed, &place(owner, &self.id))
    }

    /// The same with its secret sealed under the present master key; `None` for one that does not open.
    pub(crate) fn resealed(
        &self,
        owner: &str,
        masters: &Masters,
        nonce: [u8; NONCE_BYTES],
    ) -> Option<Self> {
        let secret = self.secret(owner, masters)?;
        let sealed = masters.seal(&secret, &place(owner, &self.id), nonce)?;
        Some(Self {
            sealed,
            ..self.clone()
        })
    }

    /// For people: without the secret.
    #[must_use]
    pub fn render(&self) -> Value {
        json!({
            "id": self.id, "url": self.url, "shape": self.shape, "createdAtMs": self.created_at_ms,
        })
    }
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::monitoring::rule::Kind;

    pub(crate) const OWNER: &str = "acme";

    pub(crate) fn masters() -> Masters {
        Masters::parse(&"0a".repeat(32), "").unwrap()
    }

    pub(crate) fn draft() -> Draft {
        let mut byte = 0_u8;
        let mut random = |bytes: &mut [u8]| {
            for to in bytes {
                byte = byte.wrapping_add(37);
                *to = byte;
            }
        };
        let url = "https://hooks.acme.com/x".to_owned();
        Draft::new(url, Shape::Json, 5, &mut random)
    }

    /// A webhook and its secret.
    pub(crate) fn webhook(owner: &str) -> (Webhook, String) {
        let draft = draft();
        let webhook = Webhook::new(&draft, owner, &masters()).unwrap();
        (webhook, draft.secret)
    }

    pub(crate) fn alert() -> Alert {
        Alert {
            id: "alr_1".into(),
            kind: Kind::ErrorRate,
            subject: String::new(),
            value: 50.0,
            threshold: 5.0,
            fired_at_ms: 5,
            resolved_at_ms: None,
        }
    }

    #[test]
    fn the_secret_is_stored_sealed_and_opens_only_where_it_belongs() {
        let (webhook, secret) = webhook(OWNER);
        let stored = serde_json::to_string(&webhook).unwrap();
        assert!(secret.starts_with("whsec_"));
        assert!(!stored.contains("whsec_") && !stored.contains(&hex::encode(&secret)));
        assert!(!webhook.render().to_string().contains(&webhook.sealed));
        assert!(!format!("{webhook:?}").contains(&webhook.sealed));
        let opened = |webhook: &Webhook, owner, masters: &Masters| webhook.secret(owner, masters);
        let own = opened(&webhook, OWNER, &masters());
        assert_eq!(own.as_deref(), Some(secret.as_bytes()));
        assert_eq!(opened(&webhook, "other", &masters()), None);
        let moved = Webhook {
            id: "whk_other".into(),
            ..webhook.clone()
        };
        assert_eq!(opened(&moved, OWNER, &masters()), None);
        assert_eq!(opened(&webhook, OWNER, &Masters::default()), None);
        // While the master key is replaced, the one before still opens.
        let replaced = Masters::parse(&"0b".repeat(32), &"0a".repeat(32)).unwrap();
        assert!(opened(&webhook, OWNER, &replaced).is_some());
        assert_eq!(Webhook::new(&draft(), OWNER, &Masters::default()), None);
        assert!(!format!("{:?}", draft()).contains("whsec_"));
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let webhook = Webhook {
            id: "whk_1".into(),
            url: "https://hooks.acme.com".into(),
            shape: Shape::Slack,
            created_at_ms: 7,
            sealed: "01ff".into(),
        };
        let json = r#"{"id":"whk_1","url":"https://hooks.acme.com","shape":"slack","createdAtMs":7,"sealed":"01ff"}"#;
        assert_eq!(serde_json::to_string(&webhook).unwrap(), json);
        assert_eq!(serde_json::from_str::<Webhook>(json).unwrap(), webhook);
    }

    #[test]
    fn each_shape_says_the_same() {
        let json = body(Shape::Json, "alert.fired", OWNER, Some(&alert()), 5);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["alert"]["kind"], json!("error_rate"));
        assert_eq!(json["event"], json!("alert.fired"));
        let slack = body(Shape::Slack, "alert.fired", OWNER, Some(&alert()), 5);
        assert!(slack.starts_with(r#"{"text":"[acme] Firing: 50.0 % of requests failed"#));
    }
}
