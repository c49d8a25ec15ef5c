//! How well `auto` tells what a request is about: `npm run auto:eval`, with `-- --misses` for where it errs.
//!
//! Errors are listed for the half that its author works with; of the other half only figures are shown,
//! so that it stays unseen.
#![expect(clippy::print_stdout, reason = "a program that prints a table")]

#[path = "../corpus/auto/eval.rs"]
mod eval;

use neureus_core::catalog::Class;
use std::process::ExitCode;

fn main() -> ExitCode {
    let misses = std::env::args().any(|argument| argument == "--misses");
    for split in ["dev", "unseen"] {
        match eval::figures(split) {
            Ok(figures) => {
                print(split, &figures);
                if misses && split == "dev" {
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

fn print(split: &str, figures: &eval::Figures) {
    println!(
        "\n== {split}: {} requests, {:.1} % right, needs wrong in {}\n",
        figures.cases(),
        figures.accuracy(),
        figures.wrong_needs
    );
    println!(
        "  {:<12}{:>10}{:>10}{:>10}{:>10}{:>10}{:>11}",
        "is \\ taken for", "code", "reasoning", "long", "chat", "recall", "precision"
    );
    for class in Class::ALL {
        print!("  {:<14}", class.as_str());
        for got in Class::ALL {
            let count = figures.confusion.get(&(class, got)).unwrap_or(&0);
            print!("{count:>10}");
        }
        println!(
            "{:>9.1}{:>10.1}",
            figures.recall(class),
            figures.precision(class)
        );
    }
}
