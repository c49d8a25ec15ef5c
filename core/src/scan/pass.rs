//! One pass over a normalised text.
//!
//! Every token is looked at once. A label looks ahead, and back, over a bounded stretch, so the time
//! is linear whatever the text.

use super::kind::{Kind, Kinds, Report};
use super::label::{self, Label};
use super::lexicon;
use super::number;
use super::run::Run;
use super::sense::{CASE, DOT, Sense};
use super::vicinity::{Vicinity, within};
use super::view::{Token, View, is_alnum, is_blank, is_digit, is_letter, is_one_of, is_upper};
use super::{link, network, person, place, postal, segment, token};

/// How far a label is remembered for values whose form is half the evidence, in bytes.
const REMEMBERED: usize = 60;

struct Pass<'t, 'r> {
    view: View<'t>,
    asked: Kinds,
    report: Report<'r>,
    near: Vicinity,
    /// The end of the last label of something else: an order, a version.
    other: Option<usize>,
    /// The end of the last label of an employer number.
    employer: Option<usize>,
    /// What was found last by its form ends here, and is not looked at again.
    done: usize,
    /// What a label claimed last ends here: it is no telephone number as well.
    claimed: usize,
    /// The end of the last token with a digit.
    last_digit: Option<usize>,
    /// The first digit from where one was looked for last.
    next_digit: usize,
}

/// Reports what is found in `view` and asked for.
pub(super) fn run(view: View<'_>, asked: Kinds, report: Report<'_>) {
    let mut pass = Pass {
        view,
        asked,
        report,
        near: Vicinity::default(),
        other: None,
        employer: None,
        done: 0,
        claimed: 0,
        last_digit: None,
        next_digit: 0,
    };
    let mut at = 0;
    while at < view.len() {
        let byte = view.at(at);
        if is_alnum(byte) {
            at = pass.token(at);
        } else {
            if byte == b'@'
                && asked.contains(Kind::Email)
                && let Some((start, end)) = network::email(view, at)
            {
                pass.found(Kind::Email, start, end);
            }
            at += 1;
        }
    }
}

impl Pass<'_, '_> {
    fn found(&mut self, kind: Kind, start: usize, end: usize) {
        if !self.asked.contains(kind) {
            return;
        }
        (self.report)(kind, start, end);
        if kind.is_a_persons() {
            for (from, to) in self.near.person(start, end) {
                (self.report)(Kind::PersonName, from, to);
            }
        }
    }

    /// A name under a label that other things have, too: it counts where something else is a person's.
    fn perhaps(&mut self, label: &Label) {
        if !self.asked.contains(Kind::PersonName) {
            return;
        }
        let Some((start, end)) = link::perhaps(self.view, label) else {
            return;
        };
        if self.near.is_persons(start) {
            (self.report)(Kind::PersonName, start, end);
        } else {
            self.near.named((start, end));
        }
    }

    /// Looks at the token at `start`; returns where to go on.
    fn token(&mut self, start: usize) -> usize {
        let view = self.view;
        let token = view.token(start);
        let end = token.end;
        if token.digits {
            self.last_digit = Some(end);
            if let Some(end) = self.numeral(start, token) {
                return end;
            }
            // What has been found is no label: the RX of `9RX5CN2DG32`.
            if self.done >= end || !token.letters {
                return end;
            }
        }
        if end - start <= 3 {
            if !token.digits && end - start <= 2 {
                self.short(start, end);
            }
            if matches!(view.at(end), b'|' | b'*') && segment::begins(view, start) {
                segment::read(view, start, &mut |kind, from, to| {
                    self.found(kind, from, to)
                });
            }
        }
        match token.word {
            Some(hash) if !lexicon::is_notable(hash) => end,
            _ => self.words(start, token),
        }
    }

    /// A token with a digit in it; the end of what nothing more is to be said of.
    fn numeral(&mut self, start: usize, token: Token) -> Option<usize> {
        let view = self.view;
        let end = token.end;
        match (end - start, view.at(end)) {
            (8, b'-') => {
                if let Some(end) = token::uuid(view, start) {
                    return Some(end);
                }
            }
            (4, b':') if matches!(view.at(start), b'2' | b'3') => {
                if let Some(end) = network::global(view, start) {
                    self.found(Kind::IpAddress, start, end);
                    return Some(end);
                }
            }
            (2, b':' | b'-') | (4, b'.') => self.hardware(start),
            _ => {}
        }
        // Nothing that short is found in digits alone.
        if token.letters || end - start > 25 {
            self.mixed(start, end);
        }
        if is_digit(view.at(start)) {
            self.number(start);
        }
        if token.letters && end - start == 4 && is_one_of("ipv4 ipv6", view.slice(start, end)) {
            self.linked(&Label {
                sense: Sense::Ip,
                start,
                end,
                sure: false,
            });
        }
        None
    }

