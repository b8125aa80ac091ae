//! Bucket, queue or database are away for a while.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use landfall::db::DatabaseUrl;
use private_postgres::PrivatePostgres;

use super::{SLOW, SlowWorld, World, dump};
use crate::support::{Database, Fault, Moto, dump_name, wait_until};

#[test]
fn a_bucket_that_is_down_costs_a_message_one_attempt() {
    let slow = SlowWorld::new();
    let follower = slow.follow(&["--visibility-timeout", "1s"]);
    // More than the SDK tries by itself, several times over.
    slow.s3.inject_list(Fault::Status(503, "SlowDown"), 12);
    slow.world.moto.send_put("prices", SLOW);
    wait_until("the failure is seen", || follower.sum("failed") == 1);
    slow.world.wait_for_rows(1);
    slow.world.wait_for_empty_queue();
    // While the bucket was away, nothing was received.
    wait_until("the lines about both attempts", || follower.sum("messages") == 2);
    follower.stop();
}

#[test]
fn a_dump_that_cannot_be_read_comes_again_and_holds_up_no_other() {
    let slow = SlowWorld::new();
    let other = dump_name("2020-05-02");
    slow.s3.put("prices", &other, dump("2020-05-02"));
    // All attempts of one run, with those of the SDK.
    slow.s3.inject(SLOW, Fault::Status(403, "AccessDenied"), 1);
    let follower = slow.follow(&["--visibility-timeout", "1s"]);
    slow.world.moto.send_put("prices", SLOW);
    slow.world.moto.send_put("prices", &other);
    wait_until("the failure is seen", || follower.sum("failed") == 1);
    slow.world.wait_for_rows(2);
    slow.world.wait_for_empty_queue();
    assert_eq!(follower.sum("left"), 1);
    follower.stop();
}

/// A Postgres of the test's own, which can be stopped.
struct OwnPostgres {
    folder: tempfile::TempDir,
    server: Option<PrivatePostgres>,
}

impl OwnPostgres {
    fn start() -> Self {
        // Postgres may run as another user, who has to reach the data.
        let folder = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut own = Self { folder, server: None };
        own.start_again();
        own
    }

    fn start_again(&mut self) {
        self.server = Some(PrivatePostgres::start(&self.folder.path().join("data"), "landfall").unwrap());
    }

    fn stop(&mut self) {
        self.server = None;
    }

    /// With a password, which does not matter until one is asked for.
    fn database(&self) -> Database {
        let url = format!("{}&password=old", self.server.as_ref().unwrap().url());
        Database { url: DatabaseUrl::parse(&url).unwrap(), name: "landfall".to_owned() }
    }

    /// From now on, passwords are asked for.
    fn ask_for_passwords(&self) {
        let rules = self.folder.path().join("data/postgres/pg_hba.conf");
        fs::write(rules, "local all all scram-sha-256\n").unwrap();
        self.database().execute("SELECT pg_reload_conf()");
    }
}

#[test]
fn a_database_that_restarts_does_not_end_it_but_one_that_refuses_the_password_does() {
    let mut postgres = OwnPostgres::start();
    let world = World { database: postgres.database(), moto: Moto::notifying() };
    let follower = world.follow(&["--visibility-timeout", "1s"]);
    world.put("2020-05-01");
    world.wait_for_rows(1);
    world.wait_for_empty_queue();

    postgres.stop();
    world.put("2020-05-02");
    follower.wait_for("the database cannot be reached");
    std::thread::sleep(Duration::from_secs(3));
    postgres.start_again();
    world.wait_for_rows(2);
    world.wait_for_empty_queue();
    follower.wait_for("the database is back");
    world.database.check();

    postgres.ask_for_passwords();
    world.put("2020-05-03");
    let (code, messages) = follower.wait();
    assert_eq!(code, Some(1), "{messages:?}");
    let last = messages.last().unwrap();
    assert!(
        last.starts_with(
            "the database refuses the password: restart `landfall follow` with the current one: "
        ),
        "{last}"
    );
    // For whoever has it.
    assert_eq!(world.moto.messages(), 1);
}
