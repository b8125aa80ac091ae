//! Load scripts: parsed by a parser that others wrote, and run in DuckDB in place of Redshift.

use crate::support::{Database, Folder, Landfall, TestS3, python};
use crate::tables::redshift::{LOAD, sorted};

use super::files::rows;
use super::{event, import};

#[test]
fn scripts_that_are_run_in_order_give_the_rows_of_postgres() {
    let (database, folder, objects) = (super::simulated(2_000, 2), Folder::new(), Folder::new());
    let s3 = TestS3::start();
    s3.create_bucket("lake");
    let mut scripts: Vec<String> = Vec::new();
    let mut load = |database: &Database, options: &[&str]| {
        let args = [&["--quiet", "extract", "events", "--json", "s3://lake/warehouse"], options].concat();
        let report = Landfall::on(database, &args).with(&s3).run().expect(0).json();
        scripts.push(report["load_script"].as_str().unwrap().to_owned());
        for (key, body) in s3.objects("lake") {
            objects.write(&key, body);
        }
        // All of them in order, each twice, and the first once more.
        let mut args = vec![objects.path().to_str().unwrap(), "events"];
        args.extend(scripts.iter().flat_map(|script| [script.as_str(); 2]));
        args.push(&scripts[0]);
        assert_eq!(python(LOAD, &args), sorted(&rows(database)));
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
