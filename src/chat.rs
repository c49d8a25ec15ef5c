//! Chats: the backend is called, and its answer given in the form of the caller's API.
//!
//! What comes before and after is in [`crate::way`].

use crate::call;
use crate::lease::Hold;
use crate::relay::{self, Stream};
use crate::way::Job;
use neureus_core::catalog::Dialect;
use neureus_core::chat::answer::{Answer, Meta};
use neureus_core::chat::end::Outcome;
use neureus_core::chat::openai::Upstream;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{UsageSource, estimate_tokens};
use neureus_core::chat::{anthropic, openai, pass, workers_ai};
use neureus_core::error::ApiError;
use neureus_core::key::Kind;
use neureus_core::repeat;
use neureus_core::scan::Kinds;
use neureus_core::scan::guard::Guard;
use neureus_shell::auth;
use neureus_shell::clock::now_ms;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;

/// Answers an admitted chat.
///
/// # Errors
/// 400 when the backend's dialect cannot say it, or the backend finds it invalid; 502, 503 and 504 of
/// the backend.
pub(crate) async fn respond(
    job: &Job<'_>,
    request: &ChatRequest,
    hold: &mut Hold,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let Job {
        gate,
        incoming,
        model,
        target,
        principal,
        ..
    } = job;
    let content = encode(job, request, hold.lease.output_cap)?;
    let input_estimate = estimate_tokens(request.input_bytes());
    let images = u32::try_from(request.images()).unwrap_or(u32::MAX);
    let by_tool = target.dialect == Dialect::Anthropic && anthropic::answers_by_tool(request);
    let since_ms = now_ms();
    let shows_money = principal.kind == Kind::Standard;
    let policy = principal.answers.policy();
    let mut guard = policy
        .filter(|_| job.profiles.is_regulated())
        .map(|policy| Guard::new(job.profiles, policy));
    if request.stream {
        let stream = Stream {
            model: (*model).clone(),
            dialect: target.dialect,
            api: incoming.api,
            include_usage: request.include_usage,
            by_tool,
            input_estimate,
            images,
            shows_money,
            guard,
        };
        let upstream = call::stream(gate, incoming, target, &content, hold).await?;
        return relay::start(gate, &upstream, stream, hold, since_ms, trace).await;
    }
    let whole = call::plain(gate, incoming, target, &content, hold).await?;
    trace.timed("upstream", since_ms);
    let mut answer = match target.dialect {
        Dialect::Openai => openai::parse(&whole)?,
        Dialect::WorkersAi => workers_ai::parse(&whole)?,
        Dialect::Anthropic => anthropic::read::parse(&whole, by_tool)?,
    };
    let (usage, source) = answer
        .usage
        .or_estimate(input_estimate, answer.produced_bytes());
    trace.first_token_ms = now_ms().saturating_sub(trace.arrived_ms);
    let charge = trace.charge(model, usage, source, images, hold.lease.cost);
    let guarded = guard.as_mut().map(|guard| guard.plain(&mut answer));
    let found = guard.as_ref().map_or(Kinds::NONE, Guard::found).names();
    trace.found = found.join(",");
    if let Some(Err(withheld)) = guarded {
        // It was produced, and is charged.
        let error = ApiError::from(withheld);
        let went = trace.went(error.code.status(), Outcome::Failed(error.code));
        hold.settle(charge, None, went);
        return Err(error);
    }
    let meta = Meta {
        log_id: &trace.request,
        model: &model.id,
        created_s: trace.arrived_ms / 1_000,
        usage,
        estimated: source == UsageSource::Estimated,
        cached: false,
        cost: shows_money.then_some(trace.cost),
    };
    // An answer that may hold something is written anew: elsewhere in it is what nobody here knows of.
    let passes = guard.as_ref().is_none_or(Guard::passes);
    let whole = whole.as_slice();
    let sent = if passes { whole } else { &[] };
    let body = incoming.api.render(&answer, sent, target.dialect, &meta);
    let sealed = hold
        .repeat()
        .filter(|_| !job.profiles.is_regulated())
        .and_then(|id| keep(job, hold, id, &answer, &body, &meta));
    let went = trace.went(200, Outcome::Complete);
    hold.settle(charge, sealed, went);
    let reply = Reply::json(200, &body);
    if trace.found.is_empty() {
        return Ok(reply);
    }
    Ok(reply.header("x-neureus-found", &trace.found))
}

/// The body for the backend. One of the caller's own dialect gets what nobody here knows of, too.
fn encode(job: &Job<'_>, request: &ChatRequest, cap: u32) -> Result<Vec<u8>, ApiError> {
    let (api, target) = (job.incoming.api, job.target);
    let upstream = Upstream {
        model: target.model,
        max_tokens: Some(cap),
        cap_field: target.cap_field,
    };
    let passed = match (api.speaks(target.dialect), target.dialect) {
        (false, _) => None,
        (true, Dialect::Openai) => pass::openai_request(job.body, request, &upstream),
        (true, _) => pass::request(job.body, request, &upstream),
    };
    if let Some(passed) = passed {
        return Ok(passed);
    }
    Ok(match target.dialect {
        Dialect::Openai => openai::encode(request, &upstream),
        Dialect::WorkersAi => workers_ai::encode(request, Some(cap)),
        Dialect::Anthropic => anthropic::encode(request, target.model, cap)?,
    })
}

/// The answer as a repeat gets it, sealed. `None` where there is no randomness for it, or too much of it.
fn keep(
    job: &Job<'_>,
    hold: &Hold,
    id: &str,
    answer: &Answer,
    body: &[u8],
    meta: &Meta<'_>,
) -> Option<String> {
    let api_key = auth::bearer(&job.incoming.authorization)?;
    let mut nonce = [0; 12];
    getrandom::fill(&mut nonce).ok()?;
    let seal = |body: &[u8]| repeat::seal(body, api_key, hold.tenant(), id, nonce);
    match job.incoming.api {
        Surface::Native => {
            let kept = Meta {
                cached: true,
                ..*meta
            };
            seal(&neureus_core::chat::answer::render(answer, &kept))
        }
        Surface::OpenAi | Surface::Anthropic => seal(body),
    }
}
