//! Tables of prices that are extracted: records, and summaries of days and months.

mod parts;
mod records;
mod selection;
mod summaries;

pub(crate) use records::RecordsTable;
pub(crate) use summaries::{Summaries, SummariesTable};
