//! How well the scanner does on the corpus: `npm run scan:eval`, with `-- --misses` for where it errs.
//!
//! Errors are listed for the half that its author works with; of the other half only figures are shown,
//! so that it stays unseen.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "../corpus/eval.rs"]
mod eval;

use eval::{Alarms, Figures, LABELLED, REGULATED, STRUCTURED, Tally};
use neureus_core::scan::Kind;
use std::process::ExitCode;

fn main() -> ExitCode {
    let misses = std::env::args().any(|argument| argument == "--misses");
    for split in ["dev", "unseen"] {
        match eval::figures(split) {
            Ok(figures) => {
                print(split, &figures);
                if misses && split == "dev" {
                    println!("\nErrors on dev\n");
                    for miss in &figures.misses {
                        println!("  {miss}");
                    }
                }
            }
            Err(error) => {
                println!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn print(split: &str, figures: &Figures) {
    println!(
        "\n== {split}: recall/precision in percent by kind, under each profile that asks for it\n"
    );
    println!(
        "  {:<20}{:>6}{:>14}{:>14}{:>14}{:>14}",
        "kind", "cases", "all profiles", "healthcare", "finance", "legal"
    );
    let mut all = Tally::default();
    for kind in Kind::ALL {
        let Some(tally) = figures.kinds.get(kind) else {
            continue;
        };
        all.found += tally.found;
        all.missed += tally.missed;
        all.wrong += tally.wrong;
        let under = REGULATED.map(|profile| {
            let tally = figures.by_profile.get(&(profile, *kind));
            tally.map_or_else(|| "-".to_owned(), |tally| pair(*tally))
        });
        let [healthcare, finance, legal] = under;
        println!(
            "  {:<20}{:>6}{:>14}{healthcare:>14}{finance:>14}{legal:>14}",
            kind.as_str(),
            tally.found + tally.missed,
            pair(*tally),
        );
    }
    println!(
        "  {:<20}{:>6}{:>14}",
        "all",
        all.found + all.missed,
        pair(all)
    );

    println!("\n  {:<24}{:>6}{:>14}", "form", "cases", "all profiles");
    for (form, tally) in &figures.forms {
        if tally.found + tally.missed > 0 {
            form_line(form, *tally);
        }
    }
    form_line("= structured forms", figures.of_forms(&STRUCTURED));
    form_line("= labelled forms", figures.of_forms(&LABELLED));
    form_line("= evasions", figures.of_forms(&["evasion"]));
    form_line("= request bodies", figures.of_bodies());
    if figures.not_refused > 0 {
        println!("  bodies let through unscanned: {}", figures.not_refused);
    }

    println!(
        "\n  {:<24}{:>6}{:>14}",
        "without personal data", "texts", "refused"
    );
    for (form, alarms) in &figures.ordinary {
        alarm_line(form, *alarms);
    }
    alarm_line("= ordinary texts", figures.all_ordinary());
    alarm_line("= of these, chat", figures.chat());
    for (profile, alarms) in &figures.ordinary_by_profile {
        alarm_line(&format!("  under {}", profile.as_str()), *alarms);
    }
    alarm_line("near-misses", figures.near_misses);
}

fn pair(tally: Tally) -> String {
    format!("{:.1}/{:.1}", tally.recall(), tally.precision())
}

fn form_line(form: &str, tally: Tally) {
    println!(
        "  {form:<24}{:>6}{:>14}",
        tally.found + tally.missed,
        pair(tally)
    );
}

fn alarm_line(form: &str, alarms: Alarms) {
    println!(
        "  {form:<24}{:>6}{:>8} {:>4.2}%",
        alarms.texts,
        alarms.false_alarms,
        alarms.rate()
    );
}
