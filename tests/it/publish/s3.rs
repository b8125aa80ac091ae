//! Tables in a bucket, and requests that fail.

use crate::support::{Database, Fault, Folder, Landfall, Run, TestS3};

use super::{Table, land, pointer, spot_rows, write_dump};

fn publish(database: &Database, s3: &TestS3) -> Run {
    Landfall::on(database, &["--quiet", "publish", "--json", "--feed", "spot", "s3://lake/prices"])
        .with(s3)
        .run()
}

fn bucket() -> TestS3 {
    let s3 = TestS3::private();
    s3.create_bucket("lake");
    s3
}

#[test]
fn a_request_that_fails_leaves_the_table_as_it_was_and_the_next_run_goes_on() {
    let (database, s3, dumps) = (Database::new(), bucket(), Folder::new());
    write_dump(&dumps, "2020-03", "0.1");
    land(&database, &dumps);
    publish(&database, &s3).expect(0);
    // Whose folder it is, a file of rows, manifest, manifest list, metadata, hint: each is denied in turn.
    for request in 0..6 {
        write_dump(&dumps, "2020-04", &format!("0.2{request}"));
        land(&database, &dumps);
        let old = Table::in_bucket(&database, &s3);
        s3.inject_put(Fault::Stall(std::time::Duration::ZERO), request);
        s3.inject_put(Fault::Status(403, "AccessDenied"), 1);
        let error = publish(&database, &s3).error();
        assert!(error.contains("is denied (AccessDenied): allow s3:PutObject on it"), "{error}");
        let found = Table::in_bucket(&database, &s3);
        let committed = found.snapshots.len() - old.snapshots.len();
        assert_eq!(committed, usize::from(request == 5), "request {request}");
        assert_eq!(found.snapshots[..old.snapshots.len()], old.snapshots);
        publish(&database, &s3).expect(0);
        let new = Table::in_bucket(&database, &s3);
        assert_eq!(
            (new.snapshots.len(), &new.current().rows),
            (old.snapshots.len() + 1, &spot_rows(&database))
        );
        // Whoever has no catalog finds the same.
        let name = pointer(&database, "spot").rsplit('/').next().unwrap().to_owned();
        let hint = &s3.objects("lake")["prices/spot/metadata/version-hint.text"];
        assert_eq!(format!("{}.metadata.json", String::from_utf8_lossy(hint)), name);
    }
}

#[test]
fn nothing_is_ever_overwritten_but_the_hint() {
    let (database, s3, dumps) = (Database::new(), bucket(), Folder::new());
    for price in ["0.1", "0.2", "0.1"] {
        write_dump(&dumps, "2020-03", price);
        land(&database, &dumps);
        s3.inject_put(Fault::Status(503, "SlowDown"), 1);
        publish(&database, &s3).expect(0);
    }
    let mut uploads = s3.uploads();
    uploads.retain(|key| !key.ends_with("version-hint.text"));
    let all = uploads.len();
    uploads.sort();
    uploads.dedup();
    assert_eq!((all, uploads.len()), (13, 13));
}
