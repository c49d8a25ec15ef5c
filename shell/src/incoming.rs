//! A request as it came, read in one crossing and split into typed parts.

use crate::clock::now_ms;
use crate::glue::{self, Exchange};
use neureus_core::base62;
use neureus_core::chat::surface::Surface;
use neureus_core::error::{ApiError, Code};
use neureus_core::id::RequestId;
use neureus_core::same_origin;

/// A request's parts that the Worker reads. Absent headers are empty.
pub struct Incoming {
    /// Made here; given back in every answer.
    pub id: RequestId,
    /// When it came, in ms since the Unix epoch.
    pub arrived_ms: u64,
    /// The method, in upper case.
    pub method: String,
    /// The origin that was asked: scheme, host and port of the URL.
    pub own_origin: String,
    /// The path, without the query.
    pub path: String,
    /// What follows `?` in the URL, without it.
    pub query: String,
    /// `Authorization`, or the same made of `x-api-key`.
    pub authorization: String,
    /// `Content-Type`.
    pub content_type: String,
    /// `Content-Encoding`.
    pub content_encoding: String,
    /// `Origin`; see [`Self::origin`].
    pub origin: String,
    /// The caller's own word for what it is, for the metrics.
    pub surface: String,
    /// The API that it speaks.
    pub api: Surface,
    /// The address the call came from.
    pub client: String,
    /// Whether a client of Anthropic's says so.
    is_anthropic: bool,
    /// `Idempotency-Key`, not looked at.
    pub idempotency_key: String,
    /// Whether another model may answer: the caller can forbid it with `x-neureus-fallback: none`.
    pub may_fall_back: bool,
    /// The request itself, and the way to answer it.
    pub exchange: Exchange,
}

/// The longest origin: a host name has at most 253 characters (RFC 1035 §2.3.4).
const ORIGIN_MAX: usize = 300;
/// The longest tag of `x-neureus-surface`, in characters.
const SURFACE_MAX: usize = 32;

/// Fills bytes from the platform's random source.
///
/// # Errors
/// 500 when there is no randomness: nothing may be made without it.
pub fn random(make: impl FnOnce(base62::Random<'_>) -> String) -> Result<String, ApiError> {
    with_random(make)
}

/// Anything else that is made with fresh randomness.
///
/// # Errors
/// 500 where the platform gives none: nothing secret is made without.
pub fn with_random<T>(make: impl FnOnce(base62::Random<'_>) -> T) -> Result<T, ApiError> {
    let mut failed = false;
    let made = make(&mut |bytes: &mut [u8]| failed |= getrandom::fill(bytes).is_err());
    if failed {
        Err(ApiError::internal())
    } else {
        Ok(made)
    }
}

impl Incoming {
    /// Reads a request. The id is made here and goes into every answer.
    pub fn read(exchange: Exchange) -> Self {
        let text = exchange.head();
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let method = line().to_owned();
        let url = line();
        let (path, query) = (path_of(url).to_owned(), query_of(url).to_owned());
        let own_origin = same_origin::of_url(url).to_owned();
        let mut owned = || line().to_owned();
        let mut incoming = Self {
            // Without randomness the id is one of zeros: it identifies nothing and protects nothing.
            id: RequestId::generate(&mut |bytes| {
                if getrandom::fill(bytes).is_err() {
                    bytes.fill(0);
                }
            }),
            arrived_ms: now_ms(),
            method,
            own_origin,
            path,
            query,
            api: Surface::Native,
            authorization: owned(),
            content_type: owned(),
            content_encoding: owned(),
            origin: owned(),
            surface: tag(&owned()),
            client: owned(),
            is_anthropic: !owned().is_empty(),
            idempotency_key: owned(),
            may_fall_back: owned() != "none",
            exchange,
        };
        incoming.api = Surface::of_path(&incoming.path, incoming.is_anthropic);
        let api_key = text.rsplit('\n').next().unwrap_or_default();
        // Anthropic's clients have a header of their own for the key. It counts where there is no other.
        if incoming.api == Surface::Anthropic && incoming.authorization.is_empty() {
            incoming.authorization = format!("Bearer {api_key}");
        }
        incoming
    }

    /// The `Origin` header, where there was one. One that is longer than any origin is none.
    pub fn origin(&self) -> Option<&str> {
        (1..=ORIGIN_MAX)
            .contains(&self.origin.len())
            .then_some(self.origin.as_str())
    }

    /// The JSON body of at most `limit` bytes.
    ///
    /// # Errors
    /// 415 for another content type or encoding; 413 when it is too large, before or after
    /// decompression; 400 when it cannot be read.
    pub async fn body(&self, limit: usize) -> Result<Vec<u8>, ApiError> {
        let media = self
            .content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if !media.eq_ignore_ascii_case("application/json") {
            return Err(ApiError::new(
                Code::UnsupportedMediaType,
                "The body has to be application/json",
            ));
        }
        let encoding = match self.content_encoding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => "",
            "gzip" | "x-gzip" => "gzip",
            "deflate" => "deflate",
            _ => {
                return Err(ApiError::new(
                    Code::UnsupportedMediaType,
                    "The content encoding has to be gzip, deflate or none",
                ));
            }
        };
        let read = self
            .exchange
            .body(limit, encoding)
            .await
            .map_err(|_| ApiError::new(Code::BadRequest, "The body could not be read"))?;
        glue::bytes_of(read).ok_or_else(|| {
            ApiError::new(
                Code::PayloadTooLarge,
                format!("The body may be at most {limit} bytes after decompression"),
            )
        })
    }
}

/// The path of an absolute URL, without query or fragment.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or(path)
}

/// The query of a URL, without its question mark or the fragment.
fn query_of(url: &str) -> &str {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('#').next().unwrap_or(query)
}

/// A tag of allowed characters only; anything else makes it empty.
fn tag(text: &str) -> String {
    let fits = text.len() <= SURFACE_MAX
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
    if fits { text.to_owned() } else { String::new() }
}
