//! The routes: what there is, who may call it and what body it takes. One table for each of the Worker's
//! modules: `src/entry.js` tells by a path's first segments which one is asked.
//!
//! In scope: matching a method and a path. Out of scope: what a route does. The API document is
//! compared with this table by a test.

mod control;
mod gateway;
mod monitoring;
mod people;
mod tenant;

pub use gateway::GATEWAY;
pub use people::People;
pub use tenant::Manage;

use crate::role::Permission;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// Liveness, to the letter.
    Health,
    /// A chat, plain or streamed, in whatever API's form.
    Chat,
    /// Texts to vectors.
    Embeddings,
    /// About how many tokens a message in Anthropic's form has.
    CountTokens,
    /// The models and their prices.
    Models,
    /// The models, as OpenAI lists them.
    OpenAiModels,
    /// One of them.
    OpenAiModel,
    /// Operator: make a key, and its tenant if it is new.
    OperatorMakeKey,
    /// Operator: make a tenant or replace its settings.
    OperatorPutTenant,
    /// Operator: revoke a key.
    OperatorRevokeKey,
    /// What the caller's tenant used, and how its limits stand.
    Usage,
    /// Operator: the same of any tenant.
    OperatorUsage,
    /// Operator: the tenants.
    OperatorTenants,
    /// Operator: one tenant.
    OperatorTenant,
    /// Operator: delete a tenant.
    OperatorDelete,
    /// Operator: stop a tenant, or let it go on.
    OperatorSuspend,
    /// Operator: compare the stores of a tenant, and mend them.
    OperatorCheck,
    /// Operator: have provider keys wrapped under the present master key.
    OperatorRewrap,
    /// Operator: what was changed in a tenant, by whom.
    OperatorAudit,
    /// A tenant: what its members manage.
    Manage(Manage),
    /// The public status page.
    Status,
    /// What was counted.
    Metrics,
    /// What fires, and what did.
    Alerts,
    /// The alert rules.
    AlertRules,
    /// Other alert rules.
    PutAlertRules,
    /// The webhooks, and what is on its way to them.
    Webhooks,
    /// A new webhook.
    AddWebhook,
    /// A webhook is removed.
    DropWebhook,
    /// A webhook is sent a test.
    TestWebhook,
    /// The log of requests.
    Logs,
    /// One request of it.
    Log,
    /// Operator: a word on an incident.
    OperatorNote,
    /// People: who they are, how they come in, their own account.
    People(People),
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// A key whose role has this permission, as its tenant's object confirms.
    Key(Permission),
    /// The bearer of the operator token; 404 where no token is set.
    Operator,
    /// A signed-in person, about their own account; no key.
    Session,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What it is.
    pub endpoint: Endpoint,
    /// `GET`, `POST`, `PUT` or `DELETE`. `GET` also answers `HEAD`.
    pub method: &'static str,
    /// The path; a segment that starts with `:` matches any one segment.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The largest body after decompression, in bytes; 0 where the route reads none.
    pub body_limit: usize,
    /// Whether pages of other origins may call it with a widget key.
    pub cross_origin: bool,
}

impl Route {
    /// A row that reads no body.
    const fn get(path: &'static str, endpoint: Endpoint, access: Access) -> Self {
        Self::of("GET", path, endpoint, access, 0)
    }

    const fn of(
        method: &'static str,
        path: &'static str,
        endpoint: Endpoint,
        access: Access,
        body_limit: usize,
    ) -> Self {
        Self {
            endpoint,
            method,
            path,
            access,
            body_limit,
            cross_origin: false,
        }
    }

    /// The same for pages of other origins as well.
    const fn cross_origin(self) -> Self {
        Self {
            cross_origin: true,
            ..self
        }
    }
}

/// Every route of the control plane, by what it is about.
pub const CONTROL: &[Route] = &concat::<{ count(CONTROL_PARTS) }>(CONTROL_PARTS);
const CONTROL_PARTS: &[&[Route]] = &[
    control::CONTROL,
    monitoring::MONITORING,
    people::PEOPLE,
    tenant::TENANT,
];

const fn count(parts: &[&[Route]]) -> usize {
    match parts {
        [first, rest @ ..] => first.len() + count(rest),
        [] => 0,
    }
}

