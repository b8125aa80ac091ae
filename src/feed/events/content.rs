//! What an object of events says.

use uuid::Uuid;

use super::rows::{EncodedRows, Place};
use crate::feed::{Content, RejectedRecord};

/// One event: what decides whether its row is stored, and where its columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its key.
    pub id: Uuid,
    /// When the collector of the application received it, in microseconds since 1970.
    pub received_at: i64,
    /// The first half of a SHA-256 of its columns: equal events have equal digests.
    pub digest: Uuid,
    /// Where its columns are in [`EventsObject::rows`].
    pub(super) place: Place,
}

/// The content of one object.
#[derive(Debug, Default)]
pub struct EventsObject {
    /// In the order of the object, repeats included.
    pub events: Vec<Event>,
    /// All columns but the last, `dump_id`, of every event: as a binary COPY sends them.
    pub(super) rows: EncodedRows,
    /// Records that were rejected alone.
    pub rejected: Vec<RejectedRecord>,
    /// Bytes of these.
    pub(super) rejected_bytes: usize,
}

impl EventsObject {
    /// The columns of one of its events.
    pub(super) fn columns(&self, event: &Event) -> &[u8] {
        self.rows.row(&event.place)
    }

    /// Gives back the room for more events: it may be half of the memory.
    pub(super) fn shrink(&mut self) {
        self.events.shrink_to_fit();
        self.rows.shrink();
    }

    /// Adds a record that is rejected alone.
    pub(super) fn reject(&mut self, record: RejectedRecord) {
        self.rejected_bytes += record.raw.len();
        self.rejected.push(record);
    }
}

impl Content for EventsObject {
    fn records(&self) -> u64 {
        (self.events.len() + self.rejected.len()) as u64
    }

    fn size_in_memory(&self) -> usize {
        self.events.capacity() * size_of::<Event>()
            + self.rows.capacity()
            + self.rejected.capacity() * size_of::<RejectedRecord>()
            + self.rejected_bytes
    }

    fn take_rejected(&mut self) -> Vec<RejectedRecord> {
        self.rejected_bytes = 0;
        std::mem::take(&mut self.rejected)
    }
}
