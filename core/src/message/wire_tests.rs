use super::*;
use crate::message::{Broken, Keep, OwnKeys, Release, Repeat};
use crate::provider_key::Provider;
use proptest::prelude::*;

fn admit() -> Admit {
    Admit {
        ask: Ask {
            key: KeyHash::from_hex(&"0f".repeat(32)).unwrap(),
            needs: Permission::CallModels,
            model: Some("meta-llm".into()),
            origin: None,
        },
        request: RequestId::parse("req_0123456789abcdefABCDEF").unwrap(),
        want: Want {
            input_tokens: 993,
            output_cap: None,
            output_most: 4_096,
            input_price: 282_000_000,
            output_price: 827_000_000,
            ..Want::default()
        },
        repeat: None,
        own: None,
        visitor: None,
    }
}

fn admission() -> Admission {
    let state = |source, kind| LimitState {
        kind,
        source,
        limit: 60,
        window_s: 60,
        remaining: 59,
        spent: 0,
        reset_ms: 1_000,
    };
    Admission {
        principal: Principal {
            key: KeyId::parse("key_0123456789abcdef").unwrap(),
            kind: Kind::Standard,
            role: Role::Owner,
            profiles: Profiles::of_bits(1),
            answers: Answers::Off,
            patterns: vec![],
            models: vec![],
            own: vec![],
            texts: false,
        },
        granted: Granted {
            admitted_ms: 1_795_395_600_000,
            output_cap: 512,
            cost: NanoUsd(703_424),
        },
        limits: vec![
            state(LimitSource::Tenant, LimitKind::Requests),
            state(LimitSource::Key, LimitKind::Spend),
        ],
        shadowed: None,
        own: None,
    }
}

fn settle() -> Settle {
    Settle {
        lease: Lease {
            request: RequestId::parse("req_0123456789abcdefABCDEF").unwrap(),
            key: KeyId::parse("key_0123456789abcdef").unwrap(),
            model: "meta-llm".into(),
            admitted_ms: 1_795_395_600_000,
            input_tokens: 993,
            output_cap: 512,
            cost: NanoUsd(703_424),
            own: true,
        },
        charge: Charge {
            input_tokens: 310,
            cached_tokens: 0,
            output_tokens: 80,
            cost: NanoUsd(153_580),
            estimated: false,
        },
        keep: None,
        went: Some(Went {
            how: "complete".into(),
            ms: 17,
            first_ms: None,
            note: "200 /ai/chat - main".into(),
            texts: None,
        }),
    }
}

fn read_end(text: &str) -> Option<Call> {
    let (ends, rest) = read_ends(text.as_bytes()).ok()?;
    let [end] = <[Call; 1]>::try_from(ends).ok()?;
    rest.is_empty().then_some(end)
}

/// An object of one release answers Workers of another: a change is a new tag.
#[test]
fn the_short_forms_are_pinned() {
    let hash = "0f".repeat(32);
    assert_eq!(
        write_call(&Call::Admit(admit())).unwrap(),
        format!(
            "2a\nreq_0123456789abcdefABCDEF\n{hash}\nmeta-llm\n\n3e1\n\n1000\n10cefa80\n314b04c0\n0\n0"
        )
    );
    assert_eq!(
        write_reply(&Reply::Admitted(admission()), Form::Short, "~").unwrap(),
        "~2A\nkey_0123456789abcdef\nn\no\n1\n1a205eabe80\n200\nabbc0\
         \na\n3c\n3c\n3b\n0\n3e8\nh\n3c\n3c\n3b\n0\n3e8"
    );
    assert_eq!(
        write_end(&Call::Settle(settle())).unwrap(),
        "s\nreq_0123456789abcdefABCDEF\nkey_0123456789abcdef\nmeta-llm\n1a205eabe80\n3e1\n200\nabbc0\
         \n136\n0\n50\n257ec\n1\ncomplete\n11\n\n200 /ai/chat - main"
    );
}

#[test]
fn an_end_that_is_not_usual_goes_along_as_json() {
    let unusual: [fn(&mut Settle); 5] = [
        |it| it.went = None,
        |it| it.went.as_mut().unwrap().texts = Some(Box::default()),
        |it| it.went.as_mut().unwrap().note = "two\nlines".into(),
        |it| it.lease.model = "two\nlines".into(),
        |it| {
            it.keep = Some(Keep {
                id: "a".into(),
                sealed: None,
            });
        },
    ];
    let settles = unusual.map(|change| {
        let mut settle = settle();
        change(&mut settle);
        Call::Settle(settle)
    });
    let release = Call::Release(Release {
        request: settle().lease.request,
        lease: None,
        repeat: None,
        went: None,
    });
    for end in settles.into_iter().chain([release]) {
        let text = write_end(&end).unwrap();
        assert!(text.starts_with('{'), "{text}");
        assert_eq!(end_as_json(text.clone()), text);
        assert_eq!(read_end(&text), Some(end));
    }
}

