//! Cross-site request forgery: whether a call that a browser's cookie authenticates comes from our pages.
//!
//! `Sec-Fetch-Site` says so in every browser of today, and no page can set it (Fetch Metadata). Without it,
//! `Origin` has to be ours. A call with neither is refused: it is no page's, and a program has keys.

/// Whether a call that changes something comes from a page of our own origin.
#[must_use]
pub fn is_same(sec_fetch_site: &str, origin: &str, own_origin: &str) -> bool {
    match sec_fetch_site {
        "same-origin" => true,
        "" => !origin.is_empty() && origin == own_origin,
        // Another site, another subdomain of ours, or the address bar, which only reads.
        _ => false,
    }
}

/// The origin of an absolute URL: all before its path.
#[must_use]
pub fn of_url(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let rest = url.get(host..).unwrap_or_default();
    let end = rest.find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://app.example.com";

    #[test]
    fn only_our_own_pages_are() {
        assert!(is_same("same-origin", OWN, OWN));
        assert!(is_same("same-origin", "", OWN));
        assert!(is_same("", OWN, OWN));
        for (site, origin) in [
            ("cross-site", OWN),
            ("same-site", "https://evil.example.com"),
            ("same-site", OWN),
            ("none", ""),
            ("", ""),
            ("", "null"),
            ("", "https://evil.example"),
            ("", "http://app.example.com"),
            ("", "https://app.example.com:444"),
            ("", "https://app.example.com.evil.example"),
            ("Same-Origin", "https://evil.example"),
        ] {
            assert!(!is_same(site, origin, OWN), "{site} {origin}");
        }
    }

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(of_url("https://a.example/x?y#z"), "https://a.example");
        assert_eq!(of_url("http://localhost:8787"), "http://localhost:8787");
        assert_eq!(of_url("http://localhost:8787?x"), "http://localhost:8787");
        assert_eq!(of_url(""), "");
    }
}
