//! The routes: one table of what there is, who may call it and what body it takes.
//!
//! In scope: matching a method and a path. Out of scope: what a route does. The API document is
//! compared with this table by a test.

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

/// 4 MiB: some hundred thousand tokens of text with room for a few images as data URLs.
const CHAT_BODY: usize = 4 << 20;
/// 16 KiB: settings and lists of origins.
const CONTROL_BODY: usize = 16 << 10;

/// Every route there is.
pub const ROUTES: [Route; 15] = [
    Route {
        endpoint: Endpoint::Health,
        method: "GET",
        path: "/health",
        access: Access::Public,
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::Chat,
        method: "POST",
        path: "/ai/chat",
        access: Access::Key(Permission::CallModels),
        body_limit: CHAT_BODY,
        cross_origin: true,
    },
    Route {
        endpoint: Endpoint::Chat,
        method: "POST",
        path: "/v1/chat/completions",
        access: Access::Key(Permission::CallModels),
        body_limit: CHAT_BODY,
        cross_origin: true,
    },
    Route {
        endpoint: Endpoint::Chat,
        method: "POST",
        path: "/v1/messages",
        access: Access::Key(Permission::CallModels),
        body_limit: CHAT_BODY,
        cross_origin: true,
    },
    Route {
        endpoint: Endpoint::Embeddings,
        method: "POST",
        path: "/ai/embeddings",
        access: Access::Key(Permission::CallModels),
        body_limit: CHAT_BODY,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::Embeddings,
        method: "POST",
        path: "/v1/embeddings",
        access: Access::Key(Permission::CallModels),
        body_limit: CHAT_BODY,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OpenAiModels,
        method: "GET",
        path: "/v1/models",
        access: Access::Key(Permission::Read),
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OpenAiModel,
        method: "GET",
        path: "/v1/models/:model",
        access: Access::Key(Permission::Read),
        body_limit: 0,
        cross_origin: false,
    },
    // Ids may hold a slash, which clients may send as it is.
    Route {
        endpoint: Endpoint::OpenAiModel,
        method: "GET",
        path: "/v1/models/:owner/:model",
        access: Access::Key(Permission::Read),
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::Models,
        method: "GET",
        path: "/ai/models",
        access: Access::Key(Permission::Read),
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::Usage,
        method: "GET",
        path: "/ai/usage",
        access: Access::Key(Permission::Read),
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OperatorMakeKey,
        method: "POST",
        path: "/operator/keys",
        access: Access::Operator,
        body_limit: CONTROL_BODY,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OperatorPutTenant,
        method: "PUT",
        path: "/operator/tenants/:tenant",
        access: Access::Operator,
        body_limit: CONTROL_BODY,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OperatorRevokeKey,
        method: "DELETE",
        path: "/operator/tenants/:tenant/keys/:key",
        access: Access::Operator,
        body_limit: 0,
        cross_origin: false,
    },
    Route {
        endpoint: Endpoint::OperatorUsage,
        method: "GET",
        path: "/operator/tenants/:tenant/usage",
        access: Access::Operator,
        body_limit: 0,
        cross_origin: false,
    },
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

/// Looks up a method and a path (without query).
#[must_use]
pub fn find<'a>(method: &str, path: &'a str) -> Match<'a> {
    let wanted = if method == "HEAD" { "GET" } else { method };
    let mut allow = Vec::new();
    for route in &ROUTES {
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
pub fn is_cross_origin(path: &str) -> bool {
    ROUTES
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
            let Match::Found(route, params) = find(method, "/health") else {
                panic!("{method}")
            };
            assert_eq!((route.endpoint, params.len()), (Endpoint::Health, 0));
        }
        let Match::Found(route, params) = find("DELETE", "/operator/tenants/demo/keys/key_1")
        else {
            panic!("not found")
        };
        assert_eq!(route.endpoint, Endpoint::OperatorRevokeKey);
        assert_eq!(params, ["demo", "key_1"]);
    }

    #[test]
    fn another_method_is_told_what_the_path_takes() {
        assert_eq!(find("GET", "/ai/chat"), Match::WrongMethod("POST".into()));
        assert_eq!(
            find("POST", "/health"),
            Match::WrongMethod("GET, HEAD".into())
        );
        assert_eq!(
            find("OPTIONS", "/health"),
            Match::WrongMethod("GET, HEAD".into())
        );
    }

    #[test]
    fn only_chat_answers_a_preflight() {
        assert!(matches!(find("OPTIONS", "/ai/chat"), Match::Preflight(_)));
        assert!(is_cross_origin("/ai/chat") && !is_cross_origin("/ai/models"));
    }

    #[test]
    fn near_misses_are_not_found() {
        for path in [
            "/",
            "",
            "/health/",
            "/ai",
            "/ai/chat/x",
            "/operator/tenants",
            "//ai/chat",
        ] {
            assert_eq!(find("GET", path), Match::NotFound, "{path}");
        }
    }

    /// The API document and this table name the same operations, and the same role for each.
    #[test]
    fn the_api_document_describes_exactly_these_routes() {
        let page: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
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
        let routes: BTreeSet<(String, String, String)> = ROUTES
            .iter()
            .map(|route| {
                let path = route
                    .path
                    .split('/')
                    .map(|part| {
                        part.strip_prefix(':')
                            .map_or(part.into(), |p| format!("{{{p}}}"))
                    })
                    .collect::<Vec<_>>()
                    .join("/");
                let role = match route.access {
                    Access::Public => "public",
                    Access::Key(permission) => permission.least_role().as_str(),
                    Access::Operator => "operator",
                };
                (route.method.to_owned(), path, role.to_owned())
            })
            .collect();
        assert_eq!(documented, routes);
    }
}