    /// One or two letters that may begin a hardware address, a number in groups, or `P.O. Box`.
    fn short(&mut self, start: usize, end: usize) {
        let view = self.view;
        match view.at(end) {
            b':' | b'-' if end - start == 2 => self.hardware(start),
            b' ' if is_upper(view.at(start)) && is_digit(view.at(end + 1)) => {
                self.mixed(start, end)
            }
            _ => {}
        }
        if let Some(end) = token::travel_document(view, start) {
            self.found(Kind::Passport, start, end);
            self.found(Kind::PersonName, start, end);
        }
        if let Some(end) = postal::box_number(view, start) {
            self.found(Kind::StreetAddress, start, end);
        }
    }

    fn hardware(&mut self, start: usize) {
        if !matches!(self.view.before(start), b':' | b'-' | b'.')
            && let Some(end) = network::plain_hardware(self.view, start)
        {
            self.found(Kind::MacAddress, start, end);
        }
    }

    /// A token with letters and digits, or digits alone.
    fn mixed(&mut self, start: usize, end: usize) {
        let view = self.view;
        // The magnetic stripe of a card (ISO/IEC 7813).
        if matches!(self.view.before(start), b'%' | b';') && self.view.at(start) == b'B' {
            self.number(start + 1);
        }
        let inside = matches!(self.view.before(start), b'/' | b'=' | b'%') && end - start > 20;
        // In a path; `:59:/` is SWIFT's.
        if inside && view.before(start) == b'/' && view.before(start - 1) != b':' {
            return;
        }
        if let Some((kind, to)) = token::recognise(self.view, start, end) {
            self.done = self.done.max(to);
            self.found(kind, start, to);
        } else if is_letter(self.view.at(start))
            && token::registrant(self.view.slice(start, end))
            && self.near.is_case(start)
        {
            self.found(Kind::DeaNumber, start, end);
        }
    }

    /// The digits at `start`, and the groups after them.
    fn number(&mut self, start: usize) {
        let view = self.view;
        let before = view.before(start);
        let decimal = before == b'.' && is_digit(view.before(start - 1));
        // An opening parenthesis belongs to a telephone number.
        let open = before == b'(' && view.at(start + 3) == b')';
        if start < self.done {
            return;
        }
        let run = Run::read(view, start - usize::from(open));
        let mut done = None;
        // No number of fewer digits is known by its form.
        let enough = run.digits(9).len() == 9;
        if enough && !decimal {
            if let Some(end) = number::card(&run).filter(|_| !self.after_country(start)) {
                done = Some((Kind::PaymentCard, end));
            } else if let Some(found) = self.formatted(&run) {
                done = Some(found);
            } else if let Some(found) = token::long_digits(view, &run) {
                done = Some(found);
            }
        }
        if enough && done.is_none() {
            let near = within(self.employer, start, REMEMBERED);
            if near && run.has(&[2, 7]) {
                done = Some((Kind::Ein, run.end(1)));
            }
        }
        if let Some((kind, end)) = done {
            self.done = end;
            self.found(kind, run.start, end);
            return;
        }
        if run.length(0) <= 3
            && !within(self.other, start, 4)
            && let Some(end) = network::bare(view, start)
        {
            self.found(Kind::IpAddress, start, end);
        }
        if !is_digit(view.at(start + 6)) {
            if let Some(end) = place::street(view, &run) {
                self.found(Kind::StreetAddress, start, end);
            } else if place::postal(view, &run) {
                self.found(Kind::StreetAddress, start, run.end(0));
            } else if let Some(end) = place::age(view, &run) {
                self.found(Kind::AgeOver89, start, end);
            }
        }
    }

    /// Whether the groups follow the beginning of an IBAN, whose check digits are wrong then.
    fn after_country(&self, start: usize) -> bool {
        let view = self.view;
        let end = start.saturating_sub(1);
        let token = view.slice(end.saturating_sub(4), end);
        matches!(token, [a, b, c, d] if is_upper(*a) && is_upper(*b) && is_digit(*c) && is_digit(*d))
            && view.before(start) == b' '
            && !is_alnum(view.before(end.saturating_sub(4)))
    }

    /// What the form says, unless the words before say that it is something else.
    fn formatted(&self, run: &Run) -> Option<(Kind, usize)> {
        let before = self.view.before(run.start);
        if matches!(before, b'-' | b'_' | b'/' | b'.') && is_alnum(self.view.before(run.start - 1))
        {
            return None;
        }
        let found = number::formatted(self.view, run)?;
        let other = within(self.other, run.start, 4);
        let claimed = found.0 == Kind::Phone && run.start < self.claimed;
        (!other && !claimed).then_some(found)
    }

