//! What stands near a name, where the name alone says too little.
//!
//! A name under a label that other things have, too, counts beside something that is a person's; a surname after a
//! title where people are talked about as cases. Either may come first, so names wait, a bounded number of them.

/// How far a title looks for a sign that people are talked about as cases, in bytes.
const CASE_REACH: usize = 120;
/// How far a weakly labelled name may be from something that is a person's, in bytes.
const PERSON_REACH: usize = 400;
/// Most such names that wait for it.
const MOST_WAITING: usize = 4;

/// From where to where, in bytes.
pub(super) type Span = (usize, usize);

/// Names that wait, and the last places of what makes them count.
#[derive(Default)]
pub(super) struct Vicinity {
    /// A titled name that waits for a sign that it is a case's.
    title: Option<Span>,
    /// The end of the last such sign.
    case: Option<usize>,
    /// Weakly labelled names that wait for something that is a person's, the newest first.
    names: [Option<Span>; MOST_WAITING],
    /// The end of the last thing that is a person's.
    somebody: Option<usize>,
}

impl Vicinity {
    /// Takes note of what is a person's; returns the names that count by it.
    pub(super) fn person(
        &mut self,
        start: usize,
        end: usize,
    ) -> impl Iterator<Item = Span> + use<> {
        self.somebody = self.somebody.max(Some(end));
        let title = self.title.take();
        let names = std::mem::take(&mut self.names);
        [title]
            .into_iter()
            .chain(names)
            .flatten()
            .filter(move |(_, to)| start.saturating_sub(*to) <= PERSON_REACH)
    }

    /// Takes note of a sign that people are cases; returns the titled name that is one by it.
    pub(super) fn case(&mut self, start: usize, end: usize) -> Option<Span> {
        self.case = Some(end);
        self.title
            .take()
            .filter(|(_, to)| within(Some(*to), start, CASE_REACH))
    }

    /// Whether what starts here is a case's.
    pub(super) fn is_case(&self, start: usize) -> bool {
        within(self.case, start, CASE_REACH)
    }

    /// Whether something that is a person's came not long before.
    pub(super) fn is_persons(&self, start: usize) -> bool {
        self.somebody
            .is_some_and(|last| start.saturating_sub(last) <= PERSON_REACH)
    }

    /// Keeps a titled name until something shows that it counts.
    pub(super) fn titled(&mut self, name: Span) {
        self.title = Some(name);
    }

    /// Keeps a weakly labelled name until something shows that it counts; the oldest of too many is forgotten.
    pub(super) fn named(&mut self, name: Span) {
        self.names.rotate_right(1);
        if let Some(first) = self.names.first_mut() {
            *first = Some(name);
        }
    }
}

/// Whether `at` comes at most `reach` bytes after `last`.
pub(super) fn within(last: Option<usize>, at: usize, reach: usize) -> bool {
    last.is_some_and(|last| at >= last && at - last <= reach)
}
