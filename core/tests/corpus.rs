//! The scanner's figures on the unseen half of the corpus must not fall.
//!
//! A floor may be raised when the scanner has become better, never lowered to let a change pass.

#[path = "../corpus/eval.rs"]
mod eval;

use eval::{LABELLED, STRUCTURED, figures};

/// What is wanted of values in structured forms.
const STRUCTURED_FOUND: f64 = 97.0;
/// What is wanted of values that a person named.
const LABELLED_FOUND: f64 = 92.0;
const EVASIONS_FOUND: f64 = 97.5;
const BODIES_FOUND: f64 = 100.0;
const PRECISION: f64 = 99.0;
/// What is wanted: at most so many ordinary texts refused, and so many of those that are chat.
const ORDINARY_REFUSED: f64 = 0.6;
const CHAT_REFUSED: f64 = 0.3;

fn at_least(what: &str, figure: f64, floor: f64) {
    assert!(figure >= floor, "{what}: {figure:.2} %, wanted {floor} %");
}

fn at_most(what: &str, figure: f64, ceiling: f64) {
    assert!(
        figure <= ceiling,
        "{what}: {figure:.2} %, allowed {ceiling} %"
    );
}

#[test]
fn what_is_there_is_found() {
    let unseen = figures("unseen").unwrap();
    let structured = unseen.of_forms(&STRUCTURED);
    let labelled = unseen.of_forms(&LABELLED);
    at_least("structured forms", structured.recall(), STRUCTURED_FOUND);
    at_least("labelled forms", labelled.recall(), LABELLED_FOUND);
    at_least(
        "evasions",
        unseen.of_forms(&["evasion"]).recall(),
        EVASIONS_FOUND,
    );
    at_least("request bodies", unseen.of_bodies().recall(), BODIES_FOUND);
    assert_eq!(unseen.not_refused, 0, "bodies that cannot be scanned");
    at_least("precision, structured", structured.precision(), PRECISION);
    at_least("precision, labelled", labelled.precision(), PRECISION);
}

#[test]
fn ordinary_texts_are_left_alone() {
    let unseen = figures("unseen").unwrap();
    at_most(
        "ordinary texts",
        unseen.all_ordinary().rate(),
        ORDINARY_REFUSED,
    );
    at_most("ordinary chat", unseen.chat().rate(), CHAT_REFUSED);
}
