//! What files have, as DuckDB reads them, against what plain SQL finds in Postgres.

use super::{extract, landed, urls};
use crate::support::{Database, Folder, python};

/// Every row of some files as a line of texts, sorted.
const ROWS: &str = r#"
import duckdb, sys
kind, files = sys.argv[1], sys.argv[2:]
if kind == "parquet":
    rows = duckdb.read_parquet(files, hive_partitioning=False)
    types = ", ".join(f"{name} {kind}" for name, kind in zip(rows.columns, rows.types))
    text = lambda name, kind: f'CAST(epoch_us("{name}") AS VARCHAR)' if "TIME" in str(kind) else f'CAST("{name}" AS VARCHAR)'
else:
    rows = duckdb.read_csv(files, hive_partitioning=False, all_varchar=True)
    text = lambda name, kind: f"CAST(epoch_us(CAST(\"{name}\" AS TIMESTAMPTZ)) AS VARCHAR)" if name == "timestamp" else f'"{name}"'
columns = ", ".join(text(name, kind) for name, kind in zip(rows.columns, rows.types))
for line in sorted(" | ".join(row) for row in duckdb.sql(f"SELECT {columns} FROM rows").fetchall()):
    print(line)
"#;

fn sorted(table: &str) -> String {
    let mut lines: Vec<&str> = table.lines().collect();
    lines.sort_unstable();
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Rows of both formats are those that a query finds.
#[track_caller]
fn is_what_postgres_has(database: &Database, options: &[&str], query: &str) {
    let expected = sorted(&database.table(query));
    assert!(expected.lines().count() > 10, "{expected}");
    for format in ["parquet", "csv"] {
        let out = Folder::new();
        let report = extract(database, out.path(), &[options, &["--format", format]].concat());
        let args = [vec![format], urls(&report)].concat();
        let found = python(ROWS, &args);
        assert!(found == expected, "{options:?} {format}: {found}\n{expected}");
        let counted: u64 =
            report["files"].as_array().unwrap().iter().map(|file| file["records"].as_u64().unwrap()).sum();
        assert_eq!(counted, expected.lines().count() as u64);
    }
}

pub(super) const DAILY: &str = "SELECT account_id, region, availability_zone, instance_type, product_description, day, average, open, close, low,
        high, records, changes, covered_seconds FROM spot_daily";

pub(super) const RECORDS: &str =
    "SELECT account_id, region, availability_zone, instance_type, product_description, price,
        (extract(epoch FROM \"timestamp\") * 1000000)::bigint AS at FROM spot_prices";

/// From the records themselves: for how long each price was valid in a month, on days whose dump has landed.
const MONTHLY: &str = "
    WITH days AS (
        SELECT *, date_trunc('month', day)::date AS month FROM spot_daily
    )
    SELECT account_id, region, availability_zone, instance_type, product_description, month,
           div(sum(average * 10000000000 * covered_seconds * 1000000) * 2 + sum(covered_seconds * 1000000), sum(covered_seconds * 1000000) * 2)::numeric(20, 0)
               * 0.0000000001 AS average,
           (array_agg(open ORDER BY day))[1] AS open, (array_agg(close ORDER BY day DESC))[1] AS close,
           min(low) AS low, max(high) AS high, sum(records) AS records, sum(changes) AS changes, sum(covered_seconds) AS covered
    FROM days
    GROUP BY account_id, region, availability_zone, instance_type, product_description, month";

#[test]
fn prices_are_those_of_postgres() {
    let database = landed();
    is_what_postgres_has(&database, &["spot"], DAILY);
    is_what_postgres_has(&database, &["spot", "--table", "monthly"], MONTHLY);
    is_what_postgres_has(&database, &["spot", "--table", "records"], RECORDS);
}

#[test]
fn selections_are_those_of_other_commands() {
    let database = landed();
    let (instance, product) = ("c5.*", "Linux/UNIX");
    for (options, condition) in [
        (
            vec!["--region", "us-east-1", "--month", "2026-02"],
            "region = 'us-east-1' AND to_char(day, 'YYYY-MM') = '2026-02'".to_owned(),
        ),
        (vec!["--product", product], format!("product_description = '{product}'")),
        (
            vec!["--region", "eu-west-3", "--instance-type", instance, "--account", "000000000001"],
            "region = 'eu-west-3' AND instance_type LIKE 'c5.%' AND account_id = '000000000001'".to_owned(),
        ),
    ] {
        let count = database.number(&format!("SELECT count(*) FROM spot_daily WHERE {condition}"));
        if count > 10 {
            is_what_postgres_has(
                &database,
                &[&["spot"], &options[..]].concat(),
                &format!("{DAILY} WHERE {condition}"),
            );
        } else {
            let report = extract(&database, Folder::new().path(), &[&["spot"], &options[..]].concat());
            let counted: u64 = report["files"]
                .as_array()
                .unwrap()
                .iter()
                .map(|file| file["records"].as_u64().unwrap())
                .sum();
            assert_eq!(counted, count as u64, "{options:?}");
        }
    }
}

#[test]
fn rates_are_those_of_postgres() {
    let database = landed();
    is_what_postgres_has(
        &database,
        &["freight"],
        "SELECT orig_code, dest_code, day, price FROM freight_rates",
    );
}
