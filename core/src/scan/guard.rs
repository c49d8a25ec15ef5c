//! A model's whole answer under a policy: text, thoughts and the arguments of calls, plain or streamed.
//!
//! Each of them is a text of its own ([`super::answer`]). What one still holds is let go before another goes on, so that
//! they keep their order.

use super::answer::{Filter, Policy, Release, whole};
use super::wanted::Wanted;
use super::{Found, Rules};
use crate::chat::answer::Answer;
use crate::chat::json::Json;
use crate::error::{ApiError, Code};
use crate::scan::Pattern;
use serde_json::json;
use std::rc::Rc;

/// Most parts of one answer; one that has more is withheld.
const MAX_PARTS: usize = 256;

/// What of an answer a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the model thought.
    Reasoning,
    /// What it said.
    Text,
    /// The arguments of the call of this index.
    Arguments(u64),
}

/// Guards one answer.
#[derive(Clone, Debug)]
pub struct Guard {
    wanted: Rc<Wanted>,
    patterns: Vec<Pattern>,
    policy: Policy,
    filters: Vec<(Part, Filter)>,
    found: Found,
}

impl Guard {
    /// A guard of an answer under these rules.
    #[must_use]
    pub fn new(rules: Rules<'_>, policy: Policy) -> Self {
        Self {
            wanted: Rc::new(Wanted::new(rules)),
            patterns: rules.patterns.to_vec(),
            policy,
            filters: Vec::new(),
            found: Found::default(),
        }
    }

    /// Whether an answer may go on as it came.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.policy == Policy::Flag
    }

    /// The names of what was found so far: kinds, then the tenant's patterns.
    #[must_use]
    pub fn found(&self) -> Vec<String> {
        self.found.names(&self.patterns)
    }

    /// Says that this part goes on next: calls `each` with what others still hold, since that comes before it.
    /// Pieces of several calls may come in turn.
    ///
    /// # Errors
    /// [`Withheld`] when nothing may go on any more.
    pub fn turn_to(
        &mut self,
        part: Part,
        each: &mut dyn FnMut(Part, String),
    ) -> Result<(), Withheld> {
        let call = |part: &Part| matches!(part, Part::Arguments(_));
        for (other, filter) in &mut self.filters {
            if *other != part && !(call(other) && call(&part)) {
                let released = filter.end();
                take(&mut self.found, filter, *other, released, each)?;
            }
        }
        Ok(())
    }

    /// Takes the next piece of a part, which was turned to; calls `each` with what may go on.
    ///
    /// # Errors
    /// As for [`Guard::turn_to`].
    pub fn push(
        &mut self,
        part: Part,
        piece: &str,
        each: &mut dyn FnMut(Part, String),
    ) -> Result<(), Withheld> {
        let known = |(it, _): &(Part, Filter)| *it == part;
        if !self.filters.iter().any(known) {
            if self.filters.len() >= MAX_PARTS {
                return Err(Withheld);
            }
            let filter = match part {
                Part::Arguments(_) => Filter::of_json(self.wanted.clone(), self.policy),
                _ => Filter::of(self.wanted.clone(), self.policy),
            };
            self.filters.push((part, filter));
        }
        let Some((_, filter)) = self.filters.iter_mut().find(|it| known(it)) else {
            return Ok(());
        };
        let released = filter.push(piece);
        take(&mut self.found, filter, part, released, each)
    }

    /// The end of the answer: calls `each` with what is still held.
    ///
    /// # Errors
    /// As for [`Guard::turn_to`].
    pub fn end(&mut self, each: &mut dyn FnMut(Part, String)) -> Result<(), Withheld> {
        for (part, filter) in &mut self.filters {
            let released = filter.end();
            take(&mut self.found, filter, *part, released, each)?;
        }
        Ok(())
    }

    /// Changes a plain answer to what may go on of it.
    ///
    /// # Errors
    /// As for [`Guard::turn_to`].
    pub fn plain(&mut self, answer: &mut Answer) -> Result<(), Withheld> {
        let texts = [Some(&mut answer.text), answer.reasoning.as_mut()];
        for text in texts.into_iter().flatten() {
            let filter = Filter::of(self.wanted.clone(), self.policy);
            self.replace(text, filter)?;
        }
        for call in &mut answer.tool_calls {
            let filter = Filter::of_json(self.wanted.clone(), self.policy);
            let json = Json::parse(call.arguments.as_bytes()).is_some();
            self.replace(&mut call.arguments, filter)?;
            if json && Json::parse(call.arguments.as_bytes()).is_none() {
                call.arguments = json!({ "withheld": self.found() }).to_string();
            }
        }
        Ok(())
    }

    fn replace(&mut self, text: &mut String, mut filter: Filter) -> Result<(), Withheld> {
        let released = whole(text, &mut filter);
        let mut out = String::new();
        let mut each = |_, text| out = text;
        take(&mut self.found, &filter, Part::Text, released, &mut each)?;
        if !self.passes() {
            *text = out;
        }
        Ok(())
    }
}

fn take(
    found: &mut Found,
    filter: &Filter,
    part: Part,
    released: Release,
    each: &mut dyn FnMut(Part, String),
) -> Result<(), Withheld> {
    *found = found.union(filter.found());
    match released {
        Release::Blocked => return Err(Withheld),
        Release::Text(text) if text.is_empty() => {}
        Release::Text(text) => each(part, text),
    }
    Ok(())
}

/// An answer that was not passed on, or not to its end, since something was found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld;

