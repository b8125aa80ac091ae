//! `Content-Encoding` of request bodies.

use std::io::{self, ErrorKind, Read};

use axum::http::StatusCode;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use utoipa::{IntoParams, ToSchema};

use crate::http::problem::Problem;

/// The compression of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub(super) enum Encoding {
    /// gzip.
    Gzip,
    /// No compression.
    Identity,
}

/// The header of the encoding.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct ContentEncoding {
    /// The compression of the body; without it, none.
    // Not an `Option`: a header cannot be null.
    #[param(rename = "Content-Encoding", required = false, inline)]
    content_encoding: Encoding,
}

impl Encoding {
    /// The encoding of a body with these headers, if it is supported.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(CONTENT_ENCODING).iter().map(|line| line.to_str().unwrap_or("?"));
        let names = lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase());
        let names: Vec<String> = names.filter(|name| name != "identity").collect();
        match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => Some(Self::Identity),
            ["gzip" | "x-gzip"] => Some(Self::Gzip),
            _ => None,
        }
    }

    /// Decompresses a body as it is read.
    ///
    /// Fails with [`ErrorKind::FileTooLarge`] beyond `max_bytes`: a small body may decompress to any size.
    pub(super) fn reader(self, body: &[u8], max_bytes: usize) -> Box<dyn Read + '_> {
        match self {
            // All members of the stream: reading the first alone would lose the others silently.
            Self::Gzip => Box::new(Limited { inner: MultiGzDecoder::new(body), remaining: max_bytes }),
            Self::Identity => Box::new(body),
        }
    }
}

/// The response to a body with another encoding.
pub(super) fn unsupported() -> Response {
    let detail = "send the body as it is, or compressed with gzip and `Content-Encoding: gzip`";
    let mut response = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
    response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

struct Limited<R> {
    inner: R,
    remaining: usize,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.remaining = self.remaining.checked_sub(count).ok_or(ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recognized_by_name() {
        let of = |lines: &[&'static str]| {
            let lines = lines.iter().map(|line| (CONTENT_ENCODING, HeaderValue::from_static(line)));
            Encoding::of(&lines.collect())
        };
        for gzip in [&["gzip"][..], &["GZip"], &["x-gzip"], &["identity, gzip"], &["identity", " gzip"]] {
            assert_eq!(of(gzip), Some(Encoding::Gzip), "{gzip:?}");
        }
        for identity in [&[][..], &["identity"], &["identity, Identity"]] {
            assert_eq!(of(identity), Some(Encoding::Identity), "{identity:?}");
        }
        for unknown in [&["br"][..], &["gzip, gzip"], &["gzip", "br"], &["deflate"], &[""], &["gzip,"]] {
            assert_eq!(of(unknown), None, "{unknown:?}");
        }
    }
}
