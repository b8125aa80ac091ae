//! Buckets, well and unwell: the real binary against a real HTTP S3.

mod connections;
mod credentials;
mod errors;
mod listings;
mod since;

use std::time::{Duration, SystemTime};

use crate::support::{Database, Fault, Folder, Landfall, Run, TestS3, dump_name, json};

const BUCKET: &str = "prices";
const EMPTY: &str = "[]";

/// Where nothing ever listens.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A bucket with dumps of three days of May 2020 under `daily/`, and a database.
struct World {
    s3: TestS3,
    database: Database,
}

impl World {
    fn new() -> Self {
        Self::of(TestS3::start())
    }

    fn of(s3: TestS3) -> Self {
        s3.create_bucket(BUCKET);
        for day in 4..=6 {
            s3.put(BUCKET, &key(day), body(day, "0.1"));
        }
        Self { s3, database: Database::new() }
    }

    fn command(&self, args: &[&str]) -> Landfall {
        Landfall::on(&self.database, args).with(&self.s3)
    }

    fn import(&self, source: &str) -> Run {
        self.command(&["import", "--json", source]).run()
    }

    /// Demands that the import of the whole bucket ends so: exit code, landed, unchanged, failed.
    #[track_caller]
    fn import_all(&self, code: i32, counts: [usize; 3]) -> Run {
        let run = self.import("s3://prices").expect(code);
        let report = run.json();
        let failed = report["failed"].as_array().unwrap().len();
        assert_eq!(
            (report["landed"].as_u64(), report["unchanged"].as_u64(), failed),
            (Some(counts[0] as u64), Some(counts[1] as u64), counts[2]),
            "{report:#}\n{}",
            run.stderr
        );
        self.database.check();
        run
    }

    /// Asserts that a run failed with this message in one line, and changed nothing in the database.
    #[track_caller]
    fn fails_with(&self, landfall: Landfall, message: &str) {
        assert_eq!(landfall.run().error(), message);
        assert_eq!(self.database.number("SELECT count(*) FROM ledger"), 0);
    }

    fn prices(&self) -> Vec<String> {
        self.database.rows().into_iter().map(|row| format!("{} {}", &row.at[..10], row.price)).collect()
    }
}

fn key(day: u32) -> String {
    format!("daily/{}", dump_name(&format!("2020-05-{day:02}")))
}

fn body(day: u32, price: &str) -> String {
    json(&[("a", &format!("2020-05-{day:02} 10:00:00"), price)])
}

#[test]
fn lists_a_prefix_or_the_whole_bucket() {
    let world = World::new();
    world.s3.put(BUCKET, &dump_name("2020-05-07"), EMPTY);
    world.s3.put(BUCKET, "daily/README.md", "not a dump");
    let report = world.import("s3://prices/daily/").expect(0).json();
    assert_eq!(
        (&report["objects"], &report["ignored"], &report["landed"]),
        (&4.into(), &1.into(), &3.into())
    );
    assert_eq!(world.s3.gets(), 3, "what is not a dump is not read");
    let report = world.import("s3://prices").expect(0).json();
    assert_eq!(
        (&report["objects"], &report["unchanged"], &report["landed"]),
        (&5.into(), &3.into(), &1.into())
    );
    assert_eq!(world.s3.gets(), 4, "what has landed is not read again");
    assert_eq!(
        world.database.table("SELECT source, key, fingerprint LIKE '\"%\"' FROM ledger ORDER BY id LIMIT 1"),
        format!("s3://prices | {} | true\n", key(4))
    );
    world.database.check();

    // Nothing new: no object is read.
    let lists = world.s3.lists();
    world.import_all(0, [0, 4, 0]);
    assert_eq!((world.s3.gets(), world.s3.lists()), (4, lists + 1));
}

