//! Load scripts: parsed by a parser that others wrote, and run in DuckDB in place of Redshift.

use super::{import, landed};
use crate::support::{Database, Folder, Landfall, TestS3, dump_name, json, python};

/// Runs some scripts, in order, and prints the rows of a table at the end. Objects are files of a folder.
pub(crate) const LOAD: &str = r#"
import json, logging, pathlib, re, sys
import duckdb, sqlglot
from sqlglot import exp

logging.disable()  # SQLGlot knows no LOCK.
folder, table, scripts = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
path = lambda url: folder / url.removeprefix("s3://lake/")
warehouse = duckdb.connect()
for script in scripts:
    for statement in sqlglot.parse(path(script).read_text(), read="redshift"):
        if statement is None:
            continue
        if isinstance(statement, exp.Command):
            assert statement.sql().startswith("LOCK "), statement
        elif isinstance(statement, exp.Copy):
            manifest, = re.findall(r"s3://[^']+\.manifest", statement.sql())
            entries = json.loads(path(manifest).read_text())["entries"]
            for entry in entries:
                assert entry["mandatory"] and path(entry["url"]).stat().st_size == entry["meta"]["content_length"]
            files = [str(path(entry["url"])) for entry in entries]
            warehouse.execute(f"INSERT INTO {table}_staging SELECT * FROM read_parquet(?, hive_partitioning = false)", [files])
        elif statement.find(exp.LikeProperty):
            warehouse.execute(f"CREATE TABLE IF NOT EXISTS {table}_staging AS FROM {table} LIMIT 0")
        else:
            warehouse.execute(statement.sql("duckdb"))
rows = warehouse.table(table)
text = ", ".join(
    f'CAST(epoch_us("{name}") AS VARCHAR)' if "TIME" in str(kind) else f'CAST("{name}" AS VARCHAR)'
    for name, kind in zip(rows.columns, rows.types)
)
for line in sorted(" | ".join("-" if value is None else value for value in row) for row in warehouse.execute(f"SELECT {text} FROM {table}").fetchall()):
    print(line)
"#;

pub(crate) fn sorted(table: &str) -> String {
    let mut lines: Vec<&str> = table.lines().collect();
    lines.sort_unstable();
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn scripts_that_are_run_in_order_give_the_rows_of_postgres() {
    let (database, folder) = (landed(), Folder::new());
    folder.write(
        &dump_name("2026-02-10"),
        json(&[("a", "2026-02-10 05:00:00", "0.5"), ("b", "2026-02-10 06:00:00", "0.7")]),
    );
    let change = |database: &Database| import(database, folder.path());
    let tables: [(&[&str], &str, &str); 3] = [
        (&["spot"], "spot_daily", super::rows::DAILY),
        (&["spot", "--table", "records"], "spot_records", super::rows::RECORDS),
        (&["freight"], "freight_rates", "SELECT orig_code, dest_code, day, price FROM freight_rates"),
    ];
    let s3 = TestS3::start();
    s3.create_bucket("lake");
    let objects = Folder::new();
    let mut scripts: [Vec<String>; 3] = Default::default();
    for step in 0..3 {
        for ((options, table, query), scripts) in tables.iter().zip(&mut scripts) {
            let more: &[&str] = if step == 2 { &["--full"] } else { &[] };
            let args = [&["--quiet", "extract"], *options, more, &["--json", "s3://lake/x"]].concat();
            let report = Landfall::on(&database, &args).with(&s3).run().expect(0).json();
            if let Some(script) = report["load_script"].as_str() {
                scripts.push(script.to_owned());
            }
            for (key, body) in s3.objects("lake") {
                objects.write(&key, body);
            }
            // All of them in order, each twice, and the first once more.
            let mut args = vec![objects.path().to_str().unwrap(), table];
            args.extend(scripts.iter().flat_map(|script| [script.as_str(); 2]));
            args.push(&scripts[0]);
            assert!(python(LOAD, &args) == sorted(&database.table(query)), "{table}, {step}");
        }
        if step == 0 {
            change(&database);
        }
    }
    assert_eq!(scripts.map(|scripts| scripts.len()), [3, 3, 2]);
}
