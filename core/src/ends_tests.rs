use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn end(number: u64) -> String {
    number.to_string()
}

fn lines(next: &Next) -> Vec<String> {
    match next {
        Next::Tell(_, ends) | Next::Insist(ends) => ends.clone(),
        _ => Vec::new(),
    }
}

const MARK: Mark = Mark {
    memory: 7,
    write: 3,
};

#[test]
fn an_end_goes_along_with_the_next_message_and_is_asked_after() {
    let mut ends = Ends::default();
    assert!(ends.take_along(0).is_none());
    let turn = ends.add(end(1), 0).unwrap();
    assert_eq!(ends.add(end(2), 0), None, "somebody leads already");
    let (id, along) = ends.take_along(5).unwrap();
    assert_eq!(along, [end(1), end(2)]);
    assert!(ends.take_along(5).is_none(), "once is enough");
    ends.heard(id, Some(MARK));
    assert_eq!(ends.next(turn, 20), Next::Wait);
    assert_eq!(ends.next(turn, 64), Next::Wait);
    assert_eq!(ends.next(turn, 65), Next::Ask(MARK));
    ends.asked(MARK, Some(true));
    assert_eq!(ends.next(turn, 66), Next::Over);
    assert!(ends.is_empty());
}

#[test]
fn an_end_waits_only_where_others_come_and_go() {
    let mut ends = Ends::default();
    assert!(!ends.flows(0));
    ends.take_along(0);
    assert!(!ends.flows(1), "that was its own admission");
    ends.take_along(50);
    assert!(ends.flows(99));
    assert!(!ends.flows(100), "the other one is long ago");
}

#[test]
fn an_end_that_nothing_takes_along_is_told_by_itself() {
    let mut ends = Ends::default();
    let turn = ends.add(end(1), 100).unwrap();
    assert_eq!(ends.next(turn, 119), Next::Wait);
    let Next::Tell(id, told) = ends.next(turn, 120) else {
        panic!("it is time");
    };
    assert_eq!(told, [end(1)]);
    ends.written(id);
    assert_eq!(ends.next(turn, 121), Next::Over);
}

#[test]
fn what_was_not_heard_or_was_lost_is_insisted_on() {
    let mut ends = Ends::default();
    let turn = ends.add(end(1), 0).unwrap();
    let (unheard, _) = ends.take_along(0).unwrap();
    ends.heard(unheard, None);
    assert_eq!(ends.next(turn, 0), Next::Insist(vec![end(1)]));

    ends.add(end(2), 0);
    let (id, _) = ends.take_along(0).unwrap();
    ends.heard(id, Some(MARK));
    ends.asked(MARK, None);
    assert_eq!(ends.next(turn, 70), Next::Ask(MARK), "nobody knew");
    ends.asked(MARK, Some(false));
    assert_eq!(ends.next(turn, 70), Next::Insist(vec![end(2)]));

    ends.add(end(3), 100);
    ends.take_along(100).unwrap();
    assert_eq!(ends.next(turn, 5_099), Next::Wait, "an answer may come");
    assert_eq!(ends.next(turn, 5_100), Next::Insist(vec![end(3)]));
    assert_eq!(ends.next(turn, 5_100), Next::Over);
}

#[test]
fn a_mark_stands_for_what_was_told_before_it_and_for_nothing_else() {
    let mut ends = Ends::default();
    let turn = ends.add(end(1), 0).unwrap();
    let marks = [(7, 1), (7, 2), (7, 3), (8, 1)].map(|(memory, write)| Mark { memory, write });
    for (number, mark) in marks.into_iter().enumerate() {
        if number > 0 {
            ends.add(end(number as u64 + 1), 0);
        }
        let (id, _) = ends.take_along(0).unwrap();
        ends.heard(id, Some(mark));
    }
    ends.asked(marks[1], Some(true));
    ends.asked(marks[3], Some(false));
    assert_eq!(ends.next(turn, 60), Next::Insist(vec![end(4)]));
    assert_eq!(
        ends.next(turn, 60),
        Next::Ask(marks[2]),
        "the third is left"
    );
}

#[test]
fn whoever_has_led_for_long_is_followed_by_another() {
    let mut ends = Ends::default();
    let first = ends.add(end(1), 0).unwrap();
    assert_eq!(ends.add(end(2), 9_999), None);
    let second = ends.add(end(3), 10_000).unwrap();
    assert_eq!(ends.next(first, 10_000), Next::Over);
    assert_eq!(lines(&ends.next(second, 10_000)).len(), 3);
    // A clock that went back makes nobody lead for ever.
    assert!(ends.add(end(4), 9_000).is_some());
}

