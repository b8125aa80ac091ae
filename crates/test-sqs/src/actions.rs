//! The actions of SQS' JSON protocol.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout_at;

use crate::Queues;
use crate::queue::{Delivery, Queue};

/// Seconds that a message stays hidden unless its receiver says otherwise.
const VISIBILITY: u64 = 30;

pub(crate) fn router(queues: Arc<Queues>) -> Router {
    Router::new().route("/", post(answer)).with_state(queues)
}

/// An error as SQS names it.
struct SqsError(&'static str, String);

impl IntoResponse for SqsError {
    fn into_response(self) -> Response {
        let Self(code, message) = self;
        let body = json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message });
        (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string())
            .into_response()
    }
}

async fn answer(
    State(queues): State<Arc<Queues>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, SqsError> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let answer = match target.strip_prefix("AmazonSQS.").unwrap_or_default() {
        "SendMessage" => send(&queues, parse(&body)?)?,
        "SendMessageBatch" => send_batch(&queues, parse(&body)?)?,
        "ReceiveMessage" => receive(&queues, parse(&body)?).await?,
        "DeleteMessageBatch" => delete_batch(&queues, parse(&body)?)?,
        "ChangeMessageVisibilityBatch" => hide_batch(&queues, parse(&body)?)?,
        "GetQueueAttributes" => attributes(&queues, parse(&body)?)?,
        _ => return Err(SqsError("UnsupportedOperation", format!("{target:?} is not supported"))),
    };
    Ok(([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], answer.to_string()))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| SqsError("InvalidParameterValue", error.to_string()))
}

fn with<T>(queues: &Queues, url: &str, ask: impl FnOnce(&mut Queue) -> T) -> Result<T, SqsError> {
    let name = url.rsplit('/').next().unwrap_or_default();
    let mut queues = queues.lock();
    let queue = queues.get_mut(name).ok_or_else(|| {
        SqsError("QueueDoesNotExist", "The specified queue does not exist for this wsdl version.".to_owned())
    })?;
    Ok(ask(queue))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    queue_url: String,
    message_body: String,
    #[serde(default)]
    message_attributes: Value,
}

fn send(queues: &Queues, send: Send) -> Result<Value, SqsError> {
    let id = with(queues, &send.queue_url, |queue| queue.send(send.message_body, send.message_attributes))?;
    queues.sent.notify_waiters();
    Ok(json!({ "MessageId": id }))
}

/// A request about several messages.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<E> {
    queue_url: String,
    entries: Vec<E>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    id: String,
    message_body: String,
    #[serde(default)]
    message_attributes: Value,
}

fn send_batch(queues: &Queues, batch: Batch<SendEntry>) -> Result<Value, SqsError> {
    let sent: Vec<Value> = with(queues, &batch.queue_url, |queue| {
        let send = |entry: SendEntry| {
            let id = queue.send(entry.message_body, entry.message_attributes);
            json!({ "Id": entry.id, "MessageId": id })
        };
        batch.entries.into_iter().map(send).collect()
    })?;
    queues.sent.notify_waiters();
    Ok(json!({ "Successful": sent, "Failed": [] }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
}

async fn receive(queues: &Queues, receive: Receive) -> Result<Value, SqsError> {
    let most = receive.max_number_of_messages.unwrap_or(1);
    let visibility = Duration::from_secs(receive.visibility_timeout.unwrap_or(VISIBILITY));
    let deadline = Instant::now() + Duration::from_secs(receive.wait_time_seconds.unwrap_or(0));
    loop {
        // Before the look: what is sent after it wakes this one up.
        let sent = queues.sent.notified();
        tokio::pin!(sent);
        sent.as_mut().enable();
        let now = Instant::now();
        let (messages, next) = with(queues, &receive.queue_url, |queue| {
            let messages: Vec<Value> = queue.receive(most, visibility, now).iter().map(message).collect();
            (messages, queue.next_visible())
        })?;
        if !messages.is_empty() {
            return Ok(json!({ "Messages": messages }));
        }
        if now >= deadline {
            return Ok(json!({}));
        }
        // Whether it was woken up or not, it looks again.
        let until = next.map_or(deadline, |next| next.min(deadline));
        let _ = timeout_at(until.into(), sent).await;
    }
}

fn message(delivery: &Delivery<'_>) -> Value {
    json!({
        "MessageId": delivery.id,
        "ReceiptHandle": delivery.receipt,
        "Body": delivery.body,
        "Attributes": {
            "SentTimestamp": delivery.sent_at.to_string(),
            "ApproximateReceiveCount": delivery.receives.to_string(),
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiptEntry {
    id: String,
    receipt_handle: String,
    #[serde(default)]
    visibility_timeout: u64,
}

fn delete_batch(queues: &Queues, batch: Batch<ReceiptEntry>) -> Result<Value, SqsError> {
    with(queues, &batch.queue_url, |queue| {
        for entry in &batch.entries {
            queue.delete(&entry.receipt_handle);
        }
    })?;
    let deleted: Vec<Value> = batch.entries.iter().map(|entry| json!({ "Id": entry.id })).collect();
    Ok(json!({ "Successful": deleted, "Failed": [] }))
}

fn hide_batch(queues: &Queues, batch: Batch<ReceiptEntry>) -> Result<Value, SqsError> {
    let (hidden, failed): (Vec<_>, Vec<_>) = with(queues, &batch.queue_url, |queue| {
        batch.entries.iter().partition(|entry| {
            let visibility = Duration::from_secs(entry.visibility_timeout);
            queue.hide(&entry.receipt_handle, visibility, Instant::now())
        })
    })?;
    queues.sent.notify_waiters();
    let hidden: Vec<Value> = hidden.iter().map(|entry: &&ReceiptEntry| json!({ "Id": entry.id })).collect();
    let failed: Vec<Value> = failed
        .iter()
        .map(|entry: &&ReceiptEntry| json!({ "Id": entry.id, "Code": "MessageNotInflight", "SenderFault": true }))
        .collect();
    Ok(json!({ "Successful": hidden, "Failed": failed }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    queue_url: String,
}

fn attributes(queues: &Queues, attributes: Attributes) -> Result<Value, SqsError> {
    let (visible, hidden) = with(queues, &attributes.queue_url, |queue| queue.counts(Instant::now()))?;
    Ok(json!({ "Attributes": {
        "ApproximateNumberOfMessages": visible.to_string(),
        "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
    } }))
}
