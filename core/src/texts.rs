//! What was asked and answered, as far as the request log keeps it for a tenant that wants it to.
//!
//! In scope: how much of a text is kept. Out of scope: whether any is
//! ([`Settings::keeps_texts`](crate::message::Settings::keeps_texts) and the profiles of key and request), where,
//! and who may read it ([`crate::tenant`]).

use crate::chat::answer::Answer;
use crate::chat::message::{Content, Message, Part};
use crate::chat::request::ChatRequest;
use serde::{Deserialize, Serialize};

/// The most bytes that are kept of a prompt, and of an answer.
pub const TEXT_MAX: usize = 8_192;
/// How long they are kept, in ms: 7 days. No plan's log goes back less.
pub const KEPT_MS: u64 = 7 * crate::calendar::DAY_MS;
/// The most requests of a tenant with texts: some 160 MB. An object has 10 GB, and the ledger has to go on in it.
pub const ROWS_MAX: u32 = 10_000;

/// What was asked and answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The conversation that was sent: its end, where it is long.
    pub prompt: Excerpt,
    /// What the model said, and the tools it called: its beginning, where it is long. `None` where there was no
    /// answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Excerpt>,
}

impl Texts {
    /// What is asked.
    #[must_use]
    pub fn asked(request: &ChatRequest) -> Self {
        Self {
            prompt: prompt(request),
            answer: None,
        }
    }
}

/// At most [`TEXT_MAX`] bytes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// What is kept of it.
    pub text: String,
    /// Whether there was more.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub cut: bool,
}

impl Excerpt {
    /// The beginning of an answer.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        let mut kept = Self::default();
        kept.push(&answer.text);
        for call in &answer.tool_calls {
            kept.call(Some(&call.name), &call.arguments);
        }
        kept
    }

    /// Adds what comes next, as far as there is room for it.
    pub fn push(&mut self, piece: &str) {
        if self.cut {
            return;
        }
        let room = TEXT_MAX.saturating_sub(self.text.len());
        let fits = piece.floor_char_boundary(room);
        self.text.push_str(piece.get(..fits).unwrap_or_default());
        self.cut = fits < piece.len();
    }

    /// Adds a call of a tool, or a piece of its arguments: the name comes with the first.
    pub fn call(&mut self, name: Option<&str>, arguments: &str) {
        if let Some(name) = name {
            self.push(if self.text.is_empty() {
                "calls "
            } else {
                "\n\ncalls "
            });
            self.push(name);
            self.push(" ");
        }
        self.push(arguments);
    }
}

/// The end of a text in the making, from its last piece to its first.
struct End<'a> {
    pieces: Vec<&'a str>,
    room: usize,
    cut: bool,
}

impl<'a> End<'a> {
    fn push(&mut self, piece: &'a str) {
        if self.cut {
            return;
        }
        let from = piece.ceil_char_boundary(piece.len().saturating_sub(self.room));
        let fits = piece.get(from..).unwrap_or_default();
        self.room = self.room.saturating_sub(fits.len());
        self.pieces.push(fits);
        self.cut = from > 0;
    }

    fn message(&mut self, message: &'a Message) {
        for call in message.tool_calls.iter().rev() {
            self.push(&call.arguments);
            self.push(" ");
            self.push(&call.name);
            self.push("\ncalls ");
        }
        match &message.content {
            Content::None => {}
            Content::Text(text) => self.push(text),
            Content::Parts(parts) => {
                for part in parts.iter().rev() {
                    match part {
                        Part::Text(text) => self.push(text),
                        Part::Image { .. } => self.push("[image]"),
                    }
                }
            }
        }
        self.role(message.role.as_str());
    }

    fn role(&mut self, role: &'a str) {
        self.push(": ");
        self.push(role);
    }
}

/// The end of a conversation: `role: text`, one after the other.
fn prompt(request: &ChatRequest) -> Excerpt {
    let mut end = End {
        pieces: Vec::new(),
        room: TEXT_MAX,
        cut: false,
    };
    for (later, message) in request.messages.iter().rev().enumerate() {
        if later > 0 {
            end.push("\n\n");
        }
        end.message(message);
    }
    if let Some(text) = &request.system_prompt {
        end.push("\n\n");
        end.push(text);
        end.role("system");
    }
    Excerpt {
        text: end.pieces.iter().rev().copied().collect(),
        cut: end.cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Plan;
    use crate::metrics::log::retention;

    fn asked(body: &str) -> Excerpt {
        Texts::asked(&ChatRequest::parse(body.as_bytes()).unwrap()).prompt
    }

    #[test]
    fn a_prompt_is_the_conversation_with_its_roles() {
        let body = r#"{"systemPrompt":"Be short.","messages":[
            {"role":"user","content":[{"type":"text","text":"What is this? "},
                {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},
            {"role":"assistant","content":"Wait.","tool_calls":[
                {"id":"a","type":"function","function":{"name":"look","arguments":"{\"n\":1}"}}]},
            {"role":"tool","tool_call_id":"a","content":"a cat"}]}"#;
        let text = "system: Be short.\n\nuser: What is this? [image]\n\n\
            assistant: Wait.\ncalls look {\"n\":1}\n\ntool: a cat";
        assert_eq!(
            asked(body),
            Excerpt {
                text: text.into(),
                cut: false
            }
        );
    }

    #[test]
    fn of_a_long_prompt_the_end_is_kept_in_whole_characters() {
        let long = "ü".repeat(TEXT_MAX);
        let kept = asked(&format!(
            r#"{{"messages":[{{"role":"user","content":"gone"}},{{"role":"user","content":"a{long}z"}}]}}"#
        ));
        assert!(kept.cut && kept.text.len() == TEXT_MAX - 1);
        assert!(kept.text.starts_with('ü') && kept.text.ends_with("üz"));
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_kept_however_it_comes() {
        let text = format!("a{}", "ü".repeat(TEXT_MAX));
        for size in [1, 7, TEXT_MAX, usize::MAX] {
            let mut kept = Excerpt::default();
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let at = rest.ceil_char_boundary(size.min(rest.len()));
                let (piece, more) = rest.split_at(at);
                kept.push(piece);
                rest = more;
            }
            assert!(kept.cut && kept.text.len() == TEXT_MAX - 1, "{size}");
            assert!(text.starts_with(&kept.text));
        }
        let mut exact = Excerpt::default();
        exact.push(&"a".repeat(TEXT_MAX));
        assert!(!exact.cut);
    }

    #[test]
    fn called_tools_are_part_of_an_answer() {
        let mut kept = Excerpt::default();
        kept.call(Some("look"), "{\"n\"");
        kept.call(None, ":1}");
        kept.call(Some("go"), "{}");
        assert_eq!(kept.text, "calls look {\"n\":1}\n\ncalls go {}");
    }

    #[test]
    fn no_log_is_kept_for_less_time_than_its_texts() {
        for plan in [
            None,
            Some(Plan::Free),
            Some(Plan::Pro),
            Some(Plan::Scale),
            Some(Plan::Enterprise),
        ] {
            assert!(retention(plan).0 >= KEPT_MS);
        }
    }

    #[test]
    fn what_is_stored_is_pinned() {
        let texts = Texts {
            prompt: Excerpt {
                text: "user: a".into(),
                cut: true,
            },
            answer: Some(Excerpt {
                text: "b".into(),
                cut: false,
            }),
        };
        let json = r#"{"prompt":{"text":"user: a","cut":true},"answer":{"text":"b"}}"#;
        assert_eq!(serde_json::to_string(&texts).unwrap(), json);
        assert_eq!(serde_json::from_str::<Texts>(json).unwrap(), texts);
    }
}
