//! Records that are sent while they are read, all of one snapshot.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use diesel::result::Error;
use diesel::{PgConnection, QueryResult};
use futures_util::stream::try_unfold;

use super::pages::Pages;
use crate::db::{Parts, ReadError};
use crate::feed::spot::query::{DumpCoverage, Format, Record, RecordEncoder, TooMany};
use crate::http::problem::Problem;
use crate::http::state::Api;

/// A part of a response; the first one has the coverage.
type Part = Result<(Option<DumpCoverage>, Vec<u8>), TooMany>;

/// How far a response is.
enum Progress {
    Before,
    Within,
    Done,
}

/// Reads and encodes a response.
struct ResponseParts {
    pages: Pages,
    encoder: RecordEncoder,
    progress: Progress,
}

impl ResponseParts {
    /// Reads the next part; nothing after the last one.
    fn next(&mut self, connection: &mut PgConnection) -> QueryResult<Option<Part>> {
        let (coverage, page) = match self.progress {
            Progress::Before => match self.pages.open(connection)? {
                Ok((coverage, page)) => (Some(coverage), page),
                Err(too_many) => {
                    self.progress = Progress::Done;
                    return Ok(Some(Err(too_many)));
                }
            },
            Progress::Within => (None, self.pages.next(connection)?),
            Progress::Done => return Ok(None),
        };
        let is_last = self.pages.is_last(&page);
        let mut write = || {
            let mut text = coverage
                .as_ref()
                .map(|coverage| self.encoder.head(coverage))
                .transpose()?
                .unwrap_or_default();
            text.extend(self.encoder.rows(&Record::of(&page, self.pages.pools()))?);
            if is_last {
                text.extend(self.encoder.tail(None)?);
            }
            Ok(text)
        };
        let text = write().map_err(|error: serde_json::Error| Error::SerializationError(error.into()))?;
        self.progress = if is_last { Progress::Done } else { Progress::Within };
        Ok(Some(Ok((coverage, text))))
    }
}

/// All records of a query as a body, with their coverage.
pub(super) async fn records(
    api: &Api,
    pages: Pages,
    format: Format,
) -> Result<(DumpCoverage, Body), Problem> {
    let mut response =
        ResponseParts { pages, encoder: RecordEncoder::new(format), progress: Progress::Before };
    let parts = api.streams.read_parts(move |connection| response.next(connection)).await?;
    let (Some(coverage), text) = parts.next().await?.transpose()?.unwrap_or_default() else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the response is empty"));
    };
    let body = try_unfold((parts, Some(text)), async |(parts, first)| {
        let text = match first {
            Some(first) => Some(first),
            None => rest(&parts).await?,
        };
        Ok::<_, ReadError>(text.map(|text| (Bytes::from(text), (parts, None))))
    });
    Ok((coverage, Body::from_stream(body)))
}

async fn rest(parts: &Parts<Part>) -> Result<Option<Vec<u8>>, ReadError> {
    let part = parts.next().await.inspect_err(|error| tracing::error!(%error, "a response breaks off"))?;
    // A query that is too large fails before the first part.
    Ok(part.and_then(Result::ok).map(|(_, text)| text))
}
