//! The landing rule of spot prices, as plain functions: claims, stored rows and dumps in, [`Changes`](changes::Changes) out.
//!
//! For each pool and instant one claim wins: that of the dump whose own day is nearest to the instant.
//! Of two equally near days the later one wins, of two revisions of one dump the newer one. A dump is at
//! distance zero from its own day, so there it always wins. What a dump claims about other days is never
//! lost: where another's claim wins, it is deferred, and resolved again should that other dump be replaced.

mod batch;
mod changes;
mod day_rows;
mod dumps;
#[cfg(test)]
mod tests;

pub(super) use batch::Batch;
pub(super) use changes::{Resolver, Tally, resolve};
pub(super) use dumps::{Dump, Dumps, MarketDay, MarketRef};
