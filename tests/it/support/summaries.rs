//! Summaries of what has landed, as the migration writes them.

use super::Database;

const MIGRATION: &str = include_str!("../../../migrations/2026-11-21-000005_spot_summaries/up.sql");

/// Writes the summaries of a database anew.
pub(crate) fn summarise(database: &Database) {
    let insert = &MIGRATION[MIGRATION.find("INSERT INTO spot_summaries").unwrap()..];
    let insert = insert.split_inclusive(';').next().unwrap();
    database.execute(&format!("BEGIN; TRUNCATE spot_summaries; {insert} COMMIT"));
}
