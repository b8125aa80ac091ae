//! Statements that load the files of a manifest into Redshift: once, however often they are run.

use crate::parquet_file::{Column, Kind};

/// The script of a table's files; `conditions` are those of their parts, whose rows they replace.
pub(super) fn load_script(table: &str, columns: &[Column], manifest: &str, conditions: &[String]) -> String {
    let definitions: Vec<String> = columns.iter().map(definition).collect();
    let definitions = definitions.join(",\n    ");
    let parts = conditions.join(")\n    OR (");
    let manifest = manifest.replace('\'', "''");
    let is_new = format!("NOT EXISTS (SELECT 1 FROM landfall_loads WHERE manifest = '{manifest}')");
    format!(
        "-- Run the scripts of a table in the order of their names. One that is run twice changes nothing.
CREATE TABLE IF NOT EXISTS landfall_loads (manifest varchar(1024) NOT NULL, loaded_at timestamp NOT NULL);
CREATE TABLE IF NOT EXISTS {table} (
    {definitions}
);
CREATE TABLE IF NOT EXISTS {table}_staging (LIKE {table});
BEGIN;
LOCK landfall_loads;
DELETE FROM {table}_staging;
COPY {table}_staging FROM '{manifest}'
    IAM_ROLE default FORMAT PARQUET MANIFEST;
DELETE FROM {table} WHERE {is_new} AND (
    ({parts})
);
INSERT INTO {table} SELECT * FROM {table}_staging WHERE {is_new};
INSERT INTO landfall_loads SELECT '{manifest}', getdate() WHERE {is_new};
COMMIT;
"
    )
}

/// A column as Redshift has it.
fn definition(column: &Column) -> String {
    let kind = match column.kind() {
        Kind::Text => format!("varchar({})", column.max_bytes()),
        Kind::Timestamp => "timestamp".to_owned(),
        Kind::Integer => "bigint".to_owned(),
        Kind::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        Kind::Date => "date".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
    };
    let required = if column.is_optional() { "" } else { " NOT NULL" };
    format!("\"{}\" {kind}{required}", column.name())
}
