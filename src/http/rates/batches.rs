//! Batches of prices: posted whole or not at all, looked up, withdrawn.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use axum::response::{IntoResponse, Response};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::batch::{Batch, Price};
use super::encoding::{self, ContentEncoding, Encoding};
use crate::db::Connector;
use crate::feed::freight::{Format, Freight, upload_name};
use crate::feed::{Feed, Rejection};
use crate::http::access::Authorized;
use crate::http::problem::{FieldError, Problem};
use crate::http::state::Api;
use crate::ingest::{ReceiveError, Upload, Uploaded, Withdrawal, withdraw};
use crate::ledger;

/// How long a client may take to send a batch.
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(120);

/// Bytes of an idempotency key.
const MAX_KEY_BYTES: usize = 255;

/// Stores a batch of prices, whole or not at all.
///
/// Sent again with the same `Idempotency-Key`, it gets the same response and is stored once. Ports must be in the database.
#[utoipa::path(post, path = "/rates/batches", tag = "rates", security(("token" = [])),
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$", example = "2021-01-31-a",
        description = "the sender's own name for the batch: visible ASCII characters"), ContentEncoding),
    request_body(description = "The prices, compressed with gzip or not: `Content-Encoding`. The limit is that of the decompressed size.", content(
        (Vec<Price> = "application/json", example = json!([{"orig_code": "CNGGZ", "dest_code": "EETLL", "day": "2021-01-31", "price": 1154}])),
        (String = "application/x-ndjson", example = "{\"orig_code\": \"CNGGZ\", \"dest_code\": \"EETLL\", \"day\": \"2021-01-31\", \"price\": 1154}\n"),
        (String = "text/csv", example = "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,1154\n"),
    )),
    responses(
        (status = CREATED, description = "stored, now or before", body = Batch, headers(("Location" = String, description = "where the batch can be looked up"))),
        (status = BAD_REQUEST, description = "no key, or the body broke off"),
        (status = UNAUTHORIZED, description = "the token is missing or wrong"),
        (status = FORBIDDEN, description = "this server takes no batches"),
        (status = REQUEST_TIMEOUT, description = "the body took too long"),
        (status = CONFLICT, description = "the key came with another body before"),
        (status = PAYLOAD_TOO_LARGE, description = "the batch is too large: send several"),
        (status = UNSUPPORTED_MEDIA_TYPE, description = "the body is of none of these types, or compressed with something else than gzip"),
        (status = UNPROCESSABLE_ENTITY, description = "something is wrong with the batch: nothing was stored"),
        (status = TOO_MANY_REQUESTS, description = "too many batches at once: retry later"),
        (status = SERVICE_UNAVAILABLE, description = "it may or may not have been stored: send the same again"),
    ))]
pub(super) async fn post(
    State(api): State<Arc<Api>>,
    _: Authorized,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let key = key(&headers)?;
    let format = format(&headers)?;
    let Some(encoding) = Encoding::of(&headers) else { return Ok(encoding::unsupported()) };
    let permit = permit(&api)?;
    let body = receive(request, api.settings.max_batch_bytes).await?;
    let (connector, max_bytes) = (api.connector.clone(), api.settings.max_batch_bytes);
    // Runs to its end even if the client does not wait: the key finds the result.
    let stored = spawn_blocking(move || {
        let _permit = permit;
        let started = Instant::now();
        let stored = store(&connector, &key, format, encoding.reader(&body, max_bytes).as_mut(), max_bytes);
        count(&stored, started.elapsed());
        stored
    });
    let uploaded = stored.await.map_err(|error| failed(&error))??;
    match uploaded {
        Uploaded::Stored(entry) | Uploaded::AlreadyStored(entry) => {
            let location = format!("/rates/batches/{}", entry.id);
            Ok((StatusCode::CREATED, [(LOCATION, location)], Json(Batch::from(entry))).into_response())
        }
        Uploaded::Conflict(entry) => Err(Problem::new(
            StatusCode::CONFLICT,
            format!(
                "this Idempotency-Key came with another body before: batch {}; choose another key",
                entry.id
            ),
        )),
        Uploaded::Rejected(rejection) => Err(rejected(&rejection)),
    }
}

