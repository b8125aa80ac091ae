//! An SQS queue: messages are received, kept in hand while they are worked on, and deleted or given back.
//!
//! Nothing here but `notification.rs` knows what is in a message.

mod client;
mod error;
mod message;
mod notification;
mod url;

use std::future::Future;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageSystemAttributeName,
};
use tokio::runtime::Handle;

pub use error::QueueError;
pub use message::Message;
pub use notification::{EventKind, NotUnderstood, Notification, ObjectEvent};
pub use url::QueueUrl;

/// The most that SQS takes or returns in one request.
const MAX_BATCH: usize = 10;

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

    /// Receives up to ten messages; waits for the first of them, up to 20 s, but no longer than `interruption`.
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
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let received = self.runtime.block_on(async {
            tokio::select! {
                received = request.send() => Some(received),
                // What SQS is about to return meanwhile comes again once it is visible.
                () = interruption => None,
            }
        });
        match received {
            None => Ok(Vec::new()),
            Some(Ok(received)) => {
                Ok(received.messages.unwrap_or_default().into_iter().filter_map(Message::of).collect())
            }
            Some(Err(error)) => Err(self.explain("sqs:ReceiveMessage", &error)),
        }
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
                    let all = messages.iter().map(|message| (message, self.visibility));
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
    pub fn hide<'m>(
        &self,
        messages: impl IntoIterator<Item = (&'m Message, Duration)>,
    ) -> Result<(), QueueError> {
        let messages: Vec<_> = messages.into_iter().collect();
        self.in_batches(&messages, |batch| {
            let entries = batch.iter().enumerate().map(|(number, (message, hidden))| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&message.receipt)
                    .visibility_timeout(seconds(*hidden))
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(QueueError::transient)?;
            let request = self.client.change_message_visibility_batch().queue_url(self.url.as_str());
            let changed = self.runtime.block_on(request.set_entries(Some(entries)).send());
            let changed = changed.map_err(|error| self.explain("sqs:ChangeMessageVisibility", &error))?;
            error::all_of(&changed.failed)
        })
    }

    /// Deletes messages: they are done with.
    pub fn delete<'m>(&self, messages: impl IntoIterator<Item = &'m Message>) -> Result<(), QueueError> {
        let messages: Vec<_> = messages.into_iter().collect();
        self.in_batches(&messages, |batch| {
            let entries = batch.iter().enumerate().map(|(number, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&message.receipt)
                    .build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(QueueError::transient)?;
            let request = self.client.delete_message_batch().queue_url(self.url.as_str());
            let deleted = self.runtime.block_on(request.set_entries(Some(entries)).send());
            let deleted = deleted.map_err(|error| self.explain("sqs:DeleteMessage", &error))?;
            error::all_of(&deleted.failed)
        })
    }

    /// Sends as many requests as it takes. One that fails does not prevent the others; the first error is returned.
    fn in_batches<M>(
        &self,
        messages: &[M],
        send: impl Fn(&[M]) -> Result<(), QueueError>,
    ) -> Result<(), QueueError> {
        let results: Vec<_> = messages.chunks(MAX_BATCH).map(send).collect();
        results.into_iter().collect()
    }
}

/// Whole seconds, as SQS takes them.
fn seconds(duration: Duration) -> i32 {
    duration.min(MAX_VISIBILITY).as_secs() as i32
}
