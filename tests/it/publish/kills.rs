//! Publishers that are killed, at every step and at random, and several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::{Database, Fault, Folder, Landfall, TestS3, exit_of, run_of, wait_until};

use super::{Table, land, publish, spot_rows, write_dump};

/// What a publisher does when it is killed.
enum Step {
    /// Waits for a lock of a table of the database, which is held.
    Database(&'static str, &'static str),
    /// Sends the object with this number.
    Object(&'static str, u32),
}

const STEPS: [Step; 8] = [
    Step::Object("checks whose folder it is", 0),
    Step::Database("records a file of rows", "lake_files"),
    Step::Object("writes a file of rows", 1),
    Step::Object("writes the manifest", 2),
    Step::Object("writes the manifest list", 3),
    Step::Object("writes the metadata", 4),
    Step::Database("commits", "iceberg_tables"),
    Step::Object("writes the hint", 5),
];

fn publish_to_bucket(database: &Database, s3: &TestS3) -> Landfall {
    Landfall::on(database, &["--quiet", "publish", "--json", "s3://lake"]).with(s3)
}

#[test]
fn a_kill_at_any_step_leaves_the_old_table_or_the_new_one() {
    println!("| killed while it | readers find | written again by the next |");
    println!("|---|---|---|");
    for step in STEPS {
        let (database, s3, dumps) = (Database::new(), TestS3::private(), Folder::new());
        s3.create_bucket("lake");
        for month in ["2020-03", "2020-04"] {
            write_dump(&dumps, month, "0.1");
        }
        land(&database, &dumps);
        publish_to_bucket(&database, &s3).run().expect(0);
        let old = Table::in_bucket(&database, &s3);
        write_dump(&dumps, "2020-04", "0.2");
        land(&database, &dumps);
        let name = kill_at(&step, &database, &s3);
        let found = Table::in_bucket(&database, &s3);
        let committed = found.snapshots.len() > 1;
        assert_eq!(committed, name == "writes the hint", "{name}");
        assert_eq!(found.snapshots[0], old.snapshots[0], "{name}");
        if committed {
            assert_eq!(found.current().rows, spot_rows(&database));
        }
        let uploads = s3.uploads().len();
        publish_to_bucket(&database, &s3).run().expect(0);
        let new = Table::in_bucket(&database, &s3);
        assert_eq!((new.snapshots.len(), &new.current().rows), (2, &spot_rows(&database)), "{name}");
        check_ledger(&database, &new, &s3.objects("lake").into_keys().collect(), "s3://lake/");
        let again = s3.uploads()[uploads..].len();
        println!("| {name} | the {} table, whole | {again} objects |", if committed { "new" } else { "old" });
    }
}

/// Starts a publisher and kills it at a step; returns the step's name.
fn kill_at(step: &Step, database: &Database, s3: &TestS3) -> &'static str {
    let mut holder = database.connect();
    let (name, mut run) = match step {
        Step::Database(name, table) => {
            holder.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")).unwrap();
            let run = publish_to_bucket(database, s3).spawn();
            wait_until("a publisher that waits", || {
                let waiting = format!(
                    "SELECT count(*) FROM pg_locks WHERE relation = '{table}'::regclass AND NOT granted"
                );
                database.number(&waiting) == 1
            });
            (*name, run)
        }
        Step::Object(name, before) => {
            s3.inject_put(Fault::Stall(Duration::ZERO), *before);
            s3.inject_put(Fault::Stall(Duration::from_secs(600)), 1);
            let run = publish_to_bucket(database, s3).spawn();
            wait_until("a publisher that sends", || s3.put_faults() == 0);
            (*name, run)
        }
    };
    run.kill().unwrap();
    exit_of(&mut run);
    holder.batch_execute("ROLLBACK").unwrap();
    name
}

/// The ledger has exactly the files of the current snapshot as current ones, and every object that is there.
fn check_ledger(database: &Database, table: &Table, objects: &BTreeSet<String>, prefix: &str) {
    let keys = |sql: &str| database.table(sql).lines().map(ToOwned::to_owned).collect::<BTreeSet<String>>();
    let current = keys(
        "SELECT key FROM lake_files WHERE part IS NOT NULL AND sequence IS NOT NULL AND removed_at IS NULL",
    );
    let live = table.current().files.iter().map(|url| url.strip_prefix(prefix).unwrap().to_owned());
    assert_eq!(live.collect::<BTreeSet<_>>(), current);
    let recorded = keys("SELECT key FROM lake_files");
    let fixed = ["spot/metadata/version-hint.text", "spot/metadata/table-uuid.txt"];
    let unknown = objects.iter().filter(|key| !fixed.contains(&key.as_str()) && !recorded.contains(*key));
    let unknown: Vec<_> = unknown.collect();
    assert_eq!(unknown, Vec::<&String>::new(), "no file is forgotten");
}

