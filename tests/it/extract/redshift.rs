//! The statements for Redshift: parsed by a parser that others wrote, and run in DuckDB in place of Redshift.

use crate::support::{Database, Folder, Landfall, TestS3, python};

use super::files::rows;
use super::{event, import};

/// Runs the statements of the document for some manifests, in order, and prints the rows at the end. Objects are files of
/// a folder.
const LOAD: &str = r#"
import json, logging, pathlib, re, sys
import duckdb, sqlglot
from sqlglot import exp

logging.disable()  # SQLGlot knows no LOCK, and DuckDB no DISTKEY.
folder, manifests = pathlib.Path(sys.argv[1]), sys.argv[2:]
text = pathlib.Path("docs/events.md").read_text()
tables, load = re.findall(r"```sql\n(.*?)```", text[text.index("\n## Redshift\n"):], re.S)
example, = set(re.findall(r"'(s3://[^']+)'", load))
days, = re.findall(r"\('2026-11-26', '2026-11-27'\)", load)
path = lambda url: folder / url.removeprefix("s3://lake/")
warehouse = duckdb.connect()

def run(sql, files):
    for statement in sqlglot.parse(sql, read="redshift"):
        if isinstance(statement, exp.Command):
            assert statement.sql().startswith("LOCK "), statement
        elif isinstance(statement, exp.Copy):
            assert "FORMAT PARQUET MANIFEST" in sql
            warehouse.execute("INSERT INTO events_staging SELECT * FROM read_parquet(?, hive_partitioning = false)", [files])
        elif statement.find(exp.LikeProperty):
            warehouse.execute("CREATE TABLE events_staging AS FROM events LIMIT 0")
        else:
            warehouse.execute(statement.sql("duckdb"))

run(tables, None)
for manifest in manifests:
    entries = json.loads(path(manifest).read_text())["entries"]
    for entry in entries:
        assert entry["mandatory"] and path(entry["url"]).stat().st_size == entry["meta"]["content_length"]
    of_urls = sorted({re.search("/dt=([0-9-]+)/", entry["url"])[1] for entry in entries})
    statements = load.replace(example, manifest).replace(days, "(" + ", ".join(f"'{day}'" for day in of_urls) + ")")
    run(statements, [str(path(entry["url"])) for entry in entries])

rows = warehouse.table("events")
text = ", ".join(
    f'CAST(epoch_us("{name}") AS VARCHAR)' if "TIME" in str(kind) else f'CAST("{name}" AS VARCHAR)'
    for name, kind in zip(rows.columns, rows.types)
)
for row in warehouse.execute(f"SELECT {text} FROM events ORDER BY id").fetchall():
    print(" | ".join("-" if value is None else value for value in row))
"#;

#[test]
fn the_statements_of_the_document_give_the_rows_of_postgres() {
    let (database, folder, objects) = (super::simulated(2_000, 2), Folder::new(), Folder::new());
    let s3 = TestS3::start();
    s3.create_bucket("lake");
    let mut manifests: Vec<String> = Vec::new();
    let mut load = |database: &Database, options: &[&str]| {
        let args = [&["--quiet", "extract", "events", "--json", "s3://lake/warehouse"], options].concat();
        let report = Landfall::on(database, &args).with(&s3).run().expect(0).json();
        manifests.push(report["manifest"].as_str().unwrap().to_owned());
        for (key, body) in s3.objects("lake") {
            objects.write(&key, body);
        }
        // All of them in order, each twice, and the first once more.
        let mut args = vec![objects.path().to_str().unwrap()];
        args.extend(manifests.iter().flat_map(|manifest| [manifest.as_str(); 2]));
        args.push(&manifests[0]);
        assert_eq!(python(LOAD, &args), rows(database));
    };
    folder.write("events_20190701_a.ndjson", event(1, "01 10:00", "a") + &event(2, "03 10:00", "é"));
    import(&database, &folder);
    load(&database, &[]);
    // An event moves to another day; two days are left without events.
    folder.write("events_20190702_b.ndjson", event(2, "02 10:00", "b") + &event(3, "04 10:00", "c"));
    import(&database, &folder);
    load(&database, &[]);
    Landfall::on(&database, &["--quiet", "withdraw", "events_20190701_a.ndjson"]).run().expect(0);
    load(&database, &[]);
    load(&database, &["--full"]);
}
