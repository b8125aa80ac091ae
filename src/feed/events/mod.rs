//! Application events: objects with one JSON event a line, in which each event counts once, by its id.

pub mod chart;
mod columns;
mod content;
mod decode;
mod event;
pub mod extract;
mod feed;
mod fields;
mod key;
mod lake;
mod numbers;
pub mod query;
mod rows;
pub mod simulate;
mod store;
mod timestamp;
mod write;

pub use content::{Event, EventsObject};
pub use decode::{check, decode};
pub use feed::Events;
pub use key::{malformed_name, object_name};
