//! `GET /monitoring/metrics`: what was counted, as JSON or as Prometheus text.

use super::Asker;
use crate::body::reply;
use neureus_core::calendar::Day;
use neureus_core::error::ApiError;
use neureus_core::message::{self, Call, Stretch, Usage, Windows};
use neureus_core::metrics::window::Told;
use neureus_core::money::NanoUsd;
use neureus_core::monitoring::prometheus::Exposition;
use neureus_core::monitoring::query::{Query, value};
use neureus_core::monitoring::summary::Summary;
use neureus_core::monitoring::{ADMISSION, API, CANARY};
use neureus_shell::clock::now_ms;
use neureus_shell::gate::Gate;
use neureus_shell::incoming::Incoming;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use neureus_shell::{glue, object};

/// A healthy object answers in milliseconds; after this long it counts as down.
const DEADLINE_MS: u32 = 5_000;

/// The caller's tenant, or the whole deployment for the operator.
///
/// 1. Read the query (400).
/// 2. 200 with what the object counted (503).
pub(crate) async fn look(asked: &Asked<'_>, asker: &Asker) -> Result<Reply, ApiError> {
    let (gate, incoming) = (asked.gate, asked.incoming);
    let now_ms = now_ms();
    let query = Query::parse(&incoming.query, now_ms)?;
    let keys = match asker {
        Asker::Tenant(_) => "key",
        Asker::Operator => "backend",
    };
    if wants_text(incoming)? {
        // Counters begin with the day.
        let day = Stretch {
            from_ms: Day::of(now_ms).begins_ms(),
            to_ms: now_ms.saturating_add(1),
        };
        let Windows { rows, usage } = ask(gate, asker.name(), day).await?;
        let mut exposition = Exposition::default();
        exposition.add(&of_models(rows));
        let gauges = match asker {
            Asker::Tenant(_) => gauges(&usage),
            Asker::Operator => Vec::new(),
        };
        let text = exposition.render(keys, &gauges);
        let media = "text/plain; version=0.0.4; charset=utf-8";
        return Ok(Reply::text(200, text.as_bytes(), media).header("cache-control", "no-store"));
    }
    let mut summary = Summary::default();
    let mut last = Usage::default();
    let mut auth = Summary::default();
    for stretch in query.slices() {
        let Windows { rows, usage } = ask(gate, asker.name(), stretch).await?;
        let (own, rest) = rows.into_iter().partition::<Vec<_>, _>(is_own);
        summary.add(&rest, &query);
        auth.add(&own, &query);
        last = usage;
    }
    let answer = match asker {
        Asker::Tenant(_) => summary.render(&query, keys, Some(&last)),
        Asker::Operator => {
            summary.total.auth.merge(&auth.total.auth);
            let mut answer = summary.render(&query, keys, None);
            if let Some(fields) = answer.as_object_mut() {
                let components = auth.render(&query, "component", None);
                let components = components.get("components").cloned().unwrap_or_default();
                fields.insert("components".to_owned(), components);
            }
            answer
        }
    };
    reply(200, &answer)
}

/// Rows of the gateway's own parts, among those of backends.
fn is_own(row: &Told) -> bool {
    matches!(row.key.as_str(), API | ADMISSION | CANARY)
}

/// The gateway's own parts are no backends: what is shown of them is who was refused.
fn of_models(rows: Vec<Told>) -> Vec<Told> {
    rows.into_iter()
        .filter(|row| row.key != ADMISSION)
        .collect()
}

/// JSON unless the caller asks for text: Prometheus does, by what it accepts.
fn wants_text(incoming: &Incoming) -> Result<bool, ApiError> {
    match value(&incoming.query, "format")? {
        Some("prometheus") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => Err(neureus_core::monitoring::query::invalid(
            "format",
            "A format is json or prometheus",
        )
        .into()),
        None => {
            let accept = incoming.exchange.header("accept");
            let text = accept.contains("text/plain") || accept.contains("openmetrics");
            Ok(text && !accept.contains("application/json"))
        }
    }
}

fn gauges(usage: &Usage) -> Vec<(&'static str, &'static str, f64)> {
    let mut gauges = vec![
        (
            "neureus_requests_in_flight",
            "Model calls going on.",
            f64::from(usage.in_flight),
        ),
        (
            "neureus_month_spent_usd",
            "Charged in this calendar month, in USD.",
            usage.spent.as_usd(),
        ),
    ];
    if let Some(budget) = usage.limits.budget {
        gauges.push((
            "neureus_month_budget_usd",
            "What may be spent in a calendar month, in USD.",
            NanoUsd::as_usd(budget),
        ));
    }
    gauges
}

async fn ask(gate: &Gate, name: &str, stretch: Stretch) -> Result<Windows, ApiError> {
    let call = serde_json::to_string(&Call::Windows(stretch)).map_err(|_| ApiError::internal())?;
    let answer = glue::call(&gate.bindings.tenants, name, &call, DEADLINE_MS)
        .await
        .map_err(|cause| {
            worker::console_error!("object call failed: {:?}", cause);
            ApiError::overloaded("Metrics cannot be read right now", 1)
        })?;
    match serde_json::from_str(&answer.as_string().unwrap_or_default()) {
        Ok(message::Reply::Windows(windows)) => Ok(windows),
        Ok(message::Reply::Refused(refusal)) => {
            Err(object::refused(&refusal, neureus_core::key::Kind::Standard))
        }
        _ => Err(ApiError::internal()),
    }
}
