//! `landfall status --counts`: what is stored beside what the ledger says.

use crate::support::{Database, Folder, Landfall};

#[test]
fn rows_are_counted_beside_what_the_ledger_says() {
    let (database, folder) = (Database::new(), Folder::new());
    let status =
        |args: &[&str]| Landfall::on(&database, &[&["status"], args].concat()).run().expect(0).stdout;
    assert!(!status(&["--counts"]).contains("counted:"));
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1"), ("b", "2020-05-04 11:00:00", "0.2")]);
    folder.dump("2020-05-05", &[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-05 10:00:00", "0.3")]);
    Landfall::on(&database, &["import", "examples/freight/rates.sql"]).arg(folder.path()).run().expect(0);

    let freight = database.number(
        "SELECT (SELECT count(*) FROM freight_prices) + (SELECT count(*) FROM freight_ports)
             + (SELECT count(*) FROM freight_regions)",
    );
    let counted = |printed: String| -> Vec<String> {
        printed.lines().filter_map(|line| line.strip_prefix("counted: ").map(str::to_owned)).collect()
    };
    let records = database.number("SELECT records FROM ledger WHERE feed = 'freight'");
    let of_freight =
        format!("freight: 1 dumps with {records} records; rows: {freight} by the ledger, {freight} stored");
    assert_eq!(
        counted(status(&["--counts"])),
        [&of_freight, "spot: 2 dumps with 4 records; rows: 3 by the ledger, 3 stored"]
    );

    // A row that is gone shows, and so does what landed later than asked for.
    database.execute(
        "DELETE FROM spot_observations WHERE price = 0.3;
         UPDATE ledger SET landed_at = now() + interval '1 day' WHERE day = '2020-05-05'",
    );
    let now = database.table("SELECT to_char(now() + interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SSZ')");
    assert_eq!(
        counted(status(&["--counts", "--until", now.trim()])),
        [&of_freight, "spot: 1 dumps with 2 records; rows: 2 by the ledger, 2 stored"]
    );
    database.execute("UPDATE ledger SET status = 'withdrawn', withdrawn_at = now() + interval '1 day' WHERE day = '2020-05-04'");
    assert_eq!(
        counted(status(&["--counts", "--until", now.trim()]))[1],
        "spot: 1 dumps (1 withdrawn since) with 2 records; rows: 2 by the ledger, 2 stored"
    );
    let json: serde_json::Value = serde_json::from_str(&status(&["--counts", "--json"])).unwrap();
    assert_eq!(
        json["counts"][1],
        serde_json::json!({ "feed": "spot", "dumps": 2, "records": 4, "rows_by_ledger": 3, "rows": 2 })
    );
}
