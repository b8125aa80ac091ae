//! Extracts to a bucket.

use serde_json::Value;

use super::{Bank, Model, statuses};
use crate::support::{Database, Fault, Run, TestS3};

const TO: &str = "s3://outside/loans";

struct World {
    model: Model,
    bank: Bank,
    s3: TestS3,
}

impl World {
    fn new() -> Self {
        let model = Model::with_banks(3, "2024-01-01".parse().unwrap(), 1);
        let s3 = TestS3::private();
        s3.create_bucket("outside");
        Self { bank: Bank::new(&model), model, s3 }
    }

    fn run(&self, ledger: &Database, options: &[&str]) -> Run {
        let options = [&["--month", "2024-01", TO], options].concat();
        self.bank.extract(ledger, &options).with(&self.s3).env("LANDFALL_S3_ADDRESSING", "").run()
    }

    fn report(&self, ledger: &Database, options: &[&str]) -> Value {
        self.run(ledger, options).expect(0).json()
    }

    fn is_as_expected(&self) -> bool {
        let expected = self.model.files("2024-01").into_iter();
        self.s3.objects("outside")
            == expected.map(|(name, text)| (format!("loans/{name}"), text.into_bytes())).collect()
    }
}

#[test]
fn a_bucket_has_the_same_files_and_each_is_written_once() {
    let (world, ledger, other) = (World::new(), Database::new(), Database::new());
    let report = world.report(&ledger, &[]);
    assert!(world.is_as_expected());
    assert_eq!(
        report["months"][0]["files"][0]["url"],
        "s3://outside/loans/BankName=Bank_1-1/year=2024/month=01/Bank_1-1_20240131.csv"
    );
    let uploads = world.s3.uploads().len();
    assert_eq!(statuses(&world.report(&ledger, &[])), [("unchanged", 3)].into());
    assert_eq!(statuses(&world.report(&other, &[])), [("found", 3)].into());
    assert_eq!(statuses(&world.report(&ledger, &["--rebuild"])), [("unchanged", 3)].into());
    assert_eq!(statuses(&world.report(&other, &["--rebuild", "--dry-run"])), [("unchanged", 3)].into());
    let new = Database::new();
    assert_eq!(statuses(&world.report(&new, &["--dry-run"])), [("found", 3)].into());
    assert_eq!(world.s3.uploads().len(), uploads);

    world.bank.execute("UPDATE \"Loans\" SET \"Amount\" = 5 WHERE \"Account_idAccount\" IN (21, 22)");
    let error = world.run(&Database::new(), &[]).error();
    assert!(
        error.starts_with("s3://outside/loans/BankName=Bank_2-2/")
            && error.contains("is there already, with other content"),
        "{error}"
    );
    assert_eq!(world.run(&Database::new(), &["--dry-run"]).error(), error);
    assert!(world.is_as_expected());
    assert_eq!(statuses(&world.report(&ledger, &["--rebuild"])), [("rebuilt", 1), ("unchanged", 2)].into());
    assert_eq!(world.s3.uploads().len(), uploads + 1);
    assert!(!world.is_as_expected());
}

#[test]
fn a_bucket_that_fails_leaves_the_rest_to_the_next_run() {
    let (world, ledger) = (World::new(), Database::new());
    // The second file is refused.
    world.s3.inject_put(Fault::Stall(std::time::Duration::ZERO), 1);
    world.s3.inject_put(Fault::Status(403, "AccessDenied"), 1);
    let error = world.run(&ledger, &[]).error();
    assert!(error.contains("is denied (AccessDenied): allow s3:PutObject on it"), "{error}");
    assert_eq!(
        (world.s3.objects("outside").len(), ledger.number("SELECT count(*) FROM extract_files")),
        (1, 0)
    );
    // Another request is about to write the same key, and gives up.
    world.s3.inject_put(Fault::Stall(std::time::Duration::ZERO), 1);
    world.s3.inject_put(Fault::Status(409, "ConditionalRequestConflict"), 1);
    assert_eq!(statuses(&world.report(&ledger, &[])), [("found", 1), ("written", 2)].into());
    assert!(world.is_as_expected());
}
