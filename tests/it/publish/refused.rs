//! What is not published, and why.

use crate::support::{Database, Folder, Landfall};

use super::{Table, land, pointer, publish, write_dump};

fn error(database: &Database, destination: &Folder, options: &[&str]) -> String {
    Landfall::on(database, &[&["publish", "--quiet"], options].concat()).arg(destination.path()).run().error()
}

#[test]
fn a_catalog_has_one_destination() {
    let (database, dumps) = (Database::new(), Folder::new());
    let (lake, other) = (Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let error = error(&database, &other, &[]);
    let place = lake.path().display();
    assert!(
        error.contains(&format!("is in {place}: publish it there, or choose another catalog with --catalog")),
        "{error}"
    );
    publish(&database, other.path(), &["--catalog", "other"]);
    assert!(pointer(&database, "spot").contains(&place.to_string()));
}

#[test]
fn what_others_wrote_to_the_table_is_not_overwritten() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let ours = pointer(&database, "spot");
    database.execute("UPDATE iceberg_tables SET metadata_location = 'file:///elsewhere/1.metadata.json'");
    write_dump(&dumps, "2020-03", "0.2");
    land(&database, &dumps);
    let error = error(&database, &lake, &[]);
    assert!(
        error.contains("another program has changed the table feeds.spot") && error.ends_with(&ours),
        "{error}"
    );
    assert_eq!(pointer(&database, "spot"), "file:///elsewhere/1.metadata.json");
    // As the message says.
    database.execute(&format!("UPDATE iceberg_tables SET metadata_location = '{ours}'"));
    publish(&database, lake.path(), &[]);
    assert_eq!(Table::of(&database, "spot").snapshots.len(), 2);
}

#[test]
fn a_table_of_others_with_the_same_name_stays() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    database.execute(
        "INSERT INTO iceberg_tables VALUES ('landfall', 'feeds', 'spot', 'file:///a', NULL, 'TABLE')",
    );
    let error = error(&database, &lake, &[]);
    assert!(error.contains("another program has changed the table feeds.spot"), "{error}");
    assert_eq!(pointer(&database, "spot"), "file:///a");
}

#[test]
fn a_feed_that_is_not_there_is_a_wrong_argument() {
    let run = Landfall::bare(&["publish", "--feed", "spots", "x"]).run();
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("there is no table of spots: --feed is one of spot, freight, events"),
        "{}",
        run.stderr
    );
}

#[test]
fn nothing_that_landed_is_no_table() {
    let (database, lake) = (Database::new(), Folder::new());
    let run = Landfall::on(&database, &["publish"]).arg(lake.path()).run().expect(0);
    assert_eq!(
        run.stdout,
        "spot: nothing has landed\nfreight: nothing has landed\nevents: nothing has landed\n"
    );
    assert_eq!(database.number("SELECT count(*) FROM iceberg_tables"), 0);
}

/// Readers by the folder would get whatever was published last, and files would be deleted that the other table has.
#[test]
fn a_folder_has_the_table_of_one_catalog_and_database() {
    let (database, other, dumps, lake) = (Database::new(), Database::new(), Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    land(&other, &dumps);
    publish(&database, lake.path(), &[]);
    for (database, options) in [(&database, &["--catalog", "other"][..]), (&other, &[])] {
        let error = error(database, &lake, options);
        assert!(
            error.contains("/spot has the table of another catalog or database: publish to another place"),
            "{error}"
        );
    }
    assert_eq!(Table::of(&database, "spot").snapshots.len(), 1);
    assert_eq!(other.number("SELECT count(*) FROM iceberg_tables"), 0);
    // One that is refused can go elsewhere.
    let elsewhere = Folder::new();
    publish(&other, elsewhere.path(), &["--catalog", "elsewhere"]);
}

#[test]
fn files_that_are_lost_are_noticed_and_written_again() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    for month in ["2020-03", "2020-04"] {
        write_dump(&dumps, month, "0.1");
    }
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    for _ in 0..2 {
        // As where nothing is mounted.
        std::fs::remove_dir_all(lake.path().join("spot")).unwrap();
        let error = error(&database, &lake, &[]);
        assert!(
            error.contains(
                "/spot any more: mount or restore what was there, or write everything again with --full"
            ),
            "{error}"
        );
        let report = &publish(&database, lake.path(), &["--full"])[0];
        assert_eq!(
            (&report["files_added"], &report["files_removed"], &report["rows"]),
            (&2.into(), &2.into(), &2.into())
        );
        // Programs that have no such numbers would round it.
        assert_eq!(report["snapshot"].as_str().unwrap().parse::<i64>().unwrap(), current(&database));
    }
    publish(&database, lake.path(), &[]);
    assert_eq!(Table::current_of(&database, "spot").rows, super::spot_rows(&database));
}

fn current(database: &Database) -> i64 {
    database.number("SELECT snapshot_id FROM lake_snapshots ORDER BY sequence DESC LIMIT 1")
}
