//! Content negotiation: the format of records by the `Accept` header.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;

use crate::feed::format::Format;
use crate::http::problem::Problem;

/// The format that a client prefers.
pub(super) struct Accepted(pub(super) Format);

/// Media types and their formats; the first is the default.
const TYPES: [(&str, Format); 5] = [
    ("application/json", Format::Json),
    ("application/x-ndjson", Format::Ndjson),
    ("text/csv", Format::Csv),
    ("application/ndjson", Format::Ndjson),
    ("application/jsonl", Format::Ndjson),
];

/// The media type of a response.
pub(super) fn media_type(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Ndjson => "application/x-ndjson",
        Format::Csv => "text/csv; charset=utf-8",
    }
}

/// The format that an `Accept` header prefers, if it accepts any.
fn accepted(accept: &str) -> Option<Format> {
    let ranges: Vec<(&str, u16)> = accept.split(',').map(range).collect();
    let quality = |media_type: &str| {
        let group = media_type.split('/').next().unwrap_or_default();
        // The most specific range counts.
        let quality_of = |wanted: &str| {
            ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(wanted)).map(|(_, quality)| *quality)
        };
        quality_of(media_type)
            .or_else(|| quality_of(&format!("{group}/*")))
            .or_else(|| quality_of("*/*"))
            .unwrap_or(0)
    };
    let qualities = TYPES.iter().map(|(media_type, format)| (quality(media_type), *format));
    // The first of equals.
    let best = qualities.rev().max_by_key(|(quality, _)| *quality)?;
    (best.0 > 0).then_some(best.1)
}

/// A media range and its quality value in thousandths.
fn range(text: &str) -> (&str, u16) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = quality.map_or(Some(1.0), |quality| quality.parse().ok()).unwrap_or(0.0_f32);
    (range, (quality.clamp(0.0, 1.0) * 1000.0) as u16)
}

impl<S: Send + Sync> FromRequestParts<S> for Accepted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let lines: Vec<&str> =
            parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        let accept = lines.join(",");
        if accept.trim().is_empty() {
            return Ok(Self(Format::Json));
        }
        accepted(&accept).map(Self).ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_ACCEPTABLE,
                "accept application/json, application/x-ndjson or text/csv",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_format_is_used() {
        for (accept, format) in [
            ("*/*", Some(Format::Json)),
            ("text/*", Some(Format::Csv)),
            ("TEXT/CSV", Some(Format::Csv)),
            ("application/jsonl", Some(Format::Ndjson)),
            ("text/csv;q=0.5, application/x-ndjson", Some(Format::Ndjson)),
            ("text/csv, application/json", Some(Format::Json)),
            ("application/json;q=0, */*;q=0.1", Some(Format::Ndjson)),
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", Some(Format::Json)),
            ("text/csv; header=present; q=0.3, application/json;q=0.2", Some(Format::Csv)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("nonsense", None),
            ("text/csv;q=x", None),
        ] {
            assert_eq!(accepted(accept), format, "{accept}");
        }
    }
}
