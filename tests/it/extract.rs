//! `landfall extract events`: what the files have, and that each day's is written when its rows changed, and only then.

mod changes;
mod endings;
mod files;
mod redshift;
mod s3;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use landfall::feed::events::simulate::{Simulation, objects};
use serde_json::Value;

use crate::support::{Database, Folder, Landfall};

fn simulation(count: u64, days: u32) -> Simulation {
    Simulation {
        count,
        first_day: "2026-11-02".parse().unwrap(),
        days,
        events: ["submission_success", "registration_initiated"].map(str::to_owned).to_vec(),
        devices: ["android", "ios"].map(str::to_owned).to_vec(),
        duplicates: "0.05".parse().unwrap(),
        late: "0.1".parse().unwrap(),
        out_of_order: "0.1".parse().unwrap(),
        malformed: "0.02".parse().unwrap(),
        seed: 16,
    }
}

/// A database with the events of a simulation.
fn simulated(count: u64, days: u32) -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    for object in objects(simulation(count, days).messages(), 1_000) {
        folder.write(&object.name, object.body);
    }
    import(&database, &folder);
    database
}

/// An event as JSON: its id ends in `id`, it was received at `received` of July 2019, such as `01 23:50`.
fn event(id: u32, received: &str, text: &str) -> String {
    format!(
        "{{\"id\": \"0F8B2C6E-7D3A-4C1B-9A55-{id:012X}\", \"anonymous_id\": \"6D2F7C1E-93B4-4A0D-8C57-1E2B3C4D5F60\", \
         \"event\": {text:?}, \"event_text\": \"x\", \"context_device_type\": \"ios\", \"timestamp\": \"2019-07-01 12:00:00\", \
         \"sent_at\": \"2019-07-01 12:00:00.5\", \"received_at\": \"2019-07-{received}:00\"}}\n"
    )
}

fn import(database: &Database, folder: &Folder) {
    Landfall::on(database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
}

/// Extracts to a directory, and returns the report.
fn extract(database: &Database, destination: &Path, options: &[&str]) -> Value {
    let args = [&["--quiet", "extract", "events", "--json"], options].concat();
    Landfall::on(database, &args).arg(destination).run().expect(0).json()
}

/// The days of the files that an extract wrote.
fn days(report: &Value) -> Vec<&str> {
    report["files"].as_array().unwrap().iter().map(|file| file["part"].as_str().unwrap()).collect()
}

/// All files below a directory, by their paths in it.
fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for day in fs::read_dir(folder).unwrap() {
        let day = day.unwrap();
        for file in fs::read_dir(day.path()).unwrap() {
            let file = file.unwrap();
            let name = format!("{}/{}", day.file_name().display(), file.file_name().display());
            files.insert(name, fs::read(file.path()).unwrap());
        }
    }
    files
}

/// The path of the file that a database has recorded for a day.
fn current(database: &Database, destination: &Path, day: &str) -> String {
    let sql = format!(
        "SELECT key FROM extracts WHERE part = '{day}' AND destination = '{}'",
        destination.display()
    );
    destination.join(database.table(&sql).trim()).display().to_string()
}
