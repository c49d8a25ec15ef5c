//! The classifier of `auto` against its corpus.
//!
//! In scope: reading the corpus and counting; shared by the table (`examples/auto_eval.rs`) and the test
//! (`tests/auto.rs`). Out of scope: judging the figures.

use neureus_core::auto;
use neureus_core::catalog::Class;
use neureus_core::chat::fit;
use neureus_core::chat::request::ChatRequest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A line of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    class: Class,
    /// What the user says.
    text: Option<String>,
    /// So many bytes of prose follow it.
    #[serde(default)]
    filler: usize,
    /// A whole request, in place of a text.
    body: Option<serde_json::Value>,
    /// What it needs a model to be able to do.
    #[serde(default)]
    needs: Vec<String>,
}

/// What came of a half of the corpus.
#[derive(Default)]
pub(crate) struct Figures {
    /// How many of a class were taken for another.
    pub(crate) confusion: BTreeMap<(Class, Class), usize>,
    /// Requests whose needs were not told right.
    pub(crate) wrong_needs: usize,
    /// Where it erred, as line and what was said.
    pub(crate) misses: Vec<String>,
}

impl Figures {
    pub(crate) fn cases(&self) -> usize {
        self.confusion.values().sum()
    }

    fn count(&self, of: impl Fn(Class, Class) -> bool) -> usize {
        let matching = self.confusion.iter().filter(|((is, got), _)| of(*is, *got));
        matching.map(|(_, count)| count).sum()
    }

    /// Percent of all.
    pub(crate) fn accuracy(&self) -> f64 {
        percent(self.count(|is, got| is == got), self.cases())
    }

    /// Percent of a class that was taken for it.
    pub(crate) fn recall(&self, class: Class) -> f64 {
        let right = self.count(|is, got| is == class && got == class);
        percent(right, self.count(|is, _| is == class))
    }

    /// Percent right of what was taken for a class.
    pub(crate) fn precision(&self, class: Class) -> f64 {
        let right = self.count(|is, got| is == class && got == class);
        percent(right, self.count(|_, got| got == class))
    }
}

fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}

/// Classifies a half of the corpus: `dev` or `unseen`.
pub(crate) fn figures(split: &str) -> Result<Figures, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/auto/{split}.jsonl"));
    let lines = std::fs::read_to_string(&path).map_err(|it| format!("{}: {it}", path.display()))?;
    let mut figures = Figures::default();
    for (number, line) in lines.lines().enumerate() {
        let at = |what: String| format!("{split}.jsonl:{}: {what}", number + 1);
        let line: Line = serde_json::from_str(line).map_err(|it| at(it.to_string()))?;
        let (body, said) = match (&line.body, &line.text) {
            (Some(body), None) => (body.clone(), body.to_string()),
            (None, Some(text)) => {
                let content = if line.filler == 0 {
                    text.clone()
                } else {
                    format!("{text}\n\n{}", prose(line.filler))
                };
                let messages = serde_json::json!([{ "role": "user", "content": content }]);
                (serde_json::json!({ "messages": messages }), text.clone())
            }
            _ => return Err(at("has neither text nor body, or both".into())),
        };
        let request = ChatRequest::parse(body.to_string().as_bytes())
            .map_err(|it| at(format!("{} {}", it.path, it.message)))?;
        let got = auto::class(&request);
        *figures.confusion.entry((line.class, got)).or_default() += 1;
        if got != line.class {
            let (want, got) = (line.class.as_str(), got.as_str());
            figures
                .misses
                .push(at(format!("{want}, taken for {got}: {said}")));
        }
        let needs: Vec<_> = fit::needs(&request).map(|it| it.as_str()).collect();
        figures.wrong_needs += usize::from(needs != line.needs);
    }
    Ok(figures)
}

/// So many bytes of it.
fn prose(bytes: usize) -> String {
    const PROSE: &str = "The committee met in the old town hall, as it had done every spring, and spoke about the \
        river, the bridge and the road that leads to the mill. Some members had brought letters from their neighbours, \
        which were read aloud. Nobody objected to the first of them. ";
    PROSE.chars().cycle().take(bytes).collect()
}
