//! What the page is drawn with: styles, scripts, letters. All of it is part of the program.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::chart::FONTS;
use crate::http::problem::Problem;

/// Name, type and bytes of each.
const ASSETS: [(&str, &str, &[u8]); 7] = [
    ("page.css", "text/css; charset=utf-8", include_bytes!("../../../web/assets/page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_bytes!("../../../web/assets/page.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../../../web/assets/icon.svg")),
    ("uPlot.css", "text/css; charset=utf-8", include_bytes!("../../../web/vendor/uplot/uPlot.min.css")),
    (
        "uPlot.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../../web/vendor/uplot/uPlot.iife.min.js"),
    ),
    ("regular.otf", "font/otf", FONTS[0]),
    ("bold.otf", "font/otf", FONTS[1]),
];

/// A hash of them all: the address of each changes when any does, so that caches may keep them for ever.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, bytes) in ASSETS {
        hash.update(name);
        hash.update(bytes);
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
});

/// Where one of them is.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

pub(super) async fn asset(
    Path((version, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some((_, kind, bytes)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing here: see /docs"));
    };
    let etag = format!("W/\"{}\"", *VERSION);
    // A page of another version asks for what it knew: it gets what there is, but should not keep it.
    let cache = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let about = [(ETAG, etag.as_str()), (CACHE_CONTROL, cache), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    let kept = headers.get(IF_NONE_MATCH).is_some_and(|kept| kept.as_bytes() == etag.as_bytes());
    if kept {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, *kind)], *bytes).into_response())
}
