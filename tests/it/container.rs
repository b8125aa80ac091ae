//! The daily task in its container, as on a platform that gives it little.

mod standalone;

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::support::{
    Container, Database, Fault, Folder, Image, Landfall, Plain, TestS3, Tls, dump_name, exit_of,
    json as dump, serve_task_role,
};

/// What the task finds outside: its role, and behind TLS a bucket and an empty database.
struct Outside {
    role: String,
    s3: TestS3,
    bucket: Tls,
    database: Database,
    server: Tls,
}

impl Outside {
    fn new() -> Self {
        let s3 = TestS3::private();
        s3.create_bucket("prices");
        let database = Database::blank();
        let bucket = Tls::before(Plain::Http(s3.address()));
        let server = Tls::before(Plain::Postgres(database.socket()));
        Self { role: serve_task_role(), s3, bucket, database, server }
    }

    /// The image with nothing but what the task definition gives it; without trusted certificates.
    fn untrusting<'a>(&self, image: &'a Image) -> Container<'a> {
        let address = format!(
            "postgresql://localhost:{}/{}?sslmode=verify-full&sslrootcert=/etc/ssl/certs/rds.pem",
            self.server.port, self.database.name
        );
        image
            .container()
            .env("DATABASE_URL", &address)
            .env("PGUSER", "landfall")
            .env("PGPASSWORD", "not requested")
            .env("AWS_ENDPOINT_URL", &format!("https://localhost:{}", self.bucket.port))
            .env("AWS_REGION", "eu-west-3")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &self.role)
            .env("LANDFALL_SOURCE", "s3://prices")
    }

    fn task<'a>(&self, image: &'a Image) -> Container<'a> {
        self.untrusting(image)
            .file("/etc/ssl/certs/ca-bundle.crt", &self.bucket.certificate)
            .file("/etc/ssl/certs/rds.pem", &self.server.certificate)
    }
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn runs_the_daily_task() {
    let (image, outside) = (Image::load(), Outside::new());
    for day in ["2020-05-04", "2020-05-05"] {
        outside.s3.put("prices", &dump_name(day), dump(&[("a", &format!("{day} 10:00:00"), "0.1")]));
    }
    let run = outside.task(&image).run(&["import", "--json"]).expect(0);
    let messages = run.messages();
    let first = |text: &str| messages.iter().position(|message| message == text);
    assert!(first("migrated") < first("landed") && first("migrated").is_some(), "{messages:?}");
    assert_eq!((&run.json()["landed"], &run.json()["rows_new"]), (&json!(2), &json!(2)), "{}", run.stdout);

    let again = outside.task(&image).run(&["import", "--json"]).expect(0).json();
    assert_eq!((&again["landed"], &again["unchanged"]), (&json!(0), &json!(2)), "{again}");
    outside.database.check();
    assert_eq!(outside.database.number("SELECT count(*) FROM spot_prices"), 2);

    let status = outside.task(&image).run(&["status", "--max-lag", "24h"]).expect(4);
    assert!(status.stdout.contains("eu-west-3"), "{}", status.stdout);
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn sorts_a_large_dump_in_the_volume() {
    let (image, outside) = (Image::load(), Outside::new());
    let simulated = Folder::new();
    let simulate = ["simulate", "--days", "1", "--pools", "3000", "--changes-per-day", "100"];
    Landfall::bare(&simulate).arg(simulated.path()).run().expect(0);
    let (mut dumps, mut records) = (0, 0);
    for file in simulated.path().read_dir().unwrap() {
        let file = file.unwrap();
        let body = fs::read(file.path()).unwrap();
        records += body.windows(10).filter(|text| text == b"\"SpotPrice").count();
        outside.s3.put("prices", file.file_name().to_str().unwrap(), body);
        dumps += 1;
    }
    assert!(dumps == 1 && records > 262_144, "{dumps} dumps, {records} records: that is sorted in memory");
    let report = outside.task(&image).run(&["import", "--json"]).expect(0).json();
    assert_eq!(report["landed"], 1, "{report}");
    outside.database.check();
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn trusts_only_what_its_certificates_say() {
    let (image, outside) = (Image::load(), Outside::new());
    outside.s3.put("prices", &dump_name("2020-05-04"), "[]");
    let error = outside.untrusting(&image).run(&["import"]).error();
    assert!(error.contains("certificate verify failed"), "{error}");
    let server = outside.server.certificate.as_str();
    let error =
        outside.untrusting(&image).file("/etc/ssl/certs/rds.pem", server).run(&["import"]).expect(1).stderr;
    assert!(error.contains("invalid peer certificate"), "{error}");
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn ends_in_order_as_the_first_process() {
    let (image, outside) = (Image::load(), Outside::new());
    let key = dump_name("2020-05-04");
    outside.s3.put("prices", &key, "[]");
    outside.s3.inject(&key, Fault::Stall(Duration::from_secs(120)), 1);
    let mut task = outside.task(&image).spawn(&["import", "--json"]);
    while outside.s3.gets() == 0 {
        assert_eq!(task.podman.try_wait().unwrap(), None, "it ended before it read anything");
        sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(task.podman.id().cast_signed()), Signal::SIGTERM).unwrap();
    assert_eq!(exit_of(&mut task.podman).code(), Some(0));
    assert_eq!(outside.database.number("SELECT count(*) FROM ledger"), 0);
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn says_what_it_lacks() {
    let image = Image::load();
    assert!(image.container().run(&["--version"]).expect(0).stdout.starts_with("landfall "));
    let error = image.container().run(&["status"]).error();
    assert!(error.contains("set DATABASE_URL"), "{error}");
}
