//! Sessions of signed-in people: the cookie, and how long it is good for.
//!
//! In scope: the cookie's form, and what to do with the row that was found by a token: whether it still
//! counts, and what to write. Out of scope: reading and writing rows, and what the person may do, which the
//! tenant's object says on every request.
//!
//! **Rotation.** A token is replaced once a day while it is in use. The old one goes on until the new one has
//! been shown, since an answer may get lost, and for a minute more, since requests run side by side. Shown
//! later than that it was copied, by whoever has it now, so the session ends.

use crate::secret::{Secret, SecretHash};
use serde::Deserialize;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A session that nobody uses ends after this long.
pub const IDLE_MS: u64 = 7 * DAY_MS;
/// Every session ends after this long: then the passkey is asked for again.
pub const ABSOLUTE_MS: u64 = 30 * DAY_MS;
/// How old a token gets before it is replaced.
pub const ROTATE_MS: u64 = DAY_MS;
/// How long requests with the token before may still be under way.
pub const GRACE_MS: u64 = MINUTE_MS;
/// How exactly it is known when a session was last used.
pub const TOUCH_MS: u64 = 5 * MINUTE_MS;
/// How many sessions a person may have; the one that was used longest ago ends for another.
pub const MAX: usize = 50;
/// How much of a browser's name is kept, in characters.
pub const USER_AGENT_MAX: usize = 200;

/// The cookie of a session. The local mode has no TLS, so it does without what needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Whether this is the local mode.
    pub local: bool,
}

impl Cookie {
    /// `__Host-` binds it to this host, to TLS and to the path `/` (RFC 6265bis § 4.1.3.2).
    #[must_use]
    pub fn name(self) -> &'static str {
        if self.local {
            "neureus"
        } else {
            "__Host-neureus"
        }
    }

    /// The value of `Set-Cookie` that keeps a token.
    #[must_use]
    pub fn keep(self, token: &Secret) -> String {
        self.set(token.reveal(), ABSOLUTE_MS / 1000)
    }

    /// The value of `Set-Cookie` that forgets it.
    #[must_use]
    pub fn forget(self) -> String {
        self.set("", 0)
    }

    fn set(self, value: &str, max_age_s: u64) -> String {
        let secure = if self.local { "" } else { "; Secure" };
        format!(
            "{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}",
            self.name()
        )
    }

    /// The token in a `Cookie` header: the first of this name that has the form of one.
    #[must_use]
    pub fn find(self, header: &str) -> Option<Secret> {
        header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name())
            .find_map(|(_, value)| Secret::parse(value))
    }
}

/// A session's row, found by one of its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Stored {
    /// The token that is in use.
    pub hash: SecretHash,
    /// The one that was sent to replace it, and was not shown yet.
    pub next_hash: Option<SecretHash>,
    /// When that was made.
    pub next_at_ms: Option<u64>,
    /// The one before.
    pub previous_hash: Option<SecretHash>,
    /// When the token in use came into use.
    pub rotated_at_ms: u64,
    /// When the person signed in.
    pub created_at_ms: u64,
    /// When it was last used, within [`TOUCH_MS`].
    pub last_seen_at_ms: u64,
}

/// What a session that was shown comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on; first do this.
    Good(Upkeep),
    /// It has ended by itself.
    Over,
    /// Somebody has a copy of a token: it ends now.
    Copied,
    /// None of its tokens was shown.
    Unknown,
}

/// What is to be written about a session. At most one of the first two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// The next token was shown: it is the one in use now.
    pub promote: bool,
    /// Make another token, and send it.
    pub rotate: bool,
    /// Note that it was used.
    pub touch: bool,
}

impl Stored {
    /// Judges the session by the token that was shown. The row was found by one of the three hashes.
    #[must_use]
    pub fn judge(&self, shown: &SecretHash, now_ms: u64) -> Verdict {
        let since = |past_ms: u64| now_ms.saturating_sub(past_ms);
        if since(self.created_at_ms) >= ABSOLUTE_MS || since(self.last_seen_at_ms) >= IDLE_MS {
            return Verdict::Over;
        }
        let touch = since(self.last_seen_at_ms) >= TOUCH_MS;
        if *shown == self.hash {
            let due = since(self.rotated_at_ms) >= ROTATE_MS;
            let asked = self.next_at_ms.is_some_and(|at| since(at) < GRACE_MS);
            return Verdict::Good(Upkeep {
                promote: false,
                rotate: due && !asked,
                touch,
            });
        }
        if Some(shown) == self.next_hash.as_ref() {
            return Verdict::Good(Upkeep {
                promote: true,
                rotate: false,
                touch: true,
            });
        }
        if Some(shown) != self.previous_hash.as_ref() {
            return Verdict::Unknown;
        }
        if since(self.rotated_at_ms) < GRACE_MS {
            return Verdict::Good(Upkeep::default());
        }
        Verdict::Copied
    }

    /// When it ends by itself at the latest, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn ends_at_ms(&self) -> u64 {
        let idle = self.last_seen_at_ms.saturating_add(IDLE_MS);
        idle.min(self.created_at_ms.saturating_add(ABSOLUTE_MS))
    }
}

