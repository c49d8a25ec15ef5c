use super::*;
use crate::metrics::cell::Cell;
use crate::metrics::window::Told;
use crate::monitoring::webhook::tests::{draft, masters};
use crate::monitoring::{ADMISSION, API};

const NOW_MS: u64 = 1_795_395_723_004;
const INTERVAL_MS: u64 = 60_000;

/// A shell without a platform.
struct Shell {
    name: &'static str,
    state: String,
    now_ms: u64,
}

impl Shell {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            state: String::new(),
            now_ms: NOW_MS,
        }
    }

    fn tell(&mut self, message: Message) -> Output {
        let context = Context {
            name: self.name,
            now_ms: self.now_ms,
            interval_ms: INTERVAL_MS,
            masters: &masters(),
        };
        let output = step(&self.state, message, &context);
        if let Some(state) = &output.state {
            self.state.clone_from(state);
        }
        if output.gone {
            self.state.clear();
        }
        output
    }

    /// A minute later it wakes and looks.
    fn look(&mut self, requests: i64, failed: i64) -> Output {
        self.now_ms += INTERVAL_MS;
        let woken = self.tell(Message::Wake);
        assert!(woken.look.is_some());
        let mut cell = Cell {
            requests,
            ..Cell::default()
        };
        cell.ends.add("UPSTREAM_ERROR", failed);
        let told = Told {
            at_ms: Grain::Minute.begin(self.now_ms),
            key: "sandbox".into(),
            model: "meta-llm".into(),
            cell: serde_json::to_string(&cell).unwrap(),
        };
        let windows = Windows {
            rows: vec![told],
            ..Windows::default()
        };
        let answer = serde_json::to_string(&Reply::Windows(windows)).unwrap();
        self.tell(Message::Look(answer, vec![]))
    }
}

#[test]
fn an_alert_is_told_once_when_it_fires_and_once_when_it_is_over() {
    let mut shell = Shell::new("acme");
    shell.tell(Message::AddWebhook(draft()));
    shell.tell(Message::Poke);
    let mut sent = Vec::new();
    for round in 0..12 {
        let failed = if round < 5 { 30 } else { 0 };
        let output = shell.look(100, failed);
        for send in output.send {
            sent.push(send.body.clone());
            shell.tell(Message::Tried(send.id, String::new()));
        }
    }
    assert_eq!(sent.len(), 2);
    assert!(sent[0].contains("alert.fired") && sent[1].contains("alert.resolved"));
    let alerts = shell.tell(Message::Alerts).reply;
    assert_eq!(alerts["firing"], json!([]));
    assert_eq!(alerts["recent"][0]["kind"], json!("error_rate"));
}

#[test]
fn it_sleeps_when_there_is_nothing_to_see_and_a_poke_wakes_it() {
    let mut shell = Shell::new("acme");
    assert_eq!(shell.tell(Message::Poke).wake_ms, Some(NOW_MS));
    assert!(shell.tell(Message::Wake).look.is_some());
    let quiet = serde_json::to_string(&Reply::Windows(Windows::default())).unwrap();
    assert_eq!(shell.tell(Message::Look(quiet, vec![])).wake_ms, None);
    assert_eq!(shell.tell(Message::Poke).wake_ms, Some(NOW_MS));
}

#[test]
fn an_object_that_does_not_answer_is_asked_again() {
    let mut shell = Shell::new("acme");
    shell.tell(Message::Poke);
    assert!(shell.tell(Message::Wake).look.is_some());
    assert_eq!(
        shell.tell(Message::Status).wake_ms,
        Some(NOW_MS + INTERVAL_MS)
    );
}

#[test]
fn an_alert_is_not_over_because_the_object_does_not_answer() {
    let mut shell = Shell::new("acme");
    shell.tell(Message::Poke);
    for _ in 0..2 {
        shell.look(100, 50);
    }
    for _ in 0..5 {
        shell.now_ms += INTERVAL_MS;
        assert!(shell.tell(Message::Wake).look.is_some());
        let deaf = shell.tell(Message::Look(String::new(), vec![]));
        assert_eq!(deaf.wake_ms, Some(shell.now_ms + INTERVAL_MS));
    }
    let alerts = shell.tell(Message::Alerts).reply;
    assert_eq!(alerts["firing"][0]["kind"], json!("error_rate"));
}

#[test]
fn the_platforms_monitor_keeps_the_status() {
    let mut shell = Shell::new(PLATFORM);
    shell.tell(Message::Poke);
    for _ in 0..3 {
        shell.look(10, 10);
    }
    let status: Status = serde_json::from_value(shell.tell(Message::Status).reply).unwrap();
    assert_eq!(status.incidents.newest().count(), 1);
    let alerts = shell.tell(Message::Alerts).reply;
    assert_eq!(alerts["firing"][0]["subject"], json!("sandbox"));
    let noted = shell
        .tell(Message::Note("inc_1".into(), "seen".into()))
        .reply;
    assert_eq!(noted, json!({ "id": "inc_1" }));
}

