//! Which URLs this service may call: one rule for every URL that somebody has configured, a model
//! backend's and a webhook's alike.
//!
//! In scope: the URL's text. It is held to a narrow form that no URL parser reads otherwise (WHATWG's
//! drops tabs, takes `\` for `/`, decodes `%` in hosts, maps other scripts' digits, and reads `0x7f.1`
//! as an address), and its host has to be a public name.
//!
//! Out of scope: following redirects (nobody here does), and where a name leads: a Worker cannot resolve
//! one before it fetches it, so a public name that points to a private address is not noticed here.
//! Cloudflare's network has no way from a Worker to private addresses.

use core::fmt;

/// The longest URL, in bytes.
pub const URL_MAX: usize = 2_048;

/// Names that are nobody's in the public DNS (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's list of
/// name collisions), or that resolvers answer from the local network.
const NOT_PUBLIC: [&str; 16] = [
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
    "workgroup",
];

/// Where calls may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public names, by `https` only.
    Public,
    /// A local run: also `http`, addresses, and names of the local network.
    Local,
}

impl Reach {
    /// The reach of a deployment that is, or is not, a local run.
    #[must_use]
    pub fn of(local: bool) -> Self {
        if local { Self::Local } else { Self::Public }
    }
}

/// A URL that may be called, in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbound<'a> {
    /// Scheme and authority: `https://host:port`.
    pub origin: &'a str,
    /// The host as it was written, without its port.
    pub host: &'a str,
    /// What follows the authority: empty, or beginning with `/` or `?`.
    pub rest: &'a str,
}

/// Why a URL may not be called. Its text names no part of the URL, which may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAllowed {
    /// Not an absolute URL of visible ASCII characters, too long, or with a backslash or a fragment.
    Form,
    /// Another scheme than `https`.
    Scheme,
    /// A user or password in it.
    Credentials,
    /// A port that is none.
    Port,
    /// An address, or a name that is not public.
    Host,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "has to be an absolute URL of at most 2048 visible ASCII characters, without backslash \
                 and fragment"
            }
            Self::Scheme => "has to begin with https://",
            Self::Credentials => "may not hold a user or password",
            Self::Port => "has a port that is not a number from 1 to 65535",
            Self::Host => "has to name a public host: no address, and no local or internal name",
        })
    }
}

/// The parts of a URL that may be called.
///
/// # Errors
/// [`NotAllowed`], with the first rule that it breaks.
pub fn allowed(url: &str, reach: Reach) -> Result<Outbound<'_>, NotAllowed> {
    let plain = |b: u8| (0x21..0x7f).contains(&b) && !matches!(b, b'\\' | b'#');
    if url.len() > URL_MAX || !url.bytes().all(plain) {
        return Err(NotAllowed::Form);
    }
    let (scheme, after) = url.split_once("://").ok_or(NotAllowed::Form)?;
    match (scheme, reach) {
        ("https", _) | ("http", Reach::Local) => {}
        _ => return Err(NotAllowed::Scheme),
    }
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end).ok_or(NotAllowed::Form)?;
    let origin = url.get(..url.len() - rest.len()).ok_or(NotAllowed::Form)?;
    if authority.contains('@') {
        return Err(NotAllowed::Credentials);
    }
    let (host, port) = split_port(authority);
    if !port.is_none_or(is_port) {
        return Err(NotAllowed::Port);
    }
    let good = match reach {
        Reach::Public => is_public_name(host),
        Reach::Local => is_local_host(host),
    };
    if !good {
        return Err(NotAllowed::Host);
    }
    Ok(Outbound { origin, host, rest })
}

/// The host, and what stands behind its colon. Brackets hold an IPv6 address, which has colons.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let from = authority.rfind(']').unwrap_or_default();
    match authority.rfind(':').filter(|at| *at > from) {
        Some(at) => (
            authority.get(..at).unwrap_or_default(),
            authority.get(at + 1..),
        ),
        None => (authority, None),
    }
}

