//! Whether the catalog and the plans that are named may ship; the build of a release asks (scripts/build.ts).
#![expect(clippy::print_stderr, reason = "a program that says what is wrong")]

use neureus_core::catalog::Catalog;
use neureus_core::limits::Plans;
use std::process::ExitCode;

/// A file, and what reads it.
type Checked = (&'static str, fn(&str) -> Result<(), String>);

const CHECKED: [Checked; 2] = [
    ("catalog.json", |text| Catalog::parse(text).map(|_| ())),
    ("plans.json", |text| Plans::parse(text).map(|_| ())),
];

fn main() -> ExitCode {
    let folder = std::env::args().nth(1).unwrap_or_default();
    for (name, check) in CHECKED {
        let path = format!("{folder}/{name}");
        let said = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        if let Err(wrong) = said.and_then(|text| check(&text)) {
            eprintln!("{path}: {wrong}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
