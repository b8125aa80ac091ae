//! Dumps for tests, written out by hand.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use landfall::feed::spot::simulate::Simulation;
use tempfile::TempDir;

/// A record: a pool by its letter, a time, a price.
pub(crate) type Quote<'a> = (&'a str, &'a str, &'a str);

/// `spotprices_<day without dashes>_<account>_eu-west-3.json`.
pub(crate) fn dump_name(day: &str) -> String {
    dump_name_of("123456789012", day)
}

/// `spotprices_<day without dashes>_<account>_eu-west-3.json`, for another account.
pub(crate) fn dump_name_of(account: &str, day: &str) -> String {
    format!("spotprices_{}_{account}_eu-west-3.json", day.replace('-', ""))
}

/// A folder to import from.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The dumps of a simulation.
    pub(crate) fn simulated(simulation: &Simulation) -> Self {
        let folder = Self::new();
        for dump in simulation.dumps() {
            dump.write_json(&mut File::create(folder.path().join(&dump.name)).unwrap()).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, which becomes newer than anything written before.
    pub(crate) fn write(&self, name: &str, body: impl AsRef<[u8]>) -> PathBuf {
        static CLOCK: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1_600_000_000);
        let second = CLOCK.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.write_at(name, body, second)
    }

    /// Writes a file with a modification time, in seconds since 1970.
    pub(crate) fn write_at(&self, name: &str, body: impl AsRef<[u8]>, second: u64) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, body).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(second)).unwrap();
        path
    }

    /// Writes the dump of a day.
    pub(crate) fn dump(&self, day: &str, quotes: &[Quote<'_>]) -> PathBuf {
        self.write(&dump_name(day), json(quotes))
    }
}

/// The body of a dump; pool `a` is in zone eu-west-3a, and so on.
pub(crate) fn json(quotes: &[Quote<'_>]) -> String {
    let records: Vec<String> = quotes
        .iter()
        .map(|(pool, at, price)| {
            format!(
                r#"{{"AvailabilityZone":"eu-west-3{pool}","InstanceType":"c5.large","ProductDescription":"Linux/UNIX","SpotPrice":"{price}","Timestamp":"{}Z"}}"#,
                at.replace(' ', "T")
            )
        })
        .collect();
    format!("[{}]", records.join(",\n"))
}
