//! What the database refuses is charged to the dump that brought it, and to no other; what the server lacks, to none.

use std::path::PathBuf;

use diesel_migrations::MigrationHarness;
use landfall::feed::spot::Spot;
use landfall::feed::{Feed, KeyMatch};
use landfall::ingest::{Upload, Uploaded};

use crate::migrations::MIGRATIONS;
use crate::support::{Database, Folder, Landfall, dump_name, import, json};

/// The dump of a day with one record.
fn put(folder: &Folder, day: &str) {
    folder.dump(day, &[("a", &format!("{day} 10:00:00"), "0.1")]);
}

/// The same, with other texts.
fn put_pool(folder: &Folder, day: &str, instance_type: &str, product: &str) {
    let body = json(&[("a", &format!("{day} 10:00:00"), "0.1")]);
    folder.write(&dump_name(day), body.replace("c5.large", instance_type).replace("Linux/UNIX", product));
}

/// Lets an insertion into a table fail with a code, if a condition is true.
fn fail(database: &Database, table: &str, condition: &str, code: &str) {
    database.execute(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF {condition} THEN
                 RAISE 'auf dem Gerät ist kein Platz mehr' USING ERRCODE = '{code}', CONSTRAINT = 'named';
             END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER fail BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION fail()"
    ));
}

/// Text that does not compress.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + ((state >> 33) % 26) as u8)
        })
        .collect()
}

#[test]
fn what_an_encoding_cannot_hold_is_rejected_and_the_rest_lands() {
    let (database, folder) = (Database::encoded("LATIN1"), Folder::new());
    // As if it had been migrated by a version that did not check the encoding.
    database.connect().run_pending_migrations(MIGRATIONS).unwrap();
    put(&folder, "2020-05-04");
    put_pool(&folder, "2020-05-05", "c5.large", "Линукс");
    let unnamed = format!("価格/{}", dump_name("2020-05-06"));
    folder.write(&unnamed, json(&[("a", "2020-05-06 10:00:00", "0.1")]));
    put_pool(&folder, "2020-05-07", "c5.large", "Linux à la carte");
    // Rejected by the decoder, under a name that the ledger cannot store.
    folder.write(&format!("価格/{}", dump_name("2020-05-08")), "nonsense");
    put(&folder, "2020-05-09");
    let run = Landfall::on(&database, &["import", "--json"]).arg(folder.path()).run().expect(3);
    let report = run.json();
    assert_eq!((&report["landed"], report["rejected"].as_array().unwrap().len()), (&3.into(), 3));
    assert!(run.stderr.contains("encoding"), "{}", run.stderr);
    let rejected = database.table("SELECT name, reason FROM ledger WHERE status = 'rejected'");
    assert!(
        rejected.starts_with(&dump_name("2020-05-05")) && rejected.contains("SQLSTATE 22P05"),
        "{rejected}"
    );
    assert_eq!(rejected.lines().count(), 1, "{rejected}");
    // What is in the ledger is unchanged; what it cannot store is rejected again. Neither prevents a new dump.
    put(&folder, "2020-05-10");
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.landed, again.still_rejected, again.rejected.len(), again.remaining), (1, 1, 2, 0));
    assert_eq!(database.number("SELECT count(*) FROM spot_prices"), 4);
    database.check();
}

#[test]
fn what_an_index_cannot_hold_is_rejected_and_the_rest_lands() {
    let (database, folder) = (Database::new(), Folder::new());
    put(&folder, "2020-05-04");
    let deep: PathBuf =
        noise(3_200).as_bytes().chunks(200).map(|part| std::str::from_utf8(part).unwrap()).collect();
    folder.write(
        deep.join(dump_name("2020-05-06")).to_str().unwrap(),
        json(&[("a", "2020-05-06 10:00:00", "0.1")]),
    );
    put(&folder, "2020-05-07");
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.remaining), (2, 1, 0));
    let reason = &report.rejected[0].error.reason;
    assert!(reason.contains("(SQLSTATE 54000)"), "{reason}");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 2, "it cannot store the path");
    database.check();
}

