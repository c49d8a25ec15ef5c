//! `auto`: the gateway chooses the model.
//!
//! Purpose: a choice that can be looked up and told in advance: the same request, catalog, key and
//! deployment always give the same model, no model is asked for it, and it costs microseconds.
//! [`class()`] says what the request is about; of the models that the key may call, that have a backend, and that can do what is asked, the one
//! is taken that is made for the class and cheapest for a request of this size.
//!
//! Out of scope: what happens when that model's backend fails.

mod class;
mod words;

use crate::catalog::{AUTO, Capability, Catalog, Class, Kind, Model};
use crate::chat::request::ChatRequest;
use crate::chat::{Invalid, fit};

/// The output tokens that answers of this class have, more or less: only to compare prices with.
fn output_tokens(class: Class) -> u32 {
    match class {
        Class::Code => 800,
        Class::Reasoning => 1_500,
        Class::Long => 600,
        Class::Chat => 300,
    }
}

/// What a request is about.
#[must_use]
pub fn class(request: &ChatRequest) -> Class {
    class::of(request, tokens(request))
}

/// About how many tokens the input has, on the safe side: three bytes each.
fn tokens(request: &ChatRequest) -> u64 {
    request.input_bytes().div_ceil(3)
}

/// A model that was chosen, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice<'a> {
    /// The model.
    pub model: &'a Model,
    /// What the request is about.
    pub class: Class,
    /// What the model has to be able to do for it.
    pub needs: Vec<Capability>,
    /// About how many tokens the input has.
    pub tokens: u64,
    /// How many models were compared by price.
    pub of: usize,
}

impl Choice<'_> {
    /// The value of `x-neureus-route`: a token with parameters (RFC 9651, section 3.3.3).
    #[must_use]
    pub fn header(&self) -> String {
        let needs: Vec<&str> = self.needs.iter().map(|need| need.as_str()).collect();
        let needs = if needs.is_empty() {
            String::new()
        } else {
            format!(";needs=\"{}\"", needs.join(" "))
        };
        let class = self.class.as_str();
        format!(
            "{AUTO};class={class}{needs};tokens={};of={}",
            self.tokens, self.of
        )
    }
}

/// Why there is no choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The key may call no chat model.
    NotAllowed,
    /// None of those that it may call has a backend.
    NoBackend,
    /// None of those can do what is asked: what the cheapest cannot.
    Unable(Invalid),
}

/// Chooses a model for a request.
///
/// `allowed` says whether the key may call a model; `able` whether its backend can do what is asked, `None`
/// where it has no backend. Of the able ones come first those whose window and output limit have room, then those made for the class, then
/// the cheapest, then the first of the catalog.
///
/// # Errors
/// [`NoChoice`] when no model is left.
pub fn choose<'a>(
    catalog: &'a Catalog,
    request: &ChatRequest,
    allowed: impl Fn(&Model) -> bool,
    able: impl Fn(&'a Model) -> Option<Result<(), Invalid>>,
) -> Result<Choice<'a>, NoChoice> {
    let tokens = tokens(request);
    let class = class::of(request, tokens);
    let output = request
        .max_tokens
        .unwrap_or(u32::MAX)
        .min(output_tokens(class));
    let rank = |model: &Model| {
        let wanted = tokens.saturating_add(request.max_tokens.unwrap_or(output).into());
        let lacking = wanted.saturating_sub(model.context_window.into());
        let short = request
            .max_tokens
            .unwrap_or_default()
            .saturating_sub(model.max_output);
        let (input_price, output_price) = model.price.highest(request.writes_cache);
        let cost = u128::from(tokens) * u128::from(input_price)
            + u128::from(output) * u128::from(output_price);
        let fits = (
            lacking.saturating_add(short.into()),
            !model.good_at.contains(&class),
        );
        (fits, cost)
    };
    let (mut any, mut refused) = (false, None::<(u128, Invalid)>);
    let mut best: Option<(_, &Model)> = None;
    let mut of = 0;
    for model in &catalog.models {
        if model.kind != Kind::Chat || !allowed(model) {
            continue;
        }
        any = true;
        let (fits, cost) = rank(model);
        match able(model) {
            None => {}
            Some(Err(invalid)) if refused.as_ref().is_none_or(|(least, _)| cost < *least) => {
                refused = Some((cost, invalid));
            }
            Some(Err(_)) => {}
            Some(Ok(())) => match &best {
                Some(((least, _), _)) if fits > *least => {}
                Some(((least, cheapest), _)) if fits == *least => {
                    of += 1;
                    if cost < *cheapest {
                        best = Some(((fits, cost), model));
                    }
                }
                _ => {
                    of = 1;
                    best = Some(((fits, cost), model));
                }
            },
        }
    }
    match (best, refused) {
        (Some((_, model)), _) => Ok(Choice {
            model,
            class,
            needs: fit::needs(request).collect(),
            tokens,
            of,
        }),
        (None, Some((_, invalid))) => Err(NoChoice::Unable(invalid)),
        (None, None) if any => Err(NoChoice::NoBackend),
        (None, None) => Err(NoChoice::NotAllowed),
    }
}

#[cfg(test)]
mod tests;
