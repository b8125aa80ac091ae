//! Rows that are not written yet, column by column.

use std::iter;

use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::SerializedColumnWriter;

use super::column::{Column, Kind, Value};

/// Texts one after another, and where each ends: an allocation for each would take several times as much.
#[derive(Debug, Default)]
struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// The values of a column.
#[derive(Debug)]
enum Values {
    Texts(Texts),
    Integers(Vec<i64>),
    Dates(Vec<i32>),
    Booleans(Vec<bool>),
}

/// A column of the rows.
#[derive(Debug)]
struct Buffer {
    name: &'static str,
    values: Values,
    /// For each row, whether there is a value (1) or none (0), if there may be none.
    levels: Option<Vec<i16>>,
}

/// Some rows.
#[derive(Debug)]
pub(super) struct RowGroup {
    buffers: Vec<Buffer>,
    rows: usize,
    /// Bytes of their values in memory.
    bytes: usize,
}

impl RowGroup {
    pub(super) fn new(columns: &[Column]) -> Self {
        let buffer = |column: &Column| Buffer {
            name: column.name,
            values: match column.kind {
                Kind::Text => Values::Texts(Texts::default()),
                Kind::Timestamp | Kind::Integer | Kind::Decimal { .. } => Values::Integers(Vec::new()),
                Kind::Date => Values::Dates(Vec::new()),
                Kind::Boolean => Values::Booleans(Vec::new()),
            },
            levels: column.is_optional.then(Vec::new),
        };
        Self { buffers: columns.iter().map(buffer).collect(), rows: 0, bytes: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn size_in_memory(&self) -> usize {
        self.bytes
    }

    /// Adds a row: a value for each column.
    pub(super) fn push(&mut self, row: &[Option<Value<'_>>]) -> Result<()> {
        if row.len() != self.buffers.len() {
            let columns = self.buffers.len();
            return Err(ParquetError::General(format!("a row has {} of {columns} columns", row.len())));
        }
        for (buffer, value) in self.buffers.iter_mut().zip(row) {
            self.bytes += buffer.push(*value)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The values of one column go to its writer; they are gone then.
    pub(super) fn write(&mut self, column: usize, writer: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let Buffer { values, levels, .. } = &mut self.buffers[column];
        let levels = levels.take();
        let levels = levels.as_deref();
        match values {
            Values::Texts(texts) => {
                writer.typed::<ByteArrayType>().write_batch(&std::mem::take(texts).values(), levels, None)
            }
            Values::Integers(integers) => {
                writer.typed::<Int64Type>().write_batch(&std::mem::take(integers), levels, None)
            }
            Values::Dates(dates) => {
                writer.typed::<Int32Type>().write_batch(&std::mem::take(dates), levels, None)
            }
            Values::Booleans(booleans) => {
                writer.typed::<BoolType>().write_batch(&std::mem::take(booleans), levels, None)
            }
        }
        .map(drop)
    }
}

impl Texts {
    /// As the writer takes them: parts of what is one allocation.
    fn values(self) -> Vec<ByteArray> {
        let bytes = ByteArray::from(self.bytes);
        let begins = iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| bytes.slice(begin, end - begin)).collect()
    }
}

impl Buffer {
    /// Returns the bytes that the value takes in memory.
    fn push(&mut self, value: Option<Value<'_>>) -> Result<usize> {
        match (&mut self.levels, value) {
            (Some(levels), _) => levels.push(i16::from(value.is_some())),
            (None, Some(_)) => {}
            (None, None) => {
                return Err(ParquetError::General(format!("{} must have a value", self.name)));
            }
        }
        let Some(value) = value else { return Ok(size_of::<i16>()) };
        Ok(match (&mut self.values, value) {
            (Values::Texts(texts), Value::Text(text)) => {
                texts.bytes.extend_from_slice(text.as_bytes());
                texts.ends.push(texts.bytes.len());
                size_of::<usize>() + text.len()
            }
            (
                Values::Integers(integers),
                Value::Timestamp(value) | Value::Integer(value) | Value::Decimal(value),
            ) => {
                integers.push(value);
                size_of::<i64>()
            }
            (Values::Dates(dates), Value::Date(value)) => {
                dates.push(value);
                size_of::<i32>()
            }
            (Values::Booleans(booleans), Value::Boolean(value)) => {
                booleans.push(value);
                size_of::<bool>()
            }
            (_, value) => {
                return Err(ParquetError::General(format!("{} cannot have {value:?}", self.name)));
            }
        })
    }
}
