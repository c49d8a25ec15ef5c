//! Origins a widget key may be used from.
//!
//! A pattern is an exact origin (`https://shop.example`, RFC 6454 serialised form), a wildcard for
//! subdomains (`https://*.example.com`, one or more labels, not the domain itself), or `*`.

/// Whether a pattern is one of the three forms.
#[must_use]
pub fn is_pattern(pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return false;
    };
    let host = rest.strip_prefix("*.").unwrap_or(rest);
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    matches!(scheme, "https" | "http")
        && !name.is_empty()
        && name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && (host == rest || name.contains('.'))
}

/// Whether an `Origin` header matches any pattern. A missing or `null` one matches only `*`.
#[must_use]
pub fn allowed(patterns: &[String], origin: Option<&str>) -> bool {
    let origin = origin.filter(|origin| *origin != "null");
    patterns
        .iter()
        .any(|pattern| pattern == "*" || origin.is_some_and(|o| matches(pattern, o)))
}

fn matches(pattern: &str, origin: &str) -> bool {
    match pattern.split_once("://*.") {
        None => pattern == origin,
        Some((scheme, domain)) => origin
            .strip_prefix(scheme)
            .and_then(|rest| rest.strip_prefix("://"))
            .and_then(|host| host.strip_suffix(domain))
            .and_then(|labels| labels.strip_suffix('.'))
            .is_some_and(|labels| {
                !labels.is_empty()
                    && labels
                        .bytes()
                        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(pattern: &str, origin: &str) -> bool {
        allowed(&[pattern.to_owned()], Some(origin))
    }

    #[test]
    fn an_exact_origin_matches_only_itself() {
        assert!(one("https://shop.example", "https://shop.example"));
        assert!(!one("https://shop.example", "http://shop.example"));
        assert!(!one("https://shop.example", "https://shop.example:8443"));
        assert!(!one(
            "https://shop.example",
            "https://shop.example.evil.test"
        ));
    }

    #[test]
    fn a_wildcard_matches_subdomains_and_not_the_domain_or_a_lookalike() {
        assert!(one("https://*.example.com", "https://a.example.com"));
        assert!(one("https://*.example.com", "https://a.b.example.com"));
        assert!(!one("https://*.example.com", "https://example.com"));
        assert!(!one("https://*.example.com", "https://evilexample.com"));
        assert!(!one(
            "https://*.example.com",
            "https://evil.test/.example.com"
        ));
        assert!(!one(
            "https://*.example.com",
            "https://evil.test:1@a.example.com"
        ));
    }

    #[test]
    fn no_origin_and_null_match_only_the_star() {
        assert!(allowed(&["*".into()], None));
        assert!(allowed(&["*".into()], Some("null")));
        assert!(!allowed(&["https://a.example".into()], None));
        assert!(!allowed(&["null".into()], Some("null")));
        assert!(!allowed(&[], Some("https://a.example")));
    }

    #[test]
    fn only_the_three_forms_are_patterns() {
        for good in [
            "*",
            "https://a.example",
            "http://localhost:3000",
            "https://*.example.com",
        ] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://*.com",
            "https://a.*.com",
            "ftp://a.example",
            "https://a.example:0",
            "https://A.example",
            "null",
            "https://*",
        ] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(pattern in ".*", origin in ".*") {
            let _is = is_pattern(&pattern);
            let _matches = one(&pattern, &origin);
        }
    }
}
