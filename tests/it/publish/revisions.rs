//! What changes between two snapshots, and what does not.

use crate::support::{Database, Folder, Landfall, dump_name};

use super::{Table, land, pointer, publish, spot_rows, write_dump};

#[test]
fn only_parts_that_changed_get_another_file_and_old_snapshots_stay_as_they_were() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    for month in ["2020-03", "2020-04"] {
        write_dump(&dumps, month, "0.1");
    }
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let first = Table::of(&database, "spot");
    write_dump(&dumps, "2020-04", "0.25");
    land(&database, &dumps);
    let report = &publish(&database, lake.path(), &[])[0];
    assert_eq!(
        (&report["files_added"], &report["files_removed"], &report["rows"]),
        (&1.into(), &1.into(), &2.into())
    );
    let second = Table::of(&database, "spot");
    assert_eq!(second.snapshots[0], first.snapshots[0]);
    assert_eq!(second.current().rows, spot_rows(&database));
    let kept: Vec<_> =
        second.current().files.iter().filter(|file| first.current().files.contains(file)).collect();
    assert!(matches!(kept[..], [file] if file.contains("month=2020-03")), "{kept:?}");
}

#[test]
fn what_has_not_changed_makes_no_file_and_no_snapshot() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let (before, files) = (pointer(&database, "spot"), files(&lake));
    let report = &publish(&database, lake.path(), &[])[0];
    assert_eq!((&report["snapshot"], &report["files_added"]), (&serde_json::Value::Null, &0.into()));
    // A revision that says the same of this month, and changes the rows of no other.
    let name = dump_name("2020-03-15");
    dumps.write(&name, format!(" {}", std::fs::read_to_string(dumps.path().join(&name)).unwrap()));
    land(&database, &dumps);
    let stale = Landfall::on(&database, &["publish", "--dry-run"]).arg(lake.path()).run().expect(0).stdout;
    assert!(stale.contains(" again  spot  123456789012/eu-west-3/2020-03  1 row"), "{stale}");
    let report = &publish(&database, lake.path(), &[])[0];
    assert_eq!((&report["same"], &report["snapshot"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!((pointer(&database, "spot"), self::files(&lake)), (before, files));
    let stale = Landfall::on(&database, &["publish", "--dry-run"]).arg(lake.path()).run().expect(0).stdout;
    assert!(stale.starts_with("spot: 0 parts to publish\n"), "{stale}");
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let (database, dumps) = (Database::new(), Folder::new());
    for month in ["2020-03", "2020-04"] {
        write_dump(&dumps, month, "0.1");
    }
    land(&database, &dumps);
    let (one, other) = (Folder::new(), Folder::new());
    publish(&database, one.path(), &[]);
    publish(&database, other.path(), &["--catalog", "other"]);
    let data =
        |lake: &Folder| files(lake).into_iter().filter(|file| file.contains("/data/")).collect::<Vec<_>>();
    // Their names are of the hashes of their bytes.
    assert_eq!(data(&one), data(&other));
    assert_eq!(data(&one).len(), 2);
}

#[test]
fn a_part_whose_rows_are_gone_goes() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    for month in ["2020-03", "2020-04"] {
        write_dump(&dumps, month, "0.1");
    }
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    Landfall::on(&database, &["--quiet", "withdraw", &dump_name("2020-03-15")]).run().expect(0);
    let report = &publish(&database, lake.path(), &[])[0];
    assert_eq!(
        (&report["files_added"], &report["files_removed"], &report["rows"]),
        (&0.into(), &1.into(), &1.into())
    );
    assert_eq!(Table::of(&database, "spot").current().rows, spot_rows(&database));
}

/// Months that are dropped in Postgres stay in the lake, also when a late dump brings a few rows of them back.
#[test]
fn a_month_that_was_dropped_stays_published_whatever_lands_later() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    for month in ["2020-03", "2020-04"] {
        write_dump(&dumps, month, "0.1");
    }
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let before = Table::of(&database, "spot");
    database.execute("DROP TABLE spot_observations_2020_03");
    let report = &publish(&database, lake.path(), &[])[0];
    assert_eq!((&report["snapshot"], &report["rows"]), (&serde_json::Value::Null, &2.into()));

    dumps.write(&dump_name("2020-03-16"), crate::support::json(&[("a", "2020-03-16 10:00:00", "0.3")]));
    land(&database, &dumps);
    let run = Landfall::on(&database, &["publish", "--json"]).arg(lake.path()).run().expect(0);
    let warned = run
        .messages()
        .into_iter()
        .any(|message| message.starts_with("not published again: Postgres does not have all"));
    assert!(warned, "{}", run.stderr);
    let incomplete = &run.json()[0]["incomplete"];
    assert_eq!(incomplete[0]["part"], "123456789012/eu-west-3/2020-03");
    assert_eq!((&incomplete[0]["landed"], &incomplete[0]["stored"]), (&2.into(), &1.into()));
    assert_eq!(Table::of(&database, "spot").current(), before.current());
    // Others go on.
    write_dump(&dumps, "2020-05", "0.2");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let table = Table::of(&database, "spot");
    let rows = &table.current().rows;
    assert_eq!(rows.len(), 3);
    assert!(before.current().rows.iter().all(|row| rows.contains(row)));
}

#[test]
fn status_tells_what_is_still_to_be_published() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    let status = || Landfall::on(&database, &["status", "--json"]).run().json()["lake"].clone();
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    assert!(status().is_null());
    publish(&database, lake.path(), &[]);
    assert_eq!(
        (&status()[0]["stale_parts"], &status()[0]["rows"], &status()[0]["lag_seconds"]),
        (&0.into(), &1.into(), &0.into())
    );
    write_dump(&dumps, "2020-03", "0.2");
    write_dump(&dumps, "2020-04", "0.2");
    land(&database, &dumps);
    assert_eq!((&status()[0]["stale_parts"], &status()[0]["files"]), (&2.into(), &1.into()));
    let text = Landfall::on(&database, &["status"]).run().stdout;
    assert!(text.contains("published: spot (landfall, ") && text.contains("2 parts have changed"), "{text}");
}

/// Relative paths of all files, in order.
fn files(lake: &Folder) -> Vec<String> {
    fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(lake.path(), &mut found);
    let relative = |path: std::path::PathBuf| path.strip_prefix(lake.path()).unwrap().display().to_string();
    let mut found: Vec<String> = found.into_iter().map(relative).collect();
    found.sort();
    found
}

/// A version of Landfall with another column, which comes last, adds a schema; files that do not have the column stay.
#[test]
fn a_column_more_is_a_schema_more() {
    let (database, dumps, lake) = (Database::new(), Folder::new(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    // As an older version left it.
    database.execute("UPDATE lake_tables SET schemas = schemas #- '{0,fields,6}'");
    write_dump(&dumps, "2020-04", "0.1");
    land(&database, &dumps);
    publish(&database, lake.path(), &[]);
    let metadata = pointer(&database, "spot");
    let metadata = std::fs::read_to_string(metadata.strip_prefix("file://").unwrap()).unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let fields = |schema: usize| metadata["schemas"][schema]["fields"].as_array().unwrap();
    assert_eq!((fields(0).len(), fields(1).len(), &metadata["current-schema-id"]), (6, 7, &1.into()));
    assert_eq!(fields(0)[..], fields(1)[..6]);
    let ids: Vec<_> =
        metadata["snapshots"].as_array().unwrap().iter().map(|one| one["schema-id"].clone()).collect();
    assert_eq!(ids, [0, 1]);
    assert_eq!(Table::of(&database, "spot").current().rows, spot_rows(&database));
}