/// Tables one after the other.
#[expect(
    clippy::indexing_slicing,
    reason = "runs in the compiler, where a place that is not there fails the build"
)]
const fn concat<const N: usize>(parts: &[&[Route]]) -> [Route; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut row, mut at) = (0, 0, 0);
    while at < N {
        if row == parts[part].len() {
            part += 1;
            row = 0;
        } else {
            all[at] = parts[part][row];
            row += 1;
            at += 1;
        }
    }
    all
}

/// How the paths begin that the control plane's module answers, known or not. `src/entry.js` has the same list.
pub const CONTROL_PREFIXES: [&str; 6] = [
    "/api/",
    "/operator/",
    "/monitoring/",
    "/ai/providers",
    "/ai/widget/",
    "/ai/usage",
];

/// The values of a path's `:` segments, in order.
pub type Params<'a> = Vec<&'a str>;

/// What a method and a path come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<'a> {
    /// A route, and its parameters.
    Found(&'static Route, Params<'a>),
    /// A CORS preflight for a route that pages of other origins may call.
    Preflight(&'static Route),
    /// The path is known with other methods: the value of `Allow`.
    WrongMethod(String),
    /// No such path.
    NotFound,
}

/// Looks up a method and a path (without query) in a module's table. A path that a row has to the letter is that
/// row's alone: `/api/passkeys/options` is no passkey by the id `options`, whatever the method.
#[must_use]
pub fn find<'a>(routes: &'static [Route], method: &str, path: &'a str) -> Match<'a> {
    let wanted = if method == "HEAD" { "GET" } else { method };
    let literal = routes.iter().any(|route| route.path == path);
    let mut allow = Vec::new();
    for route in routes {
        if literal && route.path != path {
            continue;
        }
        let Some(params) = params(route.path, path) else {
            continue;
        };
        if route.method == wanted {
            return Match::Found(route, params);
        }
        if method == "OPTIONS" && route.cross_origin {
            return Match::Preflight(route);
        }
        allow.push(route.method);
        if route.method == "GET" {
            allow.push("HEAD");
        }
    }
    if allow.is_empty() {
        Match::NotFound
    } else {
        Match::WrongMethod(allow.join(", "))
    }
}

/// Whether pages of other origins may call this path, whatever the method.
#[must_use]
pub fn is_cross_origin(routes: &[Route], path: &str) -> bool {
    routes
        .iter()
        .any(|route| route.cross_origin && params(route.path, path).is_some())
}

