//! What cannot be fetched keeps nothing else out: objects, sources, and bodies that are not what was listed.

use std::fs;
use std::path::Path;

use crate::support::{Database, Fault, Folder, Landfall, Run, TestS3, dump_name, json};

const BUCKET: &str = "prices";

/// More often than anything is tried.
const ALWAYS: u32 = 100;

struct World {
    s3: TestS3,
    database: Database,
}

impl World {
    /// A bucket with a dump of each of these days of May 2020, and a database.
    fn of(days: impl IntoIterator<Item = u32>) -> Self {
        let s3 = TestS3::start();
        s3.create_bucket(BUCKET);
        for day in days {
            s3.put(BUCKET, &key(day), body(day));
        }
        Self { s3, database: Database::new() }
    }

    fn import(&self, args: &[&str]) -> Run {
        Landfall::on(&self.database, &[&["import", "--json"], args].concat()).with(&self.s3).run()
    }

    /// The days that landed, in order.
    fn days(&self) -> Vec<u32> {
        let days = self
            .database
            .table("SELECT extract(day FROM day)::text FROM ledger WHERE status = 'landed' ORDER BY day");
        days.lines().map(|day| day.trim().parse().unwrap()).collect()
    }
}

fn key(day: u32) -> String {
    dump_name(&format!("2020-05-{day:02}"))
}

fn body(day: u32) -> String {
    json(&[
        ("a", &format!("2020-05-{day:02} 10:00:00"), "0.1"),
        ("b", &format!("2020-05-{day:02} 11:00:00"), "0.2"),
    ])
}

fn path(folder: &Folder) -> &str {
    folder.path().to_str().unwrap()
}

/// How many dumps failed, and how many remain.
fn failed_and_remaining(run: &Run) -> (usize, u64) {
    let report = run.json();
    (report["failed"].as_array().unwrap().len(), report["remaining"].as_u64().unwrap())
}

#[test]
fn objects_that_are_refused_keep_no_newer_ones_out() {
    let world = World::of(4..=15);
    for (day, status, code) in [
        (4, 403, "AccessDenied"),
        (5, 403, "InvalidObjectState"),
        (6, 400, "KMS.DisabledException"),
        (7, 403, "SignatureDoesNotMatch"),
        (8, 400, "InvalidRequest"),
        (9, 403, "AccessDenied"),
        (10, 403, "AccessDenied"),
    ] {
        world.s3.inject(&key(day), Fault::Status(status, code), 1);
    }
    let run = world.import(&["--jobs", "1", "s3://prices"]).expect(1);
    assert_eq!(failed_and_remaining(&run), (7, 0));
    assert_eq!(run.json()["failed_sources"], serde_json::json!([]));
    assert_eq!(world.days(), [11, 12, 13, 14, 15]);
    assert_eq!(world.s3.gets(), 12, "what is refused is not tried again");
    let archived = run.json()["failed"][1]["error"].clone();
    assert_eq!(archived, format!("s3://prices/{} is archived: restore it or narrow the prefix", key(5)));
    world.import(&["s3://prices"]).expect(0);
    assert_eq!(world.days(), (4..=15).collect::<Vec<_>>());
}

#[test]
fn what_the_listing_shows_as_archived_is_not_even_asked_for() {
    let world = World::of(4..=12);
    for day in 4..=11 {
        world.s3.archive(BUCKET, &key(day));
    }
    let run = world.import(&["s3://prices"]).expect(1);
    assert_eq!(failed_and_remaining(&run), (8, 0));
    assert_eq!((world.days(), world.s3.gets()), (vec![12], 1));
    let error = run.json()["failed"][0]["error"].as_str().unwrap().to_owned();
    assert!(error.ends_with("is archived: restore it or narrow the prefix"), "{error}");
}

#[test]
fn a_few_dumps_whose_connection_always_breaks_keep_no_newer_ones_out() {
    let world = World::of(4..=15);
    for day in 4..=9 {
        world.s3.inject(&key(day), Fault::Cut { after: 20 }, ALWAYS);
    }
    let run = world.import(&["--jobs", "6", "s3://prices"]).expect(1);
    assert_eq!(failed_and_remaining(&run), (6, 0));
    assert_eq!(world.days(), (10..=15).collect::<Vec<_>>());
}

