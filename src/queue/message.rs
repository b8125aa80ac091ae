//! A message.

use aws_sdk_sqs::types::{self, MessageSystemAttributeName};
use chrono::{DateTime, Utc};

/// A message in hand.
#[derive(Clone, Debug)]
pub struct Message {
    /// What SQS calls it, however often it is received.
    pub id: String,
    /// Its text.
    pub body: String,
    /// How often it was received, with this time.
    pub receives: u32,
    /// When it was sent, if SQS says so.
    pub sent_at: Option<DateTime<Utc>>,
    /// What this receiver may hide and delete it by.
    pub receipt: Receipt,
}

/// What the receiver of a message may hide and delete it by.
#[derive(Clone, Debug)]
pub struct Receipt(pub(super) String);

impl Message {
    /// A message of a response, unless it has no id or cannot be deleted.
    pub(super) fn of(received: types::Message) -> Option<Self> {
        let attribute = |name| received.attributes().and_then(|attributes| attributes.get(&name));
        let receives = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
        let receives = receives.and_then(|receives| receives.parse().ok());
        let sent_at = attribute(MessageSystemAttributeName::SentTimestamp);
        let sent_at =
            sent_at.and_then(|milliseconds| DateTime::from_timestamp_millis(milliseconds.parse().ok()?));
        Some(Self {
            receives: receives.unwrap_or(1),
            sent_at,
            receipt: Receipt(received.receipt_handle?),
            id: received.message_id?,
            body: received.body.unwrap_or_default(),
        })
    }
}
