//! Freight rates: prices between ports, per day, in batches, with their ports and regions.

mod batch;
mod batch_builder;
mod code;
mod copy_text;
mod csv_rows;
mod decode;
pub(crate) mod extract;
mod feed;
mod fields;
mod json;
mod key;
mod lake;
mod location;
mod pg_dump;
mod price;
mod spill_file;
mod statement;
mod store;
mod table;
mod tree;
mod write;

pub use batch::FreightBatch;
pub use decode::decode;
pub use feed::Freight;
pub use key::{Format, upload_name};
