//! What is said of parts that are left as they are.

use std::io::{self, Write};

use crate::ledger::IncompletePart;

pub(super) fn write(out: &mut dyn Write, parts: &[IncompletePart]) -> io::Result<()> {
    parts.iter().try_for_each(|IncompletePart { part, landed, stored }| {
        writeln!(
            out,
            "{part} stays as it was extracted: of {landed} rows that landed, Postgres has {stored}, because a partition was dropped"
        )
    })
}
