//! The limit: binary `\copy` of what an import stored, into tables of the same form.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use landfall::db::{self, DatabaseUrl};

use crate::support::Bench;

/// Of the rows.
const COLUMNS: &str = "observed_at, pool_id, dump_id, price";

impl Bench {
    /// Makes the months from one to another, which an import makes itself.
    pub(crate) fn make_months(
        &self,
        database: &DatabaseUrl,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<()> {
        Ok(db::connect(database)?.batch_execute(&format!(
            "SELECT spot_ensure_month(month::date)
             FROM generate_series(date_trunc('month', timestamp '{first}'), timestamp '{last}', '1 month') AS month"
        ))?)
    }

    /// Writes the rows that a condition selects to a file, in the order of their keys, month by month.
    pub(crate) fn write_rows(&self, database: &DatabaseUrl, condition: &str) -> Result<PathBuf> {
        let query = format!(
            "SELECT {COLUMNS} FROM spot_observations WHERE {condition}
             ORDER BY date_trunc('month', observed_at), pool_id, observed_at"
        );
        self.write(database, &query, "rows")
    }

    /// Writes the summaries to a file, in the order of their keys.
    pub(crate) fn write_summaries(&self, database: &DatabaseUrl) -> Result<PathBuf> {
        self.write(
            database,
            "SELECT * FROM spot_summaries ORDER BY account_id, region, day, piece",
            "summaries",
        )
    }

    fn write(&self, database: &DatabaseUrl, query: &str, name: &str) -> Result<PathBuf> {
        let file = self.folder.join(name);
        let query = query.replace('\n', " ");
        self.psql(database, &format!("\\copy ({query}) TO '{}' (FORMAT binary)", file.display()))?;
        Ok(file)
    }

    /// Copies a file of rows into a database, and removes the file; returns the seconds it took.
    pub(crate) fn copy_rows(&self, database: &DatabaseUrl, file: &Path) -> Result<f64> {
        self.copy(database, &format!("spot_observations ({COLUMNS})"), file)
    }

    /// Copies a file of summaries into a database, and removes the file; returns the seconds it took.
    pub(crate) fn copy_summaries(&self, database: &DatabaseUrl, file: &Path) -> Result<f64> {
        self.copy(database, "spot_summaries", file)
    }

    fn copy(&self, database: &DatabaseUrl, table: &str, file: &Path) -> Result<f64> {
        let seconds =
            self.psql(database, &format!("\\copy {table} FROM '{}' (FORMAT binary)", file.display()))?;
        fs::remove_file(file)?;
        Ok(seconds)
    }

    pub(crate) fn rows(&self, database: &DatabaseUrl) -> Result<i64> {
        self.number(database, "SELECT count(*) FROM spot_observations")
    }
}
