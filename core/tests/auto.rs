//! How well `auto` tells what the unseen half of its corpus is about must not fall.
//!
//! A floor may be raised when it has become better, never lowered to let a change pass.

#[path = "../corpus/auto/eval.rs"]
mod eval;

use eval::figures;
use neureus_core::catalog::Class;

fn at_least(what: &str, figure: f64, floor: f64) {
    assert!(figure >= floor, "{what}: {figure:.1} %, wanted {floor} %");
}

#[test]
fn what_a_request_is_about_is_told() {
    let unseen = figures("unseen").unwrap();
    at_least("all", unseen.accuracy(), 84.0);
    at_least("code, recall", unseen.recall(Class::Code), 75.0);
    at_least("code, precision", unseen.precision(Class::Code), 95.0);
    at_least("reasoning, recall", unseen.recall(Class::Reasoning), 60.0);
    at_least(
        "reasoning, precision",
        unseen.precision(Class::Reasoning),
        95.0,
    );
    at_least("chat, recall", unseen.recall(Class::Chat), 97.0);
    at_least("long, recall", unseen.recall(Class::Long), 100.0);
}

#[test]
fn what_a_request_needs_is_told() {
    for split in ["dev", "unseen"] {
        assert_eq!(figures(split).unwrap().wrong_needs, 0, "{split}");
    }
}

#[test]
fn what_was_learned_from_is_not_forgotten() {
    let dev = figures("dev").unwrap();
    assert!(dev.accuracy() >= 97.0, "{:#?}", dev.misses);
}
