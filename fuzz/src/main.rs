//! Runs one fuzz target by hand: `<target> [--seconds N] [--seed N] [--replay FILE]`.

use neureus_fuzz::{TARGETS, Target};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const USAGE: &str = "usage: <target> [--seconds N] [--seed N] [--replay FILE]";

struct Options {
    target: Target,
    seconds: u64,
    seed: u64,
    replay: Option<String>,
}

fn options(mut args: impl Iterator<Item = String>) -> Option<Options> {
    let name = args.next()?;
    let target = TARGETS.into_iter().find(|target| target.name == name)?;
    let mut options = Options {
        target,
        seconds: 10,
        seed: 1,
        replay: None,
    };
    while let Some(flag) = args.next() {
        let value = args.next()?;
        match flag.as_str() {
            "--seconds" => options.seconds = value.parse().ok()?,
            "--seed" => options.seed = value.parse().ok()?,
            "--replay" => options.replay = Some(value),
            _ => return None,
        }
    }
    Some(options)
}

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let Some(options) = options(std::env::args().skip(1)) else {
        let names = TARGETS.map(|target| target.name).join(", ");
        writeln!(out, "{USAGE}\ntargets: {names}")?;
        return Ok(ExitCode::from(2));
    };
    let result = match &options.replay {
        Some(path) => options.target.try_one(&std::fs::read(path)?).map(|()| 1),
        None => {
            let end = Instant::now() + Duration::from_secs(options.seconds);
            options
                .target
                .run(options.seed, &mut |_| Instant::now() < end)
        }
    };
    match result {
        Ok(count) => {
            writeln!(
                out,
                "{}: {count} inputs, none broke a promise",
                options.target.name
            )?;
            Ok(ExitCode::SUCCESS)
        }
        Err(input) => {
            writeln!(
                out,
                "{}: broken by b\"{}\"",
                options.target.name,
                input.escape_ascii()
            )?;
            Ok(ExitCode::FAILURE)
        }
    }
}
