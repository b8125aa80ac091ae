//! What the files have, as a reader that others wrote finds it.

use std::fs;

use crate::support::{Database, Folder, python};
use crate::tables::redshift::sorted;

use super::{current, days, event, extract, files_of, import, simulated, simulation};

/// Every row of some files as a line of texts, and the types of the columns before them.
const ROWS: &str = r#"
import duckdb, sys
files = sys.argv[1:]
rows = duckdb.read_parquet(files, hive_partitioning=False)
print(", ".join(f"{name} {kind}" for name, kind in zip(rows.columns, rows.types)))
text = ", ".join(
    f'CAST(epoch_us("{name}") AS VARCHAR)' if "TIME" in str(kind) else f'CAST("{name}" AS VARCHAR)'
    for name, kind in zip(rows.columns, rows.types)
)
for row in duckdb.sql(f"SELECT {text} FROM rows ORDER BY id").fetchall():
    print(" | ".join("-" if value is None else value for value in row))
"#;

/// The same of CSV files.
const CSV_ROWS: &str = r#"
import csv, sys
from datetime import datetime, timedelta, timezone

csv.field_size_limit(1 << 30)
epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
micros = lambda text: str((datetime.fromisoformat(text.replace("Z", "+00:00")) - epoch) // timedelta(microseconds=1))
for file in sys.argv[1:]:
    for row in csv.DictReader(open(file, newline="", encoding="utf-8")):
        is_time = lambda name: name.endswith("timestamp") or name in ("sent_at", "received_at")
        print(" | ".join("-" if not text else micros(text) if is_time(name) else text for name, text in row.items()))
"#;

/// The same of the table.
pub(super) fn rows(database: &Database) -> String {
    database.execute(MICROS);
    database.table(
        "SELECT id, micros(received_at), event, event_text, context_device_type, anonymous_id, user_id,
                micros(original_timestamp) AS original, micros(\"timestamp\") AS at, micros(sent_at) AS sent,
                context_app_version, context_device_manufacturer, context_device_model, context_device_token,
                context_library_name, context_library_version, context_locale, context_network_carrier,
                context_os_name, context_timezone, context_device_ad_tracking_enabled, context_network_wifi,
                properties::text
         FROM events ORDER BY id",
    )
}

const MICROS: &str = "CREATE OR REPLACE FUNCTION micros(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT (extract(epoch FROM at) * 1000000)::bigint $$";

#[test]
fn another_reader_finds_the_rows_of_postgres() {
    let (database, folder, out) = (Database::new(), Folder::new(), Folder::new());
    for object in landfall::feed::events::simulate::objects(simulation(4_000, 3).messages(), 1_000) {
        folder.write(&object.name, object.body);
    }
    let special = |fields: &str| event(1, "31 23:59", "a").replacen('{', &format!("{{{fields}, "), 1);
    folder.write(
        "events_20190801_special.ndjson",
        [
            special(r#""user_id": "9223372036854775807", "plan": {"b": 1.50, "a": [1e2, null, "\"\u00e9\ud83d\ude80\\"]}"#),
            event(2, "31 23:59", "Événement – 世界 🚀").replacen('{', r#"{"user_id": -9223372036854775808, "context_locale": "", "#, 1),
            event(3, "01 00:00", "b").replacen('{', r#"{"original_timestamp": "1970-01-01 00:00:00", "context_network_wifi": false, "#, 1),
            event(4, "01 00:00", "b").replace("2019-07-01 12:00:00.5", "2100-12-31 23:59:59.999999"),
            // Longer than what is in memory at once.
            event(5, "02 00:00", "b").replacen('{', &format!(r#"{{"plan": "{}", "#, "ü".repeat(400_000)), 1),
        ]
        .concat(),
    );
    import(&database, &folder);
    let report = extract(&database, out.path(), &[]);
    let days = days(&report);
    assert_eq!(days[..3], ["2019-07-01", "2019-07-02", "2019-07-31"], "{report}");
    assert!(days.len() > 5, "{report}");
    let files: Vec<String> = days.iter().map(|day| current(&database, out.path(), day)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let found = python(ROWS, &files);
    let (columns, lines) = found.split_once('\n').unwrap();
    insta::assert_snapshot!(columns.replace(", ", "\n"));
    let expected = rows(&database);
    assert!(expected.contains("Événement – 世界 🚀") && expected.lines().count() > 3_000);
    assert!(lines == expected, "{} bytes, not {}", lines.len(), expected.len());
    // As CSV; an empty text is like none there.
    let csv = extract(&database, out.path(), &["--format", "csv"]);
    assert_eq!(self::days(&csv), days);
    let files = csv["files"].as_array().unwrap().iter().map(|file| file["url"].as_str().unwrap());
    let found = python(CSV_ROWS, &files.collect::<Vec<_>>());
    assert!(sorted(&found) == sorted(&expected.replace(" |  | ", " | - | ")));
    for (day, file) in days.iter().zip(report["files"].as_array().unwrap()) {
        let counted = database.number(&format!(
            "SELECT count(*) FROM events WHERE (received_at AT TIME ZONE 'UTC')::date = '{day}'"
        ));
        assert_eq!(file["records"], counted, "{file}");
        let bytes = fs::read(file["url"].as_str().unwrap()).unwrap();
        assert_eq!(file["bytes"], bytes.len());
    }
}

#[test]
fn the_same_events_that_landed_otherwise_give_the_same_bytes() {
    let (first, second) = (Folder::new(), Folder::new());
    extract(&simulated(3_000, 3), first.path(), &[]);
    // In other objects, backwards, some of them twice.
    let (database, folder) = (Database::new(), Folder::new());
    let mut messages: Vec<_> = simulation(3_000, 3).messages().collect();
    messages.reverse();
    for (number, messages) in messages.chunks(170).enumerate() {
        let body: String = messages.iter().map(|message| format!("{}\n", message.body)).collect();
        folder.write(&format!("events_20261110_{number}.ndjson"), &body);
        if number % 3 == 0 {
            folder.write(&format!("events_20261111_{number}.ndjson"), body);
        }
        if number % 5 == 0 {
            import(&database, &folder);
        }
    }
    import(&database, &folder);
    extract(&database, second.path(), &[]);
    assert!(files_of(first.path()) == files_of(second.path()));
    assert!(files_of(first.path()).len() >= 3);
}

/// Another version of a library that writes other bytes would give every file another name.
#[test]
fn the_bytes_of_a_file_are_those_of_earlier_versions() {
    let (database, folder, out) = (Database::new(), Folder::new(), Folder::new());
    folder.write("events_20190701_a.ndjson", event(1, "01 23:50", "a") + &event(2, "01 23:50", "b"));
    import(&database, &folder);
    extract(&database, out.path(), &[]);
    let names: Vec<String> = files_of(out.path()).into_keys().collect();
    insta::assert_snapshot!(names.join("\n"), @"dt=2019-07-01/events_20190701_e36da03b9746d3cdf96c9291a8f53f60.parquet");
}
