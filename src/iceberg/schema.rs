//! Schemas, and what files are divided by.

use serde_json::{Value, json};

use crate::parquet_file::{Column, Kind};

/// The lowest id of a partition field; the format reserves those below for columns.
const FIRST_PARTITION_ID: usize = 1_000;

/// How the files of a table are divided: by values of some columns.
pub(crate) type Partitioning = &'static [(&'static str, Transform)];

/// What of a column's value divides files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transform {
    /// The value, of a column of texts.
    Identity,
    /// The UTC month of a time or day, counted from January 1970.
    Month,
    /// The UTC day of a time, counted from 1970-01-01.
    Day,
}

impl Transform {
    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Month => "month",
            Self::Day => "day",
        }
    }

    fn avro_type(self) -> Value {
        match self {
            Self::Identity => json!("string"),
            Self::Month => json!("int"),
            Self::Day => json!({ "type": "int", "logicalType": "date" }),
        }
    }
}

/// The id of a column, by which files and schemas of different age find each other: its place, from 1. So columns are only ever
/// added, at the end.
pub(super) fn field_id(index: usize) -> usize {
    index + 1
}

/// The schema of a table, in the JSON of the format, but for its id.
pub(crate) fn schema(columns: &[Column]) -> Value {
    let field = |(index, column): (usize, &Column)| {
        json!({
            "id": field_id(index),
            "name": column.name(),
            "required": !column.is_optional(),
            "type": type_name(column.kind()),
        })
    };
    json!({ "type": "struct", "fields": columns.iter().enumerate().map(field).collect::<Vec<_>>() })
}

fn type_name(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Timestamp => "timestamptz".to_owned(),
        Kind::Integer => "long".to_owned(),
        Kind::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        Kind::Date => "date".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
    }
}

/// The fields of the partitioning: source column, id and name.
fn partition_fields<'p>(
    columns: &'p [Column],
    partitioning: Partitioning,
) -> impl Iterator<Item = (usize, usize, String, Transform)> + 'p {
    partitioning.iter().enumerate().map(|(index, (column, transform))| {
        let source = columns.iter().position(|other| other.name() == *column).map_or(0, field_id);
        let name = match transform {
            Transform::Identity => (*column).to_owned(),
            other => format!("{column}_{}", other.name()),
        };
        (source, FIRST_PARTITION_ID + index, name, *transform)
    })
}

/// The partitioning, in the JSON of the format.
pub(super) fn partition_spec(columns: &[Column], partitioning: Partitioning) -> Value {
    let field = |(source, id, name, transform): (usize, usize, String, Transform)| json!({ "source-id": source, "field-id": id, "name": name, "transform": transform.name() });
    partition_fields(columns, partitioning).map(field).collect()
}

/// The highest id of a partition field.
pub(super) fn last_partition_id(partitioning: Partitioning) -> usize {
    FIRST_PARTITION_ID + partitioning.len() - 1
}

/// The Avro fields of a file's partition.
pub(super) fn partition_record(columns: &[Column], partitioning: Partitioning) -> Value {
    let field = |(_, id, name, transform): (usize, usize, String, Transform)| json!({ "name": name, "type": ["null", transform.avro_type()], "default": null, "field-id": id });
    json!({
        "type": "record",
        "name": "r102",
        "fields": partition_fields(columns, partitioning).map(field).collect::<Vec<_>>(),
    })
}
