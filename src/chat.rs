//! Chats: the backend is called, and its answer given in the form of the caller's API.
//!
//! What comes before and after is in [`crate::way`].

use crate::attempts::Attempts;
use crate::call;
use crate::job::Job;
use crate::lease::Hold;
use crate::relay::{self, Stream};
use neureus_core::backend::Target;
use neureus_core::catalog::Dialect;
use neureus_core::chat::answer::{Answer, Meta};
use neureus_core::chat::end::Outcome;
use neureus_core::chat::request::ChatRequest;
use neureus_core::chat::stream::Plan;
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{UsageSource, estimate_tokens};
use neureus_core::chat::{anthropic, openai, pass, workers_ai};
use neureus_core::error::ApiError;
use neureus_core::fallback::Candidate;
use neureus_core::key::Kind;
use neureus_core::repeat;
use neureus_core::resilience::Failure;
use neureus_core::scan::Rules;
use neureus_core::scan::guard::Guard;
use neureus_core::texts::Excerpt;
use neureus_shell::auth;
use neureus_shell::clock::now_ms;
use neureus_shell::glue::Upstream;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;

/// What a backend has answered, before anything is sent.
enum Answered {
    Plain(Vec<u8>, Answer),
    Stream(Upstream, Box<relay::Opened>),
}

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
    let (gate, incoming) = (job.gate, job.incoming);
    let since_ms = now_ms();
    let mut attempts = Attempts::new(job, since_ms);
    let (candidate, answered) = loop {
        let candidate = attempts.begin(hold, trace)?;
        let asked = ask(job, request, candidate, hold, attempts.left_ms(), trace).await;
        match asked {
            Ok(answered) => break (candidate, answered),
            Err(failure) => attempts.failed(failure, hold, trace).await?,
        }
    };
    attempts.answered();
    trace.timed("upstream", since_ms);
    trace.first_token_ms = now_ms().saturating_sub(trace.arrived_ms);
    let (model, dialect) = (candidate.model, candidate.target.dialect);
    let input_estimate = estimate_tokens(request.input_bytes());
    let images = u32::try_from(request.images()).unwrap_or(u32::MAX);
    let shows_money = job.principal.kind == Kind::Standard;
    let most = candidate.bound(&hold.lease, request.writes_cache);
    let (whole, mut answer) = match answered {
        Answered::Plain(whole, answer) => (whole, answer),
        Answered::Stream(upstream, opened) => {
            let stream = Stream {
                model: model.clone(),
                api: incoming.api,
                input_estimate,
                images,
                most,
                shows_money,
            };
            let left_ms = attempts.left_ms();
            return Ok(relay::start(
                gate, &upstream, *opened, stream, hold, left_ms, trace,
            ));
        }
    };
    let (usage, source) = answer
        .usage
        .or_estimate(input_estimate, answer.produced_bytes());
    let charge = trace.charge(model, usage, source, images, most);
    let mut guard = guard(job);
    let guarded = guard.as_mut().map(|guard| guard.plain(&mut answer));
    let found = guard.as_ref().map(Guard::found).unwrap_or_default();
    trace.found = found.join(",");
    if let Some(Err(withheld)) = guarded {
        // It was produced, and is charged.
        let error = withheld.error(&found);
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
    let body = incoming.api.render(&answer, sent, dialect, &meta);
    let sealed = hold
        .repeat()
        .filter(|_| !job.profiles.is_regulated())
        .and_then(|id| keep(job, hold, id, &answer, &body, &meta));
    if let Some(texts) = hold.texts() {
        texts.answer = Some(Excerpt::of(&answer));
    }
    let went = trace.went(200, Outcome::Complete);
    hold.settle(charge, sealed, went);
    let reply = Reply::json(200, &body);
    if trace.found.is_empty() {
        return Ok(reply);
    }
    Ok(reply.header("x-neureus-found", &trace.found))
}

/// What an answer goes through under a regulated profile.
fn guard(job: &Job<'_>) -> Option<Guard> {
    let policy = job.principal.answers.policy();
    let rules = Rules {
        profiles: job.profiles,
        patterns: &job.principal.patterns,
    };
    policy
        .filter(|_| rules.profiles.is_regulated())
        .map(|policy| Guard::new(rules, policy))
}

/// Asks one candidate, once.
async fn ask(
    job: &Job<'_>,
    request: &ChatRequest,
    candidate: &Candidate<'_>,
    hold: &Hold,
    left_ms: u32,
    trace: &Trace,
) -> Result<Answered, Failure> {
    let (gate, incoming, target) = (job.gate, job.incoming, &candidate.target);
    let cap = hold.lease.output_cap.min(candidate.output_most);
    let content = encode(job, target, request, cap).map_err(Failure::CannotSay)?;
    let by_tool = target.dialect == Dialect::Anthropic && anthropic::answers_by_tool(request);
    if request.stream {
        let begun_ms = now_ms();
        let upstream = call::stream(gate, incoming, target, &content, hold, left_ms).await?;
        let plan = Plan {
            dialect: target.dialect,
            surface: incoming.api,
            log_id: &trace.request,
            model: &candidate.model.id,
            created_s: trace.arrived_ms / 1_000,
            include_usage: request.include_usage,
            by_tool,
            input_estimate: estimate_tokens(request.input_bytes()),
        };
        let spent_ms = u32::try_from(now_ms().saturating_sub(begun_ms)).unwrap_or(u32::MAX);
        let left_ms = left_ms.saturating_sub(spent_ms);
        let deadlines = gate.bindings.deadlines;
        let opened = relay::open(
            &upstream,
            &plan,
            (cap, guard(job)),
            deadlines,
            hold,
            left_ms,
        )
        .await?;
        return Ok(Answered::Stream(upstream, Box::new(opened)));
    }
    let whole = call::plain(gate, incoming, target, &content, hold, left_ms).await?;
    let answer = match target.dialect {
        Dialect::Openai => openai::parse(&whole),
        Dialect::WorkersAi => workers_ai::parse(&whole),
        Dialect::Anthropic => anthropic::read::parse(&whole, by_tool),
    };
    let answer = answer.map_err(|bad| Failure::NoAnswer(bad.into()))?;
    Ok(Answered::Plain(whole, answer))
}

/// The body for the backend. One of the caller's own dialect gets what nobody here knows of, too.
fn encode(
    job: &Job<'_>,
    target: &Target<'_>,
    request: &ChatRequest,
    cap: u32,
) -> Result<Vec<u8>, ApiError> {
    let api = job.incoming.api;
    let upstream = openai::Upstream {
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