/// The state of a batch.
#[utoipa::path(get, path = "/rates/batches/{id}", tag = "rates", params(("id" = i32, Path)), responses(
    (status = OK, description = "the batch", body = Batch),
    (status = NOT_FOUND, description = "there is no such batch"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn get(
    State(api): State<Arc<Api>>,
    id: Result<Path<i32>, PathRejection>,
) -> Result<Json<Batch>, Problem> {
    let Path(id) = id.map_err(|_| unknown())?;
    let entry =
        api.readers.read_at_once(move |connection| ledger::entry(connection, Freight.name(), id)).await?;
    entry.map(|entry| Json(Batch::from(entry))).ok_or_else(unknown)
}

/// Withdraws a batch: its prices are removed, and its entry is kept.
#[utoipa::path(delete, path = "/rates/batches/{id}", tag = "rates", security(("token" = [])), params(("id" = i32, Path)), responses(
    (status = OK, description = "withdrawn, now or before", body = Batch),
    (status = UNAUTHORIZED, description = "the token is missing or wrong"),
    (status = FORBIDDEN, description = "this server is read-only"),
    (status = NOT_FOUND, description = "there is no such batch"),
    (status = CONFLICT, description = "it is not the current batch: it was rejected, or replaced by a newer one"),
    (status = TOO_MANY_REQUESTS, description = "too many changes at once: retry later"),
    (status = SERVICE_UNAVAILABLE, description = "it may or may not have been withdrawn: send the same again"),
))]
pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    _: Authorized,
    id: Result<Path<i32>, PathRejection>,
) -> Result<Json<Batch>, Problem> {
    let Path(id) = id.map_err(|_| unknown())?;
    let (permit, connector) = (permit(&api)?, api.connector.clone());
    let withdrawn = spawn_blocking(move || {
        let _permit = permit;
        withdraw(&mut connect(&connector)?, &Freight, id).map_err(|error| failed(&error))
    });
    match withdrawn.await.map_err(|error| failed(&error))?? {
        Withdrawal::Withdrawn(entry, _) | Withdrawal::AlreadyWithdrawn(entry) => Ok(Json(Batch::from(entry))),
        Withdrawal::Unknown => Err(unknown()),
        Withdrawal::NotCurrent(_) => Err(Problem::new(
            StatusCode::CONFLICT,
            "it is not the current batch: it was rejected, or replaced by a newer one",
        )),
    }
}

/// A permit to change something, or the advice to retry later.
fn permit(api: &Api) -> Result<OwnedSemaphorePermit, Problem> {
    api.uploads.clone().try_acquire_owned().map_err(|_| {
        metrics::counter!("landfall_batches_total", "outcome" => "throttled").increment(1);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many batches at once: retry later")
    })
}

fn count(stored: &Result<Uploaded, Problem>, elapsed: Duration) {
    let outcome = match stored {
        Ok(Uploaded::Stored(entry)) => {
            metrics::counter!("landfall_batch_records_total").increment(entry.records.unsigned_abs());
            "landed"
        }
        Ok(Uploaded::AlreadyStored(_)) => "known",
        Ok(Uploaded::Conflict(_)) => "conflict",
        Ok(Uploaded::Rejected(_)) => "rejected",
        Err(problem) if problem.is_client_error() => "rejected",
        Err(_) => "failed",
    };
    metrics::counter!("landfall_batches_total", "outcome" => outcome).increment(1);
    metrics::histogram!("landfall_batch_seconds").record(elapsed.as_secs_f64());
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > MAX_KEY_BYTES || !visible {
        let detail = format!("send an Idempotency-Key of 1 to {MAX_KEY_BYTES} visible ASCII characters");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    Ok(key.to_owned())
}

fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok(Format::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Format::Ndjson),
        "text/csv" => Ok(Format::Csv),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send application/json, application/x-ndjson or text/csv, and say which in Content-Type",
        )),
    }
}

async fn receive(request: Request, max_bytes: usize) -> Result<Bytes, Problem> {
    match timeout(RECEIVE_TIMEOUT, to_bytes(request.into_body(), max_bytes)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if is_too_large(&error) => Err(too_large(max_bytes)),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

fn too_large(max_bytes: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("a batch has {max_bytes} bytes at most: send several"),
    )
}

fn store(
    connector: &Connector,
    key: &str,
    format: Format,
    body: &mut dyn Read,
    max_bytes: usize,
) -> Result<Uploaded, Problem> {
    let received = Upload::receive(Freight, key, upload_name(key, format), body);
    let upload = received.map_err(|error| match error {
        ReceiveError::Read(error) if error.kind() == ErrorKind::FileTooLarge => too_large(max_bytes),
        // What is not compressed is in memory already.
        ReceiveError::Read(error) => {
            let detail = format!(
                "nothing was stored: the body cannot be decompressed: {error}; send the whole output of gzip"
            );
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
        error @ ReceiveError::Scratch(_) => failed(&error),
    })?;
    upload.store(&mut connect(connector)?).map_err(|error| failed(&error))
}

/// A connection that does not wait longer for a lock than a client would.
fn connect(connector: &Connector) -> Result<PgConnection, Problem> {
    let mut connection = connector.connect().map_err(|error| failed(&error))?;
    connection.batch_execute("SET lock_timeout = '30s'").map_err(|error| failed(&error))?;
    Ok(connection)
}

/// The batch may or may not be stored; sent again, it is stored once.
fn failed<E: std::error::Error>(error: &E) -> Problem {
    tracing::error!(%error, "cannot store");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "it could not be stored now, and may or may not have been: send the same again",
    )
}

fn rejected(rejection: &Rejection) -> Problem {
    let errors = rejection.errors().iter().map(|error| FieldError {
        parameter: None,
        record: error.record,
        field: error.field,
        detail: error.reason.clone(),
    });
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("nothing was stored: {rejection}"))
        .with_errors(errors.collect())
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no such batch")
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::Body;
    use futures_util::stream;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let endless = Body::from_stream(stream::pending::<Result<Bytes, io::Error>>());
        let problem = receive(Request::new(endless), 1000).await.unwrap_err();
        assert_eq!(problem.into_response().status(), StatusCode::REQUEST_TIMEOUT);
    }
}