#[test]
fn webhooks_are_few_and_their_secrets_are_not_shown() {
    let mut shell = Shell::new("acme");
    for _ in 0..WEBHOOKS_MAX {
        let reply = shell.tell(Message::AddWebhook(draft())).reply;
        assert!(reply["secret"].as_str().unwrap().starts_with("whsec_"));
    }
    let reply = shell.tell(Message::AddWebhook(draft())).reply;
    assert_eq!(reply["refused"], json!("CONFLICT"));
    let listed = shell.tell(Message::Webhooks).reply.to_string();
    assert!(!listed.contains("sealed") && !listed.contains("secret"));
    assert!(!shell.state.contains("whsec_"));
}

#[test]
fn nothing_is_left_once_its_tenant_is_deleted() {
    let mut shell = Shell::new("acme");
    shell.tell(Message::AddWebhook(draft()));
    shell.look(100, 100);
    let forgotten = shell.tell(Message::Forget);
    assert!(forgotten.gone && forgotten.wake_ms.is_none() && forgotten.state.is_none());
    assert_eq!(shell.tell(Message::Webhooks).reply["webhooks"], json!([]));
}

#[test]
fn it_learns_from_its_object_that_its_tenant_is_deleted() {
    let mut shell = Shell::new("acme");
    // A change that came after the end.
    shell.tell(Message::AddWebhook(draft()));
    assert!(shell.tell(Message::Wake).look.is_some());
    let refused = serde_json::to_string(&Reply::Refused(Refusal::NotFound)).unwrap();
    let looked = shell.tell(Message::Look(refused, vec![]));
    assert!(looked.gone && looked.wake_ms.is_none());
    assert_eq!(shell.state, "");
}

#[test]
fn of_two_who_change_the_rules_they_saw_the_second_is_told() {
    let mut shell = Shell::new("acme");
    let with = |threshold: f64| {
        let mut rules = rule::defaults();
        rules[0].threshold = threshold;
        rules
    };
    let seen = shell.tell(Message::Rules).reply["version"]
        .as_u64()
        .unwrap();
    assert_eq!(seen, 1);
    let first = shell.tell(Message::ReplaceRules(with(7.0), seen)).reply;
    assert_eq!(first, json!({ "rules": with(7.0), "version": 2 }));
    let second = shell.tell(Message::ReplaceRules(with(8.0), seen)).reply;
    assert_eq!(
        (&second["refused"], &second["version"]),
        (&json!("CONFLICT"), &json!(2))
    );
    assert_eq!(shell.tell(Message::Rules).reply, first);
    let whatever = shell.tell(Message::PutRules(with(9.0))).reply;
    assert_eq!(whatever, json!({ "rules": with(9.0), "version": 3 }));
}

#[test]
fn what_of_a_state_cannot_be_read_takes_nothing_else_along() {
    let mut shell = Shell::new("acme");
    let mut rules = rule::defaults();
    rules[0].threshold = 7.0;
    shell.tell(Message::PutRules(rules.clone()));
    shell.tell(Message::AddWebhook(draft()));
    let mut state: Value = serde_json::from_str(&shell.state).unwrap();
    state["alerts"] = json!("of another version");
    state["webhooks"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": 5 }));
    shell.state = state.to_string();
    assert_eq!(shell.tell(Message::Rules).reply["rules"], json!(rules));
    let hooks = shell.tell(Message::Webhooks).reply["webhooks"].clone();
    assert_eq!(hooks.as_array().unwrap().len(), 1);
    shell.state = "nonsense".into();
    assert_eq!(shell.tell(Message::Alerts).reply["firing"], json!([]));
}

#[test]
fn asking_for_the_status_wakes_it_once_an_interval() {
    let mut shell = Shell::new(PLATFORM);
    let first = shell.tell(Message::Status);
    assert_eq!(first.wake_ms, Some(NOW_MS));
    let status: Status = serde_json::from_value(first.reply).unwrap();
    assert_eq!(
        status.components.keys().collect::<Vec<_>>(),
        [ADMISSION, API]
    );
    assert!(shell.tell(Message::Wake).look.is_some());
    let quiet = serde_json::to_string(&Reply::Windows(Windows::default())).unwrap();
    assert_eq!(shell.tell(Message::Look(quiet, vec![])).wake_ms, None);
    let woken = shell.tell(Message::Status).wake_ms;
    assert_eq!(woken, Some(NOW_MS + INTERVAL_MS));
}