#[test]
fn an_outage_ends_the_run_of_its_own_source_only() {
    let (world, folder) = (World::of(4..=20), Folder::new());
    for day in 4..=20 {
        world.s3.inject(&key(day), Fault::Cut { after: 20 }, ALWAYS);
    }
    for day in 21..=25 {
        folder.write(&key(day), body(day));
    }
    let run = world.import(&["--jobs", "5", "s3://prices", path(&folder)]).expect(1);
    assert_eq!(world.days(), [21, 22, 23, 24, 25]);
    // Five dumps, or some more that other threads had in progress.
    let (failed, remaining) = failed_and_remaining(&run);
    assert!(
        failed >= 5 && remaining >= 2 && failed as u64 + remaining == 17,
        "{failed} failed, {remaining} remaining"
    );
    let sources = run.json()["failed_sources"].clone();
    assert_eq!((sources.as_array().unwrap().len(), &sources[0]["source"]), (1, &"s3://prices".into()));
}

#[test]
fn credentials_that_expire_end_the_run_of_their_source_at_once() {
    let (world, folder) = (World::of(4..=9), Folder::new());
    for day in 4..=9 {
        world.s3.inject(&key(day), Fault::Status(400, "ExpiredToken"), 1);
        folder.write(&format!("copies/{}", key(day + 10)), body(day + 10));
    }
    let run = world.import(&["--jobs", "1", path(&folder), "s3://prices"]).expect(1);
    assert_eq!(failed_and_remaining(&run), (1, 5));
    assert_eq!(world.s3.gets(), 1);
    assert_eq!(world.days(), [14, 15, 16, 17, 18, 19]);
    assert_eq!(
        run.json()["failed_sources"],
        serde_json::json!([{"source": "s3://prices", "error": "the AWS credentials have expired: renew them"}])
    );
}