impl Withheld {
    /// The error that the caller gets, with the names of what was found.
    #[must_use]
    pub fn error(self, found: &[String]) -> ApiError {
        ApiError::new(
            Code::ValidationError,
            "Personal data was found in the model's answer, which the tenant's policy keeps in",
        )
        .with_details(json!({ "kinds": found }))
        .with_header("x-should-retry", "false")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::answer::Finish;
    use crate::chat::call::ToolCall;
    use crate::chat::usage::Reported;
    use crate::profile::{Profile, Profiles};

    fn with(patterns: &[Pattern], policy: Policy) -> Guard {
        let profiles = Profiles::default().with(Profile::Finance);
        Guard::new(Rules { profiles, patterns }, policy)
    }

    fn guard(policy: Policy) -> Guard {
        with(&[], policy)
    }

    fn answer() -> Answer {
        Answer {
            text: "The SSN is 078-05-1120.".to_owned(),
            tool_calls: vec![ToolCall {
                id: "c".to_owned(),
                name: "f".to_owned(),
                arguments: r#"{"note":"x","ssn":78051120,"card":"4111 1111 1111 1111"}"#.to_owned(),
            }],
            reasoning: Some("mail jane@example.com".to_owned()),
            finish: Finish::Stop,
            usage: Reported::default(),
        }
    }

    #[test]
    fn a_plain_answer_is_redacted_everywhere_and_its_arguments_stay_json() {
        let mut it = answer();
        let mut guard = guard(Policy::Redact);
        guard.plain(&mut it).unwrap();
        assert_eq!(it.text, "The SSN is [ssn].");
        assert_eq!(it.reasoning.as_deref(), Some("mail [email]"));
        assert_eq!(
            it.tool_calls[0].arguments,
            r#"{"note":"x","ssn":78051120,"card":"[payment_card]"}"#
        );
        it.tool_calls[0].arguments = r#"{"ssn":178051120,"to":["ssn 078051120"]}"#.to_owned();
        guard.plain(&mut it).unwrap();
        assert_eq!(
            it.tool_calls[0].arguments,
            r#"{"ssn":"[ssn]","to":["ssn [ssn]"]}"#
        );
        assert_eq!(guard.found(), ["email", "payment_card", "ssn"]);
    }

    #[test]
    fn a_flagged_answer_goes_on_as_it_came_and_a_blocked_one_does_not() {
        let mut it = answer();
        let mut flag = guard(Policy::Flag);
        flag.plain(&mut it).unwrap();
        assert_eq!(it, answer());
        assert!(!flag.found().is_empty());
        let mut block = guard(Policy::Block);
        let error = block.plain(&mut it).unwrap_err().error(&block.found());
        assert_eq!(error.code.status(), 422);
        assert_eq!(error.details, Some(json!({ "kinds": ["ssn"] })));
    }

    #[test]
    fn a_tenants_patterns_count_in_answers_plain_and_in_pieces() {
        let patterns = [Pattern {
            name: "badge".to_owned(),
            labels: vec!["badge".to_owned()],
            shape: "A-9999".to_owned(),
        }];
        let mut it = answer();
        it.text = "Her badge is K-1234.".to_owned();
        it.tool_calls[0].arguments = r#"{"badge":"K-1234"}"#.to_owned();
        let mut guard = with(&patterns, Policy::Redact);
        guard.plain(&mut it).unwrap();
        assert_eq!(it.text, "Her badge is [pattern:badge].");
        assert_eq!(it.tool_calls[0].arguments, r#"{"badge":"[pattern:badge]"}"#);
        assert_eq!(guard.found(), ["email", "pattern:badge"]);

        let text = format!("{} badge: K-1234 {0}", "nothing to see here ".repeat(30));
        for piece in [1, 3, 7, 64] {
            let mut guard = with(&patterns, Policy::Redact);
            let mut out = String::new();
            let mut each = |_, text: String| out.push_str(&text);
            for piece in text.as_bytes().chunks(piece) {
                let piece = std::str::from_utf8(piece).unwrap();
                guard.push(Part::Text, piece, &mut each).unwrap();
            }
            guard.end(&mut each).unwrap();
            assert_eq!(out, text.replace("K-1234", "[pattern:badge]"));
        }
        let mut block = with(&patterns, Policy::Block);
        assert!(block.push(Part::Text, &text, &mut |_, _| {}).is_err());
        assert_eq!(block.found(), ["pattern:badge"]);
    }

    #[test]
    fn parts_keep_their_order() {
        let mut guard = guard(Policy::Redact);
        let mut out = Vec::new();
        let mut each = |part, text: String| out.push((part, text));
        guard.push(Part::Reasoning, "so ", &mut each).unwrap();
        guard
            .push(Part::Reasoning, "078-05-1120", &mut each)
            .unwrap();
        guard.turn_to(Part::Text, &mut each).unwrap();
        guard.push(Part::Text, "it is", &mut each).unwrap();
        guard.turn_to(Part::Arguments(0), &mut each).unwrap();
        guard
            .push(Part::Arguments(0), "{\"a\":", &mut each)
            .unwrap();
        guard.push(Part::Arguments(1), "{}", &mut each).unwrap();
        guard.push(Part::Arguments(0), "1}", &mut each).unwrap();
        guard.end(&mut each).unwrap();
        let said: Vec<_> = out
            .iter()
            .map(|(part, text)| (*part, text.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (Part::Reasoning, "so [ssn]"),
                (Part::Text, "it is"),
                (Part::Arguments(0), "{\"a\":1}"),
                (Part::Arguments(1), "{}"),
            ]
        );
    }
}
