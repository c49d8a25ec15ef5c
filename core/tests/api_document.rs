//! `docs/openapi.json` against the code: that every route has its operation and its role is tested beside the tables
//! (`core/src/route`); here, that each operation says what may come of it, and that errors are those of `Code`.

#![cfg(test)]

use neureus_core::error::Code;
use neureus_core::route::{Access, CONTROL, GATEWAY, Route};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn document() -> Value {
    serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap()
}

/// What a `$ref` stands for, through as many as there are.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        None => value,
        Some(name) => {
            let place = name.strip_prefix('#').expect("a reference within the page");
            let found = document.pointer(place);
            followed(document, found.unwrap_or_else(|| panic!("{name}")))
        }
    }
}

fn path_of(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| {
        part.strip_prefix(':')
            .map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"))
    });
    parts.collect::<Vec<_>>().join("/")
}

fn operation<'a>(document: &'a Value, route: &Route) -> &'a Value {
    &document["paths"][path_of(route)][route.method.to_lowercase()]
}

fn routes() -> impl Iterator<Item = &'static Route> {
    GATEWAY.iter().chain(CONTROL)
}

/// Every value of the page, with its place.
fn walk<'a>(value: &'a Value, place: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(place, value);
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                walk(inner, &format!("{place}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                walk(inner, &format!("{place}/{at}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let page = document();
    let mut used = BTreeSet::new();
    walk(&page, "", &mut |place, value| {
        if let Some(name) = value.as_str().filter(|_| place.ends_with("/$ref")) {
            let target = name.strip_prefix('#').expect("a reference within the page");
            assert!(page.pointer(target).is_some(), "{place}: {name}");
            used.insert(target.to_owned());
        }
    });
    for (kind, members) in page["components"].as_object().unwrap() {
        if kind == "securitySchemes" {
            continue;
        }
        for name in members.as_object().unwrap().keys() {
            let place = format!("/components/{kind}/{name}");
            assert!(used.contains(&place), "nothing refers to {place}");
        }
    }
}

#[test]
fn operations_have_names_of_their_own_and_say_what_they_are() {
    let page = document();
    let mut names = BTreeSet::new();
    for route in routes() {
        let operation = operation(&page, route);
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty(), "{} has no operationId", route.path);
        assert!(names.insert(name), "{name} twice");
        assert!(operation["summary"].is_string(), "{name} has no summary");
        let tag = &operation["tags"][0];
        let tags = page["tags"].as_array().unwrap();
        assert!(
            tags.iter().any(|known| known["name"] == *tag),
            "{name}: {tag}"
        );
    }
}

#[test]
fn operations_name_the_segments_of_their_path() {
    let page = document();
    for route in routes() {
        let wanted: BTreeSet<&str> = route
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix(':'))
            .collect();
        let parameters = operation(&page, route)["parameters"].as_array();
        let named: BTreeSet<&str> = parameters
            .into_iter()
            .flatten()
            .map(|parameter| followed(&page, parameter))
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(named, wanted, "{} {}", route.method, route.path);
    }
}

/// What every route answers that asks for this, whatever else it does.
#[test]
fn operations_have_the_errors_that_come_with_credentials_and_bodies() {
    let page = document();
    for route in routes() {
        let mut wanted = BTreeSet::new();
        if matches!(route.access, Access::Key(_) | Access::Session) {
            wanted.extend([401, 403, 500, 503]);
        } else if route.access == Access::Operator {
            wanted.extend([401, 404, 500, 503]);
        }
        let operation = operation(&page, route);
        let has_body = route.body_limit > 0 && operation["requestBody"]["required"] == true;
        if has_body {
            wanted.extend([400, 413, 415]);
        }
        assert_eq!(
            operation["requestBody"].is_object(),
            route.body_limit > 0,
            "{} {}",
            route.method,
            route.path
        );
        let responses = operation["responses"].as_object().unwrap();
        for status in wanted {
            let status = status.to_string();
            assert!(
                responses.contains_key(&status),
                "{} {} does not tell of {status}",
                route.method,
                route.path
            );
        }
    }
}

#[test]
fn operations_ask_for_the_credentials_of_their_route() {
    let page = document();
    for route in routes() {
        let security = operation(&page, route)["security"].as_array().unwrap();
        let schemes: BTreeSet<&str> = security
            .iter()
            .flat_map(|one| one.as_object().unwrap().keys())
            .map(String::as_str)
            .collect();
        let name = route.path;
        if route.access == Access::Public {
            assert!(schemes.is_empty(), "{name}");
        } else if route.access == Access::Operator {
            assert_eq!(schemes, BTreeSet::from(["operatorToken"]), "{name}");
        } else if route.access == Access::Session {
            assert_eq!(schemes, BTreeSet::from(["session"]), "{name}");
        } else {
            assert!(!schemes.is_empty(), "{name}");
        }
        if matches!(route.access, Access::Key(_)) {
            assert!(schemes.contains("apiKey"), "{name}");
        }
    }
}

/// The code that a schema fixes, in itself or in a part of it.
fn fixed_code(page: &Value, schema: &Value) -> Option<String> {
    let schema = followed(page, schema);
    let own = schema["properties"]["error"]["const"].as_str();
    own.map(str::to_owned).or_else(|| {
        let parts = schema["allOf"].as_array()?;
        parts.iter().find_map(|part| fixed_code(page, part))
    })
}

#[test]
fn each_error_of_the_native_api_has_the_code_of_its_status() {
    let page = document();
    let codes: BTreeMap<String, &str> = Code::ALL
        .iter()
        .map(|code| (code.status().to_string(), code.as_str()))
        .collect();
    for route in routes() {
        let responses = operation(&page, route)["responses"].as_object().unwrap();
        for (status, response) in responses {
            let what = format!("{} {} {status}", route.method, route.path);
            if status.starts_with('2') || status.starts_with('3') {
                continue;
            }
            let code = codes
                .get(status)
                .unwrap_or_else(|| panic!("{what}: no code"));
            if route.path.starts_with("/v1/") {
                continue;
            }
            let content = &followed(&page, response)["content"]["application/json"];
            let fixed = fixed_code(&page, &content["schema"]);
            assert_eq!(fixed.as_deref(), Some(*code), "{what}");
            for (name, example) in content["examples"].as_object().into_iter().flatten() {
                assert_eq!(
                    followed(&page, example)["value"]["error"],
                    **code,
                    "{what} {name}"
                );
            }
        }
    }
    let known = page["components"]["schemas"]["Error"]["properties"]["error"]["enum"]
        .as_array()
        .unwrap();
    let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(known, &all);
}
