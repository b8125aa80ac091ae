//! An SQS queue: messages are received, kept in hand while they are worked on, and deleted or given back.
//!
//! Nothing here but `notification.rs` knows what is in a message.

mod client;
mod dead_letter;
mod error;
mod message;
mod notification;
mod send;
mod url;

use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageSystemAttributeName,
};
use futures_util::{StreamExt, stream};
use tokio::runtime::Handle;

pub use error::QueueError;
pub use message::{Message, Receipt};
pub use notification::{EventKind, NotUnderstood, Notification, ObjectEvent};
pub use url::QueueUrl;

/// The most that SQS takes or returns in one request.
const MAX_BATCH: usize = 10;

/// Requests at once for one list of messages: thousands, one after the other, would take longer than their work did.
const MAX_REQUESTS: usize = 8;

/// How long a request should wait for messages. Who stops waits for its end: SQS hides what it finds for a request, whether or
/// not anybody still waits.
pub const LONG_POLL: Duration = Duration::from_secs(5);

/// The longest that SQS hides a message.
const MAX_VISIBILITY: Duration = Duration::from_secs(12 * 60 * 60);

/// A queue.
#[derive(Debug)]
pub struct Queue {
    client: Client,
    runtime: Handle,
    url: QueueUrl,
    visibility: Duration,
    /// The variable that names the proxy, if requests may go through one.
    proxy: Option<&'static str>,
    /// The profile that people have to sign in to.
    sign_in: Option<String>,
}

impl Queue {
    /// Prepares a client; nothing is sent to SQS yet. Requests run on the given runtime.
    ///
    /// Messages are hidden from other receivers for `visibility`, in whole seconds, and again and again while they are
    /// [kept](Self::keep).
    pub fn open(url: &QueueUrl, visibility: Duration, runtime: Handle) -> Result<Self, QueueError> {
        let client::Configured { client, proxy, sign_in } = runtime.block_on(client::configure(url))?;
        Ok(Self { client, runtime, url: url.clone(), visibility, proxy, sign_in })
    }

    /// Its URL.
    pub fn url(&self) -> &QueueUrl {
        &self.url
    }

    /// How long a received message is hidden from other receivers.
    pub fn visibility(&self) -> Duration {
        self.visibility
    }

    /// Receives up to ten messages; waits for the first of them, up to 20 s. Nothing is received once `interruption` has
    /// come, but the wait goes on.
    pub fn receive(
        &self,
        wait: Duration,
        interruption: impl Future<Output = ()>,
    ) -> Result<Vec<Message>, QueueError> {
        let request = self
            .client
            .receive_message()
            .queue_url(self.url.as_str())
            .max_number_of_messages(MAX_BATCH as i32)
            .wait_time_seconds(seconds(wait))
            .visibility_timeout(seconds(self.visibility))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let (received, interrupted) = self.runtime.block_on(async {
            let request = request.send();
            tokio::pin!(request);
            tokio::select! {
                received = &mut request => (received, false),
                // SQS goes on looking for messages, and hides those that it finds, whether or not anybody still waits.
                () = interruption => (request.await, true),
            }
        });
        let received = received.map_err(|error| self.explain("sqs:ReceiveMessage", &error))?;
        let messages: Vec<Message> =
            received.messages.unwrap_or_default().into_iter().filter_map(Message::of).collect();
        if interrupted {
            self.hide(messages.iter().map(|message| (&message.receipt, Duration::ZERO)))?;
            return Ok(Vec::new());
        }
        Ok(messages)
    }

    /// Does some work while the messages stay hidden: every third of the visibility timeout, it begins anew.
    ///
    /// A failure to do so is logged: then another receiver may get the messages as well.
    pub fn keep<T>(&self, messages: &[Message], work: impl FnOnce() -> T) -> T {
        let (working, done) = channel::<()>();
        let span = tracing::Span::current();
        thread::scope(|scope| {
            scope.spawn(move || {
                let _inside = span.entered();
                while done.recv_timeout(self.visibility / 3) == Err(RecvTimeoutError::Timeout) {
                    let all = messages.iter().map(|message| (&message.receipt, self.visibility));
                    match self.hide(all) {
                        Ok(()) => tracing::debug!(messages = messages.len(), "kept in hand"),
                        Err(error) => {
                            tracing::warn!(%error, "messages may come again while they are in hand")
                        }
                    }
                }
            });
            // However the work ends, so does the thread.
            let _working = working;
            work()
        })
    }

    /// Hides messages for some time from now on.
    pub fn hide<'r>(
        &self,
        messages: impl IntoIterator<Item = (&'r Receipt, Duration)>,
    ) -> Result<(), QueueError> {
        let messages: Vec<_> = messages.into_iter().collect();
        let hidden = self.in_batches(&messages, async |batch| {
            let entries = batch.iter().enumerate().map(|(number, (receipt, hidden))| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&receipt.0)
                    .visibility_timeout(seconds(*hidden))
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(QueueError::transient)?;
            let request = self.client.change_message_visibility_batch().queue_url(self.url.as_str());
            let changed = request.set_entries(Some(entries)).send().await;
            let changed = changed.map_err(|error| self.explain("sqs:ChangeMessageVisibility", &error))?;
            Ok(changed.failed)
        });
        hidden.error.map_or(Ok(()), Err)
    }

    /// Deletes messages: they are done with.
    pub fn delete<'r>(&self, messages: impl IntoIterator<Item = &'r Receipt>) -> Deleted {
        let messages: Vec<_> = messages.into_iter().collect();
        self.in_batches(&messages, async |batch| {
            let entries = batch.iter().enumerate().map(|(number, receipt)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&receipt.0)
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(QueueError::transient)?;
            let request = self.client.delete_message_batch().queue_url(self.url.as_str());
            let deleted = request.set_entries(Some(entries)).send().await;
            let deleted = deleted.map_err(|error| self.explain("sqs:DeleteMessage", &error))?;
            Ok(deleted.failed)
        })
    }

    /// Sends as many requests as it takes, several at once. One that fails does not prevent the others.
    fn in_batches<M>(
        &self,
        messages: &[M],
        send: impl AsyncFn(&[M]) -> Result<Vec<BatchResultErrorEntry>, QueueError>,
    ) -> Deleted {
        let requests = messages.chunks(MAX_BATCH).map(async |batch| match send(batch).await {
            Ok(failed) => (batch.len() - failed.len(), error::of_first(&failed)),
            Err(error) => (0, Some(error)),
        });
        self.runtime.block_on(stream::iter(requests).buffer_unordered(MAX_REQUESTS).fold(
            Deleted::default(),
            async |sum, (count, error)| Deleted { count: sum.count + count, error: sum.error.or(error) },
        ))
    }
}

/// What became of messages that were to be deleted.
#[derive(Debug, Default)]
pub struct Deleted {
    /// So many are deleted.
    pub count: usize,
    /// The first error, if others are not.
    pub error: Option<QueueError>,
}

/// Whole seconds, as SQS takes them.
fn seconds(duration: Duration) -> i32 {
    duration.min(MAX_VISIBILITY).as_secs() as i32
}
