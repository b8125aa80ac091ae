//! Extracts to a bucket, and the manifests that a warehouse loads them by.

use serde_json::Value;

use crate::support::{Database, Fault, Folder, Landfall, Run, TestS3};

use super::{days, event, extract, files_of, import, simulated};

const TO: &str = "s3://lake/warehouse";

fn run(database: &Database, s3: &TestS3, options: &[&str]) -> Run {
    let args = [&["--quiet", "extract", "events", "--json", TO], options].concat();
    // What is empty counts as unset.
    Landfall::on(database, &args).with(s3).env("LANDFALL_S3_ADDRESSING", "").run()
}

fn bucket() -> TestS3 {
    let s3 = TestS3::private();
    s3.create_bucket("lake");
    s3
}

#[test]
fn a_bucket_has_the_files_and_a_manifest_of_those_that_are_new() {
    let (database, s3, out) = (simulated(3_000, 3), bucket(), Folder::new());
    let report = run(&database, &s3, &[]).expect(0).json();
    extract(&database, out.path(), &[]);
    let mut objects = s3.objects("lake");
    let manifest_url = report["manifest"].as_str().unwrap();
    let manifest_key = manifest_url.strip_prefix("s3://lake/").unwrap();
    let manifest = objects.remove(manifest_key).unwrap();
    let script = report["load_script"].as_str().unwrap().strip_prefix("s3://lake/").unwrap();
    assert!(objects.remove(script).is_some());
    let files = files_of(out.path()).into_iter().map(|(name, body)| (format!("warehouse/{name}"), body));
    assert!(objects == files.collect());

    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let entries = manifest["entries"].as_array().unwrap();
    assert_eq!(entries.len(), objects.len());
    for entry in entries {
        let key = entry["url"].as_str().unwrap().strip_prefix("s3://lake/").unwrap();
        assert_eq!(entry["meta"]["content_length"], objects[key].len());
        assert_eq!(entry["mandatory"], true);
    }

    let nothing = run(&database, &s3, &[]).expect(0).json();
    assert_eq!((days(&nothing).len(), &nothing["manifest"]), (0, &Value::Null));
    assert_eq!(nothing["load_script"], Value::Null);
    // Everything in a manifest; no object is written again.
    let uploads = s3.uploads();
    let full = run(&database, &s3, &["--full"]).expect(0).json();
    assert_eq!(days(&full), days(&report));
    let newer = full["manifest"].as_str().unwrap();
    assert!(newer > manifest_url, "{newer}");
    let script = full["load_script"].as_str().unwrap();
    assert_eq!(
        s3.uploads()[uploads.len()..],
        [newer, script].map(|url| url.strip_prefix("s3://lake/").unwrap())
    );
    // CSV has neither.
    let csv = run(&database, &s3, &["--format", "csv"]).expect(0).json();
    assert_eq!(
        (days(&csv), &csv["manifest"], &csv["load_script"]),
        (days(&report), &Value::Null, &Value::Null)
    );
}

#[test]
fn a_bucket_that_fails_leaves_everything_to_the_next_run() {
    let (database, s3, folder) = (Database::new(), bucket(), Folder::new());
    folder.write("events_20190701_a.ndjson", event(1, "01 10:00", "a") + &event(2, "02 10:00", "a"));
    import(&database, &folder);
    s3.inject_put(Fault::Status(403, "AccessDenied"), 1);
    let error = run(&database, &s3, &[]).error();
    assert!(error.contains("is denied (AccessDenied): allow s3:PutObject on it"), "{error}");
    // Of several attempts one succeeds, with the whole body.
    s3.inject_put(Fault::Status(503, "SlowDown"), 2);
    assert_eq!(days(&run(&database, &s3, &[]).expect(0).json()).len(), 2);
    assert_eq!(s3.objects("lake").len(), 4);

    folder.write("events_20190703_a.ndjson", event(3, "03 10:00", "a"));
    import(&database, &folder);
    // The file, but not the manifest.
    s3.inject_put(Fault::Stall(std::time::Duration::ZERO), 1);
    s3.inject_put(Fault::Status(500, "InternalError"), 20);
    run(&database, &s3, &[]).expect(1);
    assert_eq!(s3.objects("lake").len(), 5);
    s3.clear_put_faults();
    let report = run(&database, &s3, &[]).expect(0).json();
    assert_eq!(days(&report), ["2019-07-03"]);
    assert!(report["manifest"].is_string());
    assert_eq!(s3.objects("lake").len(), 7);
    let missing = Landfall::on(&database, &["extract", "events", "s3://none/x"]).with(&s3).run().error();
    assert!(missing.contains("the bucket s3://none does not exist"), "{missing}");
}
