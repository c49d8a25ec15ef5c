//! The scanner against the corpus: what was found, what was missed, what was reported though it is not there.
//!
//! In scope: reading the corpus and counting; shared by the table (`examples/scan_eval.rs`) and the
//! test (`tests/corpus.rs`). Out of scope: judging the figures.

use neureus_core::profile::{Profile, Profiles};
use neureus_core::scan::{self, Kind, Kinds};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The profiles that ask for anything.
pub(crate) const REGULATED: [Profile; 3] = [Profile::Healthcare, Profile::Finance, Profile::Legal];

/// Forms in which a machine wrote the value, or in which the value shows by itself what it is.
pub(crate) const STRUCTURED: [&str; 9] = [
    "structured",
    "json",
    "csv",
    "hl7",
    "x12",
    "xml",
    "markdown",
    "code",
    "log",
];

/// Forms in which a person named the value.
pub(crate) const LABELLED: [&str; 2] = ["labelled", "chat"];

/// A line of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: String,
    kinds: Vec<String>,
    #[serde(default)]
    maybe: Vec<String>,
    form: String,
    split: String,
}

/// A text, and what is in it.
struct Case {
    /// File and line.
    id: String,
    text: String,
    kinds: Kinds,
    /// What may be reported and need not be: the text does not say clearly.
    maybe: Kinds,
    form: String,
    /// A request body, not a text.
    body: bool,
    /// A body that must be refused as one that cannot be scanned.
    unscannable: bool,
}

/// Hits, misses and false reports of one kind, or of one form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    /// There and found.
    pub(crate) found: u32,
    /// There and not found.
    pub(crate) missed: u32,
    /// Not there and reported.
    pub(crate) wrong: u32,
}

impl Tally {
    /// The share of what is there that was found, in percent; 100 if nothing is there.
    pub(crate) fn recall(self) -> f64 {
        percent(self.found, self.found + self.missed)
    }

    /// The share of what was reported that is there, in percent; 100 if nothing was reported.
    pub(crate) fn precision(self) -> f64 {
        percent(self.found, self.found + self.wrong)
    }

    fn add(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.wrong += other.wrong;
    }
}

/// Texts without personal data: how many there are, and how many would be refused.
#[derive(Clone, Copy, Default)]
pub(crate) struct Alarms {
    /// All of them.
    pub(crate) texts: u32,
    /// Those in which anything was reported.
    pub(crate) false_alarms: u32,
}

impl Alarms {
    /// The share of texts refused for nothing, in percent.
    pub(crate) fn rate(self) -> f64 {
        if self.texts == 0 {
            return 0.0;
        }
        percent(self.false_alarms, self.texts)
    }

    fn count(&mut self, alarm: bool) {
        self.texts += 1;
        self.false_alarms += u32::from(alarm);
    }
}

/// The figures of one half of the corpus.
#[derive(Default)]
pub(crate) struct Figures {
    /// By kind, under the union of all profiles.
    pub(crate) kinds: BTreeMap<Kind, Tally>,
    /// By profile and kind, where the profile asks for the kind.
    pub(crate) by_profile: BTreeMap<(Profile, Kind), Tally>,
    /// By form, under the union.
    pub(crate) forms: BTreeMap<String, Tally>,
    /// Ordinary texts by form, under the union.
    pub(crate) ordinary: BTreeMap<String, Alarms>,
    /// Ordinary texts by profile.
    pub(crate) ordinary_by_profile: BTreeMap<Profile, Alarms>,
    /// Texts that look alike: harder than anything ordinary.
    pub(crate) near_misses: Alarms,
    /// Bodies that cannot be scanned and were let through.
    pub(crate) not_refused: u32,
    /// What went wrong: file and line, and what about it; never the text.
    pub(crate) misses: Vec<String>,
}

impl Figures {
    /// The forms named, taken together.
    pub(crate) fn of_forms(&self, forms: &[&str]) -> Tally {
        self.sum(|form| forms.contains(&form))
    }

    /// All request bodies taken together.
    pub(crate) fn of_bodies(&self) -> Tally {
        self.sum(|form| form.starts_with("body-"))
    }

    /// All ordinary texts taken together.
    pub(crate) fn all_ordinary(&self) -> Alarms {
        let mut all = Alarms::default();
        for alarms in self.ordinary.values() {
            all.texts += alarms.texts;
            all.false_alarms += alarms.false_alarms;
        }
        all
    }

    /// Ordinary chat.
    pub(crate) fn chat(&self) -> Alarms {
        self.ordinary.get("chat").copied().unwrap_or_default()
    }

    fn sum(&self, wanted: impl Fn(&str) -> bool) -> Tally {
        let mut sum = Tally::default();
        for (form, tally) in &self.forms {
            if wanted(form) {
                sum.add(*tally);
            }
        }
        sum
    }