#[test]
fn a_source_that_cannot_be_listed_keeps_no_other_out() {
    let (world, folder) = (World::of(4..=5), Folder::new());
    folder.write(&key(6), body(6));
    let run = world.import(&["s3://elsewhere", "/nowhere/dumps", path(&folder), "s3://prices"]).expect(1);
    assert_eq!(world.days(), [4, 5, 6]);
    let report = run.json();
    let errors: Vec<&str> = report["failed_sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failed| failed["error"].as_str().unwrap())
        .collect();
    assert_eq!(
        errors,
        [
            "cannot read /nowhere/dumps: No such file or directory (os error 2): name an existing directory or file, or s3://BUCKET/PREFIX",
            "the bucket s3://elsewhere does not exist: check its name, and AWS_ENDPOINT_URL if it is set",
        ]
    );
    let text = Landfall::on(&world.database, &["import", "--quiet", "s3://elsewhere", path(&folder)]);
    let text = text.with(&world.s3).run().expect(1).stdout;
    assert!(text.starts_with("source failed: the bucket s3://elsewhere does not exist"), "{text}");
    let plan = world.import(&["--dry-run", "s3://elsewhere", path(&folder)]).expect(1).json();
    assert_eq!(plan["failed_sources"][0]["source"], "s3://elsewhere");

    // Nothing remains to do: an error, as for one.
    let error = world.import(&["s3://elsewhere", "/nowhere/dumps"]).error();
    assert!(error.contains("/nowhere/dumps") && error.contains("s3://elsewhere"), "{error}");
}

/// A line each, in the order of time.
fn csv(records: u32) -> String {
    let rows: String =
        (0..records).map(|n| format!("CNGGZ,EETLL,2021-01-{:02},{}\n", 1 + n % 28, 1000 + n)).collect();
    format!("orig_code,dest_code,day,price\n{rows}")
}

/// Bodies that are not what was listed, under keys of their own, with the right ones.
fn strange_bodies() -> Vec<(String, String, Vec<u8>)> {
    let html = b"<html><body>the proxy is not well</body></html>".to_vec();
    let spot = |day: u32, instead: Vec<u8>| (key(day), body(day), instead);
    let half = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
    let table = csv(100);
    let lines = table.lines().take(51).map(|line| format!("{line}\n")).collect::<String>();
    let freight = |name: &str, instead: Vec<u8>| (name.to_owned(), table.clone(), instead);
    vec![
        spot(4, half(&body(4))),
        spot(5, Vec::new()),
        spot(6, html.clone()),
        // Valid, but not the dump.
        spot(7, b"[]".to_vec()),
        spot(8, format!("{}\n", body(8)).into_bytes()),
        // At the end of a line, inside a price, in the middle of one, and with a header alone.
        freight("freightrates_20210201_1.csv", lines.clone().into_bytes()),
        freight("freightrates_20210201_2.csv", lines.as_bytes()[..lines.len() - 3].to_vec()),
        freight("freightrates_20210201_3.csv", html),
        freight("freightrates_20210201_4.csv", b"orig_code,dest_code,day,price\n".to_vec()),
        freight("freightrates_20210201_5.csv", format!("{table}CNGGZ,EETLL,2021-01-01,1\n").into_bytes()),
    ]
}

#[test]
fn a_body_that_is_not_as_long_as_listed_is_never_taken_for_the_dump() {
    let world = World::of(0..0);
    let rates = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freight/rates.sql");
    world.s3.put(BUCKET, "rates.sql", fs::read(rates).unwrap());
    world.import(&["s3://prices"]).expect(0);
    let bodies = strange_bodies();
    for (key, body, instead) in &bodies {
        world.s3.put(BUCKET, key, body.as_str());
        world.s3.inject(key, Fault::Instead(instead.clone()), ALWAYS);
    }
    let run = world.import(&["--jobs", "20", "s3://prices"]).expect(1);
    // Five of freight, after which the source is given up: none of the others can be read either.
    assert_eq!(failed_and_remaining(&run), (5, 5), "{}", run.stdout);
    for failed in run.json()["failed"].as_array().unwrap() {
        let error = failed["error"].as_str().unwrap();
        assert!(
            error.contains(" bytes in the listing, but ") && error.starts_with("s3://prices/"),
            "{error}"
        );
    }
    assert_eq!(world.database.number("SELECT count(*) FROM ledger"), 1, "neither landed nor rejected");
}

#[test]
fn a_body_that_is_too_short_once_is_fetched_again() {
    let world = World::of(0..0);
    let rates = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freight/rates.sql");
    world.s3.put(BUCKET, "rates.sql", fs::read(rates).unwrap());
    world.import(&["s3://prices"]).expect(0);
    for (key, body, instead) in strange_bodies() {
        world.s3.put(BUCKET, &key, body);
        world.s3.inject(&key, Fault::Instead(instead), 1);
    }
    let report = world.import(&["s3://prices"]).expect(0).json();
    assert_eq!((&report["landed"], &report["records"]), (&10.into(), &(5 * 2 + 5 * 100).into()));
    let whole = "SELECT count(*) FROM ledger WHERE status = 'landed' AND (feed = 'spot' AND records = 2 OR key LIKE '%.csv' AND records = 100)";
    assert_eq!(world.database.number(whole), 10);
}

#[test]
fn another_version_of_the_same_length_is_never_taken_for_the_one_that_was_listed() {
    let world = World::of(0..0);
    let body = |price: &str| json(&[("a", "2020-05-05 10:00:00", price)]);
    let key = key(5);
    world.s3.put(BUCKET, &key, body("0.9"));
    // As often as a run tries.
    world.s3.inject(&key, Fault::Stale(body("0.1").into()), 5);
    let run = world.import(&["s3://prices"]).expect(1);
    assert_eq!(failed_and_remaining(&run), (1, 0), "{}", run.stdout);
    assert_eq!(world.database.number("SELECT count(*) FROM ledger"), 0);
    // Once the cache has the right one, it lands.
    world.import(&["s3://prices"]).expect(0);
    assert_eq!(world.database.table("SELECT price::text FROM spot_prices"), "0.900000\n");
}

#[test]
fn what_landed_is_reported_though_the_database_ends_the_run() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write(
        "rates.sql",
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freight/rates.sql")).unwrap(),
    );
    folder.write(&key(4), body(4));
    // Freight lands before spot, in a batch of its own.
    database.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is on fire' USING ERRCODE = '58030'; END $$;
         CREATE TRIGGER fail BEFORE INSERT ON spot_pools FOR EACH ROW EXECUTE FUNCTION fail()",
    );
    let run = Landfall::on(&database, &["import", "--json", path(&folder)]).run().expect(1);
    let report = run.json();
    assert_eq!((&report["landed"], &report["remaining"]), (&1.into(), &1.into()), "{report:#}");
    let last = run.messages().pop().unwrap();
    assert!(last.contains("the disk is on fire"), "{last}");
}
