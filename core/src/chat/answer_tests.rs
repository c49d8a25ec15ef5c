//! Whole answers of every dialect, with all that backends are known to do wrong.

use super::answer::{Answer, BadAnswer};
use super::usage::UsageSource::{self, Estimated, Reported};
use super::{anthropic, openai, workers_ai};
use crate::catalog::Dialect;

const DIALECTS: [Dialect; 3] = [Dialect::Openai, Dialect::WorkersAi, Dialect::Anthropic];

fn parse(dialect: Dialect, body: &str) -> Result<Answer, BadAnswer> {
    let body = body.as_bytes();
    match dialect {
        Dialect::Openai => openai::parse(body),
        Dialect::WorkersAi => workers_ai::parse(body),
        Dialect::Anthropic => anthropic::read::parse(body, false),
    }
}

/// An answer of two tokens by estimate, with more fields.
fn body(dialect: Dialect, fields: &str) -> String {
    match dialect {
        Dialect::Openai => {
            format!(r#"{{"choices":[{{"message":{{"content":"12345678"}}}}]{fields}}}"#)
        }
        Dialect::WorkersAi => format!(r#"{{"response":"12345678"{fields}}}"#),
        Dialect::Anthropic => {
            format!(r#"{{"content":[{{"type":"text","text":"12345678"}}]{fields}}}"#)
        }
    }
}

#[test]
fn usage_is_the_backends_or_an_estimate_and_never_half_of_nonsense() {
    let cases: [(&str, u64, u64, UsageSource); 10] = [
        ("", 11, 2, Estimated),
        (r#","usage":null"#, 11, 2, Estimated),
        (r#","usage":{}"#, 11, 2, Estimated),
        (r#","usage":[1,2]"#, 11, 2, Estimated),
        (r#","usage":"7""#, 11, 2, Estimated),
        (r#","usage":{"IN":-1,"OUT":"3"}"#, 11, 2, Estimated),
        (r#","usage":{"IN":1e300,"OUT":0.5}"#, 11, 2, Estimated),
        (r#","usage":{"IN":5}"#, 5, 2, Estimated),
        (r#","usage":{"IN":0,"OUT":0}"#, 0, 0, Reported),
        (r#","usage":{"IN":5,"OUT":9}"#, 5, 9, Reported),
    ];
    for dialect in DIALECTS {
        let names = match dialect {
            Dialect::Anthropic => ["input_tokens", "output_tokens"],
            Dialect::Openai | Dialect::WorkersAi => ["prompt_tokens", "completion_tokens"],
        };
        for (usage, input, output, source) in cases {
            let usage = usage.replace("IN", names[0]).replace("OUT", names[1]);
            let answer = parse(dialect, &body(dialect, &usage)).unwrap();
            assert_eq!(answer.text, "12345678");
            let (settled, whose) = answer.usage.or_estimate(11, answer.produced_bytes());
            assert_eq!(
                (settled.input_tokens, settled.output_tokens, whose),
                (input, output, source),
                "{dialect:?} {usage}"
            );
        }
    }
}

#[test]
fn what_is_cut_anywhere_is_no_answer() {
    for dialect in DIALECTS {
        let whole = body(dialect, r#","usage":{"total_tokens":9}"#);
        assert!(parse(dialect, &whole).is_ok());
        for end in 0..whole.len() {
            let cut: String = whole.chars().take(end).collect();
            let cut = parse(dialect, &cut);
            assert_eq!(cut, Err(BadAnswer::NotJson), "{dialect:?} {end}");
        }
        for page in [
            "<html>",
            "<!doctype html><title>502</title>",
            "upstream error",
            "data: {}",
        ] {
            assert_eq!(parse(dialect, page), Err(BadAnswer::NotJson), "{page}");
        }
    }
}

#[test]
fn an_answer_without_a_message_is_none_and_an_error_is_told_apart() {
    for dialect in DIALECTS {
        for empty in [
            "null",
            "[]",
            "7",
            r#""text""#,
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":null}"#,
        ] {
            assert_eq!(
                parse(dialect, empty),
                Err(BadAnswer::NoAnswer),
                "{dialect:?} {empty}"
            );
        }
        let error = parse(dialect, r#"{"error":{"message":"x"}}"#);
        assert_eq!(error, Err(BadAnswer::Error), "{dialect:?}");
    }
}
