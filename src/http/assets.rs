//! The assets of all pages: styles, scripts, fonts. They are built into the binary.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::problem::Problem;
use super::tagged::short_hex;
use crate::chart::FONTS;
use crate::sha256::Sha256;

/// Name, media type and bytes.
const ASSETS: [(&str, &str, &[u8]); 10] = [
    ("page.css", "text/css; charset=utf-8", include_bytes!("../../web/assets/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_bytes!("../../web/assets/page.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../../web/assets/icon.svg")),
    ("uPlot.css", "text/css; charset=utf-8", include_bytes!("../../web/vendor/uplot/uPlot.min.css")),
    (
        "uPlot.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../web/vendor/uplot/uPlot.iife.min.js"),
    ),
    ("docs.js", "text/javascript; charset=utf-8", include_bytes!("../../web/assets/docs.js")),
    (
        "swagger-ui.css",
        "text/css; charset=utf-8",
        include_bytes!("../../web/vendor/swagger-ui-dist/swagger-ui.css"),
    ),
    (
        "swagger-ui.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../web/vendor/swagger-ui-dist/swagger-ui-bundle.js"),
    ),
    ("regular.otf", "font/otf", FONTS[0]),
    ("bold.otf", "font/otf", FONTS[1]),
];

/// A hash of all assets: their URLs change when any of them does, so that caches may keep them for ever.
static ASSETS_VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, bytes) in ASSETS {
        hash.update(name);
        hash.update(bytes);
    }
    short_hex(&hash.finalize())
});

/// The path of an asset.
pub(super) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", *ASSETS_VERSION)
}

/// The headers of a page: it may load its assets, images from the sources `images`, and nothing from other hosts.
pub(super) fn page_headers(images: &str) -> [(HeaderName, String); 4] {
    let csp = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src {images}; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    [
        (CONTENT_SECURITY_POLICY, csp),
        (CACHE_CONTROL, "no-cache".to_owned()),
        (REFERRER_POLICY, "same-origin".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ]
}

/// The assets.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{name}", get(asset))
}

async fn asset(
    Path((version, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some((_, kind, bytes)) = ASSETS.iter().find(|(asset, ..)| *asset == name) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing here: see /docs"));
    };
    let etag = format!("W/\"{}\"", *ASSETS_VERSION);
    // A page of another version gets the current asset, but should not cache it.
    let cache = if version == *ASSETS_VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let response_headers =
        [(ETAG, etag.as_str()), (CACHE_CONTROL, cache), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    let cached = headers.get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes());
    if cached {
        return Ok((StatusCode::NOT_MODIFIED, response_headers).into_response());
    }
    Ok((response_headers, [(CONTENT_TYPE, *kind)], *bytes).into_response())
}
