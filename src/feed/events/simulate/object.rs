//! Messages as objects, one a line: what a consumer of a queue writes.

use super::messages::Message;
use crate::feed::events::object_name;
use crate::hex::hex;
use crate::sha256::Sha256;

/// An object of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name, which follows from its content.
    pub name: String,
    /// Its lines.
    pub body: Vec<u8>,
}

/// Objects of so many messages; the last one may have fewer.
pub fn objects(messages: impl Iterator<Item = Message>, size: usize) -> impl Iterator<Item = Object> {
    let mut messages = messages.peekable();
    std::iter::from_fn(move || {
        messages.peek()?;
        let (mut body, mut last) = (Vec::new(), None);
        for message in messages.by_ref().take(size) {
            body.extend_from_slice(message.body.as_bytes());
            body.push(b'\n');
            last = last.max(Some(message.received_at));
        }
        // It is written on the day of the latest message.
        let day = last?.date_naive();
        let hash = Sha256::digest(&body);
        let batch = hex(&hash[..16]);
        Some(Object { name: object_name(day, &batch), body })
    })
}
