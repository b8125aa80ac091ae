//! Bad dumps are refused whole, with a reason; the others go on.

use std::fs;
use std::path::Path;

use crate::support::{Database, Folder, Landfall, dump_name, import, json};

const GOOD: &[(&str, &str, &str)] = &[("a", "2020-05-04 10:00:00", "0.1")];

#[test]
fn a_bad_dump_stores_nothing_and_blocks_no_other() {
    let (database, folder) = (Database::new(), Folder::new());
    let half = json(&[("b", "2020-05-05 10:00:00", "0.1"), ("c", "2020-05-05 11:00:00", "NaN")]);
    folder.dump("2020-05-04", GOOD);
    folder.write(&dump_name("2020-05-05"), half);
    folder.dump("2020-05-06", &[("a", "2020-05-06 10:00:00", "0.3")]);
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.rows_new), (2, 1, 2));
    assert_eq!(
        database.table("SELECT reason, reason_record, reason_field, octet_length(sha256) FROM ledger WHERE status = 'rejected'"),
        "the price is not a decimal number: `NaN` | 1 | SpotPrice | 32\n"
    );
    database.check();
    assert_eq!(database.number("SELECT count(*) FROM spot_pools"), 1, "pools of a rejected dump");

    // It is not tried again until its bytes change.
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.still_rejected, again.rejected.len(), again.unchanged), (1, 0, 2));
    folder.dump("2020-05-05", &[("b", "2020-05-05 10:00:00", "0.1")]);
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
    assert_eq!(database.number("SELECT count(*) FROM spot_prices"), 3);
}

#[test]
fn a_bad_revision_does_not_touch_what_landed() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", GOOD);
    import(&database, &[folder.path()]);
    let before = database.rows();
    folder.write(&dump_name("2020-05-04"), "");
    assert_eq!(import(&database, &[folder.path()]).rejected.len(), 1);
    assert_eq!(database.rows(), before);
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.2")]);
    import(&database, &[folder.path()]);
    assert_eq!(database.rows()[0].price, "0.200000");
    database.check();
}

#[test]
fn every_fixture_gets_the_same_answer_from_the_command_as_from_the_decoder() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed/spot/fixtures");
    let (database, folder) = (Database::new(), Folder::new());
    let mut rejected = 0;
    let mut dumps = 0;
    for (number, entry) in fs::read_dir(&fixtures).unwrap().enumerate() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        // The snapshot of a fixture shows whether it is valid.
        let snapshot =
            fixtures.join(format!("../decode/snapshots/landfall__feed__spot__decode__tests__{stem}.snap"));
        rejected += usize::from(fs::read_to_string(snapshot).unwrap().contains("rejected: "));
        dumps += 1;
        folder.write(&format!("spotprices_20181030_{number:012}_us-west-2.json"), fs::read(&path).unwrap());
    }
    let run = Landfall::on(&database, &["import", "--json"]).arg(folder.path()).run().expect(3);
    let report = run.json();
    assert_eq!(report["rejected"].as_array().unwrap().len(), rejected);
    assert_eq!(report["landed"], dumps - rejected);
    database.check();
}

#[test]
fn keys_that_nearly_are_dumps_are_rejected_and_others_ignored() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("README.md", "hello");
    folder.write("logs/2020/x.json", "{}");
    folder.write("spotprices_20200532_123456789012_eu-west-3.json", json(GOOD));
    folder.write("sub/spotprices_20200504_12345678901_eu-west-3.json", json(GOOD));
    folder.dump("2020-05-04", GOOD);
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.ignored, report.landed, report.rejected.len()), (2, 1, 2));
    assert_eq!(
        database.table("SELECT split_part(reason, ':', 1), sha256 IS NULL FROM ledger WHERE status = 'rejected' ORDER BY 1"),
        "`12345678901` is not an account id of 12 digits | true\n`20200532` is not a date | true\n"
    );
    // They do not pile up in the ledger.
    assert_eq!(import(&database, &[folder.path()]).still_rejected, 2);
    Landfall::on(&database, &["retry"]).run().expect(3);
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 3);
}

#[test]
fn retry_lands_what_has_become_good_only_for_a_new_version() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", GOOD);
    import(&database, &[folder.path()]);
    // As if an earlier version had rejected these bytes.
    database.execute(
        "TRUNCATE spot_observations, spot_days;
         UPDATE ledger SET status = 'rejected', reason = 'an old mistake', rows_new = 0, records = 0, landed_at = NULL",
    );
    assert_eq!(import(&database, &[folder.path()]).still_rejected, 1);
    let run = Landfall::on(&database, &["retry", "--json"]).run().expect(0);
    assert_eq!((&run.json()["landed"], &run.json()["rows_new"]), (&1.into(), &1.into()));
    assert_eq!(database.rows().len(), 1);
    Landfall::on(&database, &["retry"]).run().expect(0);
}

#[test]
fn a_retry_says_nothing_of_dumps_that_were_never_imported() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.dump("2020-05-05", &[("a", "2020-05-05 10:00:00", "cheap")]);
    Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(3);
    folder.dump("2020-05-06", &[("a", "2020-05-06 10:00:00", "0.1")]);
    let report = Landfall::on(&database, &["retry", "--json"]).run().expect(3).json();
    assert_eq!((&report["objects"], &report["landed"]), (&3.into(), &0.into()));
    assert_eq!((&report["unchanged"], report["rejected"].as_array().unwrap().len()), (&1.into(), 1));
}
