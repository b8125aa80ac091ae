//! Writes a file, row group by row group.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, GzipLevel};
use parquet::errors::Result;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use super::bounds::{Bounds, bounds};
use super::column::{Column, Value};
use super::row_group::RowGroup;

/// What wrote the file. Not the version of the program: another one that writes the same rows writes the same bytes.
const CREATED_BY: &str = "landfall version 1.0";

/// Limits of a row group, which is in memory until it is written.
const MAX_ROWS: usize = 131_072;
const MAX_BYTES: usize = 16 << 20;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// To be loaded into a warehouse, which takes columns by their places.
    Extract,
    /// Of a table of a lake, which finds columns by ids: their places, from 1.
    LakeTable,
}

impl FileKind {
    fn compression(self) -> Result<Compression> {
        Ok(match self {
            Self::Extract => Compression::SNAPPY,
            // Other levels take twice as long, for files that are a hundredth smaller.
            Self::LakeTable => Compression::GZIP(GzipLevel::try_new(1)?),
        })
    }
}

/// What a file has.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) rows: u64,
    pub(crate) bounds: Vec<Bounds>,
}

/// A file that is being written.
pub(crate) struct ParquetFile<W: Write + Send> {
    columns: &'static [Column],
    writer: SerializedFileWriter<W>,
    group: RowGroup,
    rows: u64,
}

impl<W: Write + Send> ParquetFile<W> {
    /// Begins a file; its schema has a name, as well.
    pub(crate) fn new(sink: W, name: &str, columns: &'static [Column], kind: FileKind) -> Result<Self> {
        let id = |place| (kind == FileKind::LakeTable).then_some(place);
        let fields = columns.iter().zip(1..);
        let fields =
            fields.map(|(column, place)| column.schema(id(place)).map(Arc::new)).collect::<Result<_>>()?;
        let schema = Type::group_type_builder(name).with_fields(fields).build()?;
        let writer = SerializedFileWriter::new(
            sink,
            Arc::new(schema),
            Arc::new(properties(columns, kind.compression()?)),
        )?;
        Ok(Self { columns, writer, group: RowGroup::new(columns), rows: 0 })
    }

    /// Adds a row: a value for each column.
    pub(crate) fn row(&mut self, row: &[Option<Value<'_>>]) -> Result<()> {
        self.group.push(row)?;
        self.rows += 1;
        if self.group.rows() >= MAX_ROWS || self.group.size_in_memory() >= MAX_BYTES {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes the rest; returns what is in the file.
    pub(crate) fn finish(mut self) -> Result<Contents> {
        if self.group.rows() > 0 {
            self.flush()?;
        }
        let metadata = self.writer.close()?;
        Ok(Contents { rows: self.rows, bounds: bounds(self.columns, &metadata) })
    }

    fn flush(&mut self) -> Result<()> {
        let mut group = std::mem::replace(&mut self.group, RowGroup::new(self.columns));
        let mut writer = self.writer.next_row_group()?;
        let mut column = 0;
        while let Some(mut column_writer) = writer.next_column()? {
            group.write(column, &mut column_writer)?;
            column_writer.close()?;
            column += 1;
        }
        writer.close().map(drop)
    }
}

/// What every reader understands, Redshift included: the first version of pages, plain values.
fn properties(columns: &[Column], compression: Compression) -> WriterProperties {
    let builder = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(compression)
        .set_encoding(Encoding::PLAIN)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    columns
        .iter()
        .fold(builder, |builder, column| {
            builder.set_column_dictionary_enabled(ColumnPath::from(column.name), column.repeats)
        })
        .build()
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    use super::super::column::Kind;
    use super::*;

    const COLUMNS: [Column; 2] =
        [Column::new("text", Kind::Text), Column::new("number", Kind::Integer).optional()];

    #[test]
    fn rows_are_written_before_they_fill_the_memory() {
        let mut bytes = Vec::new();
        let mut file = ParquetFile::new(&mut bytes, "row", &COLUMNS, FileKind::Extract).unwrap();
        let texts: Vec<String> = (0..40_usize).map(|row| row.to_string().repeat(500_000)).collect();
        for (row, text) in texts.iter().enumerate() {
            file.row(&[Some(Value::Text(text)), (row % 3 > 0).then_some(Value::Integer(row as i64))])
                .unwrap();
        }
        assert_eq!(file.finish().unwrap().rows, 40);
        let temporary = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut &temporary, &bytes).unwrap();
        let reader = SerializedFileReader::new(temporary).unwrap();
        assert!((2..5).contains(&reader.num_row_groups()), "{}", reader.num_row_groups());
        let mut read = 0;
        for (row, text) in reader.get_row_iter(None).unwrap().zip(&texts) {
            assert!(row.unwrap().get_string(0).unwrap() == text);
            read += 1;
        }
        assert_eq!(read, 40);
    }

    #[test]
    fn a_row_has_a_value_of_the_kind_of_each_column() {
        let mut file = ParquetFile::new(Vec::new(), "row", &COLUMNS, FileKind::Extract).unwrap();
        let text = Some(Value::Text("a"));
        assert!(file.row(&[text]).is_err());
        assert!(file.row(&[None, None]).is_err());
        assert!(
            ParquetFile::new(Vec::new(), "row", &COLUMNS, FileKind::Extract)
                .unwrap()
                .row(&[text, text])
                .is_err()
        );
    }
}