fn params<'a>(pattern: &str, path: &'a str) -> Option<Params<'a>> {
    if !pattern.contains(':') {
        return (pattern == path).then(Vec::new);
    }
    let mut params = Vec::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted.starts_with(':') {
            params.push(segment);
        } else if wanted != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn a_path_is_found_by_its_method_and_head_counts_as_get() {
        for method in ["GET", "HEAD"] {
            let Match::Found(route, params) = find(GATEWAY, method, "/health") else {
                panic!("{method}")
            };
            assert_eq!((route.endpoint, params.len()), (Endpoint::Health, 0));
        }
        let path = "/operator/tenants/demo/keys/key_1";
        let Match::Found(route, params) = find(CONTROL, "DELETE", path) else {
            panic!("not found")
        };
        assert_eq!(route.endpoint, Endpoint::OperatorRevokeKey);
        assert_eq!(params, ["demo", "key_1"]);
    }

    #[test]
    fn another_method_is_told_what_the_path_takes() {
        assert_eq!(
            find(GATEWAY, "GET", "/ai/chat"),
            Match::WrongMethod("POST".into())
        );
        assert_eq!(
            find(GATEWAY, "POST", "/health"),
            Match::WrongMethod("GET, HEAD".into())
        );
        assert_eq!(
            find(GATEWAY, "OPTIONS", "/health"),
            Match::WrongMethod("GET, HEAD".into())
        );
    }

    #[test]
    fn a_path_to_the_letter_goes_before_one_with_parameters() {
        let path = "/api/passkeys/options";
        let Match::Found(route, params) = find(CONTROL, "POST", path) else {
            panic!("not found")
        };
        assert_eq!((route.path, params.len()), (path, 0));
        for method in ["DELETE", "PATCH"] {
            let other = find(CONTROL, method, path);
            assert_eq!(other, Match::WrongMethod("POST".into()), "{method}");
        }
    }

    #[test]
    fn paths_with_parameters_do_not_overlap() {
        for routes in [GATEWAY, CONTROL] {
            for one in routes.iter().filter(|route| route.path.contains(':')) {
                let overlapping = routes.iter().find(|other| {
                    other.path != one.path
                        && other.path.contains(':')
                        && params(one.path, other.path).is_some()
                });
                assert_eq!(overlapping, None, "{}", one.path);
            }
        }
    }

    #[test]
    fn only_chat_answers_a_preflight() {
        assert!(matches!(
            find(GATEWAY, "OPTIONS", "/ai/chat"),
            Match::Preflight(_)
        ));
        assert!(is_cross_origin(GATEWAY, "/ai/chat"));
        assert!(!is_cross_origin(GATEWAY, "/ai/models"));
    }

    #[test]
    fn near_misses_are_not_found() {
        for path in [
            "/",
            "",
            "/health/",
            "/ai",
            "/ai/chat/x",
            "/operator",
            "//ai/chat",
        ] {
            for routes in [GATEWAY, CONTROL] {
                assert_eq!(find(routes, "GET", path), Match::NotFound, "{path}");
            }
        }
    }

    #[test]
    fn a_path_tells_which_module_is_asked_and_the_worker_knows_it_too() {
        let is_control = |path: &str| CONTROL_PREFIXES.iter().any(|it| path.starts_with(it));
        assert!(CONTROL.iter().all(|route| is_control(route.path)));
        assert!(!GATEWAY.iter().any(|route| is_control(route.path)));
        let list = CONTROL_PREFIXES
            .map(|prefix| format!("  '{prefix}',\n"))
            .concat();
        let entry = include_str!("../../../src/entry.js");
        assert!(entry.contains(&format!("const CONTROL = [\n{list}];")));
    }

    /// What may be shown for a route, in the words of the API document.
    fn credentials(route: &Route) -> Vec<&'static str> {
        match route.access {
            Access::Public => vec![],
            Access::Operator => vec!["operatorToken"],
            Access::Session => vec!["session"],
            // Programs alone call models.
            Access::Key(_) if GATEWAY.contains(route) => {
                let anthropic = route.path.starts_with("/v1/messages");
                [&["apiKey"][..], &["xApiKey"][..usize::from(anthropic)]].concat()
            }
            Access::Key(_) => {
                let of_requests = route.path.starts_with("/api/logs");
                let whole = monitoring::MONITORING.contains(route) && !of_requests;
                [
                    &["session", "apiKey"][..],
                    &["operatorToken"][..usize::from(whole)],
                ]
                .concat()
            }
        }
    }

    #[test]
    fn the_api_document_says_what_each_route_takes_to_be_shown() {
        let page: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        for route in GATEWAY.iter().chain(CONTROL) {
            let operation = &page["paths"][templated(route)][route.method.to_lowercase()];
            let shown: Vec<&str> = operation["security"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|one| one.as_object().unwrap().keys().map(String::as_str))
                .collect();
            assert_eq!(shown, credentials(route), "{} {}", route.method, route.path);
        }
    }

    /// A route's path in the form of the API document.
    fn templated(route: &Route) -> String {
        let named = |part: &str| match part.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => part.to_owned(),
        };
        let parts: Vec<String> = route.path.split('/').map(named).collect();
        parts.join("/")
    }

    /// The API document and these tables name the same operations, and the same role for each.
    #[test]
    fn the_api_document_describes_exactly_these_routes() {
        let page: Value = serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap();
        let documented: BTreeSet<(String, String, String)> = page["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, operations)| {
                operations
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(method, operation)| {
                        let role = operation["x-role"].as_str().unwrap_or_default();
                        (method.to_uppercase(), path.clone(), role.to_owned())
                    })
            })
            .collect();
        let routes: BTreeSet<(String, String, String)> = GATEWAY
            .iter()
            .chain(CONTROL)
            .map(|route| {
                let role = match route.access {
                    Access::Public => "public",
                    Access::Key(permission) => permission.least_role().as_str(),
                    Access::Operator => "operator",
                    Access::Session => "session",
                };
                (route.method.to_owned(), templated(route), role.to_owned())
            })
            .collect();
        assert_eq!(documented, routes);
    }
}
