//! AWS Glue, by moto.

use serde_json::{Value, json};

use crate::support::{Database, Folder, Landfall, Moto, Run};

use super::{land, pointer, write_dump};

fn publish(database: &Database, moto: &Moto) -> Run {
    let to = format!("s3://{}/lake", moto.bucket);
    let glue = moto.bucket.replace('-', "_");
    moto.reached_by(Landfall::on(database, &["--quiet", "publish", "--feed", "spot", "--glue", &glue, &to]))
        .run()
}

fn table(moto: &Moto) -> Value {
    moto.glue("GetTable", json!({ "DatabaseName": moto.bucket.replace('-', "_"), "Name": "spot" }))["Table"]
        .clone()
}

#[test]
fn glue_points_to_what_was_published_last() {
    let (database, moto, dumps) = (Database::new(), Moto::with_redrive(3), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    let error = publish(&database, &moto).error();
    assert!(
        error.contains("EntityNotFoundException") && error.contains("create the database first"),
        "{error}"
    );
    moto.glue("CreateDatabase", json!({ "DatabaseInput": { "Name": moto.bucket.replace('-', "_") } }));
    // The table was committed by then: this run only has Glue to catch up with.
    publish(&database, &moto).expect(0);
    let first = pointer(&database, "spot");
    assert_eq!(table(&moto)["Parameters"]["metadata_location"], first);
    assert_eq!(table(&moto)["Parameters"]["table_type"], "ICEBERG");
    assert_eq!(
        table(&moto)["StorageDescriptor"]["Columns"][5],
        json!({ "Name": "price", "Type": "decimal(14,6)" })
    );
    write_dump(&dumps, "2020-03", "0.2");
    land(&database, &dumps);
    publish(&database, &moto).expect(0);
    assert_ne!(pointer(&database, "spot"), first);
    assert_eq!(table(&moto)["Parameters"]["metadata_location"], pointer(&database, "spot"));
    assert_eq!(table(&moto)["Parameters"]["previous_metadata_location"], first);
    publish(&database, &moto).expect(0);
    assert_eq!(table(&moto)["Parameters"]["previous_metadata_location"], first);

    // A table of something else stays as it is.
    let name = moto.bucket.replace('-', "_");
    let other =
        json!({ "Name": "spot", "Parameters": { "metadata_location": "s3://other/spot/metadata/1.json" } });
    moto.glue("UpdateTable", json!({ "DatabaseName": name, "TableInput": other }));
    let error = publish(&database, &moto).error();
    assert!(error.contains("is of something else (s3://other/spot/metadata/1.json)"), "{error}");
}

#[test]
fn tables_in_a_directory_are_not_for_glue() {
    let run = Landfall::bare(&["publish", "--glue", "prices", "x"]).run();
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--glue is for tables in a bucket"), "{}", run.stderr);
}
