//! SOURCEs without any dump are logged, and a file that is not a dump is an error.

use crate::support::{Database, Folder, Landfall, Run, TestS3, dump_name};

const MISSPELT: &str = "no dump in SOURCE: correct it if it is misspelt";

fn reported(run: &Run) -> (Vec<String>, serde_json::Value) {
    let messages = run.messages().into_iter().filter(|message| message.contains("SOURCE")).collect();
    (messages, run.json()["without_dumps"].clone())
}

#[test]
fn a_prefix_that_matches_nothing_is_logged() {
    let (database, s3) = (Database::new(), TestS3::start());
    s3.create_bucket("prices");
    s3.put("prices", &format!("spot/{}", dump_name("2020-05-04")), "[]");
    s3.put("prices", "logs/a.txt", "a");
    s3.put("prices", "logs/b.txt", "b");
    let import =
        |args: &[&str]| Landfall::on(&database, &[&["import", "--json"], args].concat()).with(&s3).run();
    for dry_run in [&["--dry-run"][..], &[]] {
        let run = import(&[dry_run, &["s3://prices/sopt/", "s3://prices/logs", "s3://prices/spot"]].concat())
            .expect(0);
        let (messages, without_dumps) = reported(&run);
        assert_eq!(messages, [MISSPELT, MISSPELT]);
        let expected = serde_json::json!([
            { "source": "s3://prices/sopt/", "objects": 0 },
            { "source": "s3://prices/logs", "objects": 2 },
        ]);
        assert_eq!(without_dumps, expected);
    }
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    // Where there are dumps, other objects are counted, and nothing is misspelt.
    let run = import(&["s3://prices"]).expect(0);
    assert_eq!(reported(&run), (vec![], serde_json::json!([])));
    assert_eq!(run.json()["ignored"], 2);
}

#[test]
fn a_file_that_is_not_a_dump_is_an_error_and_others_are_imported() {
    let (database, folder) = (Database::new(), Folder::new());
    let (readme, dump) = (folder.write("README.md", "no dump"), folder.dump("2020-05-04", &[]));
    let text = |args: &[&str]| Landfall::on(&database, &[&["import"], args].concat());
    let run = text(&["--dry-run"]).arg(&readme).run().expect(1);
    assert!(
        run.stdout.starts_with(&format!("not a dump: {}\n0 dumps to land", readme.display())),
        "{}",
        run.stdout
    );
    let run = text(&[]).arg(&readme).arg(&dump).run().expect(1);
    assert!(
        run.messages().iter().any(|message| message.starts_with("not a dump by its name: correct SOURCE")),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("1 dumps landed, 1 of them empty, 1 other objects ignored, 0 unchanged"),
        "{}",
        run.stdout
    );
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    // In a folder, such a file is not an error.
    text(&[]).arg(folder.path()).run().expect(0);
    Landfall::on(&database, &["retry"]).arg(&readme).run().expect(1);
}

#[test]
fn a_folder_without_dumps_and_a_selection_of_none_are_logged() {
    let (database, folder, empty) = (Database::new(), Folder::new(), Folder::new());
    let run = Landfall::on(&database, &["import"]).arg(empty.path()).run().expect(0);
    assert!(run.messages().contains(&MISSPELT.to_owned()), "{}", run.stderr);
    assert!(run.stdout.starts_with("no objects: /"), "{}", run.stdout);
    folder.dump("2020-05-04", &[]);
    let matches_none =
        "no dump matches --since, --until, --account and --region: correct them if they are misspelt";
    let import = |region: &str| {
        Landfall::on(&database, &["import", "--region", region]).arg(folder.path()).run().expect(0).messages()
    };
    assert!(import("eu-west-33").contains(&matches_none.to_owned()));
    for _ in 0..2 {
        assert!(!import("eu-west-3").contains(&matches_none.to_owned()));
    }
    // The user did not name the folders that `retry` reads.
    folder.write(&dump_name("2020-05-05"), "[");
    Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(3);
    std::fs::remove_file(folder.path().join(dump_name("2020-05-04"))).unwrap();
    std::fs::remove_file(folder.path().join(dump_name("2020-05-05"))).unwrap();
    let run = Landfall::on(&database, &["retry"]).run().expect(0);
    assert!(!run.messages().contains(&MISSPELT.to_owned()), "{}", run.stderr);
}