#[test]
fn finds_dumps_on_every_page() {
    let (s3, database) = (TestS3::start(), Database::new());
    s3.create_bucket(BUCKET);
    for number in 0..1_100 {
        s3.put(BUCKET, &format!("p/spotprices_20200504_{number:012}_eu-west-3.json"), EMPTY);
        s3.put(BUCKET, &format!("p/log-{number:05}"), "not a dump");
    }
    // The last key of all.
    s3.put(BUCKET, "p/zzz/spotprices_20200505_000000000000_us-west-2-lax-1a.json", EMPTY);
    let world = World { s3, database };
    world.import_all(0, [1_101, 0, 0]);
    assert_eq!((world.s3.lists(), world.s3.gets()), (3, 1_101));
    let report = world.import_all(0, [0, 1_101, 0]).json();
    assert_eq!((&report["objects"], &report["ignored"]), (&2_201.into(), &1_100.into()));
    assert_eq!((world.s3.lists(), world.s3.gets()), (6, 1_101));
}

#[test]
fn a_dump_delivered_again_is_a_new_revision() {
    let world = World::new();
    world.import_all(0, [3, 0, 0]);
    world.s3.put(BUCKET, &key(5), body(5, "0.2"));
    let report = world.import_all(0, [1, 2, 0]).json();
    assert_eq!((&report["replaced"], &report["rows_removed"]), (&1.into(), &1.into()));
    assert_eq!(world.s3.gets(), 4);
    assert_eq!(world.prices(), ["2020-05-04 0.100000", "2020-05-05 0.200000", "2020-05-06 0.100000"]);

    // The old bytes, put again later, are what is meant now.
    world.s3.put(BUCKET, &key(5), body(5, "0.1"));
    world.import_all(0, [1, 2, 0]);
    assert_eq!(world.prices()[1], "2020-05-05 0.100000");
}

#[test]
fn a_dump_is_found_however_old_its_object_is() {
    let world = World::new();
    world.import_all(0, [3, 0, 0]);
    world.s3.put_at(BUCKET, &key(3), body(3, "0.1"), SystemTime::UNIX_EPOCH);
    world.import_all(0, [1, 3, 0]);
    assert_eq!(world.prices().len(), 4);

    // A copy of a dump that is older than what has landed is noted, and changes nothing.
    let copy = format!("archive/{}", dump_name("2020-05-04"));
    world.s3.put_at(BUCKET, &copy, body(4, "0.7"), SystemTime::UNIX_EPOCH);
    assert_eq!(world.import_all(0, [0, 4, 0]).json()["superseded"], 1);
    assert_eq!(world.prices()[1], "2020-05-04 0.100000");
}

#[test]
fn a_cut_connection_is_tried_again_and_costs_nothing_else() {
    let world = World::new();
    world.s3.inject(&key(5), Fault::Cut { after: 20 }, 2);
    world.s3.inject(&key(6), Fault::Cut { after: 0 }, 1);
    world.import_all(0, [3, 0, 0]);
    assert_eq!(world.s3.gets(), 3 + 2 + 1);
    assert_eq!(world.prices().len(), 3);
}

#[test]
fn a_dump_cut_for_ever_is_reported_and_lands_next_time() {
    let world = World::new();
    // As often as a dump is tried.
    world.s3.inject(&key(5), Fault::Cut { after: 20 }, 5);
    let run = world.import_all(1, [2, 0, 1]);
    assert_eq!(world.s3.gets(), 2 + 5);
    let failure = &run.json()["failed"][0];
    assert_eq!(failure["location"], format!("s3://prices/{}", key(5)));
    assert!(failure["error"].as_str().unwrap().starts_with("cannot read "), "{failure}");
    assert_eq!(world.database.number("SELECT count(*) FROM ledger"), 2, "a failure is not recorded");
    world.import_all(0, [1, 2, 0]);
    assert_eq!(world.prices().len(), 3);
}

#[test]
fn a_busy_s3_is_tried_again() {
    let world = World::new();
    world.s3.inject_list(Fault::Status(500, "InternalError"), 1);
    world.s3.inject(&key(4), Fault::Status(503, "SlowDown"), 2);
    world.s3.inject(&key(5), Fault::Status(500, "InternalError"), 1);
    world.s3.inject(&key(6), Fault::Stall(Duration::from_millis(300)), 1);
    world.import_all(0, [3, 0, 0]);
    assert_eq!((world.s3.lists(), world.s3.gets()), (2, 3 + 2 + 1));
}

