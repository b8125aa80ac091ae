//! Files for others: `monthly/` has files of months, whose names stay; `tables/` has those of events, prices and rates, named by
//! their content, and written again only when their rows changed.

mod incomplete;
mod manifest;
pub mod monthly;
pub mod tables;
mod url;
