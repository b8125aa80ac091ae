//! Reads and writes the tables of freight rates while batches are imported.

pub(super) mod locations;
pub(super) mod prices;
