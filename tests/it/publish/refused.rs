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
