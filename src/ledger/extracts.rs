//! What was extracted of a table's parts: the latest file of each, at each destination.

use std::collections::HashMap;

use chrono::Utc;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::schema::extracts;

/// A file that was extracted.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = extracts)]
pub struct Extract {
    /// The part that it has.
    pub part: String,
    /// How often the part's rows had changed.
    pub changes: i64,
    /// Its key at the destination.
    pub key: String,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Rows in it.
    pub records: i64,
    /// Its size in bytes.
    pub size: i64,
}

/// What a destination has of each part: the state of the part that was recorded with its file.
pub fn extracted_parts(
    connection: &mut PgConnection,
    feed: &str,
    destination: &str,
) -> QueryResult<HashMap<String, i64>> {
    let parts: Vec<(String, i64)> = extracts::table
        .filter(extracts::feed.eq(feed).and(extracts::destination.eq(destination)))
        .select((extracts::part, extracts::changes))
        .load(connection)?;
    Ok(parts.into_iter().collect())
}

/// Records files, each in place of the one before it.
pub fn record_extracts(
    connection: &mut PgConnection,
    feed: &str,
    destination: &str,
    files: &[Extract],
) -> QueryResult<()> {
    let now = Utc::now();
    connection.transaction(|connection| {
        for file in files {
            let place = (extracts::feed.eq(feed), extracts::destination.eq(destination));
            diesel::insert_into(extracts::table)
                .values((place, file, extracts::extracted_at.eq(now)))
                .on_conflict((extracts::feed, extracts::destination, extracts::part))
                .do_update()
                .set((
                    extracts::changes.eq(excluded(extracts::changes)),
                    extracts::key.eq(excluded(extracts::key)),
                    extracts::sha256.eq(excluded(extracts::sha256)),
                    extracts::records.eq(excluded(extracts::records)),
                    extracts::size.eq(excluded(extracts::size)),
                    extracts::extracted_at.eq(excluded(extracts::extracted_at)),
                ))
                .execute(connection)?;
        }
        Ok(())
    })
}
