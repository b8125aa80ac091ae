//! `landfall publish`: tables that readers of others find whole at any moment, with every row once.
//!
//! `reader.py` reads them as the specification of Iceberg says, with others' readers of Avro and Parquet. What whole engines make of
//! them is tested by `scripts/test-lake`.

mod expiry;
mod glue;
mod kills;
mod refused;
mod revisions;
mod rows;
mod s3;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Database, Folder, Landfall, TestS3, import, json, python};

/// Runs it, and returns the report of each table.
#[track_caller]
fn publish(database: &Database, destination: &Path, options: &[&str]) -> Vec<Value> {
    let args = [&["--quiet", "publish", "--json"], options].concat();
    let reports = Landfall::on(database, &args).arg(destination).run().expect(0).json();
    reports.as_array().unwrap().clone()
}

/// A table as a reader finds it.
#[derive(Debug)]
struct Table {
    /// The snapshots, oldest first; the last one is current.
    snapshots: Vec<Snapshot>,
}

#[derive(Debug, PartialEq)]
struct Snapshot {
    id: i64,
    /// `landfall.ledger-id`.
    ledger_id: i64,
    /// Its live files.
    files: Vec<String>,
    /// Their rows as text, sorted.
    rows: Vec<String>,
}

impl Table {
    /// Reads the table that metadata at a URL describe. What the URL begins with stands for a folder.
    fn read(metadata: &str, place: (&str, &Path)) -> Self {
        Self::read_some(metadata, place, "all")
    }

    fn read_some(metadata: &str, (prefix, folder): (&str, &Path), which: &str) -> Self {
        let folder = folder.to_str().unwrap();
        let printed = python(include_str!("publish/reader.py"), &[metadata, prefix, folder, which]);
        let table: Value = serde_json::from_str(&printed).unwrap();
        let texts = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let snapshots = table.as_array().unwrap().iter().map(|snapshot| Snapshot {
            id: snapshot["id"].as_i64().unwrap(),
            ledger_id: snapshot["summary"]["landfall.ledger-id"].as_str().unwrap().parse().unwrap(),
            files: texts(&snapshot["files"]),
            rows: texts(&snapshot["rows"]),
        });
        Self { snapshots: snapshots.collect() }
    }

    /// Reads the table that the catalog in the database points to, whose files are where they say.
    fn of(database: &Database, feed: &str) -> Self {
        Self::read(&pointer(database, feed), ("file://", Path::new("/")))
    }

    /// The current snapshot alone: files of others may be lost.
    fn current_of(database: &Database, feed: &str) -> Snapshot {
        let table = Self::read_some(&pointer(database, feed), ("file://", Path::new("/")), "current");
        table.snapshots.into_iter().next_back().unwrap()
    }

    /// The same, of files in a bucket.
    fn in_bucket(database: &Database, s3: &TestS3) -> Self {
        let folder = Folder::new();
        for (key, body) in s3.objects("lake") {
            let path = folder.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, body).unwrap();
        }
        Self::read(&pointer(database, "spot"), ("s3://lake", folder.path()))
    }

    fn current(&self) -> &Snapshot {
        self.snapshots.last().unwrap()
    }
}

/// URL of the current metadata, by the catalog in the database.
fn pointer(database: &Database, feed: &str) -> String {
    let location = database.table(&format!(
        "SELECT metadata_location FROM iceberg_tables
         WHERE (catalog_name, table_namespace, table_name, iceberg_type) = ('landfall', 'feeds', '{feed}', 'TABLE')"
    ));
    location.trim().to_owned()
}

/// The rows that users see of spot prices, as the reader writes them.
fn spot_rows(database: &Database) -> Vec<String> {
    sorted(&database.table(
        "SELECT account_id, region, availability_zone, instance_type, product_description, price,
                (extract(epoch FROM \"timestamp\") * 1000000)::bigint AS at
         FROM spot_prices",
    ))
}

fn sorted(table: &str) -> Vec<String> {
    let mut lines: Vec<String> = table.lines().map(ToOwned::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The dump of a day in the middle of a month, with one price.
fn write_dump(folder: &Folder, month: &str, price: &str) {
    let name = crate::support::dump_name(&format!("{month}-15"));
    folder.write(&name, json(&[("a", &format!("{month}-15 10:00:00"), price)]));
}

/// Lands the dumps of a folder.
fn land(database: &Database, folder: &Folder) {
    let report = import(database, &[folder.path()]);
    assert!(report.rejected.is_empty() && report.failed.is_empty(), "{report:?}");
}