/// What is kept of a browser's name: enough to recognise a session by, without control characters.
#[must_use]
pub fn user_agent(header: &str) -> String {
    let shown = header.chars().filter(|c| !c.is_control());
    shown.take(USER_AGENT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(byte: u8) -> Secret {
        Secret::generate(&mut |bytes| bytes.fill(byte))
    }

    fn stored() -> Stored {
        Stored {
            hash: token(1).hash(),
            next_hash: None,
            next_at_ms: None,
            previous_hash: None,
            rotated_at_ms: DAY_MS,
            created_at_ms: DAY_MS,
            last_seen_at_ms: DAY_MS,
        }
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_and_kept_from_scripts() {
        let cookie = Cookie { local: false };
        let value = "A".repeat(43);
        assert_eq!(
            cookie.keep(&token(0)),
            format!(
                "__Host-neureus={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
            )
        );
        assert_eq!(
            cookie.forget(),
            "__Host-neureus=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
        let local = Cookie { local: true };
        assert_eq!(
            local.keep(&token(0)),
            format!("neureus={value}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax")
        );
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let value = "A".repeat(43);
        let cookie = Cookie { local: false };
        for header in [
            format!("__Host-neureus={value}"),
            format!("a=b; __Host-neureus={value}; c"),
            format!("a=b;__Host-neureus={value}"),
            format!("__Host-neureus=x; __Host-neureus={value}"),
        ] {
            assert_eq!(cookie.find(&header), Some(token(0)), "{header}");
        }
        for header in [
            String::new(),
            format!("neureus={value}"),
            format!("__host-neureus={value}"),
            format!("x__Host-neureus={value}"),
            format!("__Host-neureus=\"{value}\""),
            "__Host-neureus=".into(),
        ] {
            assert_eq!(cookie.find(&header), None, "{header}");
        }
    }

    #[test]
    fn a_session_ends_when_idle_and_at_the_latest_after_a_month() {
        let used = Stored {
            last_seen_at_ms: 31 * DAY_MS - 1,
            ..stored()
        };
        let shown = token(1).hash();
        let judge = |stored: &Stored, at_ms: u64| stored.judge(&shown, at_ms);
        assert!(matches!(judge(&stored(), 8 * DAY_MS - 1), Verdict::Good(_)));
        assert_eq!(judge(&stored(), 8 * DAY_MS), Verdict::Over);
        assert_eq!(stored().ends_at_ms(), 8 * DAY_MS);
        assert!(matches!(judge(&used, 31 * DAY_MS - 1), Verdict::Good(_)));
        assert_eq!(judge(&used, 31 * DAY_MS), Verdict::Over);
        assert_eq!(used.ends_at_ms(), 31 * DAY_MS);
        // A clock that goes back ends nothing.
        assert!(matches!(judge(&stored(), 0), Verdict::Good(_)));
    }

    #[test]
    fn use_is_noted_every_five_minutes() {
        let at = |ms| match stored().judge(&token(1).hash(), DAY_MS + ms) {
            Verdict::Good(upkeep) => upkeep,
            other => panic!("{other:?}"),
        };
        assert_eq!(at(TOUCH_MS - 1), Upkeep::default());
        assert!(at(TOUCH_MS).touch);
    }

    #[test]
    fn a_token_is_replaced_after_a_day_and_the_old_one_goes_on_until_the_new_one_is_shown() {
        let shown = token(1).hash();
        let Verdict::Good(upkeep) = stored().judge(&shown, 2 * DAY_MS) else {
            panic!("over")
        };
        assert!(upkeep.rotate && !upkeep.promote);
        // Another request meanwhile is not sent another token.
        let asked = Stored {
            next_hash: Some(token(2).hash()),
            next_at_ms: Some(2 * DAY_MS),
            ..stored()
        };
        let again = |at_ms: u64| match asked.judge(&shown, at_ms) {
            Verdict::Good(upkeep) => upkeep.rotate,
            other => panic!("{other:?}"),
        };
        assert!(!again(2 * DAY_MS + GRACE_MS - 1));
        // Unless the answer that had it was lost.
        assert!(again(2 * DAY_MS + GRACE_MS));
        let Verdict::Good(upkeep) = asked.judge(&token(2).hash(), 2 * DAY_MS + 5) else {
            panic!("over")
        };
        assert!(upkeep.promote && !upkeep.rotate);
    }

    #[test]
    fn a_token_shown_long_after_it_was_replaced_ends_the_session() {
        let rotated = Stored {
            hash: token(2).hash(),
            previous_hash: Some(token(1).hash()),
            rotated_at_ms: 2 * DAY_MS,
            last_seen_at_ms: 2 * DAY_MS,
            ..stored()
        };
        let judge = |byte, at_ms| rotated.judge(&token(byte).hash(), at_ms);
        let good = Verdict::Good(Upkeep::default());
        assert_eq!(judge(1, 2 * DAY_MS + GRACE_MS - 1), good);
        assert_eq!(judge(1, 2 * DAY_MS + GRACE_MS), Verdict::Copied);
        assert_eq!(judge(2, 2 * DAY_MS + GRACE_MS), good);
        assert_eq!(judge(3, 2 * DAY_MS), Verdict::Unknown);
    }

    #[test]
    fn a_browsers_name_is_cut_and_clean() {
        assert_eq!(user_agent("Mozilla\u{7}/5.0"), "Mozilla/5.0");
        assert_eq!(user_agent(&"é".repeat(300)).chars().count(), USER_AGENT_MAX);
    }
}
