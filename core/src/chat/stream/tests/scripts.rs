//! Random answers in every dialect, with all that backends are known to do wrong on the way: what the caller of
//! every API reads is what the model said.

use super::surfaces::{events, plan, relay};
use super::*;
use crate::chat::usage::UsageSource;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const SURFACES: [Surface; 3] = [Surface::Native, Surface::OpenAi, Surface::Anthropic];
const DIALECTS: [Dialect; 3] = [Dialect::Openai, Dialect::WorkersAi, Dialect::Anthropic];
/// What Anthropic's first event counts; the others count it with the output.
const INPUT: u64 = 7;

const TEXTS: [&str; 6] = ["a", " wörd", "\n\ndata: ", "[DONE]", "🚀", "\"}]}"];
const ARGUMENTS: [&str; 4] = ["{\"a\"", ":1", ",\"é\":[", "]}"];

/// What a backend says in one event.
#[derive(Clone, Debug)]
enum Step {
    Text(&'static str),
    Reasoning(&'static str),
    /// The next call begins.
    Begin,
    /// A piece of the arguments of one that has begun, whichever was last.
    Arguments(usize, &'static str),
    Usage(u64),
    /// Nothing, in one of the ways that there are.
    Nothing(u8),
}

fn script(codes: &[(u8, u8)]) -> Vec<Step> {
    let mut begun = 0;
    let step = |&(kind, n): &(u8, u8)| {
        let text = TEXTS[usize::from(n) % TEXTS.len()];
        match kind % 10 {
            0..=2 => Step::Text(text),
            3 => Step::Reasoning(text),
            4 if begun < 4 => {
                begun += 1;
                Step::Begin
            }
            5..=7 if begun > 0 => {
                let piece = ARGUMENTS[usize::from(n / 8) % ARGUMENTS.len()];
                Step::Arguments(usize::from(n) % begun, piece)
            }
            8 => Step::Usage(u64::from(n)),
            _ => Step::Nothing(n),
        }
    };
    codes.iter().map(step).collect()
}

/// What is to be read of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    text: String,
    reasoning: String,
    /// The name and the arguments of each call.
    calls: Vec<(String, String)>,
    usage: Option<u64>,
}

/// What Workers AI gives of each call, whole.
const WHOLE: &str = "{\"w\":1}";

fn said(dialect: Dialect, steps: &[Step]) -> Said {
    let whole = dialect == Dialect::WorkersAi;
    let mut said = Said::default();
    for step in steps {
        match step {
            Step::Text(text) => said.text.push_str(text),
            Step::Reasoning(_) if whole => {}
            Step::Reasoning(text) => said.reasoning.push_str(text),
            Step::Begin => {
                let name = format!("f{}", said.calls.len());
                let arguments = if whole { WHOLE } else { "" };
                said.calls.push((name, arguments.to_owned()));
            }
            Step::Arguments(..) if whole => {}
            Step::Arguments(call, piece) => said.calls[*call].1.push_str(piece),
            Step::Usage(output) => said.usage = Some(*output),
            Step::Nothing(_) => {}
        }
    }
    said
}

/// Writes what a backend of this dialect would send, without an end.
struct Backend {
    dialect: Dialect,
    out: String,
    calls: usize,
    /// Anthropic's blocks: of text and of thoughts, as far as one is open, of each call, and how many there were.
    open: [Option<usize>; 2],
    blocks: Vec<usize>,
    next: usize,
}

impl Backend {
    fn new(dialect: Dialect) -> Self {
        let mut backend = Self {
            dialect,
            out: String::new(),
            calls: 0,
            open: [None; 2],
            blocks: Vec::new(),
            next: 0,
        };
        if dialect == Dialect::Anthropic {
            backend.send(&json!({ "type": "message_start", "message": {
                "role": "assistant", "content": [], "model": "up",
                "usage": { "input_tokens": INPUT, "output_tokens": 1 } } }));
        }
        backend
    }

    fn send(&mut self, event: &Value) {
        if let (Dialect::Anthropic, Some(name)) = (self.dialect, event["type"].as_str()) {
            writeln!(self.out, "event: {name}").unwrap();
        }
        write!(self.out, "data: {event}\n\n").unwrap();
    }

    fn delta(&mut self, delta: &Value) {
        self.send(&json!({ "choices": [{ "index": 0, "delta": delta }] }));
    }

    fn step(&mut self, step: &Step) {
        match self.dialect {
            Dialect::Anthropic => self.anthropic(step),
            Dialect::Openai => self.openai(step),
            Dialect::WorkersAi => self.workers_ai(step),
        }
    }

    fn openai(&mut self, step: &Step) {
        match step {
            Step::Text(text) => self.delta(&json!({ "content": text })),
            Step::Reasoning(text) => self.delta(&json!({ "reasoning_content": text })),
            Step::Begin => {
                let index = self.calls;
                self.calls += 1;
                self.delta(&json!({ "tool_calls": [{ "index": index, "id": format!("c{index}"),
                    "type": "function", "function": { "name": format!("f{index}"), "arguments": "" } }] }));
            }
            Step::Arguments(index, piece) => self.delta(&json!({ "tool_calls": [
                { "index": index, "function": { "arguments": piece } }] })),
            Step::Usage(output) => {
                let usage = json!({ "prompt_tokens": INPUT, "completion_tokens": output });
                let choices = json!([{ "index": 0, "delta": { "content": "" } }]);
                let choices = if output % 2 == 0 { json!([]) } else { choices };
                self.send(&json!({ "choices": choices, "usage": usage }));
            }
            Step::Nothing(n) => match n % 6 {
                0 => self.send(&json!({ "choices": [] })),
                1 => {
                    self.delta(&json!({ "role": "assistant", "content": null, "tool_calls": null }))
                }
                2 => self.send(&json!({ "choices": null, "usage": null, "later": [1] })),
                3 => self.send(&json!({})),
                4 => self.out.push_str(": ping\n\nevent: ping\n\n"),
                _ => self.send(&json!({ "choices": [], "usage": { "prompt_tokens": -1 } })),
            },
        }
    }

    fn workers_ai(&mut self, step: &Step) {
        match step {
            Step::Text(text) => self.send(&json!({ "response": text, "p": "abcdef" })),
            Step::Begin => {
                let name = format!("f{}", self.calls);
                self.calls += 1;
                let calls = json!([{ "name": name, "arguments": { "w": 1 } }]);
                self.send(&json!({ "response": "", "tool_calls": calls }));
            }
            Step::Usage(output) => {
                let usage = json!({ "prompt_tokens": INPUT, "completion_tokens": output });
                self.send(&json!({ "response": "", "usage": usage }));
            }
            Step::Nothing(n) => match n % 4 {
                0 => self.send(&json!({ "response": null, "tool_calls": [] })),
                1 => self.send(&json!({ "response": "", "usage": null, "errors": [] })),
                2 => self.send(&json!({ "choices": [], "response": "" })),
                _ => self.out.push_str(":\n\n"),
            },
            Step::Reasoning(_) | Step::Arguments(..) => {}
        }
    }

    fn anthropic(&mut self, step: &Step) {
        match step {
            Step::Text(text) => {
                let index = self.block(0, "text");
                self.piece(index, &json!({ "type": "text_delta", "text": text }));
            }
            Step::Reasoning(text) => {
                let index = self.block(1, "thinking");
                self.piece(
                    index,
                    &json!({ "type": "thinking_delta", "thinking": text }),
                );
            }
            Step::Begin => {
                let call = self.blocks.len();
                let index = self.start(&json!({ "type": "tool_use", "id": format!("c{call}"),
                    "name": format!("f{call}"), "input": {} }));
                self.blocks.push(index);
            }
            Step::Arguments(call, piece) => {
                let delta = json!({ "type": "input_json_delta", "partial_json": piece });
                self.piece(self.blocks[*call], &delta);
            }
            Step::Usage(output) => self.send(&json!({ "type": "message_delta",
                "delta": { "stop_reason": null }, "usage": { "output_tokens": output } })),
            Step::Nothing(n) => match n % 6 {
                0 => self.send(&json!({ "type": "ping" })),
                1 => self.send(&json!({ "type": "later", "x": [1] })),
                2 => self.send(&json!({ "type": "message_delta", "delta": {} })),
                3 => self.send(&json!({ "type": "message_delta", "delta": {}, "usage": null })),
                // Of nothing that has begun.
                4 => self.piece(99, &json!({ "type": "signature_delta", "signature": "s" })),
                _ => self.stop(0),
            },
        }
    }

    fn start(&mut self, block: &Value) -> usize {
        let index = self.next;
        self.next += 1;
        self.send(
            &json!({ "type": "content_block_start", "index": index, "content_block": block }),
        );
        index
    }

    fn piece(&mut self, index: usize, delta: &Value) {
        self.send(&json!({ "type": "content_block_delta", "index": index, "delta": delta }));
    }

    fn block(&mut self, which: usize, word: &str) -> usize {
        if let Some(index) = self.open[which] {
            return index;
        }
        self.stop(1 - which);
        let index = self.start(&json!({ "type": word, word: "" }));
        self.open[which] = Some(index);
        index
    }

    fn stop(&mut self, which: usize) {
        if let Some(index) = self.open[which].take() {
            self.send(&json!({ "type": "content_block_stop", "index": index }));
        }
    }

    fn end(&mut self) {
        if self.dialect != Dialect::Anthropic {
            self.out.push_str("data: [DONE]\n\n");
            return;
        }
        self.stop(0);
        self.stop(1);
        for index in self.blocks.clone() {
            self.send(&json!({ "type": "content_block_stop", "index": index }));
        }
        self.send(&json!({ "type": "message_stop" }));
    }
}

/// The stream of these steps, without an end.
fn stream(dialect: Dialect, steps: &[Step]) -> Backend {
    let mut backend = Backend::new(dialect);
    steps.iter().for_each(|step| backend.step(step));
    backend
}

/// What the caller reads, and how many ends of an answer; the last event has to be one if there is any.
fn read_back(surface: Surface, frames: &str) -> (Said, usize) {
    let (mut said, mut ends, mut usages) = (Said::default(), 0, 0);
    let mut calls: BTreeMap<u64, (String, String)> = BTreeMap::new();
    let mut add = |index: &Value, name: &Value, arguments: &Value| {
        let call = calls.entry(index.as_u64().unwrap()).or_default();
        call.0.push_str(name.as_str().unwrap_or_default());
        call.1.push_str(arguments.as_str().unwrap_or_default());
    };
    for (_, event) in events(frames) {
        assert_eq!(ends, 0, "nothing comes after an end: {frames}");
        let delta = match surface {
            Surface::OpenAi => &event["choices"][0]["delta"],
            Surface::Native | Surface::Anthropic => &event["delta"],
        };
        let text = |name: &str| delta[name].as_str().unwrap_or_default();
        match surface {
            Surface::Anthropic => {
                said.text.push_str(text("text"));
                said.reasoning.push_str(text("thinking"));
                let block = &event["content_block"];
                if block["type"] == "tool_use" || delta["type"] == "input_json_delta" {
                    add(&event["index"], &block["name"], &delta["partial_json"]);
                }
                ends += usize::from(event["type"] == "message_stop");
            }
            Surface::Native | Surface::OpenAi => {
                said.text.push_str(text("content"));
                said.reasoning.push_str(text("reasoning"));
                said.reasoning.push_str(text("reasoning_content"));
                let calls = [&delta["toolCalls"], &delta["tool_calls"]];
                for call in calls.into_iter().filter_map(Value::as_array).flatten() {
                    let function = &call["function"];
                    add(&call["index"], &function["name"], &function["arguments"]);
                }
                usages += usize::from(event["usage"].is_object());
                ends += usize::from(event == "[DONE]" || event["done"] == true);
            }
        }
    }
    assert_eq!(
        usages,
        ends * usize::from(surface == Surface::OpenAi),
        "told once: {frames}"
    );
    said.calls = calls.into_values().collect();
    (said, ends)
}

/// What no backend should send, and what it is.
fn faults(dialect: Dialect) -> Vec<(String, Failure)> {
    let mut faults: Vec<(String, Failure)> = [
        "{\"choices\":[{",
        "{\"type\":\"content_block_delta\",",
        "<html><body>502 Bad Gateway</body></html>",
        "[]",
        "\"text\"",
        "7",
    ]
    .map(|data| (format!("data: {data}\n\n"), Failure::Malformed))
    .into();
    let more = match dialect {
        Dialect::Anthropic => vec![
            (
                json!({ "type": "error", "error": { "type": "api_error", "message": "secret" } }),
                Failure::Backend,
            ),
            (
                json!({ "type": "content_block_delta", "index": 0 }),
                Failure::Malformed,
            ),
            (
                json!({ "type": "content_block_start", "index": 0 }),
                Failure::Malformed,
            ),
            (json!({ "message": "no type" }), Failure::Malformed),
        ],
        Dialect::Openai | Dialect::WorkersAi => vec![
            (
                json!({ "error": { "message": "secret" } }),
                Failure::Backend,
            ),
            (
                json!({ "object": "error", "message": "secret" }),
                Failure::Backend,
            ),
            (
                json!({ "response": "", "errors": [{ "message": "secret" }] }),
                Failure::Backend,
            ),
            (json!({ "choices": 7 }), Failure::Malformed),
            (
                json!({ "choices": [{ "delta": "secret" }] }),
                Failure::Malformed,
            ),
        ],
    };
    let event = |(data, failure): (Value, Failure)| (format!("data: {data}\n\n"), failure);
    faults.extend(more.into_iter().map(event));
    faults.push((format!("data: {}", "x".repeat(5_000)), Failure::TooLarge));
    faults.push((String::new(), Failure::Truncated));
    faults
}

fn codes() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((any::<u8>(), any::<u8>()), 0..30)
}

proptest! {
    #[test]
    fn the_caller_reads_what_the_model_said(codes in codes(), late in codes(), piece in 1usize..400) {
        let steps = script(&codes);
        for dialect in DIALECTS {
            let wanted = said(dialect, &steps);
            let mut backend = stream(dialect, &steps);
            backend.end();
            // Events after the end, whatever they are.
            script(&late).iter().for_each(|step| match step {
                Step::Arguments(..) => {}
                step => backend.step(step),
            });
            for surface in SURFACES {
                let plan = plan(dialect, surface);
                let (frames, transcoder) = relay(&plan, backend.out.as_bytes(), piece, u32::MAX);
                let case = format!("{dialect:?} {surface:?} {frames}");
                prop_assert_eq!(transcoder.status(), Status::Complete, "{}", case);
                let (read, ends) = read_back(surface, &frames);
                prop_assert_eq!(ends, 1, "{}", case);
                prop_assert_eq!(&read, &Said { usage: None, ..wanted.clone() }, "{}", case);
                let produced: usize = wanted.calls.iter().map(|(name, text)| name.len() + text.len()).sum();
                let produced = (produced + wanted.text.len() + wanted.reasoning.len()) as u64;
                prop_assert_eq!(transcoder.produced_bytes(), produced);
                let (usage, source) = transcoder.usage().or_estimate(11, produced);
                let counted = (usage.output_tokens, source);
                match wanted.usage {
                    Some(output) => {
                        prop_assert_eq!(counted, (output, UsageSource::Reported), "{}", case);
                        prop_assert_eq!(usage.input_tokens, INPUT);
                    }
                    None => prop_assert_eq!(counted, (estimate_tokens(produced), UsageSource::Estimated)),
                }
            }
        }
    }

    #[test]
    fn a_fault_in_the_middle_is_no_end_and_takes_nothing_back(codes in codes(), piece in 1usize..400) {
        let steps = script(&codes);
        for dialect in DIALECTS {
            let before = stream(dialect, &steps).out;
            let wanted = said(dialect, &steps);
            for (fault, failure) in faults(dialect) {
                let mut rest = Backend::new(dialect);
                if !fault.is_empty() && failure != Failure::TooLarge {
                    rest.end();
                }
                let whole = if failure == Failure::Truncated {
                    before.clone()
                } else {
                    format!("{before}{fault}{}", rest.out)
                };
                for surface in SURFACES {
                    let plan = plan(dialect, surface);
                    let (frames, transcoder) = relay(&plan, whole.as_bytes(), piece, u32::MAX);
                    let case = format!("{dialect:?} {surface:?} {fault} {frames}");
                    prop_assert_eq!(transcoder.status(), Status::Failed(failure), "{}", case);
                    prop_assert!(!frames.contains("secret") && !frames.contains("html"), "{}", case);
                    let (read, ends) = read_back(surface, &frames);
                    prop_assert_eq!(ends, 0, "{}", case);
                    prop_assert_eq!(read, Said { usage: None, ..wanted.clone() }, "{}", case);
                }
            }
        }
    }
}
