//! Targets of the scanner for personal data: requests, answers, and a tenant's own patterns.

use crate::split;
use neureus_core::chat::answer::{Answer, Finish};
use neureus_core::chat::call::ToolCall;
use neureus_core::chat::json::Json;
use neureus_core::chat::usage::Reported;
use neureus_core::privacy::Privacy;
use neureus_core::profile::{Profile, Profiles};
use neureus_core::scan::Pattern;
use neureus_core::scan::answer::Policy;
use neureus_core::scan::guard::{Guard, Part};
use neureus_core::scan::{self, Rules};

fn all() -> Profiles {
    Profile::ALL
        .into_iter()
        .fold(Profiles::default(), Profiles::with)
}

/// The scanner: never panics; more profiles never find less; what is scanned as a text is found in a body,
/// too; and a refusal says nothing of the body.
pub fn scan(data: &[u8]) {
    let legal = Profiles::default().with(Profile::Legal);
    let all = all();
    if let Err(unscannable) = scan::body(data, all) {
        assert!(unscannable.path.starts_with('$') && unscannable.path.len() < 1024);
        assert!(!unscannable.message.is_empty());
    }
    let text = String::from_utf8_lossy(data);
    let found = scan::text(&text, all);
    assert_eq!(
        found.union(scan::text(&text, legal)),
        found,
        "more profiles"
    );
    assert!(found.names().is_sorted(), "names are sorted");
    let body = serde_json::json!({ "messages": [{ "role": "user", "content": text }] });
    let in_body = scan::body(body.to_string().as_bytes(), all);
    assert_eq!(
        in_body.map(|kinds| kinds.union(found) == kinds),
        Ok(true),
        "in a body"
    );
}

/// The guard of answers: never panics; a flagged text goes on as it came, and so does one in which nothing is found;
/// what follows on a text that was withheld is withheld, too; arguments that are JSON stay JSON.
pub fn guard(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pieces: Vec<_> = split(text.as_bytes())
        .into_iter()
        .map(String::from_utf8_lossy)
        .collect();
    let whole = pieces.concat();
    for policy in [Policy::Flag, Policy::Redact, Policy::Block] {
        let rules = Rules {
            profiles: all(),
            patterns: &[],
        };
        let mut guard = Guard::new(rules, policy);
        let (mut out, mut withheld) = (String::new(), false);
        let mut take = |_: Part, text: String| out.push_str(&text);
        for piece in &pieces {
            let pushed = guard.push(Part::Text, piece, &mut take);
            assert!(pushed.is_err() || !withheld, "what is withheld stays so");
            withheld |= pushed.is_err();
        }
        withheld |= guard.end(&mut take).is_err();
        let found = !guard.found().is_empty();
        assert_eq!(withheld, found && policy == Policy::Block, "withheld");
        if policy == Policy::Flag || !found {
            assert_eq!(out, whole, "it goes on as it came");
        }

        let mut answer = Answer {
            text: whole.clone(),
            tool_calls: vec![ToolCall {
                id: "c".to_owned(),
                name: "f".to_owned(),
                arguments: whole.clone(),
            }],
            reasoning: Some(whole.clone()),
            finish: Finish::Stop,
            usage: Reported::default(),
        };
        let mut guard = Guard::new(rules, policy);
        let withheld = guard.plain(&mut answer).is_err();
        let found = !guard.found().is_empty();
        assert_eq!(withheld, found && policy == Policy::Block, "a plain one");
        let is_json = |text: &str| Json::parse(text.as_bytes()).is_some();
        let arguments = answer.tool_calls.iter().map(|call| &call.arguments);
        for arguments in arguments.filter(|_| !withheld && is_json(&whole)) {
            assert!(is_json(arguments), "arguments stay JSON");
        }
    }
}

/// A tenant's patterns, as lines of label, shape and text: none panics; with one more, no less is found; and a value of
/// the shape is found after its label.
pub fn patterns(data: &[u8]) {
    let data = String::from_utf8_lossy(data);
    let mut lines = data.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default().to_owned();
    let (label, shape, text) = (line(), line(), line());
    let labels = [label.clone()];
    let pattern = Pattern {
        name: "own".to_owned(),
        labels: labels.into_iter().filter(|it| !it.is_empty()).collect(),
        shape: shape.clone(),
    };
    let privacy = Privacy {
        patterns: vec![pattern],
        ..Privacy::default()
    };
    if privacy.validate().is_err() {
        return;
    }
    let profiles = all();
    let rules = Rules {
        profiles,
        patterns: &privacy.patterns,
    };
    let found = rules.text(&text);
    assert_eq!(found.kinds, scan::text(&text, profiles), "no less is found");
    let plain = |text: &str| text.starts_with(|it: char| it.is_ascii_alphanumeric());
    let words = label
        .bytes()
        .all(|it| it == b' ' || it.is_ascii_alphabetic());
    let marks = shape
        .bytes()
        .all(|it| it == b'-' || it.is_ascii_alphanumeric());
    if plain(&label) && !label.ends_with(' ') && words && plain(&shape) && marks {
        let value: String = shape
            .chars()
            .map(|form| match form {
                '9' | 'X' => '7',
                'A' => 'k',
                other => other,
            })
            .collect();
        let text = format!("{label}: {value}.");
        assert_eq!(rules.text(&text).patterns, 1, "{text}");
        let body = serde_json::json!({ "note": text }).to_string();
        let found = rules.body(body.as_bytes()).map(|found| found.patterns);
        assert_eq!(found, Ok(1), "in a body");
    }
}
