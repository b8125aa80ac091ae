//! A run over dumps that the ledger knows: it holds a page of them, however many there are.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::support::{Database, Folder, Landfall, Run, peak_kib, run_of};

/// Growth of the peak from few dumps to many that is none, in KiB. What is kept of a dump takes 200 bytes at least.
const NOISE: u64 = 3 * 1024;
const FEW: u32 = 1_000;
const MANY: u32 = 20_000;

/// Empty dumps, 1,000 in a folder.
fn write_dumps(folder: &Folder, count: u32) {
    for number in 0..count {
        let (folder_number, name) =
            (number / 1_000, format!("spotprices_20200101_{number:012}_eu-west-3.json"));
        folder.write_at(&format!("{folder_number}/{name}"), "[]", 1_600_000_000);
    }
}

/// Fills the ledger as an import of these dumps does.
fn know_dumps(database: &Database, root: &Path, count: u32) {
    let root = root.display();
    database.execute(&format!(
        "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, sha256, name, day, scope, status, landed_at, summarized)
         SELECT 'spot', 'file://', '{root}/' || number / 1000 || '/' || name, '2-1600000000.000000000', 2,
             to_timestamp(1600000000), sha256('[]'), name, '2020-01-01', account || '/eu-west-3', 'landed', now(), true
         FROM generate_series(0, {count} - 1) AS number, lpad(number::text, 12, '0') AS account,
             concat('spotprices_20200101_', account, '_eu-west-3.json') AS name"
    ));
}

/// How a run ended, and its peak memory in KiB.
fn run(landfall: Landfall) -> (Run, u64) {
    let child = landfall.spawn();
    let process = child.id();
    let watcher = thread::spawn(move || {
        let mut peak = 0;
        // The kernel keeps the peak; a process that has ended has none.
        while let Some(kib) = peak_kib(process) {
            peak = kib;
            thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    (run_of(child).expect(0), watcher.join().unwrap())
}

#[test]
fn memory_does_not_grow_with_them() {
    let of = |count| {
        let (database, folder) = (Database::new(), Folder::new());
        write_dumps(&folder, count);
        let root = folder.path().canonicalize().unwrap();
        let plan = || run(Landfall::on(&database, &["import", "--dry-run"]).arg(&root));
        let (planned, of_new) = plan();
        know_dumps(&database, &root, count);
        let (imported, of_known) = run(Landfall::on(&database, &["import", "--json"]).arg(&root));
        assert_eq!(imported.json()["unchanged"], count);
        assert!(planned.stdout.contains(&format!("{:012}", count - 1)), "{}", &planned.stdout[..200]);
        (of_known, of_new)
    };
    let (few, many) = (of(FEW), of(MANY));
    assert!(many.0 < few.0 + NOISE, "{} KiB for {FEW}, {} KiB for {MANY}", few.0, many.0);
    // A plan holds what is new, which shows that growth would be seen.
    assert!(many.1 > few.1 + NOISE, "{} KiB for {FEW}, {} KiB for {MANY}", few.1, many.1);
}
