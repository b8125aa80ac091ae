//! Sends messages.

use std::thread;
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::error::{self, QueueError};
use super::{MAX_BATCH, Queue};

/// How often a message is sent that SQS does not take.
const ATTEMPTS: u32 = 6;
/// Before the second attempt; it doubles before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl Queue {
    /// Sends messages, ten a request. Those that SQS does not take are sent again for some seconds.
    ///
    /// # Errors
    ///
    /// Some may have been sent, and those whose response was lost even twice.
    pub fn send(&self, bodies: &[impl AsRef<str>]) -> Result<(), QueueError> {
        bodies.chunks(MAX_BATCH).try_for_each(|batch| {
            let mut remaining: Vec<&str> = batch.iter().map(AsRef::as_ref).collect();
            let mut pause = FIRST_PAUSE;
            for attempt in 1.. {
                match self.send_once(&mut remaining) {
                    Ok(()) => break,
                    Err(QueueError::Transient(_)) if attempt < ATTEMPTS => {
                        thread::sleep(pause);
                        pause *= 2;
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    /// Sends up to ten messages in one request; those that SQS did not take remain.
    fn send_once(&self, bodies: &mut Vec<&str>) -> Result<(), QueueError> {
        let entry = |(number, body): (usize, &&str)| {
            SendMessageBatchRequestEntry::builder().id(number.to_string()).message_body(*body).build()
        };
        let entries = bodies.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>();
        let entries = entries.map_err(QueueError::transient)?;
        let request = self.client.send_message_batch().queue_url(self.url.as_str());
        let sent = self.runtime.block_on(request.set_entries(Some(entries)).send());
        let sent = sent.map_err(|error| self.explain("sqs:SendMessage", &error))?;
        let mut number = 0_usize..;
        bodies.retain(|_| {
            let number = number.next().unwrap_or_default().to_string();
            sent.failed.iter().any(|failed| failed.id() == number)
        });
        error::of_first(&sent.failed).map_or(Ok(()), Err)
    }
}
