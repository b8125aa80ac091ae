//! A table has the rows that Postgres has, in every column.

use std::path::Path;

use landfall::feed::events::simulate::{Simulation, objects};

use crate::support::{Database, Folder};

use super::{Table, land, publish, sorted, spot_rows};

fn examples() -> Database {
    let database = Database::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for folder in ["dumps", "freight"] {
        crate::support::import(&database, &[&examples.join(folder)]);
    }
    database
}

#[test]
fn prices_are_those_of_postgres() {
    let (database, lake) = (examples(), Folder::new());
    let reports = publish(&database, lake.path(), &["--feed", "spot"]);
    let table = Table::of(&database, "spot");
    let rows = spot_rows(&database);
    assert!(rows.len() > 500);
    assert_eq!(table.current().rows, rows);
    assert_eq!(
        (&reports[0]["rows"], &reports[0]["files"]),
        (&rows.len().into(), &table.current().files.len().into())
    );
    // An account that begins with zero keeps it, also for those who take folders for columns.
    assert!(table.current().files.iter().all(|file| file.contains("/market=038520252753_")), "{table:?}");
    assert_eq!(table.current().ledger_id, database.number("SELECT max(id) FROM ledger WHERE feed = 'spot'"));
}

#[test]
fn rates_are_those_of_postgres() {
    let (database, lake) = (examples(), Folder::new());
    publish(&database, lake.path(), &["--feed", "freight"]);
    let rows = sorted(&database.table("SELECT orig_code, dest_code, day, price FROM freight_rates"));
    assert!(rows.len() > 200);
    assert_eq!(Table::of(&database, "freight").current().rows, rows);
}

#[test]
fn events_are_those_of_postgres() {
    let (database, folder, lake) = (Database::new(), Folder::new(), Folder::new());
    let simulation = Simulation {
        count: 2_000,
        first_day: "2026-11-02".parse().unwrap(),
        days: 3,
        events: vec!["submission_success".to_owned()],
        devices: ["android", "ios"].map(str::to_owned).to_vec(),
        duplicates: "0.05".parse().unwrap(),
        late: "0.1".parse().unwrap(),
        out_of_order: "0.1".parse().unwrap(),
        malformed: "0".parse().unwrap(),
        seed: 16,
    };
    for object in objects(simulation.messages(), 500) {
        folder.write(&object.name, object.body);
    }
    land(&database, &folder);
    publish(&database, lake.path(), &[]);
    let instant = |column: &str| format!("(extract(epoch FROM {column}) * 1000000)::bigint AS {column}_us");
    let (received, original) = (instant("received_at"), instant("original_timestamp"));
    let (timestamp, sent) =
        (instant("\"timestamp\"").replace("AS \"timestamp\"_us", "AS at"), instant("sent_at"));
    let rows = sorted(&database.table(&format!(
        "SELECT id, {received}, event, event_text, context_device_type, anonymous_id, user_id, {original}, {timestamp}, {sent},
                context_app_version, context_device_manufacturer, context_device_model, context_device_token,
                context_library_name, context_library_version, context_locale, context_network_carrier, context_os_name,
                context_timezone, context_device_ad_tracking_enabled, context_network_wifi, properties::text
         FROM events"
    )));
    let table = Table::of(&database, "events");
    assert!(rows.len() > 1_500);
    assert_eq!(table.current().rows.len(), rows.len());
    assert_eq!(table.current().rows, rows);
    assert!(table.current().files.len() >= 3);
}

/// Columns may only be added, at the end, and only optional ones: readers find those of old files by their ids.
#[test]
fn columns_stay_as_they_are() {
    let (database, lake) = (examples(), Folder::new());
    crate::support::Landfall::bare(&["simulate", "events", "--quiet", "--count", "10"])
        .arg(lake.path().join("raw"))
        .run()
        .expect(0);
    crate::support::import(&database, &[&lake.path().join("raw")]);
    publish(&database, lake.path(), &[]);
    insta::assert_snapshot!(database.table(
        "SELECT feed, field -> 'id' AS id, field ->> 'name' AS name, field ->> 'type' AS type, field -> 'required' AS required
         FROM lake_tables CROSS JOIN LATERAL jsonb_array_elements(schemas -> 0 -> 'fields') AS field
         ORDER BY feed, (field -> 'id')::int"
    ));
}
