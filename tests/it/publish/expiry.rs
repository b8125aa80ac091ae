//! What `--expire` removes, and what it leaves.

use std::path::Path;

use crate::support::{Database, Folder, Landfall};

use super::{Table, land, publish, spot_rows, write_dump};

/// Published three times: the first two snapshots were superseded so many days ago.
fn published(lake: &Folder, days: [u32; 2]) -> Database {
    let (database, dumps) = (Database::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.9");
    for price in ["0.1", "0.2", "0.3"] {
        write_dump(&dumps, "2020-04", price);
        land(&database, &dumps);
        publish(&database, lake.path(), &[]);
    }
    for (sequence, days) in (1..).zip(days) {
        database.execute(&format!(
            "UPDATE lake_files SET removed_at = removed_at - interval '{days} days'
             WHERE removed_at = (SELECT superseded_at FROM lake_snapshots WHERE sequence = {sequence});
             UPDATE lake_snapshots SET superseded_at = superseded_at - interval '{days} days' WHERE sequence = {sequence}"
        ));
    }
    database
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

#[test]
fn old_snapshots_go_with_what_only_they_have() {
    let lake = Folder::new();
    let database = published(&lake, [40, 10]);
    let before = Table::of(&database, "spot");
    let plan = Landfall::on(&database, &["publish", "--expire", "30d", "--dry-run"])
        .arg(lake.path())
        .run()
        .expect(0)
        .stdout;
    assert!(plan.contains("spot: 1 snapshot to expire, 4 files to delete\n"), "{plan}");
    let report = &publish(&database, lake.path(), &["--expire", "30d"])[0];
    // A file of rows, a manifest, a list and metadata of the first.
    assert_eq!(report["expired"], serde_json::json!({ "snapshots": 1, "files": 4 }));
    let after = Table::of(&database, "spot");
    assert_eq!(after.snapshots, before.snapshots[1..]);
    assert_eq!(after.current().rows, spot_rows(&database));
    assert_eq!(count(lake.path()) as i64, database.number("SELECT count(*) FROM lake_files") + 2);
    let again = &publish(&database, lake.path(), &["--expire", "30d"])[0];
    assert_eq!(again["expired"], serde_json::json!({ "snapshots": 0, "files": 0 }));
    // The current one stays, however old it is.
    database.execute("UPDATE lake_snapshots SET superseded_at = now() - interval '99 days' WHERE superseded_at IS NOT NULL");
    publish(&database, lake.path(), &["--expire", "1d"]);
    assert_eq!(Table::of(&database, "spot").snapshots, before.snapshots[2..]);
}

#[test]
fn what_a_killed_run_left_is_deleted_once_nobody_can_need_it() {
    let lake = Folder::new();
    let database = published(&lake, [0, 0]);
    let orphan = lake.write("spot/data/orphan.parquet", "");
    database.execute(
        "INSERT INTO lake_files (catalog, feed, key, part, changes, sha256, records, size, bounds)
         VALUES ('landfall', 'spot', 'spot/data/orphan.parquet', '123456789012/eu-west-3/2020-04', 1, '', 1, 0, '[]')",
    );
    publish(&database, lake.path(), &["--expire", "1d"]);
    assert!(orphan.exists());
    database.execute("UPDATE lake_files SET recorded_at = now() - interval '25 hours'");
    let report = &publish(&database, lake.path(), &["--expire", "1d"])[0];
    assert_eq!(report["expired"], serde_json::json!({ "snapshots": 0, "files": 1 }));
    assert!(!orphan.exists());
    assert_eq!(Table::of(&database, "spot").snapshots.len(), 3);
}

#[test]
fn readers_keep_a_day() {
    let run = Landfall::bare(&["publish", "--expire", "23h", "x"]).run();
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("readers may still use what was replaced: write 1d or more"),
        "{}",
        run.stderr
    );
}
