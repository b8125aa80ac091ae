//! `landfall extract spot` and `landfall extract freight`: files have what Postgres answers, and are written when that changed.

mod changes;
pub(crate) mod redshift;
mod rows;

use std::path::Path;

use serde_json::Value;

use crate::support::{Database, Folder, Landfall};

/// Two markets, from the middle of one month to that of the third, and freight rates.
fn landed() -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    simulate(
        &folder,
        &[
            "--first-day",
            "2026-01-20",
            "--days",
            "50",
            "--pools",
            "9",
            "--region",
            "eu-west-3",
            "--region",
            "us-east-1",
        ],
    );
    // A day whose dump is missing.
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.to_str().unwrap().contains("20260203") {
            std::fs::remove_file(path).unwrap();
        }
    }
    import(&database, folder.path());
    import(&database, &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freight"));
    database
}

fn simulate(folder: &Folder, options: &[&str]) {
    Landfall::bare(&[&["--quiet", "simulate"], options].concat()).arg(folder.path()).run().expect(0);
}

fn import(database: &Database, source: &Path) {
    Landfall::on(database, &["--quiet", "import"]).arg(source).run().expect(0);
}

/// Extracts to a directory, and returns the report.
#[track_caller]
fn extract(database: &Database, destination: &Path, options: &[&str]) -> Value {
    let args = [&["--quiet", "extract"], options, &["--json"]].concat();
    Landfall::on(database, &args).arg(destination).run().expect(0).json()
}

/// The parts that an extract wrote.
fn parts(report: &Value) -> Vec<&str> {
    report["files"].as_array().unwrap().iter().map(|file| file["part"].as_str().unwrap()).collect()
}

fn urls(report: &Value) -> Vec<&str> {
    report["files"].as_array().unwrap().iter().map(|file| file["url"].as_str().unwrap()).collect()
}
