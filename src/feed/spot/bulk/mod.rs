//! Lands a month of which nothing is stored: its rows go into new tables, in order, which get their indexes once they are full.
//!
//! What dumps say waits in scratch files until all of the month are there ([`Gathered`]). Then, in one transaction, their
//! claims are merged key by key, resolved by the rule that lands batches, and written ([`load()`]). What they say of
//! earlier months lands as a batch does.

mod by_dump;
mod chunks;
mod gathered;
mod load;
mod winners;

pub(super) use gathered::Gathered;
pub(super) use load::load;
