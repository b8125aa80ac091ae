//! The file of a part.

use std::io;

use diesel::PgConnection;
use parquet::errors::ParquetError;

use super::csv::CsvFile;
use super::error::TableError;
use crate::feed::{ExtractTable, TablePart};
use crate::parquet_file::{FileKind, ParquetFile};
use crate::sink::{HashedFile, HashingWriter};

/// What files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Parquet, compressed with Snappy.
    Parquet,
    /// CSV.
    Csv,
}

impl FileFormat {
    /// How names of files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
        }
    }
}

/// Writes the rows of a part to a scratch file; returns it, and how many rows it has.
pub(super) fn write(
    reader: &mut PgConnection,
    table: &dyn ExtractTable,
    part: &TablePart,
    format: FileFormat,
) -> Result<(HashedFile, u64), TableError> {
    let mut scratch = HashingWriter::new().map_err(TableError::Scratch)?;
    let rows = match format {
        FileFormat::Parquet => {
            let name = table.row_name();
            let mut file = ParquetFile::new(&mut scratch, &name, table.columns(), FileKind::Extract)
                .map_err(|error| TableError::File(error.into()))?;
            table.rows(reader, part, &mut |row| file.row(row)).map_err(TableError::File)?;
            file.finish().map_err(|error| TableError::File(error.into()))?.rows
        }
        FileFormat::Csv => {
            let mut file = CsvFile::new(&mut scratch, table.columns()).map_err(scratch_error)?;
            table
                .rows(reader, part, &mut |row| {
                    file.row(row).map_err(|error| ParquetError::External(Box::new(error)))
                })
                .map_err(TableError::File)?;
            file.finish().map_err(scratch_error)?
        }
    };
    Ok((scratch.finish().map_err(TableError::Scratch)?, rows))
}

fn scratch_error(error: csv::Error) -> TableError {
    TableError::Scratch(io::Error::from(error))
}
