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

/// A part of an answer: with what it rests on, if it is the first.
type Part = Result<(Option<DumpCoverage>, Vec<u8>), TooMany>;

/// How far an answer is.
enum Progress {
    Before,
    Within,
    Done,
}

/// Reads what is sent.
struct Answer {
    pages: Pages,
    encoder: RecordEncoder,
    progress: Progress,
}

impl Answer {
    /// Reads the next part; nothing after the last one.
    fn next(&mut self, connection: &mut PgConnection) -> QueryResult<Option<Part>> {
        let (extent, page) = match self.progress {
            Progress::Before => match self.pages.open(connection)? {
                Ok((extent, page)) => (Some(extent), page),
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
            let mut text =
                extent.as_ref().map(|extent| self.encoder.head(extent)).transpose()?.unwrap_or_default();
            text.extend(self.encoder.rows(&Record::of(&page, self.pages.pools()))?);
            if is_last {
                text.extend(self.encoder.tail(None)?);
            }
            Ok(text)
        };
        let text = write().map_err(|error: serde_json::Error| Error::SerializationError(error.into()))?;
        self.progress = if is_last { Progress::Done } else { Progress::Within };
        Ok(Some(Ok((extent, text))))
    }
}

/// All records of a question as a body, with what they rest on.
pub(super) async fn records(
    api: &Api,
    pages: Pages,
    format: Format,
) -> Result<(DumpCoverage, Body), Problem> {
    let mut answer = Answer { pages, encoder: RecordEncoder::new(format), progress: Progress::Before };
    let parts = api.streams.read_parts(move |connection| answer.next(connection)).await?;
    let (Some(extent), text) = parts.next().await?.transpose()?.unwrap_or_default() else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer has no beginning"));
    };
    let body = try_unfold((parts, Some(text)), async |(parts, first)| {
        let text = match first {
            Some(first) => Some(first),
            None => rest(&parts).await?,
        };
        Ok::<_, ReadError>(text.map(|text| (Bytes::from(text), (parts, None))))
    });
    Ok((extent, Body::from_stream(body)))
}

async fn rest(parts: &Parts<Part>) -> Result<Option<Vec<u8>>, ReadError> {
    let part = parts.next().await.inspect_err(|error| tracing::error!(%error, "an answer breaks off"))?;
    // Whether there are too many is known before the first part.
    Ok(part.and_then(Result::ok).map(|(_, text)| text))
}
