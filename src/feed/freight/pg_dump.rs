//! The text `pg_dump` writes: the rows of ports, regions and prices are read, everything else is skipped.

use std::collections::BTreeSet;

use crate::feed::signature::Text;
use crate::feed::{DecodeError, RecordError};

use super::batch_builder::BatchBuilder;
use super::copy_text;
use super::location::At;
use super::statement::{self, Copy};
use super::table::{Columns, Table};
use crate::feed::lines::Lines;

/// The first and the last line that `pg_dump` writes.
const FIRST_LINE: &[u8] = b"-- PostgreSQL database dump";
const LAST_LINE: &[u8] = b"-- PostgreSQL database dump complete";

/// Reads a dump.
pub(super) fn read(mut text: Text<'_>, builder: &mut BatchBuilder) -> Result<(), DecodeError> {
    DumpReader {
        lines: Lines::new(&mut text.body, text.offset),
        builder,
        records: [0; 3],
        skipped: Skipped::default(),
    }
    .read()
}

struct DumpReader<'a, 'r> {
    lines: Lines<'r>,
    builder: &'a mut BatchBuilder,
    /// Rows of each table so far.
    records: [u64; 3],
    skipped: Skipped,
}

/// Names of what was skipped.
#[derive(Default)]
struct Skipped {
    tables: BTreeSet<String>,
    statements: BTreeSet<String>,
}

impl DumpReader<'_, '_> {
    fn read(mut self) -> Result<(), DecodeError> {
        let (mut found, mut begun, mut complete) = (false, false, false);
        // Whether the line before ended its statement. It decides what is logged as skipped, not what is read:
        // no heading of rows may be missed because a statement before it ended in an unforeseen way.
        let mut between = true;
        while let Some(line) = self.lines.next()? {
            begun |= line.bytes == FIRST_LINE;
            complete |= line.bytes == LAST_LINE;
            let starts_with = |start: &[u8]| line.bytes.starts_with(start);
            if line.bytes.trim_ascii().is_empty() || starts_with(b"--") || starts_with(b"\\") {
                continue;
            }
            let begins = std::mem::replace(&mut between, line.bytes.trim_ascii_end().ends_with(b";"));
            let offset = line.offset;
            let text = String::from_utf8_lossy(line.bytes);
            if let Some(Copy { table, columns }) = statement::copy(&text) {
                match Table::of(&table) {
                    Some(table) => {
                        found = true;
                        self.read_rows(table, &columns, offset)?;
                    }
                    None => self.skip_rows(table)?,
                }
            } else if let Some(reason) = unreadable(&text) {
                return Err(self.error(reason, offset));
            } else if begins {
                self.skipped.statements.insert(statement::name(&text));
            }
        }
        if begun && !complete {
            return Err(self.cut_off("its last line is missing"));
        }
        if !found {
            let reason =
                "there is no COPY of ports, regions or prices in it: write it with pg_dump in plain format";
            return Err(RecordError { reason: reason.to_owned(), ..RecordError::default() }.into());
        }
        self.skipped.log();
        Ok(())
    }

    fn read_rows(&mut self, table: Table, columns: &[String], offset: u64) -> Result<(), DecodeError> {
        let columns = match Columns::of(table, columns) {
            Ok(columns) => columns,
            Err(reason) => return Err(self.error(reason, offset)),
        };
        while let Some(line) = self.lines.next()? {
            if line.bytes == copy_text::END_OF_ROWS {
                return Ok(());
            }
            let record = &mut self.records[table as usize];
            let at = At { record: *record, offset: line.offset };
            *record += 1;
            columns.take(self.builder, at, &line)?;
        }
        Err(self.cut_off(&format!("the rows of {} do not end", table.name())))
    }

    fn skip_rows(&mut self, table: String) -> Result<(), DecodeError> {
        while let Some(line) = self.lines.next()? {
            if line.bytes == copy_text::END_OF_ROWS {
                self.skipped.tables.insert(table);
                return Ok(());
            }
        }
        Err(self.cut_off(&format!("the rows of {table} do not end")))
    }

    fn cut_off(&mut self, how: &str) -> DecodeError {
        let end = self.lines.offset();
        self.error(format!("the dump is cut off: {how}"), end)
    }

    fn error(&mut self, reason: String, offset: u64) -> DecodeError {
        self.builder.fail(RecordError { reason, offset: Some(offset), ..RecordError::default() })
    }
}

/// Why a dump with this statement is rejected, if it is.
fn unreadable(statement: &str) -> Option<String> {
    if let Some(table) = statement::insert(statement).filter(|table| Table::of(table).is_some()) {
        return Some(format!("the rows of {table} are INSERT statements: write the dump without --inserts"));
    }
    statement::encoding(statement)
        .filter(|encoding| !matches!(*encoding, "UTF8" | "SQL_ASCII"))
        .map(|encoding| format!("the dump is in {encoding}: write it with --encoding=UTF8"))
}

impl Skipped {
    fn log(mut self) {
        self.statements.remove("");
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
        let (tables, statements) = (list(self.tables), list(self.statements));
        if !(tables.is_empty() && statements.is_empty()) {
            tracing::info!(tables, statements, "skipped in the dump");
        }
    }
}