#[test]
fn an_object_swapped_after_the_listing_lands_as_it_is_now() {
    let world = World::new();
    world.s3.inject(&key(5), Fault::Swap(body(5, "0.2").into()), 1);
    world.import_all(0, [3, 0, 0]);
    assert_eq!(world.prices()[1], "2020-05-05 0.200000");
    assert_eq!(world.s3.gets(), 4);
    // The ledger knows the new version, not the listed one.
    world.import_all(0, [0, 3, 0]);
    assert_eq!(world.s3.gets(), 4);
}

#[test]
fn an_object_deleted_after_the_listing_is_no_error() {
    let world = World::new();
    world.s3.inject(&key(5), Fault::Vanish, 1);
    let run = world.import_all(0, [2, 0, 0]);
    assert_eq!(run.json()["deleted"], 1);
    assert_eq!(run.json()["remaining"], 0);
    // What has landed stays, even if its object goes.
    world.s3.delete(BUCKET, &key(4));
    world.import_all(0, [0, 1, 0]);
    assert_eq!(world.prices(), ["2020-05-04 0.100000", "2020-05-06 0.100000"]);
}

#[test]
fn one_object_that_may_not_be_read_fails_alone_and_at_once() {
    let world = World::new();
    world.s3.inject(&key(5), Fault::Status(403, "AccessDenied"), 1);
    let run = world.import_all(1, [2, 0, 1]);
    assert_eq!(world.s3.gets(), 3, "what will not work is not tried again");
    assert_eq!(
        run.json()["failed"][0]["error"],
        format!(
            "access to s3://prices/{} is denied (AccessDenied): allow s3:ListBucket on the bucket and s3:GetObject on its objects, or pass --anonymous if it is public",
            key(5)
        )
    );
}

#[test]
fn a_public_bucket_needs_no_credentials() {
    let world = World::new();
    for (variable, args) in [
        ("LANDFALL_ANONYMOUS", &["import", "s3://prices"][..]),
        ("X", &["import", "s3://prices", "--anonymous"]),
    ] {
        let landfall = Landfall::on(&world.database, args).endpoint(&world.s3.endpoint());
        landfall.env(variable, "true").run().expect(0);
    }
    assert_eq!(world.prices().len(), 3);
}

#[test]
fn a_dump_in_the_bucket_and_in_a_directory_lands_once() {
    let world = World::new();
    let folder = Folder::new();
    for day in 4..=7 {
        folder.write(&key(day), body(day, "0.1"));
    }
    let both = ["import", "--json", "s3://prices", folder.path().to_str().unwrap()];
    let report = world.command(&both).run().expect(0).json();
    assert_eq!((&report["landed"], &report["unchanged"]), (&4.into(), &3.into()));
    assert_eq!(world.prices().len(), 4);
    let report = world.command(&both).run().expect(0).json();
    assert_eq!((&report["landed"], &report["unchanged"]), (&0.into(), &7.into()));
    world.database.check();
}

#[test]
fn retry_finds_rejected_dumps_in_the_bucket_again() {
    let world = World::new();
    world.s3.put(BUCKET, &key(5), "[{");
    world.import_all(3, [2, 0, 0]);
    assert_eq!(
        world.command(&["import", "--json", "s3://prices"]).run().expect(0).json()["still_rejected"],
        1
    );
    assert_eq!(world.s3.gets(), 3);
    let report = world.command(&["retry", "--json"]).run().expect(3).json();
    assert_eq!((report["rejected"].as_array().unwrap().len(), &report["landed"]), (1, &0.into()));
    assert_eq!(world.s3.gets(), 4);
    world.s3.put(BUCKET, &key(5), body(5, "0.1"));
    assert_eq!(world.command(&["retry", "--json"]).run().expect(0).json()["landed"], 1);
    assert_eq!(world.prices().len(), 3);
    world.database.check();
}
