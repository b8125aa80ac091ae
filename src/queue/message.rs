//! A message.

use aws_sdk_sqs::types::{self, MessageSystemAttributeName};

/// A message in hand.
#[derive(Clone, Debug)]
pub struct Message {
    /// What SQS calls it, however often it is received.
    pub id: String,
    /// Its text.
    pub body: String,
    /// How often it was received, with this time.
    pub receives: u32,
    /// What this receiver may change and delete it by.
    pub(super) receipt: String,
}

impl Message {
    /// A message of a response, unless it cannot be deleted.
    pub(super) fn of(received: types::Message) -> Option<Self> {
        let count = MessageSystemAttributeName::ApproximateReceiveCount;
        let receives = received.attributes().and_then(|attributes| attributes.get(&count)?.parse().ok());
        Some(Self {
            receives: receives.unwrap_or(1),
            receipt: received.receipt_handle?,
            id: received.message_id.unwrap_or_default(),
            body: received.body.unwrap_or_default(),
        })
    }
}
