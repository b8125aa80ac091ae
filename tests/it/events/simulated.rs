//! `landfall simulate events`: to a directory, and to a queue.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::support::{Database, Folder, Landfall, Moto};

const SMALL: [&str; 9] =
    ["simulate", "events", "--count", "600", "--first-day", "2026-11-01", "--days", "3", "--malformed=0.05"];

fn simulate(folder: &Path, options: &[&str]) {
    let args: Vec<&str> = SMALL.iter().chain(options).copied().collect();
    Landfall::bare(&args).arg(folder).run().expect(0);
}

fn lines(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    texts.iter().flat_map(|text| text.lines().map(str::to_owned)).collect()
}

#[test]
fn what_is_written_depends_on_the_seed_alone_and_lands() {
    let (one, same, other, database) = (Folder::new(), Folder::new(), Folder::new(), Database::new());
    simulate(one.path(), &["--batch", "200"]);
    simulate(same.path(), &["--batch", "200"]);
    simulate(other.path(), &["--batch", "200", "--seed", "2"]);
    assert_eq!(one.path().read_dir().unwrap().count(), 3);
    assert_eq!(lines(one.path()), lines(same.path()));
    assert_ne!(lines(one.path()), lines(other.path()));
    let report = Landfall::on(&database, &["import", "--json"]).arg(one.path()).run().expect(0).json();
    let field = |name: &str| report[name].as_u64().unwrap();
    // Nothing that comes again in a simulation has another content.
    assert_eq!(field("rows_disagreeing"), 0);
    assert!(field("rows_rejected") > 15 && field("rows_repeated") > 5, "{report}");
    assert_eq!(field("rows_new") + field("rows_repeated") + field("rows_rejected"), 600);
    assert_eq!(field("rows_new"), database.number("SELECT count(*) FROM events") as u64);
}

#[test]
fn a_queue_gets_every_message_once() {
    let (folder, moto) = (Folder::new(), Moto::with_redrive(100));
    // Few, so that on a slow machine the last one is received before the first one comes again.
    let args =
        ["simulate", "events", "--count=95", "--first-day=2026-11-01", "--duplicates=0", "--malformed=0.05"];
    Landfall::bare(&args).arg(folder.path()).run().expect(0);
    let args: Vec<&str> = args.iter().copied().chain(["--queue", &moto.queue]).collect();
    moto.reached_by(Landfall::bare(&args)).run().expect(0);
    assert_eq!(moto.messages(), 95);
    let mut received = BTreeSet::new();
    for _ in 0..20 {
        received.extend(moto.receive().iter().map(|message| message["Body"].as_str().unwrap().to_owned()));
        if received.len() == 95 {
            break;
        }
    }
    assert_eq!(received, lines(folder.path()).into_iter().collect());
}

#[test]
fn a_rate_is_kept() {
    let moto = Moto::with_redrive(100);
    let args = ["simulate", "events", "--count=40", "--rate=20", "--queue", &moto.queue];
    let started = Instant::now();
    moto.reached_by(Landfall::bare(&args)).run().expect(0);
    // The last ten are sent after 30 others, at 20 a second.
    assert!(started.elapsed().as_millis() >= 1_500, "{:?}", started.elapsed());
    assert_eq!(moto.messages(), 40);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let refused = |args: &[&str]| {
        let args: Vec<&str> = ["simulate", "events"].iter().chain(args).copied().collect();
        Landfall::bare(&args).run().expect(2).stderr
    };
    assert!(refused(&[]).contains("<DIR>"));
    assert!(refused(&["dir", "--queue", "http://127.0.0.1:1/1/q"]).contains("cannot be used with"));
    assert!(refused(&["dir", "--malformed", "2"]).contains("write a number from 0 to 1"));
    assert!(refused(&["dir", "--batch", "0"]).contains("--batch"));
}
