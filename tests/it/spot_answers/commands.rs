//! `landfall prices`, `cheapest` and `coverage`.

use super::{simulated, written};
use crate::support::{Database, Landfall, Run, Server};

fn run(database: &Database, args: &[&str]) -> Run {
    Landfall::on(database, &[&["--quiet"], args].concat()).run()
}

/// Each command in each format.
#[test]
fn answers_are_printed_as_tables_csv_and_json() {
    let database = written();
    let days = ["--from", "2026-11-01", "--to", "2026-11-05"];
    for command in ["prices", "cheapest", "coverage"] {
        for format in ["table", "csv", "json"] {
            let args = [&[command, "--format", format], &days[..]].concat();
            let run = run(&database, &args).expect(0);
            assert_eq!(run.stderr, "");
            insta::with_settings!({ filters => [
                (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z", "[now]"),
            ] }, {
                insta::assert_snapshot!(format!("{command}_{format}"), run.stdout);
            });
        }
    }
}

#[test]
fn without_days_it_is_the_last_thirty_that_have_landed() {
    let database = written();
    let days = |args: &[&str]| {
        let csv = run(&database, &[&["coverage", "--format", "csv"], args].concat()).expect(0).stdout;
        let days: Vec<String> =
            csv.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().to_owned()).collect();
        (days.len(), days[0].clone(), days[days.len() - 1].clone())
    };
    let from = |count, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
    assert_eq!(days(&[]), from(2, "2026-11-01", "2026-11-02"));
    assert_eq!(days(&["--to", "2026-12-10"]), from(30, "2026-11-11", "2026-12-10"));
    assert_eq!(days(&["--to", "2026-10-10"]), from(1, "2026-10-10", "2026-10-10"));
    assert_eq!(days(&["--from", "2026-11-09"]), from(1, "2026-11-09", "2026-11-09"));
    let csv = run(&database, &["prices", "--format", "csv"]).expect(0).stdout;
    assert_eq!(csv.lines().count(), 4, "{csv}");
    let args = ["cheapest", "--budget", "0.3"];
    insta::assert_snapshot!(run(&database, &args).expect(0).stdout);
}

#[test]
fn a_table_is_short_and_says_that_there_is_more() {
    let database = simulated();
    let run = |args: &[&str]| Landfall::on(&database, &[&["prices"], args].concat()).run().expect(0);
    let short = run(&[]);
    assert_eq!(short.stdout.lines().filter(|line| line.contains("000 ") || line.contains("Z ")).count(), 100);
    assert!(short.messages().contains(&"there are more records: raise --limit, or query less".to_owned()));
    let all = run(&["--format", "csv", "--from", "2026-11-01"]);
    assert!(!all.messages().iter().any(|message| message.starts_with("there are more")));
    let count = "SELECT count(*) FROM spot_prices WHERE timestamp >= '2026-11-01Z'";
    assert_eq!(all.stdout.lines().count() as i64 - 1, database.number(count));
    let some = run(&["--format", "json", "--limit", "3"]).json();
    assert_eq!(some["prices"].as_array().unwrap().len(), 3);
}

/// Commands and the API return the same data.
#[test]
fn the_commands_answer_what_the_server_answers() {
    let database = simulated();
    let server = Server::on(&database);
    let days = ["--format", "json", "--from", "2026-11-01", "--to", "2026-11-05"];
    let query = "from=2026-11-01&to=2026-11-05";
    for (args, path) in [
        (&["prices", "--region", "eu-west-3"][..], format!("prices?region=eu-west-3&{query}")),
        (
            &["cheapest", "--region", "eu-west-3", "--budget", "0.05", "--limit", "30"],
            format!("cheapest?region=eu-west-3&budget=0.05&limit=30&{query}"),
        ),
        (&["coverage"], format!("coverage?{query}")),
    ] {
        let printed = run(&database, &[args, &days].concat()).expect(0).json();
        let mut response = server.get(&format!("/v1/spot/{path}")).expect(200).json();
        if printed.get("next").is_none() {
            response.as_object_mut().unwrap().remove("next");
        }
        assert_eq!(printed, response, "{path}");
    }
}

#[test]
fn wrong_queries_are_rejected() {
    let database = written();
    let usage = |args: &[&str]| {
        let run = Landfall::on(&database, args).run().expect(2);
        assert_eq!(run.stdout, "");
        run.stderr
    };
    let backwards = ["--from", "2026-11-02", "--to", "2026-11-01"];
    let long = ["--from", "2025-11-01", "--to", "2026-11-03"];
    let errors = [
        usage(&["cheapest", "--account", "1"]),
        usage(&["cheapest", "--zone", ""]),
        usage(&["cheapest", "--budget=-1"]),
        usage(&["cheapest", "--min-coverage", "1.5"]),
        usage(&["cheapest", "--limit", "101"]),
        usage(&[&["cheapest"], &backwards[..]].concat()),
        usage(&[&["coverage"], &long[..]].concat()),
        usage(&[&["prices"], &backwards[..]].concat()),
        usage(&[&["prices"], &long[..]].concat()),
        usage(&["prices", "--from", "yesterday"]),
        usage(&["prices", "--format", "xml"]),
    ];
    insta::assert_snapshot!(errors.join("---\n"));
}

#[test]
fn where_nothing_has_landed_that_is_told() {
    let (blank, empty) = (Database::blank(), Database::new());
    for command in ["prices", "cheapest", "coverage"] {
        let message = format!(
            "the database {} has no tables of Landfall yet: run `landfall migrate`, or import something",
            blank.name
        );
        assert_eq!(run(&blank, &[command]).error(), message);
        assert_eq!(run(&empty, &[command]).error(), "nothing has landed yet: landfall import SOURCE");
    }
}
