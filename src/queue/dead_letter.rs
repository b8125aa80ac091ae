//! Sends messages to a dead-letter queue, each with its reason.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};

use futures_util::{StreamExt, stream};

use super::{MAX_REQUESTS, Queue, QueueError};

/// The attribute that says why a message was sent.
const REASON: &str = "reason";

/// Bytes of a reason: attributes count to the size of a message.
const MAX_REASON_BYTES: usize = 512;

impl Queue {
    /// Checks that the queue is there.
    ///
    /// # Errors
    ///
    /// It is not, or cannot be reached. That its attributes must not be read is none: sending takes another permission.
    pub fn check(&self) -> Result<(), QueueError> {
        let request = self.client.get_queue_attributes().queue_url(self.url.as_str());
        let request = request.attribute_names(QueueAttributeName::QueueArn);
        match self.runtime.block_on(request.send()) {
            Err(error) if error.code().is_some_and(|code| code.contains("AccessDenied")) => Ok(()),
            Err(error) => Err(self.explain("sqs:GetQueueAttributes", &error)),
            Ok(_) => Ok(()),
        }
    }

    /// Sends bodies as they are, several at once, each with its reason as an attribute. Returns what became of each, in their
    /// order.
    pub fn send_with_reasons(&self, messages: &[(&str, String)]) -> Vec<Result<(), QueueError>> {
        let requests = messages.iter().map(|(body, reason)| self.send_one(body, reason));
        self.runtime.block_on(stream::iter(requests).buffered(MAX_REQUESTS).collect())
    }

    async fn send_one(&self, body: &str, reason: &str) -> Result<(), QueueError> {
        let reason: String = reason.chars().filter(|character| !character.is_control()).collect();
        let attribute = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(&reason[..reason.floor_char_boundary(MAX_REASON_BYTES)])
            .build()
            .map_err(QueueError::transient)?;
        let request = || self.client.send_message().queue_url(self.url.as_str()).message_body(body);
        let mut sent = request().message_attributes(REASON, attribute).send().await;
        // A body may leave no room for the reason.
        let is_too_long = |message: &str| message.contains("must be shorter") || message.contains("too long");
        if let Err(error) = &sent
            && error.message().is_some_and(is_too_long)
        {
            sent = request().send().await;
        }
        sent.map(drop).map_err(|error| self.explain("sqs:SendMessage", &error))
    }
}
