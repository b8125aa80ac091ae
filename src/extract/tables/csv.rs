//! Rows as CSV.

use std::io::Write;

use chrono::{DateTime, Days, NaiveDate, SecondsFormat};
use csv::{Terminator, Writer, WriterBuilder};

use crate::parquet_file::{Column, Kind, Value};

/// A file that is being written: UTF-8, with a line of names, and `\n` at the end of each line.
pub(super) struct CsvFile<W: Write> {
    columns: &'static [Column],
    writer: Writer<W>,
    rows: u64,
}

impl<W: Write> CsvFile<W> {
    pub(super) fn new(sink: W, columns: &'static [Column]) -> csv::Result<Self> {
        let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(sink);
        writer.write_record(columns.iter().map(Column::name))?;
        Ok(Self { columns, writer, rows: 0 })
    }

    /// Adds a row: a value for each column.
    pub(super) fn row(&mut self, row: &[Option<Value<'_>>]) -> csv::Result<()> {
        for (column, value) in self.columns.iter().zip(row) {
            match value {
                None => self.writer.write_field("")?,
                Some(Value::Text(text)) => self.writer.write_field(text)?,
                Some(value) => self.writer.write_field(text_of(column.kind(), *value))?,
            }
        }
        self.rows += 1;
        self.writer.write_record(None::<&[u8]>)
    }

    /// Writes the rest; returns how many rows there are.
    pub(super) fn finish(mut self) -> csv::Result<u64> {
        self.writer.flush()?;
        Ok(self.rows)
    }
}

fn text_of(kind: Kind, value: Value<'_>) -> String {
    match (value, kind) {
        (Value::Text(text), _) => text.to_owned(),
        (Value::Decimal(units), Kind::Decimal { scale, .. }) => decimal(units, scale.into()),
        (Value::Decimal(number) | Value::Integer(number), _) => number.to_string(),
        (Value::Timestamp(micros), _) => DateTime::from_timestamp_micros(micros)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            .unwrap_or_default(),
        (Value::Date(days), _) => {
            let epoch = NaiveDate::default();
            let distance = Days::new(days.unsigned_abs().into());
            let day = if days < 0 { epoch - distance } else { epoch + distance };
            day.to_string()
        }
        (Value::Boolean(value), _) => value.to_string(),
    }
}

fn decimal(units: i64, scale: u32) -> String {
    let (sign, units, unit) = (if units < 0 { "-" } else { "" }, units.unsigned_abs(), 10_u64.pow(scale));
    format!("{sign}{}.{:0width$}", units / unit, units % unit, width = scale as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_exact() {
        let price = Kind::Decimal { precision: 14, scale: 6 };
        for (kind, value, text) in [
            (price, Value::Decimal(1), "0.000001"),
            (price, Value::Decimal(-12_345_678), "-12.345678"),
            (Kind::Date, Value::Date(-1), "1969-12-31"),
            (Kind::Date, Value::Date(20_000), "2024-10-04"),
            (Kind::Timestamp, Value::Timestamp(1_000_000), "1970-01-01T00:00:01Z"),
            (Kind::Timestamp, Value::Timestamp(1_000_001), "1970-01-01T00:00:01.000001Z"),
            (Kind::Boolean, Value::Boolean(true), "true"),
            (Kind::Integer, Value::Integer(-7), "-7"),
        ] {
            assert_eq!(text_of(kind, value), text);
        }
    }
}
