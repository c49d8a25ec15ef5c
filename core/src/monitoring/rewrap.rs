//! The secrets of webhooks when the deployment's master key is replaced: what the one before has sealed is sealed
//! under the present one, so that the one before can be taken away.
//!
//! Who asks brings the nonces, and a proof of which key it takes for the present one. For some seconds after a
//! setting has changed, a monitor may still run with those before: what it would call sealed well is then
//! sealed under the very key that is about to go. So it refuses.

use crate::base62::Random;
use crate::monitoring::webhook::{WEBHOOKS_MAX, Webhook};
use crate::provider_key::{Masters, NONCE_BYTES};
use serde::{Deserialize, Serialize};

/// Where the proof belongs.
const PLACE: &str = "neureus rewrap";

/// What a monitor is told. It holds no secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rewrap {
    proof: String,
    nonces: Vec<[u8; NONCE_BYTES]>,
}

/// What became of a monitor's webhooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrapped {
    /// How many secrets were sealed anew.
    pub rewrapped: usize,
    /// How many need not be.
    pub already: usize,
    /// The webhooks whose secrets no key opens.
    pub unopened: Vec<String>,
}

impl Rewrap {
    /// To the present one of these. `None` where there is none.
    #[must_use]
    pub fn new(masters: &Masters, random: Random<'_>) -> Option<Self> {
        let mut nonce = || {
            let mut nonce = [0; NONCE_BYTES];
            random(&mut nonce);
            nonce
        };
        Some(Self {
            proof: masters.seal(&[], PLACE, nonce())?,
            nonces: (0..WEBHOOKS_MAX).map(|_| nonce()).collect(),
        })
    }

    /// Seals the secrets of these webhooks of this monitor. `None` where its present master key is another.
    pub(crate) fn apply(
        &self,
        webhooks: &mut [Webhook],
        owner: &str,
        masters: &Masters,
    ) -> Option<Rewrapped> {
        let present = masters.present();
        present.open(&self.proof, PLACE)?;
        let mut done = Rewrapped::default();
        for (index, webhook) in webhooks.iter_mut().enumerate() {
            if webhook.secret(owner, &present).is_some() {
                done.already += 1;
                continue;
            }
            let nonce = self.nonces.get(index);
            match nonce.and_then(|nonce| webhook.resealed(owner, masters, *nonce)) {
                Some(resealed) => {
                    *webhook = resealed;
                    done.rewrapped += 1;
                }
                None => done.unopened.push(webhook.id.clone()),
            }
        }
        Some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitoring::webhook::tests::{OWNER, webhook};

    /// The key that [`webhook`] was sealed under, and two others.
    const KEYS: [&str; 3] = ["0a", "0b", "0c"];

    fn masters(present: usize, old: Option<usize>) -> Masters {
        let key = |index: usize| KEYS[index].repeat(32);
        Masters::parse(&key(present), &old.map(key).unwrap_or_default()).unwrap()
    }

    fn rewrap(masters: &Masters) -> Rewrap {
        let mut byte = 0_u8;
        Rewrap::new(masters, &mut |bytes: &mut [u8]| {
            byte += 1;
            bytes.fill(byte);
        })
        .unwrap()
    }

    #[test]
    fn the_key_before_is_not_needed_any_more() {
        let (mut one, secret) = webhook(OWNER);
        one.id = "whk_moved".to_owned();
        let (good, _) = webhook(OWNER);
        let mut webhooks = [one, good.clone()];
        let both = masters(1, Some(0));
        let told = rewrap(&both);
        let done = told.apply(&mut webhooks, OWNER, &both).unwrap();
        assert_eq!((done.rewrapped, done.already), (1, 0));
        assert_eq!(done.unopened, ["whk_moved"]);
        assert_ne!(webhooks[1].sealed, good.sealed);
        let alone = masters(1, None);
        let opened = webhooks[1].secret(OWNER, &alone);
        assert_eq!(opened.as_deref(), Some(secret.as_bytes()));
        assert_eq!(
            Webhook {
                sealed: good.sealed.clone(),
                ..webhooks[1].clone()
            },
            good,
            "nothing else of it is changed"
        );
        // Again, nothing is left to do; and without the key before, too.
        for masters in [both, alone] {
            let done = rewrap(&masters).apply(&mut webhooks, OWNER, &masters);
            let done = done.unwrap();
            assert_eq!((done.rewrapped, done.already), (0, 1));
        }
    }

    #[test]
    fn a_monitor_that_runs_with_other_keys_refuses_and_changes_nothing() {
        let told = rewrap(&masters(1, Some(0)));
        for stale in [masters(0, None), masters(2, Some(1)), Masters::default()] {
            let (webhook, _) = webhook(OWNER);
            let mut webhooks = [webhook.clone()];
            assert_eq!(told.apply(&mut webhooks, OWNER, &stale), None);
            assert_eq!(webhooks, [webhook]);
        }
    }

    #[test]
    fn what_no_key_opens_is_named_and_left_as_it_is() {
        let strange = masters(2, Some(1));
        let (webhook, _) = webhook(OWNER);
        let mut webhooks = [webhook.clone()];
        let done = rewrap(&strange).apply(&mut webhooks, OWNER, &strange);
        let unopened = vec![webhook.id.clone()];
        assert_eq!(
            done,
            Some(Rewrapped {
                unopened,
                ..Rewrapped::default()
            })
        );
        assert_eq!(webhooks, [webhook]);
    }

    #[test]
    fn there_is_a_nonce_for_every_webhook_and_no_key_is_told() {
        let masters = masters(1, Some(0));
        let told = rewrap(&masters);
        let mut nonces = told.nonces.clone();
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), WEBHOOKS_MAX);
        let json = serde_json::to_string(&told).unwrap();
        assert!(!json.contains(&KEYS[1].repeat(32)));
        assert!(Rewrap::new(&Masters::default(), &mut |_| {}).is_none());
    }
}