/// Among the dumps of one batch: whatever else is wrong, only the guilty one is rejected.
#[test]
fn each_class_of_database_errors_finds_its_dump() {
    for code in ["22003", "23514", "54000"] {
        let (database, folder) = (Database::new(), Folder::new());
        fail(&database, "spot_pools", "NEW.product_description = 'wrong'", code);
        for day in 1..=9 {
            put(&folder, &format!("2020-05-0{day}"));
        }
        put_pool(&folder, "2020-05-05", "c5.large", "wrong");
        let report = import(&database, &[folder.path()]);
        assert_eq!((report.landed, report.rejected.len(), report.remaining), (8, 1, 0), "{code}");
        assert_eq!(
            database.table("SELECT name, reason FROM ledger WHERE status = 'rejected'"),
            format!(
                "{} | the database cannot store it: auf dem Gerät ist kein Platz mehr (SQLSTATE {code})\n",
                dump_name("2020-05-05")
            )
        );
        // Once the database takes it, so does the ledger.
        database.execute("DROP TRIGGER fail ON spot_pools");
        Landfall::on(&database, &["retry"]).run().expect(0);
        assert_eq!(database.number("SELECT count(*) FROM spot_prices"), 9);
        database.check();
    }
}

#[test]
fn what_the_server_lacks_is_charged_to_no_dump() {
    for (code, advice) in [
        ("53100", "the database's disk is full: free some space"),
        ("53200", "the database ran out of memory"),
        ("42501", "the role lacks a privilege"),
        ("25006", "the database is read-only"),
        ("58030", "the database cannot read or write its files"),
    ] {
        let (database, folder) = (Database::new(), Folder::new());
        put(&folder, "2020-05-04");
        put_pool(&folder, "2020-05-05", "c5.large", "wrong");
        fail(&database, "spot_pools", "NEW.product_description = 'wrong'", code);
        let run = Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(1);
        assert!(run.stderr.contains(advice), "{code}: {}", run.stderr);
        // Each line names the feed and the batch.
        let lines = run.stderr.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let retried: Vec<_> = lines
            .filter(|line| line["message"] == "the database did not take a batch, trying again")
            .collect();
        assert_eq!(retried.len(), 2, "{code}: {}", run.stderr);
        for line in retried {
            let batch =
                line["spans"].as_array().unwrap().iter().find(|span| span["name"] == "batch").unwrap();
            assert_eq!(
                (&batch["feed"], &batch["batch"], &batch["dumps"]),
                (&"spot".into(), &1.into(), &2.into())
            );
        }
        // The server's own text, in its own language.
        assert!(run.stderr.contains("auf dem Gerät ist kein Platz mehr"), "{code}: {}", run.stderr);
        assert_eq!(database.number("SELECT count(*) FROM ledger"), 0, "{code}");
        database.execute("DROP TRIGGER fail ON spot_pools");
        Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(0);
        assert_eq!(database.number("SELECT count(*) FROM spot_prices"), 2);
        database.check();
    }
}

#[test]
fn an_upload_that_the_database_refuses_is_the_senders() {
    let database = Database::new();
    let upload = |body: &str| {
        let KeyMatch::Dump(dump) = Spot.match_key(&dump_name("2020-05-04")) else { panic!() };
        let upload = Upload::receive(Spot, "k1", dump, &mut body.as_bytes()).unwrap();
        upload.store(&mut database.connect())
    };
    let good = json(&[("a", "2020-05-04 10:00:00", "0.1")]);
    fail(&database, "spot_pools", "true", "54000");
    let Ok(Uploaded::Rejected(rejection)) = upload(&good) else { panic!("not refused") };
    assert!(rejection.to_string().contains("(SQLSTATE 54000)"), "{rejection}");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 0);
    // A full disk is not the sender's.
    database.execute("DROP FUNCTION fail CASCADE");
    fail(&database, "spot_pools", "true", "53100");
    assert!(upload(&good).is_err());
    database.execute("DROP TRIGGER fail ON spot_pools");
    assert!(matches!(upload(&good), Ok(Uploaded::Stored(_))));
}

#[test]
fn a_new_database_must_be_able_to_hold_every_text() {
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let database = Database::encoded(encoding);
        let run = Landfall::on(&database, &["migrate"]).run().expect(1);
        assert!(run.stderr.contains(encoding) && run.stderr.contains("ENCODING 'UTF8'"), "{}", run.stderr);
        let made = database.number("SELECT count(*) FROM pg_class WHERE relname = 'ledger'");
        assert_eq!(made, 0, "nothing was made");
        // One that is in use already goes on, with a warning.
        database.connect().run_pending_migrations(MIGRATIONS).unwrap();
        let run = Landfall::on(&database, &["migrate"]).run().expect(0);
        assert!(run.stderr.contains(encoding), "{}", run.stderr);
    }
}
