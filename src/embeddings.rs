//! Embeddings: the backend is called, and its vectors given in OpenAI's form.
//!
//! What comes before and after is in [`crate::way`].

use crate::attempts::Attempts;
use crate::call;
use crate::job::Job;
use crate::lease::Hold;
use neureus_core::chat::answer::Meta;
use neureus_core::chat::end::Outcome;
use neureus_core::chat::surface::Surface;
use neureus_core::chat::usage::{Usage, UsageSource};
use neureus_core::embedding::{Request, Vectors};
use neureus_core::error::ApiError;
use neureus_core::key::Kind;
use neureus_shell::clock::now_ms;
use neureus_shell::reply::Reply;
use neureus_shell::trace::Trace;

/// Answers an admitted request for embeddings.
///
/// # Errors
/// 400 when the model cannot do what is asked, or the backend finds it invalid; 502, 503 and 504 of the
/// backend.
pub(crate) async fn respond(
    job: &Job<'_>,
    request: &Request,
    hold: &mut Hold,
    trace: &mut Trace,
) -> Result<Reply, ApiError> {
    let Job {
        gate,
        incoming,
        principal,
        ..
    } = job;
    let since_ms = now_ms();
    let mut attempts = Attempts::new(job, since_ms);
    let (candidate, whole) = loop {
        let candidate = attempts.begin(hold, trace)?;
        let target = &candidate.target;
        let content = request.encode(target.dialect, target.model)?;
        let left_ms = attempts.left_ms();
        let asked = call::plain(gate, incoming, target, &content, hold, left_ms).await;
        match asked {
            Ok(whole) => break (candidate, whole),
            Err(failure) => attempts.failed(failure, hold, trace).await?,
        }
    };
    attempts.answered();
    let model = candidate.model;
    trace.timed("upstream", since_ms);
    trace.first_token_ms = now_ms().saturating_sub(trace.arrived_ms);
    let vectors = Vectors::parse(&whole, candidate.target.dialect, request)?;
    // There is no output, whatever a backend says.
    let (usage, source) = match (vectors.usage.input, vectors.usage.total) {
        (Some(input), _) | (None, Some(input)) => (input, UsageSource::Reported),
        (None, None) => (request.input_estimate(), UsageSource::Estimated),
    };
    let usage = Usage {
        input_tokens: usage,
        ..Usage::default()
    };
    let most = candidate.bound(&hold.lease, false);
    let charge = trace.charge(model, usage, source, 0, most);
    let meta = Meta {
        log_id: &trace.request,
        model: &model.id,
        created_s: trace.arrived_ms / 1_000,
        usage,
        estimated: source == UsageSource::Estimated,
        cached: false,
        cost: (principal.kind == Kind::Standard).then_some(trace.cost),
    };
    let went = trace.went(200, Outcome::Complete);
    hold.settle(charge, None, went);
    let body = vectors.render(&meta, incoming.api == Surface::Native);
    Ok(Reply::json(200, &body))
}
