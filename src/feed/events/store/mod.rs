//! The tables: `events` has the event that counts, `event_ids` its id, `event_claims` every other delivery of it.

pub(super) mod claims;
pub(super) mod days;
pub(super) mod ids;
pub(super) mod rows;
