//! The disk of the database is full: the cause is message, nothing is charged to a dump, and with room all is right.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Database, Landfall, import};

/// A private Postgres, a part of whose data folder is a small file system of its own.
struct SmallDisk {
    folder: tempfile::TempDir,
    part: PathBuf,
}

impl SmallDisk {
    /// `part` is a folder of the cluster that gets so many MiB more than it takes; nothing where that is not allowed.
    fn new(part: &str, spare_mib: u64) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let disk = Self { part: folder.path().join("data/postgres").join(part), folder };
        disk.landfall(&["migrate"]).run().expect(0);
        let moved = disk.part.with_extension("moved");
        fs::rename(&disk.part, &moved).unwrap();
        fs::create_dir(&disk.part).unwrap();
        let used = run("du", [OsStr::new("-sm"), moved.as_os_str()]).unwrap();
        let used: u64 = used.split_whitespace().next().unwrap().parse().unwrap();
        let size = format!("size={}m", used + spare_mib);
        let mount = ["-t", "tmpfs", "-o", &size, "tmpfs"].map(OsStr::new);
        if let Err(error) = run("mount", mount.into_iter().chain([disk.part.as_os_str()])) {
            println!("skipped: a file system of its own can only be mounted by root: {error}");
            return None;
        }
        run("cp", [OsStr::new("-a"), moved.join(".").as_os_str(), disk.part.as_os_str()]).unwrap();
        fs::remove_dir_all(moved).unwrap();
        Some(disk)
    }

    fn landfall(&self, args: &[&str]) -> Landfall {
        Landfall::bare(args).env("LANDFALL_DATA_DIR", self.folder.path().join("data"))
    }

    fn enlarge(&self) {
        let args = ["-o", "remount,size=1g"].map(OsStr::new);
        run("mount", args.into_iter().chain([self.part.as_os_str()])).unwrap();
    }

    fn query(&self, sql: &str) -> String {
        self.landfall(&["psql", "-q", "--", "-Atc", sql]).run().expect(0).stdout
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Not mounted where it was skipped.
        let _ = run("umount", ["-l".as_ref(), self.part.as_os_str()]);
    }
}

fn run<'a>(program: &str, args: impl IntoIterator<Item = &'a OsStr>) -> Result<String, String> {
    let output = Command::new(program).args(args).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(String::from_utf8(output.stdout).unwrap())
}

/// Rows as users see them, in one number.
const ROWS: &str = "SELECT count(*) || ' ' || md5(string_agg(concat_ws(' ', account_id, region, availability_zone,
    instance_type, product_description, extract(epoch FROM \"timestamp\"), price), ',' ORDER BY account_id, region,
    availability_zone, instance_type, product_description, \"timestamp\")) FROM spot_prices";

fn simulate(folder: &Path) {
    let args = ["-q", "simulate", "--pools", "2000", "--days", "20", "--seed", "1"];
    Landfall::bare(&args).arg(folder).run().expect(0);
}

fn a_full_disk_is_reported_and_harms_nothing(part: &str, spare_mib: u64, message: &str) {
    let Some(disk) = SmallDisk::new(part, spare_mib) else { return };
    let dumps = tempfile::tempdir().unwrap();
    simulate(dumps.path());
    let full = disk.landfall(&["import"]).arg(dumps.path()).run().expect(1);
    assert!(full.stderr.contains(message), "{}", full.stderr);
    disk.enlarge();
    assert_eq!(disk.query("SELECT count(*) FROM ledger WHERE status = 'rejected'"), "0\n");
    disk.landfall(&["import"]).arg(dumps.path()).run().expect(0);
    let again = disk.landfall(&["import", "--json"]).arg(dumps.path()).run().expect(0).json();
    assert_eq!((&again["landed"], &again["unchanged"]), (&0.into(), &20.into()));
    let database = Database::new();
    import(&database, &[dumps.path()]);
    assert_eq!(disk.query(ROWS), database.table(ROWS));
    assert_eq!(
        disk.query("SELECT (SELECT sum(rows_new - rows_removed) FROM ledger) = (SELECT sum(row_count) FROM spot_days)"),
        "t\n"
    );
}

#[test]
fn of_the_rows() {
    a_full_disk_is_reported_and_harms_nothing("base", 6, "the database's disk is full: free some space");
}

/// Postgres itself ends then: it cannot go on without its log.
#[test]
fn of_the_log() {
    a_full_disk_is_reported_and_harms_nothing("pg_wal", 8, "No space left on device");
}
