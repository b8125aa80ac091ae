//! Tables that point to the metadata of Iceberg tables.

use serde_json::{Value, json};

use super::client::Glue;
use super::error::GlueError;
use crate::parquet_file::{Column, Kind};

/// Attempts where somebody else changes the table at the same time.
const ATTEMPTS: usize = 5;

/// An Iceberg table, as Glue is told of it.
#[derive(Clone, Copy, Debug)]
pub struct IcebergTable<'t> {
    /// Database in Glue.
    pub database: &'t str,
    /// Table in it.
    pub table: &'t str,
    /// Where it is, as a URL.
    pub location: &'t str,
    /// URL of its current metadata.
    pub metadata: &'t str,
    /// Its columns, which Glue shows; engines read those of the metadata.
    pub(crate) columns: &'t [Column],
}

/// Points the table to its current metadata, until it does; creates it if there is none. Returns whether anything had to change.
///
/// # Errors
///
/// Also if there is a table of that name at another location.
pub fn point_to(glue: &Glue, table: &IcebergTable<'_>) -> Result<bool, GlueError> {
    let IcebergTable { database, table: name, location, metadata, .. } = *table;
    let is_code = |error: &GlueError, expected: &str| matches!(error, GlueError::Rejected { code, .. } if code == expected);
    for _ in 0..ATTEMPTS {
        let found = match glue.call("GetTable", &json!({ "DatabaseName": database, "Name": name })) {
            Ok(found) => found["Table"].clone(),
            Err(error) if is_code(&error, "EntityNotFoundException") => Value::Null,
            Err(error) => return Err(error),
        };
        let changed = if found.is_null() {
            glue.call("CreateTable", &json!({ "DatabaseName": database, "TableInput": input(table, None) }))
        } else {
            let pointer = found["Parameters"]["metadata_location"].as_str().unwrap_or_default();
            if pointer == metadata {
                return Ok(false);
            }
            if !pointer.starts_with(&format!("{location}/metadata/")) {
                let other = if pointer.is_empty() { "no Iceberg table" } else { pointer };
                let (database, table) = (database.to_owned(), name.to_owned());
                return Err(GlueError::OtherTable { database, table, other: other.to_owned() });
            }
            let mut request = json!({
                "DatabaseName": database,
                "TableInput": input(table, Some(pointer)),
                "SkipArchive": true,
            });
            // With it, Glue rejects an update of what somebody else has changed meanwhile.
            if let Some(version) = found["VersionId"].as_str() {
                request["VersionId"] = version.into();
            }
            glue.call("UpdateTable", &request)
        };
        match changed {
            Err(error)
                if is_code(&error, "AlreadyExistsException")
                    || is_code(&error, "ConcurrentModificationException") => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(true),
        }
    }
    Err(GlueError::Contended(format!("{database}.{name}")))
}

fn input(table: &IcebergTable<'_>, previous: Option<&str>) -> Value {
    let column = |column: &Column| json!({ "Name": column.name(), "Type": type_name(column.kind()) });
    let mut parameters = json!({ "table_type": "ICEBERG", "metadata_location": table.metadata });
    if let Some(previous) = previous {
        parameters["previous_metadata_location"] = previous.into();
    }
    json!({
        "Name": table.table,
        "Description": "Published by Landfall, which alone may write it",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "StorageDescriptor": {
            "Location": table.location,
            "Columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        },
    })
}

fn type_name(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Timestamp => "timestamp".to_owned(),
        Kind::Integer => "bigint".to_owned(),
        Kind::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        Kind::Date => "date".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
    }
}