const MONTHS: [&str; 7] = ["2020-01", "2020-02", "2020-03", "2020-04", "2020-05", "2020-06", "2020-07"];
const REVISIONS: usize = 200;

/// Lands a revision of one dump after the other while two publishers are started again and again, and most of them killed. Every
/// snapshot that was ever committed must show the newest revision of each month that its ledger position includes.
#[test]
fn two_publishers_that_are_killed_at_random_publish_each_revision_once() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    let (is_over, kills, ended) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let start = || -> Child { Landfall::on(&database, &["--quiet", "publish"]).arg(lake.path()).spawn() };
    write_dump(&dumps, MONTHS[0], "0.5");
    land(&database, &dumps);
    let began = Instant::now();
    run_of(start()).expect(0);
    let duration = began.elapsed();
    thread::scope(|scope| {
        for seed in [1, 2] {
            let (is_over, kills, ended) = (&is_over, &kills, &ended);
            scope.spawn(move || {
                let mut dice = ChaCha8Rng::seed_from_u64(seed);
                while !is_over.load(Ordering::Relaxed) {
                    let mut run = start();
                    // However slow the machine is by now, some are to end by themselves.
                    if dice.next_u32().is_multiple_of(8) {
                        assert!(exit_of(&mut run).success());
                        ended.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    // Sometimes beyond its end.
                    thread::sleep(duration.mul_f64(1.5 * f64::from(dice.next_u32()) / f64::from(u32::MAX)));
                    let has_ended = run.try_wait().unwrap().is_some();
                    run.kill().unwrap();
                    let status = exit_of(&mut run);
                    assert!(!has_ended || status.success(), "{status}");
                    if has_ended { ended } else { kills }.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for revision in 0..REVISIONS {
            write_dump(&dumps, MONTHS[revision % MONTHS.len()], &format!("0.{revision:06}"));
            land(&database, &dumps);
        }
        // At least as many runs as the machine manages in the time of the revisions, and some that end by themselves.
        wait_until("publishers that end", || {
            ended.load(Ordering::Relaxed) >= 5 && kills.load(Ordering::Relaxed) >= 20
        });
        is_over.store(true, Ordering::Relaxed);
    });
    publish(&database, lake.path(), &[]);
    let table = Table::of(&database, "spot");
    assert_eq!(table.current().rows, spot_rows(&database));
    assert_eq!(table.current().rows.len(), MONTHS.len());
    check_ledger(&database, &table, &BTreeSet::new(), &format!("file://{}/", lake.path().display()));
    check_history(&database, &table);
    println!(
        "{REVISIONS} revisions, {} publishers killed and {} not: {} snapshots, each whole; live files are those of the ledger",
        kills.into_inner(),
        ended.into_inner(),
        table.snapshots.len()
    );
}

/// Each snapshot shows what its ledger position says.
fn check_history(database: &Database, table: &Table) {
    let mut revisions = BTreeMap::new();
    for line in database
        .table("SELECT id, substr(name, 12, 6) AS month FROM ledger WHERE status <> 'rejected' ORDER BY id")
        .lines()
    {
        let (id, month) = line.split_once(" | ").unwrap();
        revisions.insert(id.parse::<i64>().unwrap(), month.to_owned());
    }
    // The first was landed before the counted ones.
    let mut prices: BTreeMap<i64, String> = BTreeMap::new();
    for (number, id) in revisions.keys().enumerate() {
        prices.insert(*id, if number == 0 { "0.500000".to_owned() } else { format!("0.{:06}", number - 1) });
    }
    let mut last = 0;
    for snapshot in &table.snapshots {
        assert!(snapshot.ledger_id > last, "a snapshot for each state");
        last = snapshot.ledger_id;
        let mut newest = BTreeMap::new();
        for (id, month) in revisions.range(..=snapshot.ledger_id) {
            newest.insert(month.clone(), prices[id].clone());
        }
        let mut shown: Vec<&str> = snapshot.rows.iter().map(|row| row.split(" | ").nth(5).unwrap()).collect();
        let mut expected: Vec<&str> = newest.values().map(String::as_str).collect();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "at ledger position {}", snapshot.ledger_id);
    }
}

#[test]
fn of_publishers_at_once_one_publishes_and_the_others_find_nothing_to_do() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    MONTHS.iter().for_each(|month| write_dump(&dumps, month, "0.1"));
    land(&database, &dumps);
    let start = || Landfall::on(&database, &["--quiet", "publish", "--json"]).arg(lake.path()).spawn();
    let runs: Vec<Child> = (0..4).map(|_| start()).collect();
    let added = runs.into_iter().map(|run| run_of(run).expect(0).json()[0]["files_added"].as_u64().unwrap());
    let mut added: Vec<u64> = added.collect();
    added.sort_unstable();
    assert_eq!(added, [0, 0, 0, MONTHS.len() as u64]);
    let table = Table::of(&database, "spot");
    assert_eq!((table.snapshots.len(), table.current().rows.len()), (1, MONTHS.len()));
}
