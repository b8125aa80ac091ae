//! Batches that are posted.

use std::thread;

use landfall::feed::freight::{Format, Freight, upload_name};
use landfall::ingest::{Upload, Uploaded, Withdrawal, withdraw};

use crate::support::Database;

use super::{HEADER, csv, rates, with_ports};

fn upload(database: &Database, key: &str, format: Format, body: &str) -> Uploaded {
    let dump = upload_name(key, format);
    let upload = Upload::receive(Freight, key, dump, &mut body.as_bytes()).unwrap();
    upload.store(&mut database.connect()).unwrap()
}

#[test]
fn an_upload_lands_like_a_file_and_its_key_is_no_files() {
    let (database, folder) = with_ports();
    let key = "freightrates_20210201_1";
    let Uploaded::Stored(entry) = upload(&database, key, Format::Csv, &csv(&[1, 2])) else { panic!() };
    assert_eq!((entry.records, entry.rows_new, entry.rows_removed), (2, 2, 0));
    folder.write(&format!("{key}.csv"), csv(&[3]));
    assert_eq!(crate::support::import(&database, &[folder.path()]).landed, 1);
    insta::assert_snapshot!(rates(&database), @r"
    CNGGZ NOOSL | 2021-01-31 | 1 | api/freightrates_20210201_1.csv
    CNGGZ NOOSL | 2021-01-31 | 2 | api/freightrates_20210201_1.csv
    CNGGZ NOOSL | 2021-01-31 | 3 | freightrates_20210201_1.csv
    ");
    // The same key in another format is the same key.
    assert_eq!(upload(&database, key, Format::Ndjson, "\n"), Uploaded::Conflict(entry));
}

#[test]
fn what_only_the_database_can_refuse_leaves_nothing() {
    let (database, _folder) = with_ports();
    let body =
        format!("{HEADER}CNGGZ,NOOSL,2021-01-31,1\nSESTO,DKAAR,2021-01-31,3\nSESTO,FIHEL,2021-01-31,3\n");
    let Uploaded::Rejected(rejection) = upload(&database, "k", Format::Csv, &body) else { panic!() };
    let errors: String = rejection.errors().iter().map(|error| format!("{error}\n")).collect();
    insta::assert_snapshot!(errors, @r"
    record 1, dest_code: the port `DKAAR` is neither in the batch nor in the database (at byte 55)
    record 1, orig_code: the port `SESTO` is neither in the batch nor in the database (at byte 55)
    record 2, dest_code: the port `FIHEL` is neither in the batch nor in the database (at byte 80)
    ");
    assert_eq!(rates(&database), "");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    assert!(matches!(upload(&database, "k", Format::Csv, &csv(&[1])), Uploaded::Stored(_)));
}

#[test]
fn a_withdrawn_upload_is_found_and_stays_withdrawn() {
    let (database, _folder) = with_ports();
    let Uploaded::Stored(entry) = upload(&database, "k", Format::Csv, &csv(&[1])) else { panic!() };
    let Withdrawal::Withdrawn(withdrawn, _) = withdraw(&mut database.connect(), &Freight, entry.id).unwrap()
    else {
        panic!()
    };
    assert_eq!(upload(&database, "k", Format::Csv, &csv(&[1])), Uploaded::AlreadyStored(withdrawn));
    assert_eq!(rates(&database), "");
    assert!(matches!(upload(&database, "k2", Format::Csv, &csv(&[1])), Uploaded::Stored(_)));
}

#[test]
fn readers_see_all_of_a_batch_or_nothing() {
    let (database, _folder) = with_ports();
    let prices: Vec<u32> = (0..5_000).collect();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for key in 0..10 {
                let landed = upload(&database, &key.to_string(), Format::Csv, &csv(&prices));
                assert!(matches!(landed, Uploaded::Stored(_)));
            }
        });
        while !writer.is_finished() {
            assert_eq!(database.number("SELECT count(*) FROM freight_rates") % 5_000, 0);
        }
    });
    assert_eq!(database.number("SELECT count(*) FROM freight_rates"), 50_000);
}
