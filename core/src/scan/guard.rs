//! A model's whole answer under a policy: text, thoughts and the arguments of calls, plain or streamed.
//!
//! Each of them is a text of its own ([`super::answer`]). What one still holds is let go before another goes on, so that
//! they keep their order.

use super::Kinds;
use super::answer::{Filter, Policy, Release, whole};
use crate::chat::answer::Answer;
use crate::chat::json::Json;
use crate::error::{ApiError, Code};
use crate::profile::Profiles;
use serde_json::json;

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
    profiles: Profiles,
    policy: Policy,
    filters: Vec<(Part, Filter)>,
    found: Kinds,
}

impl Guard {
    /// A guard of an answer under these profiles.
    #[must_use]
    pub fn new(profiles: Profiles, policy: Policy) -> Self {
        Self {
            profiles,
            policy,
            filters: Vec::new(),
            found: Kinds::NONE,
        }
    }

    /// Whether an answer may go on as it came.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.policy == Policy::Flag
    }

    /// The kinds found so far.
    #[must_use]
    pub fn found(&self) -> Kinds {
        self.found
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
                return Err(Withheld(self.found));
            }
            let filter = match part {
                Part::Arguments(_) => Filter::of_json(self.profiles, self.policy),
                _ => Filter::new(self.profiles, self.policy),
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
            let filter = Filter::new(self.profiles, self.policy);
            self.replace(text, filter)?;
        }
        for call in &mut answer.tool_calls {
            let filter = Filter::of_json(self.profiles, self.policy);
            let json = Json::parse(call.arguments.as_bytes()).is_some();
            self.replace(&mut call.arguments, filter)?;
            if json && Json::parse(call.arguments.as_bytes()).is_none() {
                call.arguments = json!({ "withheld": self.found.names() }).to_string();
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
    found: &mut Kinds,
    filter: &Filter,
    part: Part,
    released: Release,
    each: &mut dyn FnMut(Part, String),
) -> Result<(), Withheld> {
    *found = found.union(filter.found());
    match released {
        Release::Blocked => return Err(Withheld(*found)),
        Release::Text(text) if text.is_empty() => {}
        Release::Text(text) => each(part, text),
    }
    Ok(())
}

/// An answer that was not passed on, or not to its end, and what was found in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld(pub Kinds);

impl From<Withheld> for ApiError {
    fn from(Withheld(kinds): Withheld) -> Self {
        Self::new(
            Code::ValidationError,
            "Personal data was found in the model's answer, which the tenant's policy keeps in",
        )
        .with_details(json!({ "kinds": kinds.names() }))
        .with_header("x-should-retry", "false")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::answer::Finish;
    use crate::chat::call::ToolCall;
    use crate::chat::usage::Reported;
    use crate::profile::Profile;

    fn guard(policy: Policy) -> Guard {
        Guard::new(Profiles::default().with(Profile::Finance), policy)
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
        assert_eq!(guard.found().names(), ["email", "payment_card", "ssn"]);
    }

    #[test]
    fn a_flagged_answer_goes_on_as_it_came_and_a_blocked_one_does_not() {
        let mut it = answer();
        let mut flag = guard(Policy::Flag);
        flag.plain(&mut it).unwrap();
        assert_eq!(it, answer());
        assert!(!flag.found().is_empty());
        let error: ApiError = guard(Policy::Block).plain(&mut it).unwrap_err().into();
        assert_eq!(error.code.status(), 422);
        assert_eq!(error.details, Some(json!({ "kinds": ["ssn"] })));
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