fn is_port(text: &str) -> bool {
    let digits = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether it is a name of the public DNS: labels with a dot between them, the last of which no parser
/// takes for a part of an address, and which is not a local one.
fn is_public_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let Some((_, last)) = name.rsplit_once('.') else {
        return false;
    };
    // An address ends in a number, in any notation (WHATWG URL, "ends in a number"); no public suffix
    // begins with one.
    name.len() <= 253
        && name.split('.').all(is_label)
        && last.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && !NOT_PUBLIC
            .iter()
            .any(|local| last.eq_ignore_ascii_case(local))
        && !is_wildcard_dns(name)
}

/// Services whose names resolve to whatever address is written in them, or to the caller's own machine.
fn is_wildcard_dns(name: &str) -> bool {
    let services = [
        "nip.io",
        "sslip.io",
        "xip.io",
        "localtest.me",
        "lvh.me",
        "vcap.me",
        "lacolhost.com",
        "rbndr.us",
    ];
    services.iter().any(|service| {
        let before = name.len().checked_sub(service.len());
        before.is_some_and(|at| {
            name.get(at..)
                .is_some_and(|end| end.eq_ignore_ascii_case(service))
                && name
                    .get(..at)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    })
}

/// RFC 1123 §2.1; an underscore besides, which hosts of some clouds have.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// In a local run: a name of one label or more, an IPv4 address, or an IPv6 one in brackets.
fn is_local_host(host: &str) -> bool {
    if let Some(inside) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let part = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
        return inside.contains(':') && inside.bytes().all(part);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn why(url: &str) -> Option<NotAllowed> {
        allowed(url, Reach::Public).err()
    }

    #[test]
    fn a_public_name_by_https_is_allowed_and_taken_apart() {
        assert_eq!(
            allowed("https://api.example.com:8443/v1/x?y=1", Reach::Public),
            Ok(Outbound {
                origin: "https://api.example.com:8443",
                host: "api.example.com",
                rest: "/v1/x?y=1",
            })
        );
        for url in [
            "https://a.co",
            "https://API.EXAMPLE.COM/",
            "https://xn--bcher-kva.example.net?x",
            "https://api.example.com.",
            "https://10.0.0.1.example.com",
            "https://my_bucket.example.com/%41",
            "https://nip.io.example.com",
        ] {
            assert_eq!(why(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_in_any_notation_are_no_public_hosts() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0X7F.1",
            "0177.0.0.1",
            "017700000001",
            "10.0.0.1",
            "169.254.169.254",
            "169.254.169.254.",
            "192.168.0.1:8080",
            "100.64.0.1",
            "8.8.8.8",
            "a.0x1",
            "a.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fd00::1]",
            "[fe80::1]",
            "[64:ff9b::7f00:1]",
            "[2001:db8::1]:443",
            "::1",
        ] {
            let url = format!("https://{host}/");
            assert!(
                matches!(why(&url), Some(NotAllowed::Host | NotAllowed::Port)),
                "{url}"
            );
        }
    }

    #[test]
    fn local_and_internal_names_are_no_public_hosts() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "metadata",
            "metadata.google.internal",
            "printer.local.",
            "router.lan",
            "a.home.arpa",
            "a.Corp",
            "a.test",
            "127.0.0.1.nip.io",
            "app.LocalTest.me",
            "lvh.me",
            "a..b.com",
            ".example.com",
            "example.com..",
            "-a.com",
            "a-.com",
            "ex%61mple.com",
            "exa!mple.com",
            "",
        ] {
            let url = format!("https://{host}/");
            assert_eq!(why(&url), Some(NotAllowed::Host), "{url}");
        }
    }

    #[test]
    fn what_parsers_read_differently_is_refused() {
        for (url, reason) in [
            ("", NotAllowed::Form),
            ("api.example.com", NotAllowed::Form),
            ("//api.example.com", NotAllowed::Form),
            ("https:/api.example.com", NotAllowed::Form),
            ("https:api.example.com", NotAllowed::Form),
            ("https://api.example.com\\@127.0.0.1", NotAllowed::Form),
            ("https://127.0.0.1\t.example.com", NotAllowed::Form),
            ("https://example.com/\n", NotAllowed::Form),
            (" https://example.com", NotAllowed::Form),
            ("https://example.com/#@127.0.0.1", NotAllowed::Form),
            ("https://１２７.０.０.１/", NotAllowed::Form),
            ("https://example。com/", NotAllowed::Form),
            ("http://api.example.com", NotAllowed::Scheme),
            ("HTTPS://api.example.com", NotAllowed::Scheme),
            ("ftp://api.example.com", NotAllowed::Scheme),
            ("file:///etc/passwd", NotAllowed::Scheme),
            ("https://user@example.com", NotAllowed::Credentials),
            ("https://example.com:x@127.0.0.1", NotAllowed::Credentials),
            ("https://example.com:0", NotAllowed::Port),
            ("https://example.com:", NotAllowed::Port),
            ("https://example.com:65536", NotAllowed::Port),
            ("https://example.com:+80", NotAllowed::Port),
            ("https://example.com:80:80", NotAllowed::Host),
            ("https:///example.com", NotAllowed::Host),
            ("https://?example.com", NotAllowed::Host),
        ] {
            assert_eq!(why(url), Some(reason), "{url:?}");
        }
        let long = format!("https://example.com/{}", "x".repeat(URL_MAX));
        assert_eq!(why(&long), Some(NotAllowed::Form));
    }

    #[test]
    fn a_local_run_calls_local_hosts_and_still_only_what_is_well_formed() {
        for url in [
            "http://127.0.0.1:11434/v1",
            "http://localhost:1234",
            "http://[::1]:8080/v1",
            "http://ollama:11434",
            "https://api.example.com",
        ] {
            assert!(allowed(url, Reach::Local).is_ok(), "{url}");
        }
        for url in [
            "ftp://localhost",
            "http://a@localhost",
            "http://[::1",
            "http://[evil]/",
            "http://",
            "http://local host",
        ] {
            assert!(allowed(url, Reach::Local).is_err(), "{url}");
        }
        assert_eq!(Reach::of(true), Reach::Local);
        assert_eq!(Reach::of(false), Reach::Public);
    }

    #[test]
    fn a_reason_holds_nothing_of_the_url() {
        for reason in [
            NotAllowed::Form,
            NotAllowed::Scheme,
            NotAllowed::Credentials,
            NotAllowed::Port,
            NotAllowed::Host,
        ] {
            assert!(!reason.to_string().is_empty());
        }
    }

    proptest! {
        /// Any four numbers, in any mix of notations that WHATWG's parser takes, cut short in any way.
        #[test]
        fn no_spelling_of_an_address_passes(
            numbers: [u8; 4],
            notation in proptest::collection::vec(0_u8..4, 4),
            keep in 1_usize..=4,
            dot: bool,
        ) {
            let part = |(number, how): (&u8, &u8)| match how {
                0 => format!("{number}"),
                1 => format!("0{number:o}"),
                2 => format!("0x{number:x}"),
                _ => format!("0X{number:04X}"),
            };
            let parts: Vec<String> = numbers.iter().zip(&notation).map(part).take(keep).collect();
            let host = format!("{}{}", parts.join("."), if dot { "." } else { "" });
            prop_assert_eq!(why(&format!("https://{host}/")), Some(NotAllowed::Host));
        }

        #[test]
        fn the_parts_make_the_whole(url in "https?://[a-z0-9.@:\\[\\]/?%_-]{0,40}") {
            for reach in [Reach::Public, Reach::Local] {
                if let Ok(it) = allowed(&url, reach) {
                    prop_assert_eq!(format!("{}{}", it.origin, it.rest), url.clone());
                    prop_assert!(it.origin.contains(it.host) && !it.host.is_empty());
                }
            }
        }
    }
}