#[test]
fn messages_are_not_longer_than_they_may_be() {
    let mut ends = Ends::default();
    let turn = ends.add(end(0), 0).unwrap();
    for number in 1..2_000 {
        ends.add(end(number), 0);
    }
    assert_eq!(lines(&ends.next(turn, 0)).len(), 2_000 - WAITING_MAX);
    assert_eq!(ends.take_along(0).unwrap().1.len(), ALONG_MAX);
    assert_eq!(lines(&ends.next(turn, 20)).len(), ALONE_MAX);
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A request ends.
    End,
    /// Another asks its object: and hears, though the object may have heard nothing; or neither.
    Call { arrives: bool, answered: bool },
    /// The object writes what it has heard.
    Write,
    /// The object forgets what it has not written.
    Restart,
    /// The leader looks what is next, after so many ms; what it says arrives or not.
    Look { after_ms: u64, arrives: bool },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => Just(Event::End),
        4 => (any::<bool>(), any::<bool>()).prop_map(|(arrives, answered)| Event::Call { arrives, answered }),
        2 => Just(Event::Write),
        1 => Just(Event::Restart),
        4 => (0_u64..200, any::<bool>()).prop_map(|(after_ms, arrives)| Event::Look { after_ms, arrives }),
    ];
    proptest::collection::vec(event, 0..60)
}

/// An object that is told of ends, and what was insisted on.
#[derive(Default)]
struct Object {
    mark: u64,
    memory: u64,
    heard: BTreeSet<String>,
    written: BTreeSet<String>,
}

impl Object {
    fn hear(&mut self, ends: &[String]) -> Mark {
        self.heard.extend(ends.iter().cloned());
        let (memory, write) = (self.memory, self.mark + 1);
        Mark { memory, write }
    }

    fn write(&mut self) {
        self.written.append(&mut self.heard);
        self.mark += 1;
    }

    fn restart(&mut self) {
        self.heard.clear();
        self.memory += 1;
        self.mark = 0;
    }
}

/// One look of the leader. Whether there is nothing more.
fn look(ends: &mut Ends, object: &mut Object, turn: Turn, now_ms: u64, arrives: bool) -> bool {
    match ends.next(turn, now_ms) {
        Next::Tell(id, told) => {
            if arrives {
                object.hear(&told);
                object.write();
                ends.written(id);
            } else {
                ends.heard(id, None);
            }
        }
        Next::Ask(mark) => {
            let reached = || {
                let same = mark.memory == object.memory;
                while same && object.mark < mark.write {
                    object.write();
                }
                same
            };
            let reached = arrives.then(reached);
            ends.asked(mark, reached);
        }
        // Each is said until it was heard.
        Next::Insist(told) => object.written.extend(told),
        Next::Wait => {}
        Next::Over => return true,
    }
    false
}

proptest! {
    #[test]
    fn every_end_is_written_whatever_happens(events in events()) {
        let (mut ends, mut object) = (Ends::default(), Object::default());
        let (mut now_ms, mut ended, mut turn) = (0, 0, None);
        for event in events {
            match event {
                Event::End => {
                    ended += 1;
                    turn = ends.add(end(ended), now_ms).or(turn);
                }
                Event::Call { arrives, answered } => {
                    if let Some((id, along)) = ends.take_along(now_ms) {
                        let along = along.to_vec();
                        let mark = arrives.then(|| object.hear(&along));
                        // Or its request has ended, and nobody heard.
                        if answered || !arrives {
                            ends.heard(id, mark);
                        }
                    }
                }
                Event::Write => object.write(),
                Event::Restart => object.restart(),
                Event::Look { after_ms, arrives } => {
                    now_ms += after_ms;
                    if let Some(it) = turn {
                        look(&mut ends, &mut object, it, now_ms, arrives);
                    }
                }
            }
        }
        let mut looks = 0;
        if let Some(turn) = turn {
            while !look(&mut ends, &mut object, turn, now_ms, true) {
                now_ms += u64::from(TICK_MS);
                looks += 1;
                prop_assert!(looks < 1_000, "it goes on for ever");
            }
        }
        prop_assert!(ends.is_empty());
        let all: BTreeSet<_> = (1..=ended).map(end).collect();
        prop_assert_eq!(object.written, all);
    }
}