    fn count(&mut self, case: &Case) {
        let union = REGULATED
            .into_iter()
            .fold(Profiles::default(), Profiles::with);
        let Some(found) = self.found(case, union) else {
            return;
        };
        for kind in Kind::ALL.iter().copied() {
            let tally = judge(case, kind, found.contains(kind));
            self.kinds.entry(kind).or_default().add(tally);
            self.forms.entry(case.form.clone()).or_default().add(tally);
            if tally.missed > 0 {
                self.misses
                    .push(format!("{} missed {}", case.id, kind.as_str()));
            }
            if tally.wrong > 0 {
                self.misses
                    .push(format!("{} reported {}", case.id, kind.as_str()));
            }
        }
        if case.kinds.is_empty() {
            let alarm = found.iter().any(|kind| !case.maybe.contains(kind));
            match case.form.as_str() {
                "near-miss" => self.near_misses.count(alarm),
                _ if case.body => {}
                form => self
                    .ordinary
                    .entry(form.to_owned())
                    .or_default()
                    .count(alarm),
            }
        }
        for profile in REGULATED {
            let profiles = Profiles::default().with(profile);
            let found = report(case, profiles).unwrap_or(Kinds::NONE);
            for kind in Kinds::asked_by(profiles).iter() {
                let tally = judge(case, kind, found.contains(kind));
                self.by_profile
                    .entry((profile, kind))
                    .or_default()
                    .add(tally);
            }
            if case.kinds.is_empty() && !case.body && case.form != "near-miss" {
                let alarm = found.iter().any(|kind| !case.maybe.contains(kind));
                self.ordinary_by_profile
                    .entry(profile)
                    .or_default()
                    .count(alarm);
            }
        }
    }

    /// What is reported in a case; nothing more to count if it was or should have been refused as a whole.
    fn found(&mut self, case: &Case, profiles: Profiles) -> Option<Kinds> {
        match (report(case, profiles), case.unscannable) {
            (Some(_), true) => {
                self.not_refused += 1;
                self.misses
                    .push(format!("{} scanned what cannot be", case.id));
                None
            }
            (None, true) => None,
            (None, false) => {
                self.misses
                    .push(format!("{} refused as unscannable", case.id));
                Some(Kinds::NONE)
            }
            (found, false) => found,
        }
    }
}

/// Counts one half of the corpus: `dev` or `unseen`.
///
/// # Errors
/// What is wrong with the corpus, and where.
pub(crate) fn figures(split: &str) -> Result<Figures, String> {
    let mut figures = Figures::default();
    for case in load(split)? {
        figures.count(&case);
    }
    Ok(figures)
}

fn load(split: &str) -> Result<Vec<Case>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(split);
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(told)? {
        paths.push(entry.map_err(told)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let content = std::fs::read_to_string(&path).map_err(told)?;
        for (number, line) in content.lines().enumerate() {
            let id = format!("{split}/{name}:{}", number + 1);
            let case = case(&id, line, name == "bodies.jsonl", split)
                .map_err(|error| format!("{id}: {error}"))?;
            cases.push(case);
        }
    }
    Ok(cases)
}

fn case(id: &str, line: &str, body: bool, split: &str) -> Result<Case, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if line.split != split {
        return Err(format!("is of the half {}", line.split));
    }
    let unscannable = line.kinds == ["unscannable"];
    let kinds = if unscannable {
        Kinds::NONE
    } else {
        named(&line.kinds)?
    };
    Ok(Case {
        id: id.to_owned(),
        text: line.text,
        kinds,
        maybe: named(&line.maybe)?,
        form: line.form,
        body,
        unscannable,
    })
}

fn named(names: &[String]) -> Result<Kinds, String> {
    let mut kinds = Kinds::NONE;
    for name in names {
        let kind = Kind::ALL.iter().find(|kind| kind.as_str() == name);
        kinds.insert(*kind.ok_or_else(|| format!("no kind is called {name}"))?);
    }
    Ok(kinds)
}

/// What the scanner reports; `None` if it refuses to scan.
fn report(case: &Case, profiles: Profiles) -> Option<Kinds> {
    if case.body {
        scan::body(case.text.as_bytes(), profiles).ok()
    } else {
        Some(scan::text(&case.text, profiles))
    }
}

fn judge(case: &Case, kind: Kind, reported: bool) -> Tally {
    let mut tally = Tally::default();
    match (case.kinds.contains(kind), reported) {
        (true, true) => tally.found = 1,
        (true, false) => tally.missed = 1,
        (false, true) if !case.maybe.contains(kind) => tally.wrong = 1,
        (false, _) => {}
    }
    tally
}

fn percent(part: u32, whole: u32) -> f64 {
    if whole == 0 {
        return 100.0;
    }
    100.0 * f64::from(part) / f64::from(whole)
}
