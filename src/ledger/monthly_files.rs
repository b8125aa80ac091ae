//! Files of months that keep their names: every revision of each, by output and destination.

use std::collections::{BTreeSet, HashMap};

use chrono::{NaiveDate, Utc};
use diesel::prelude::*;

use crate::db::schema::extract_files;

/// A revision of a file.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = extract_files)]
pub struct MonthlyFile {
    /// What it is about.
    pub part: String,
    /// 1, and one more each time that other bytes took the place of the file.
    pub revision: i32,
    /// Its key at the destination.
    pub key: String,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Rows in it.
    pub records: i64,
    /// Its size in bytes.
    pub size: i64,
}

/// The first days of the months that a destination has files of.
pub fn months_with_files(
    connection: &mut PgConnection,
    output: &str,
    destination: &str,
) -> QueryResult<BTreeSet<NaiveDate>> {
    let months: Vec<NaiveDate> = extract_files::table
        .filter(extract_files::output.eq(output).and(extract_files::destination.eq(destination)))
        .select(extract_files::month)
        .distinct()
        .load(connection)?;
    Ok(months.into_iter().collect())
}

/// The latest revision of each file of a month, by its part.
pub fn files_of_month(
    connection: &mut PgConnection,
    output: &str,
    destination: &str,
    month: NaiveDate,
) -> QueryResult<HashMap<String, MonthlyFile>> {
    let files: Vec<MonthlyFile> = extract_files::table
        .filter(extract_files::output.eq(output).and(extract_files::destination.eq(destination)))
        .filter(extract_files::month.eq(month))
        .order(extract_files::revision)
        .select(MonthlyFile::as_select())
        .load(connection)?;
    Ok(files.into_iter().map(|file| (file.part.clone(), file)).collect())
}

/// Records new revisions of a month's files: all or none.
pub fn record_monthly_files(
    connection: &mut PgConnection,
    output: &str,
    destination: &str,
    month: NaiveDate,
    files: &[MonthlyFile],
) -> QueryResult<()> {
    let now = Utc::now();
    let place = (
        extract_files::output.eq(output),
        extract_files::destination.eq(destination),
        extract_files::month.eq(month),
        extract_files::written_at.eq(now),
    );
    connection.transaction(|connection| {
        for file in files {
            diesel::insert_into(extract_files::table).values((file, place)).execute(connection)?;
        }
        Ok(())
    })
}
