//! The gateway's routes: what a request for a model passes.

use super::{Access, Endpoint, Route};
use crate::role::Permission;

/// 4 MiB: some hundred thousand tokens of text with room for a few images as data URLs.
const BODY: usize = 4 << 20;

/// Every route of the gateway, the busiest first.
pub const GATEWAY: &[Route] = &[
    Route::get("/health", Endpoint::Health, Access::Public),
    Route::of(
        "POST",
        "/ai/chat",
        Endpoint::Chat,
        Access::Key(Permission::CallModels),
        BODY,
    )
    .cross_origin(),
    Route::of(
        "POST",
        "/v1/chat/completions",
        Endpoint::Chat,
        Access::Key(Permission::CallModels),
        BODY,
    )
    .cross_origin(),
    Route::of(
        "POST",
        "/v1/messages",
        Endpoint::Chat,
        Access::Key(Permission::CallModels),
        BODY,
    )
    .cross_origin(),
    Route::of(
        "POST",
        "/v1/messages/count_tokens",
        Endpoint::CountTokens,
        Access::Key(Permission::CallModels),
        BODY,
    ),
    Route::of(
        "POST",
        "/ai/embeddings",
        Endpoint::Embeddings,
        Access::Key(Permission::CallModels),
        BODY,
    ),
    Route::of(
        "POST",
        "/v1/embeddings",
        Endpoint::Embeddings,
        Access::Key(Permission::CallModels),
        BODY,
    ),
    Route::get(
        "/v1/models",
        Endpoint::OpenAiModels,
        Access::Key(Permission::Read),
    ),
    Route::get(
        "/v1/models/:model",
        Endpoint::OpenAiModel,
        Access::Key(Permission::Read),
    ),
    Route::get(
        "/v1/models/:owner/:model",
        Endpoint::OpenAiModel,
        Access::Key(Permission::Read),
    ),
    Route::get(
        "/ai/models",
        Endpoint::Models,
        Access::Key(Permission::Read),
    ),
];