    /// The words of a token, and the labels they begin. Returns where to go on.
    fn words(&mut self, start: usize, token: Token) -> usize {
        let view = self.view;
        let end = token.end;
        let mut at = start;
        let mut next = view.first_word(start, token);
        while at < end {
            let found = next.take().or_else(|| view.word(at));
            let Some(word) = found else {
                at = view.digits_end(at + 1);
                continue;
            };
            at = word.end;
            if !lexicon::is_notable(word.hash) {
                continue;
            }
            let flags = lexicon::flags(word.hash);
            if flags & CASE != 0 {
                self.case_at(word.start, word.end);
            }
            if flags & DOT != 0
                && let Some((from, to)) = network::spelled(view, word.start, word.end)
            {
                self.found(Kind::Email, from, to);
            }
            let Some(label) = label::read(view, word) else {
                continue;
            };
            // A label inside a token of letters and digits, as in a hash or an encoding, is none.
            if word.start > start && !is_letter(view.before(word.start)) && end - start > 16 {
                continue;
            }
            self.label(&label);
            at = at.max(label.end);
            if at > end {
                return at;
            }
        }
        end
    }

    fn case_at(&mut self, start: usize, end: usize) {
        if let Some((from, to)) = self.near.case(start, end) {
            self.found(Kind::PersonName, from, to);
        }
    }

    fn label(&mut self, label: &Label) {
        let view = self.view;
        match label.sense {
            // `Patient #12345` is a number, not a name.
            Sense::Role if view.at(view.skip_spaces(label.end)) == b'#' => {
                let number = Label {
                    sense: Sense::Mrn,
                    ..*label
                };
                return self.linked(&number);
            }
            Sense::Other => {
                let mut end = label.end;
                // "order number:" covers what stands right after it.
                end = link::passed(view, end);
                self.other = Some(end);
                return;
            }
            // FHIR's code of a medical record number.
            Sense::Title if view.before(label.start) == b'"' && view.at(label.end) == b'"' => {
                let number = Label {
                    sense: Sense::Mrn,
                    ..*label
                };
                return self.linked(&number);
            }
            Sense::Title => {
                self.title(label);
                return;
            }
            // A German article.
            Sense::Ein
                if view.slice(label.start, label.end) == b"ein"
                    && is_blank(view.at(label.end))
                    && !matches!(view.at(view.skip_spaces(label.end)), b'=' | b':' | b'#')
                    && !self.employer_number(label.end) =>
            {
                return;
            }
            Sense::Ein | Sense::TaxId => self.employer = Some(label.end),
            // `max-age=90`
            Sense::Age if matches!(view.before(label.start), b'-' | b'_' | b'.') => return,
            _ => {}
        }
        self.linked(label);
    }

    /// Whether a number of an employer's form follows, after fillers alone.
    fn employer_number(&self, end: usize) -> bool {
        let view = self.view;
        let at = link::passed(view, end);
        is_digit(view.at(at)) && Run::read(view, at).has(&[2, 7])
    }

    fn linked(&mut self, label: &Label) {
        let view = self.view;
        let wordy = link::is_wordy(label.sense);
        let mut found = None;
        if wordy || self.digit_follows(label.end) {
            found = link::forward(view, label);
        }
        let reach = label.start.saturating_sub(link::BACK);
        if found.is_none() && self.last_digit.is_some_and(|end| end > reach) {
            found = link::backward(view, label);
        }
        if let Some((kind, start, end)) = found {
            self.found(kind, start, end);
            if self.asked.contains(kind) {
                self.claimed = self.claimed.max(end);
            }
        } else if matches!(
            label.sense,
            Sense::Name | Sense::NameWeak | Sense::NamePart | Sense::Role
        ) {
            self.perhaps(label);
        }
    }

    /// Whether there is a digit that a value after `at` could have. Every byte is looked at once.
    fn digit_follows(&mut self, at: usize) -> bool {
        if self.next_digit < at {
            let rest = self.view.0.get(at..).unwrap_or_default();
            let place = rest.iter().position(|byte| is_digit(*byte));
            self.next_digit = at + place.unwrap_or(rest.len());
        }
        self.next_digit < at + link::AHEAD && self.next_digit < self.view.len()
    }

    /// A title and a name: a whole name counts, a surname only where people are cases.
    fn title(&mut self, label: &Label) {
        let view = self.view;
        if !is_upper(view.at(label.start)) {
            return;
        }
        let Some((end, whole)) = person::titled(view, label.end) else {
            return;
        };
        let addressed = view
            .word_before(label.start, 2)
            .is_some_and(|word| is_one_of("dear", view.slice(word.start, word.end)));
        let near = self.near.is_case(label.start) || self.near.is_persons(label.start);
        if whole || addressed || near {
            self.found(Kind::PersonName, label.start, end);
        } else {
            self.near.titled((label.start, end));
        }
    }
}
