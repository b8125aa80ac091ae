//! `landfall follow`: a bucket and a queue of moto, or the bucket of a test's own where it has to be slow.

mod endings;
mod faults;
mod messages;
mod refused;


use crate::support::{Database, Follower, Landfall, Moto, TestS3, dump_name, json, wait_until};

/// A database, a bucket and a queue.
struct World {
    database: Database,
    moto: Moto,
}

impl World {
    fn of(moto: Moto) -> Self {
        Self { database: Database::new(), moto }
    }

    fn notifying() -> Self {
        Self::of(Moto::notifying())
    }

    /// A follower of the whole bucket. It does not list it unless told otherwise, so that only messages matter.
    fn command(&self, options: &[&str]) -> Landfall {
        let source = format!("s3://{}", self.moto.bucket);
        let list_every = if options.contains(&"--list-every") { "" } else { "--list-every=0s" };
        let args = ["follow", "--queue", &self.moto.queue, list_every];
        let args = args.iter().chain(options).copied().chain([source.as_str()]);
        let args: Vec<&str> = args.filter(|arg| !arg.is_empty()).collect();
        self.moto.reached_by(Landfall::on(&self.database, &args))
    }

    fn follow(&self, options: &[&str]) -> Follower {
        Follower::following(self.command(options))
    }

    /// Puts the dump of a day, with one price.
    fn put(&self, day: &str) {
        self.moto.put(&dump_name(day), dump(day));
    }

    fn rows(&self) -> usize {
        self.database.rows().len()
    }

    fn ledger(&self) -> String {
        self.database.table("SELECT key, status FROM ledger ORDER BY id")
    }

    #[track_caller]
    fn wait_for_rows(&self, rows: usize) {
        wait_until(&format!("{rows} rows"), || self.rows() == rows);
    }

    #[track_caller]
    fn wait_for_empty_queue(&self) {
        wait_until("an empty queue", || self.moto.messages() == 0);
    }
}

/// The dump of a day with one price.
fn dump(day: &str) -> String {
    json(&[("a", &format!("{day} 10:00:00"), "0.1")])
}

/// A bucket of the test's own with one dump, which is read slowly if it has to be, and a queue of moto.
struct SlowWorld {
    world: World,
    s3: TestS3,
}

const SLOW: &str = "spotprices_20200501_123456789012_eu-west-3.json";

impl SlowWorld {
    fn new() -> Self {
        let s3 = TestS3::start();
        s3.create_bucket("prices");
        s3.put("prices", SLOW, dump("2020-05-01"));
        Self { world: World::of(Moto::with_redrive(100)), s3 }
    }

    fn follow(&self, options: &[&str]) -> Follower {
        let args = ["follow", "--list-every", "0s", "--queue", &self.world.moto.queue];
        let args: Vec<&str> = args.iter().chain(options).copied().chain(["s3://prices"]).collect();
        let command = self.world.moto.reached_by(Landfall::on(&self.world.database, &args));
        Follower::following(command.env("AWS_ENDPOINT_URL_S3", self.s3.endpoint()))
    }
}

#[test]
fn an_object_is_a_row_within_seconds() {
    let world = World::notifying();
    let follower = world.follow(&[]);
    // What has to be encoded in a notification.
    let key = format!("daily prices/1+1=2/{}", dump_name("2020-05-01"));
    world.moto.put(&key, dump("2020-05-01"));
    world.wait_for_rows(1);
    world.wait_for_empty_queue();
    assert_eq!(world.ledger(), format!("{key} | landed\n"));
    wait_until("the line about it", || follower.sum("landed") == 1);
    let done = follower.lines("messages done");
    let lag = done.iter().find_map(|line| line["lag_seconds"].as_f64()).unwrap();
    assert!((0.0..60.0).contains(&lag), "{lag}");
    // The request that waits for messages is waited for, which takes 5 s at most.
    let began = std::time::Instant::now();
    follower.stop();
    assert!(began.elapsed().as_secs() < 10);
    world.database.check();
}

#[test]
fn notifications_come_by_sns_and_eventbridge_as_well() {
    let key = format!("a b+c/{}", dump_name("2020-05-01"));
    let by: [fn(&Moto); 3] =
        [|moto| moto.notify_by_sns(false), |moto| moto.notify_by_sns(true), Moto::notify_by_eventbridge];
    for (number, notify) in by.into_iter().enumerate() {
        let world = World::of(Moto::with_redrive(100));
        notify(&world.moto);
        let follower = world.follow(&[]);
        world.moto.put(&key, dump("2020-05-01"));
        world.wait_for_rows(1);
        world.wait_for_empty_queue();
        assert_eq!(world.ledger(), format!("{key} | landed\n"), "{number}");
        assert!(follower.lines("not understood").is_empty(), "{number}: {:?}", follower.lines(""));
        follower.stop();
    }
}

#[test]
fn followers_share_the_work() {
    let world = World::notifying();
    let followers = [world.follow(&["--jobs", "2"]), world.follow(&["--jobs", "2"])];
    for day in 1..=25 {
        world.put(&format!("2020-05-{day:02}"));
    }
    world.wait_for_rows(25);
    world.wait_for_empty_queue();
    assert_eq!(world.database.number("SELECT count(*) FROM ledger WHERE status = 'landed'"), 25);
    wait_until("the lines about all", || followers.iter().map(|one| one.sum("landed")).sum::<u64>() == 25);
    for follower in followers {
        assert_eq!(follower.sum("failed"), 0);
        follower.stop();
    }
    world.database.check();
}

#[test]
fn a_listing_finds_what_no_message_told_of() {
    // The bucket notifies nobody.
    let world = World::of(Moto::with_redrive(100));
    world.put("2020-05-01");
    let follower = world.follow(&["--list-every", "2s"]);
    world.wait_for_rows(1);
    world.put("2020-05-02");
    world.wait_for_rows(2);
    wait_until("the lines about both", || follower.lines("listed").len() >= 2);
    assert!(follower.lines("messages done").is_empty());
    follower.stop();
}