#[test]
fn an_end_that_does_not_keep_to_its_form_is_none() {
    let good = write_end(&Call::Settle(settle())).unwrap();
    for bad in [
        good.replace("s\n", "t\n"),
        good.replace("3e1", "03e1"),
        good.replace("3e1", "100000000"),
        good.replace("\n1\ncomplete", "\n4\ncomplete"),
        good.replace("req_", "key_"),
        good.replace("\n11\n\n200 /ai/chat - main", "\n11\n"),
        format!("{good}\n0"),
    ] {
        assert_eq!(read_end(&bad), None, "{bad}");
        assert_eq!(end_as_json(bad.clone()), bad);
    }
}

#[test]
fn what_is_not_usual_is_json_and_nothing_is_lost() {
    let unusual: [fn(&mut Admit); 7] = [
        |it| it.own = Some(OwnKeys::default()),
        |it| it.ask.needs = Permission::Read,
        |it| it.ask.model = None,
        |it| it.ask.model = Some("two\nlines".into()),
        |it| it.ask.origin = Some(String::new()),
        |it| it.ask.origin = Some("two\nlines".into()),
        |it| {
            it.repeat = Some(Repeat {
                id: "a".into(),
                body: "b".into(),
            });
        },
    ];
    for change in unusual {
        let mut admit = admit();
        change(&mut admit);
        let call = Call::Admit(admit);
        let text = write_call(&call).unwrap();
        assert_eq!(
            read_call(text.as_bytes()).unwrap(),
            (call, Form::Json),
            "{text}"
        );
    }
    let unusual: [fn(&mut Admission); 4] = [
        |it| it.principal.own = vec![Provider::Openai],
        |it| it.principal.answers = Answers::Flag,
        |it| it.principal.models = vec!["meta-llm".into()],
        |it| {
            it.shadowed = Some(Broken {
                kind: LimitKind::Tokens,
                source: LimitSource::Key,
            });
        },
    ];
    for change in unusual {
        let mut admission = admission();
        change(&mut admission);
        let reply = Reply::Admitted(admission);
        let text = write_reply(&reply, Form::Short, "").unwrap();
        assert!(text.starts_with('{'), "{text}");
        assert_eq!(read_reply(&text).unwrap(), reply);
    }
}

#[test]
fn who_asks_in_json_is_answered_in_json() {
    let text = serde_json::to_string(&Call::Admit(admit())).unwrap();
    assert_eq!(read_call(text.as_bytes()).unwrap().1, Form::Json);
    let text = write_reply(&Reply::Admitted(admission()), Form::Json, "~").unwrap();
    assert!(text.starts_with("~{"), "{text}");
}

#[test]
fn a_tag_that_is_not_known_is_told_from_a_message_that_is_wrong() {
    for text in ["", "1a\nreq", "2b", "?", "2"] {
        assert!(
            matches!(read_call(text.as_bytes()), Err(Unreadable::Form)),
            "{text}"
        );
        assert!(matches!(read_reply(text), Err(Unreadable::Form)), "{text}");
    }
    let good = write_call(&Call::Admit(admit())).unwrap();
    for bad in [
        format!("{good}\n"),
        format!("{good}\n0"),
        good.replace("3e1", "+3e1"),
        good.replace("3e1", "03e1"),
        good.replace("3e1", "100000000"),
        good.replace("3e1", "3E1"),
        good.replace("3e1", "10000000000000000"),
        good.replace("req_", "key_"),
        good.replace("0f0f", "0F0F"),
        good.replace("\n0\n0", "\n0"),
        "2a".to_owned(),
        "{\"admit\":{}}".to_owned(),
    ] {
        let read = read_call(bad.as_bytes());
        assert!(!matches!(read, Ok(_) | Err(Unreadable::Form)), "{bad}");
    }
    let settle = r#"{"settle":{"lease":{},"charge":{}}}"#;
    assert!(serde_json::from_str::<Settle>(settle).is_err());
    assert!(matches!(
        read_call(settle.as_bytes()),
        Err(Unreadable::Json(_))
    ));
}

fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), 0_u64..1_000]
}

proptest! {
    #[test]
    fn a_settlement_goes_along_as_it_is(
        model in "[a-z0-9/.-]{0,30}",
        numbers in [numbers(), numbers(), numbers(), numbers(), numbers(), numbers(), numbers()],
        (input_tokens, output_cap) in any::<(u32, u32)>(),
        (own, estimated) in any::<(bool, bool)>(),
        first_ms in proptest::option::of(numbers()),
        (how, note) in ("[a-z_]{0,20}", "[ -~é]{0,60}"),
        message in "[ -~\n]{0,20}",
    ) {
        let [admitted_ms, cost, input, cached, output, charged, ms] = numbers;
        let mut settle = settle();
        settle.lease = Lease { model, admitted_ms, input_tokens, output_cap, cost: NanoUsd(cost), own, ..settle.lease };
        settle.charge = Charge {
            input_tokens: input,
            cached_tokens: cached,
            output_tokens: output,
            cost: NanoUsd(charged),
            estimated,
        };
        settle.went = Some(Went { how, ms, first_ms, note, texts: None });
        let end = Call::Settle(settle);
        let text = write_end(&end).unwrap();
        let both = format!("{text}\n{text}\n\n{message}");
        prop_assert_eq!(read_end(&text), Some(end.clone()));
        let json = end_as_json(text);
        prop_assert_eq!(read_call(json.as_bytes()).unwrap(), (end.clone(), Form::Json));
        let (ends, rest) = read_ends(both.as_bytes()).unwrap();
        prop_assert_eq!(ends, [end.clone(), end]);
        prop_assert_eq!(rest, message.as_bytes());
    }

    #[test]
    fn an_admission_is_read_as_it_was_written(
        model in "[a-z0-9/.-]{0,30}",
        origin in proptest::option::of(".{0,30}"),
        cap in proptest::option::of(any::<u32>()),
        tokens in any::<u32>(),
        prices in [numbers(), numbers(), numbers(), numbers()],
    ) {
        let mut admit = admit();
        admit.ask.model = Some(model);
        admit.ask.origin = origin;
        admit.want = Want {
            input_tokens: tokens,
            output_cap: cap,
            output_most: tokens,
            input_price: prices[0],
            output_price: prices[1],
            dearest_input: prices[2],
            dearest_output: prices[3],
        };
        let call = Call::Admit(admit);
        let text = write_call(&call).unwrap();
        prop_assert_eq!(read_call(text.as_bytes()).unwrap().0, call);
    }

    #[test]
    fn its_answer_is_read_as_it_was_written(
        role in 0_usize..4,
        widget in any::<bool>(),
        bits in any::<u8>(),
        granted in (numbers(), any::<u32>(), numbers()),
        limits in prop::collection::vec((0_usize..8, numbers(), any::<u32>(), numbers(), numbers(), numbers()), 0..9),
    ) {
        let mut admission = admission();
        admission.principal.role = Role::ALL[role];
        admission.principal.kind = if widget { Kind::Widget } else { Kind::Standard };
        admission.principal.profiles = Profiles::of_bits(bits);
        admission.granted = Granted {
            admitted_ms: granted.0,
            output_cap: granted.1,
            cost: NanoUsd(granted.2),
        };
        let state = |(which, limit, window_s, remaining, spent, reset_ms): (usize, u64, u32, u64, u64, u64)| LimitState {
            kind: LIMITS[which].2,
            source: LIMITS[which].1,
            limit,
            window_s,
            remaining,
            spent,
            reset_ms,
        };
        admission.limits = limits.into_iter().map(state).collect();
        let reply = Reply::Admitted(admission);
        let text = write_reply(&reply, Form::Short, "").unwrap();
        prop_assert!(text.starts_with("2A"));
        prop_assert_eq!(read_reply(&text).unwrap(), reply);
    }

    #[test]
    fn what_is_read_is_written_the_same(text in "2[aA](\n[0-9a-z]{0,6}){0,14}|.{0,40}") {
        if let Ok((call, Form::Short)) = read_call(text.as_bytes()) {
            prop_assert_eq!(write_call(&call).unwrap(), text.clone());
        }
        if let Ok(reply) = read_reply(&text) && !text.starts_with('{') && !text.starts_with('"') {
            prop_assert_eq!(write_reply(&reply, Form::Short, "").unwrap(), text);
        }
    }
}
