//! Plan, limits, and what the month has cost so far.

use crate::access::{self, Entered};
use crate::body::{present, read, reply};
use crate::version;
use crate::{change, upgrade};
use neureus_core::change::Act;
use neureus_core::error::ApiError;
use neureus_core::key::Kind;
use neureus_core::limits::{Limits, Plan};
use neureus_core::manage::BillingPatch;
use neureus_core::message::{Call, Reply as Answer, Settings, Span, Usage};
use neureus_core::money::NanoUsd;
use neureus_core::usage::{self, Grouping};
use neureus_shell::clock::now_ms;
use neureus_shell::object;
use neureus_shell::reply::Reply;
use neureus_shell::server::Asked;
use serde_json::{Value, json};

/// `GET /api/billing`: 200 with plans, limits, and the month.
pub(crate) async fn look(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let settings = access::settings(asked.gate, &entered.tenant).await?;
    show(asked, entered, &settings).await
}

/// `PATCH /api/billing`: another plan within what the operator allows, other limits below them.
///
/// 1. The body (400) and the version that was seen.
/// 2. The object (403 above what is allowed, 409). The next request feels it.
/// 3. 200 as `GET`.
pub(crate) async fn set(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let patch: BillingPatch = read(asked).await?;
    let act = Act::Billing(patch.billing()?);
    let changed = change::entered(asked, entered, act).await;
    let changed = changed.map_err(|error| upgrade::explained(asked.gate, error))?;
    show(asked, entered, changed.settings()?).await
}

fn limits(limits: Limits) -> Value {
    present(json!({
        "rpm": limits.rpm,
        "tpm": limits.tpm,
        "concurrency": limits.concurrency,
        "budgetUsd": limits.budget.map(NanoUsd::to_json),
    }))
}

async fn show(
    asked: &Asked<'_>,
    entered: &Entered,
    settings: &Settings,
) -> Result<Reply, ApiError> {
    let now = now_ms();
    let today = neureus_core::calendar::Day::of(now);
    let span = Span {
        from: today,
        to: today,
    };
    let used = used(asked, entered, span).await?;
    let plan = settings.plan();
    let plans = Plan::ALL.map(|it| {
        json!({
            "id": it,
            "limits": limits(it.limits()),
            "current": plan == Some(it),
            "allowed": settings.may_choose(it),
        })
    });
    let body = present(json!({
        "plan": plan,
        "plans": plans,
        "limits": {
            "plan": limits(plan.map(Plan::limits).unwrap_or_default()),
            "operator": limits(settings.overrides()),
            "own": limits(settings.own),
            "effective": limits(settings.limits()),
        },
        "month": {
            "startMs": used.month.first_day().begins_ms(),
            "endMs": used.month.ends_ms(),
            "spentUsd": used.spent.to_json(),
            "reservedUsd": used.reserved.to_json(),
            "forecastUsd": usage::forecast(&used, now).to_json(),
        },
        "upgrade": upgrade::how(asked.gate),
        "shadow": settings.shadow,
        "version": settings.version,
    }));
    version::reply(200, settings.version, &body)
}

async fn used(asked: &Asked<'_>, entered: &Entered, span: Span) -> Result<Usage, ApiError> {
    match object::call(asked.gate, entered.tenant.id(), &Call::Usage(span)).await? {
        Answer::Usage(used) => Ok(used),
        Answer::Refused(refusal) => Err(object::refused(&refusal, Kind::Standard)),
        _ => Err(ApiError::internal()),
    }
}

async fn rows(asked: &Asked<'_>, entered: &Entered) -> Result<(Usage, Grouping), ApiError> {
    let query = &asked.incoming.query;
    let by = Grouping::of(query)?;
    let span = usage::span(query, now_ms())?;
    Ok((used(asked, entered, span).await?, by))
}

/// `GET /api/usage`: what was used, by day, model or key.
///
/// 1. `from`, `to`, `by` (400). 2. 200.
pub(crate) async fn usage(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let (used, by) = rows(asked, entered).await?;
    reply(200, &usage::grouped_json(&used.rows, by))
}

/// `GET /api/usage.csv`: the same as a table.
pub(crate) async fn usage_csv(asked: &Asked<'_>, entered: &Entered) -> Result<Reply, ApiError> {
    let (used, by) = rows(asked, entered).await?;
    Ok(Reply::csv("usage.csv", &usage::grouped_csv(&used.rows, by)))
}
