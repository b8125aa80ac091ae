//! Dumps of future days.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::support::{Database, Folder, Landfall, Server, dump_name, import, import_at, json};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_dump_waits_until_its_day_is_near_and_then_lands() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.dump("2020-05-06", &[("a", "2020-05-06 10:00:00", "0.1")]);
    folder.write("freightrates_20200506_1.csv", "orig_code,dest_code,day,price\n");
    let run = |now: &str| {
        let report = import_at(&database, &[folder.path()], at(now));
        let mut early: Vec<_> = report.too_early.iter().map(|dump| dump.day.to_string()).collect();
        early.sort();
        (report.landed, report.unchanged, report.rejected.len(), early)
    };
    let early = || vec!["2020-05-06".to_owned(); 2];
    assert_eq!(run("2020-05-04T00:10:00Z"), (1, 0, 0, early()));
    // Checked again at each run, and never in the ledger.
    assert_eq!(run("2020-05-04T23:59:59Z"), (0, 1, 0, early()));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    // That of tomorrow is accepted: clocks differ.
    assert_eq!(run("2020-05-05T00:00:00Z"), (2, 1, 0, vec![]));
    // What has landed stays landed, whatever the clock says now.
    assert_eq!(run("2020-05-01T00:00:00Z"), (0, 3, 0, vec![]));
    database.check();
}

#[test]
fn import_names_what_is_too_early_and_lands_the_rest() {
    let (database, folder) = (Database::new(), Folder::new());
    let yesterday = (Utc::now().date_naive() - Days::new(1)).to_string();
    folder.dump(&yesterday, &[("a", &format!("{yesterday} 10:00:00"), "0.1")]);
    let early = folder.dump("2362-11-10", &[]);
    let import =
        |args: &[&str]| Landfall::on(&database, &[&["import"], args].concat()).arg(folder.path()).run();
    let line = format!(
        "too early: file://{}: its day, 2362-11-10, has not come: rename or delete it if the date is wrong (a later run lands it otherwise), and check this machine's clock\n",
        early.display()
    );
    let dry_run = import(&["--dry-run"]).expect(0).stdout;
    assert!(dry_run.contains(&line) && dry_run.contains("1 dumps to land"), "{dry_run}");
    let run = import(&[]).expect(3);
    assert!(
        run.stdout.contains(&line) && run.stdout.contains("1 dumps landed, 1 too early"),
        "{}",
        run.stdout
    );
    assert!(run.messages().iter().any(|message| message == "too early"), "{}", run.stderr);
    // It is reported again at each run.
    let report = import(&["--json"]).expect(3).json();
    assert_eq!((&report["landed"], &report["unchanged"]), (&0.into(), &1.into()));
    assert_eq!(report["too_early"][0]["day"], "2362-11-10");
    // A selection excludes it like any other.
    import(&["--until", &yesterday]).expect(0);
    Landfall::on(&database, &["status", "--max-lag", "25h"]).run().expect(0);
}

/// Older versions landed such dumps. So does a clock that is wrong by decades.
fn landed_in_2362(days: &[NaiveDate]) -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    for day in days {
        folder.dump(&day.to_string(), &[("a", &format!("{day} 10:00:00"), "0.1")]);
    }
    import(&database, &[folder.path()]);
    folder.dump("2362-11-10", &[("a", "2362-11-10 10:00:00", "7")]);
    folder.write("freightrates_23621110_1.csv", "orig_code,dest_code,day,price\n");
    let report = import_at(&database, &[folder.path()], at("2362-11-11T00:10:00Z"));
    assert_eq!((report.landed, report.too_early.len()), (2, 0));
    (database, folder)
}

#[test]
fn a_landed_dump_of_a_future_day_hides_nothing() {
    let day = Utc::now().date_naive() - Days::new(20);
    let days = [day - Days::new(1), day];
    let (database, folder) = landed_in_2362(&days);
    let run = |args: &[&str]| Landfall::on(&database, args).run();

    let status = run(&["status", "--max-lag", "8h"]).expect(4);
    let future = dump_name("2362-11-10");
    let warning = format!(
        "warning: {future} is of 2362-11-10, which is still to come, and is not counted: landfall withdraw {future}\n"
    );
    assert!(status.stdout.contains(&warning), "{}", status.stdout);
    assert!(status.stdout.contains("freight: 1 dumps landed, 0 rejected"), "{}", status.stdout);
    assert!(!status.stdout.contains("missing:"), "{}", status.stdout);
    let status = run(&["status", "--json"]).expect(0).json();
    let market = &status["scopes"][0];
    assert_eq!((&market["last_day"], &market["missing_days"]), (&day.to_string().into(), &0.into()));
    assert!(status["lag_seconds"].as_i64().unwrap() > 18 * 86_400, "{status}");
    assert_eq!(status["future"].as_array().unwrap().len(), 2);

    // The default days are those that have landed.
    let prices = run(&["prices", "--region", "eu-west-3", "--format", "csv"]).expect(0).stdout;
    assert_eq!(prices.lines().count(), 3, "{prices}");
    let coverage = run(&["coverage", "--format", "csv"]).expect(0).stdout;
    assert_eq!(coverage.lines().count(), 3, "{coverage}");
    let cheapest = run(&["cheapest", "--region", "eu-west-3", "--min-coverage", "0", "--format", "csv"])
        .expect(0)
        .stdout;
    assert!(cheapest.contains("0.100000"), "{cheapest}");
    let server = Server::on(&database);
    let page = server.get("/").expect(200).body;
    assert!(page.contains(&future) && page.contains("landfall withdraw"), "{page}");
    assert!(page.contains("20 days") || page.contains("19 days"), "the lag: {page}");
    assert!(
        server.get("/chart.svg").expect(200).body.contains("0.1"),
        "the chart is of the days that landed"
    );

    // The way back. The file may still be there.
    run(&["withdraw", &future]).expect(0);
    run(&["withdraw", "freightrates_23621110_1.csv"]).expect(0);
    assert_eq!(run(&["status"]).expect(0).stdout.matches("warning").count(), 0);
    assert_eq!(database.rows().len(), 2);
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.landed, again.unchanged, again.too_early.len()), (0, 4, 0));
    database.check();
}

#[test]
fn a_market_of_which_nothing_but_a_day_to_come_has_landed_does_not_hide_that() {
    let (database, _folder) = landed_in_2362(&[]);
    let run = Landfall::on(&database, &["status", "--max-lag", "1000years"]).run().expect(4);
    assert!(run.stdout.contains("landfall withdraw"), "{}", run.stdout);
    let error = Landfall::on(&database, &["coverage"]).run().error();
    assert_eq!(error, "nothing has landed yet: landfall import SOURCE");
}

/// A wrong name that no clock can detect: the records show it.
#[test]
fn a_dump_named_for_a_day_far_from_its_records_is_rejected() {
    let (database, folder) = (Database::new(), Folder::new());
    for day in ["2021-05-04", "2019-05-04"] {
        folder.write(&dump_name(day), json(&[("a", "2020-05-04 10:00:00", "0.1")]));
    }
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len()), (0, 2));
    let field = report.rejected.iter().map(|rejected| rejected.error.field).collect::<Vec<_>>();
    assert_eq!(field, [Some("Timestamp"); 2]);
}
