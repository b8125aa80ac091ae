//! The command line as users meet it: help, exit codes, what is printed and what never is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use chrono::{Days, Utc};
use tempfile::TempDir;

use crate::support::{Database, Folder, Landfall, Run, dump_name, json, run_of, wait_until};

const PASSWORD: &str = "hunter2";

/// Three days of one market, and a file that is not a dump.
fn three_days() -> Folder {
    let folder = Folder::new();
    for day in ["2020-05-04", "2020-05-05", "2020-05-06"] {
        folder.dump(day, &[("a", &format!("{day} 10:00:00"), "0.1")]);
    }
    folder.write("README.md", "no dump");
    folder
}

fn import(database: &Database, folder: &Folder, args: &[&str]) -> Run {
    Landfall::on(database, &[&["import"], args].concat()).arg(folder.path()).run()
}

/// The days that landed, in order.
fn days(database: &Database) -> String {
    database
        .table("SELECT day FROM ledger WHERE status = 'landed' ORDER BY day")
        .replace("2020-05-", "")
        .replace('\n', " ")
}

/// Compares with a snapshot, without what differs from run to run.
macro_rules! assert_stable {
    ($name:literal, $folder:expr, $text:expr) => {
        insta::with_settings!({ filters => [
            (r#""(seconds|records_per_second)": [0-9.]+"#, r#""$1": "[number]""#),
            (r#""lag_seconds": \d+"#, r#""lag_seconds": "[number]""#),
            (r#""seen_at": "[^"]+""#, r#""seen_at": "[time]""#),
            (r"[0-9.]+ s, \d+ records a second", "[number] s, [number] records a second"),
            // The last column of a table is as wide as its lag.
            (r"(?m) +\d+d \d+h *$", " [lag]"),
            (r"(?m) lag *$", " lag"),
            (r"ended \d+d \d+h ago", "ended [lag] ago"),
            (r"─+", "─"),
            (r"═+", "═"),
        ] }, {
            let text = $text.replace($folder.path().to_str().unwrap(), "/[folder]");
            insta::assert_snapshot!($name, text);
        });
    };
}

#[test]
fn every_command_explains_itself() {
    let help = |args: &[&str]| {
        Landfall::bare(args).env("COLUMNS", "100").env("DATABASE_URL", secret_url()).run().expect(0).stdout
    };
    insta::assert_snapshot!("help", help(&["--help"]));
    insta::assert_snapshot!("help_import", help(&["import", "--help"]));
    insta::assert_snapshot!("help_follow", help(&["follow", "--help"]));
    insta::assert_snapshot!("help_retry", help(&["retry", "--help"]));
    insta::assert_snapshot!("help_withdraw", help(&["withdraw", "--help"]));
    insta::assert_snapshot!("help_status", help(&["status", "--help"]));
    insta::assert_snapshot!("help_migrate", help(&["migrate", "--help"]));
    insta::assert_snapshot!("help_roles", help(&["roles", "--help"]));
    insta::assert_snapshot!("help_psql", help(&["psql", "--help"]));
    insta::assert_snapshot!("help_simulate", help(&["simulate", "--help"]));
    insta::assert_snapshot!("help_completions", help(&["completions", "--help"]));
    insta::assert_snapshot!("help_prices", help(&["prices", "--help"]));
    insta::assert_snapshot!("help_cheapest", help(&["cheapest", "--help"]));
    insta::assert_snapshot!("help_coverage", help(&["coverage", "--help"]));
    insta::assert_snapshot!("help_chart", help(&["chart", "--help"]));
    insta::assert_snapshot!("help_serve", help(&["serve", "--help"]));
    insta::assert_snapshot!("help_healthcheck", help(&["healthcheck", "--help"]));
    insta::assert_snapshot!("help_man_pages", help(&["man-pages", "--help"]));
}

#[test]
fn completions_are_for_the_shell() {
    let script = Landfall::bare(&["completions", "bash"]).run().expect(0).stdout;
    assert!(script.starts_with("_landfall() {") && script.contains("--max-lag"), "{script}");
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = Folder::new();
    let man = folder.path().join("share/man");
    Landfall::bare(&["man-pages"]).arg(&man).run().expect(0);
    let help = Landfall::bare(&["--help"]).run().expect(0).stdout;
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.map_while(|line| line.split_whitespace().next());
    let pages: Vec<String> = commands.map(|command| format!("landfall-{command}.1")).collect();
    assert!(pages.len() > 7, "{help}");
    for page in pages.iter().map(String::as_str).chain(["landfall.1"]).filter(|page| !page.contains("-help."))
    {
        let text = fs::read_to_string(man.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    let error = Landfall::bare(&["man-pages", "/dev/null/man"]).run().error();
    assert_eq!(error, "cannot write to /dev/null/man: Not a directory (os error 20)");
}

#[test]
fn wrong_usage_is_reported_before_anything_happens() {
    for (args, message) in [
        (&["import"][..], "required arguments were not provided:\n  <SOURCE>..."),
        (&["import", ""], "SOURCE is empty: write s3://BUCKET/PREFIX, a directory or a file"),
        (&["import", "s3://"], "has no bucket"),
        (&["import", "gs://x"], "`gs://x` is neither s3://BUCKET/PREFIX nor a directory nor a file"),
        (
            &["import", "x", "--since", "2020-02-30"],
            "invalid value '2020-02-30' for '--since <DAY>': write YYYY-MM-DD or a number of days such as 7d",
        ),
        (&["import", "x", "--until=-1d"], "write YYYY-MM-DD or a number of days such as 7d"),
        (&["import", "x", "--jobs", "0"], "0 is not in 1..=64"),
        (
            &["status", "--max-lag", "soon"],
            "invalid value 'soon' for '--max-lag <DURATION>': write a number and a unit, such as 90s, 30m, 25h or 2days",
        ),
        (&["status", "--max-lag", "25"], "write a number and a unit, such as"),
        (
            &["import", "x", "--since", "2020-05-05", "--until", "2020-05-04"],
            "error: --since: 2020-05-05 is after --until 2020-05-04: write an earlier day\n\nUsage: landfall import ",
        ),
        (&["prices", "--from", "2020-05-05", "--to", "2020-05-04"], "Usage: landfall prices [OPTIONS]"),
        (&["cheapest", "--from", "2020-05-05", "--to", "2020-05-04"], "Usage: landfall cheapest [OPTIONS]"),
        (
            &["chart", "-o", "-", "--from", "2020-05-05", "--to", "2020-05-04"],
            "Usage: landfall chart [OPTIONS]",
        ),
        (&["improt"], "tip: a similar subcommand exists: 'import'"),
        (&["import", "x", "--dryrun"], "tip: a similar argument exists: '--dry-run'"),
        (&["completions", "tcsh"], "possible values: bash"),
    ] {
        let run = Landfall::bare(args).run().expect(2);
        assert!(run.stderr.contains(message), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn import_reports_what_it_did() {
    let (database, folder) = (Database::new(), three_days());
    folder.dump("2020-05-07", &[]);
    folder.dump("2020-05-05", &[("a", "2020-05-05 10:00:00", "NaN")]);
    let run = import(&database, &folder, &[]).expect(3);
    assert_stable!("import", folder, run.stdout);
    assert!(run.messages().iter().any(|message| message == "rejected"), "{}", run.stderr);
    // The same once more: nothing new is wrong.
    let run = import(&database, &folder, &["--quiet"]).expect(0);
    assert_stable!("import_again", folder, run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn import_reports_as_json() {
    let (database, folder) = (Database::new(), three_days());
    folder.write(&dump_name("2020-05-07"), "[");
    assert_stable!("import_json", folder, import(&database, &folder, &["--json"]).expect(3).stdout);
}

#[test]
fn a_source_that_is_not_there() {
    let database = Database::new();
    assert_eq!(
        Landfall::on(&database, &["import", "/nowhere/dumps"]).run().error(),
        "cannot read /nowhere/dumps: No such file or directory (os error 2): name an existing directory or file, or s3://BUCKET/PREFIX"
    );
}

#[test]
fn dry_run_says_what_would_be_done() {
    let (database, folder) = (Database::new(), three_days());
    import(&database, &folder, &["--until", "2020-05-04"]).expect(0);
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.2")]);
    let before = database.table("SELECT * FROM ledger");
    assert_stable!("dry_run", folder, import(&database, &folder, &["--dry-run"]).expect(0).stdout);
    let run = import(&database, &folder, &["--dry-run", "--json", "--since", "2020-05-05"]).expect(0);
    assert_stable!("dry_run_json", folder, run.stdout);
    assert_eq!(database.table("SELECT * FROM ledger"), before);
    assert_eq!(database.rows().len(), 1);
}

#[test]
fn a_selection_takes_days_accounts_and_regions() {
    let folder = three_days();
    let body = json(&[("a", "2020-05-07 10:00:00", "0.1")]);
    folder.write("spotprices_20200507_000000000001_eu-west-3.json", &body);
    folder.write("spotprices_20200508_000000000001_eu-west-3.json", "[]");
    folder.write("spotprices_20200509_000000000002_us-west-2.json", "[]");
    for (args, landed) in [
        (&["--since", "2020-05-06"][..], "06 07 08 09 "),
        (&["--until", "2020-05-05"], "04 05 "),
        (&["--since", "2020-05-05", "--until", "2020-05-05"], "05 "),
        (&["--account", "000000000001"], "07 08 "),
        (&["--account", "000000000001", "--account", "000000000002"], "07 08 09 "),
        (&["--region", "us-west-2"], "09 "),
        (&["--region", "eu-west-3", "--account", "000000000001", "--until", "2020-05-07"], "07 "),
        (&["--region", "eu-north-1"], ""),
    ] {
        let database = Database::new();
        let report = import(&database, &folder, &[args, &["--json"]].concat()).expect(0).json();
        assert_eq!(days(&database), landed, "{args:?}");
        let number = |key: &str| report[key].as_u64().unwrap();
        assert_eq!(number("landed") + number("unselected"), 6, "{args:?}");
        // What was excluded lands without the selection.
        import(&database, &folder, &[]).expect(0);
        assert_eq!(days(&database), "04 05 06 07 08 09 ");
    }
}

#[test]
fn sources_may_be_several_files_and_folders_with_spaces() {
    let (database, folder) = (Database::new(), Folder::new());
    for day in ["2020-05-04", "2020-05-05", "2020-05-06"] {
        folder.write(&format!("my {day}/{}", dump_name(day)), "[]");
    }
    let run = Landfall::on(&database, &["import"])
        .arg(folder.path().join("my 2020-05-04"))
        .arg(folder.path().join("my 2020-05-06").join(dump_name("2020-05-06")))
        .run();
    run.expect(0);
    assert_eq!(days(&database), "04 06 ");
}

#[test]
fn the_source_may_come_from_the_environment() {
    let (first, second) = (Folder::new(), Folder::new());
    first.dump("2020-05-04", &[]);
    second.dump("2020-05-05", &[]);
    let path = |folder: &Folder| folder.path().to_str().unwrap().to_owned();
    let database = Database::new();
    let import = |args: &[&str], source: &str| {
        Landfall::on(&database, &[&["import"], args].concat()).env("LANDFALL_SOURCE", source).run()
    };
    // An argument replaces it.
    import(&[&path(&first)], &path(&second)).expect(0);
    assert_eq!(days(&database), "04 ");
    import(&[], &path(&second)).expect(0);
    assert_eq!(days(&database), "04 05 ");
    assert!(import(&[], "gs://x").expect(2).stderr.contains("`gs://x` is neither"));
}

#[test]
fn status_shows_what_landed_what_is_missing_and_what_was_rejected() {
    let (database, folder) = (Database::new(), Folder::new());
    let status =
        |args: &[&str]| Landfall::on(&database, &[&["status"], args].concat()).run().expect(0).stdout;
    assert_eq!(status(&[]), "nothing has landed yet: landfall import SOURCE\n");
    assert_stable!("status_json_of_nothing", folder, status(&["--json"]));

    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.dump("2020-05-05", &[]);
    // Disagrees with the first about its day.
    folder.dump("2020-05-07", &[("a", "2020-05-04 10:00:00", "0.2"), ("a", "2020-05-07 10:00:00", "0.1")]);
    folder.dump("2020-05-10", &[]);
    folder.write(&dump_name("2020-05-11"), json(&[("a", "2020-05-11 10:00:00", "-1")]));
    folder.write(&dump_name("2020-05-12"), "[{");
    folder.write("spotprices_20200504_012345678901_us-gov-west-1.json", "[]");
    folder.write("spotprices_20200504_123_eu-west-3.json", "[]");
    import(&database, &folder, &["--quiet"]).expect(3);
    assert_stable!("status", folder, status(&[]));
    assert_stable!("status_json", folder, status(&["--json"]));
}

#[test]
fn status_warns_of_a_lag() {
    let (database, folder) = (Database::new(), Folder::new());
    let status = |lag: &str| Landfall::on(&database, &["status", "--max-lag", lag]).run();
    // Nothing at all lags, however long one would wait.
    status("1000years").expect(4);
    let yesterday = Utc::now().date_naive() - Days::new(1);
    folder.dump(&yesterday.to_string(), &[]);
    import(&database, &folder, &[]).expect(0);
    // Good until the day after tomorrow begins, should midnight come between.
    status("25h").expect(0);
    // One market that fell behind is enough.
    folder.write("spotprices_20200504_000000000001_eu-west-3.json", "[]");
    import(&database, &folder, &[]).expect(0);
    let run = status("25h").expect(4);
    assert!(run.stdout.contains("000000000001"), "what lags is shown: {}", run.stdout);
    Landfall::on(&database, &["status"]).run().expect(0);
}

#[test]
fn migrate_makes_the_schema_and_then_leaves_it() {
    let database = Database::blank();
    let migrate = || Landfall::on(&database, &["migrate"]).run().expect(0).messages();
    let first = migrate();
    assert!(first.iter().any(|message| message == "migrated"), "{first:?}");
    assert_eq!(database.rows(), []);
    assert_eq!(migrate(), ["the schema is up to date"]);
}

#[test]
fn psql_opens_the_database() {
    let (database, folder) = (Database::new(), three_days());
    import(&database, &folder, &[]).expect(0);
    let psql = |sql: &str| Landfall::on(&database, &["psql", "--", "-X", "-Atc", sql]).run();
    assert_eq!(psql("SELECT 1").expect(0).stdout, "1\n");
    assert_eq!(psql("SELECT count(*) FROM spot_prices").expect(0).stdout, "3\n");
    // Not psql's own code, which would be taken for one of Landfall's.
    let run = psql("SELECT nonsense").expect(1);
    assert!(run.stderr.contains("nonsense"), "{}", run.stderr);
}

#[test]
fn psql_does_not_show_the_password() {
    let database = Database::new();
    let url = database.url.secret().replacen("//landfall@", &format!("//landfall:{PASSWORD}@"), 1);
    assert!(url.contains(PASSWORD), "the test's URL has another user than it had");
    let query = "SELECT 'look', pg_sleep(300)";
    let child = Landfall::bare(&["psql", "--", "-X", "-c", query]).env("DATABASE_URL", &url).spawn();
    let asleep = "FROM pg_stat_activity WHERE query LIKE 'SELECT ''look''%' AND wait_event = 'PgSleep' AND datname = current_database()";
    wait_until("psql sleeps", || database.number(&format!("SELECT count(*) {asleep}")) == 1);
    let command_lines = command_lines();
    let psql: Vec<&String> =
        command_lines.iter().filter(|line| line.contains("--dbname") && line.contains(query)).collect();
    assert!(!psql.is_empty(), "psql is not among {command_lines:#?}");
    for line in &command_lines {
        assert!(!line.contains(PASSWORD), "{line}");
    }
    database.number(&format!("SELECT count(pg_cancel_backend(pid)) {asleep}"));
    run_of(child).expect(1);
}

/// The command lines of every process.
fn command_lines() -> Vec<String> {
    let output = Command::new("ps").args(["-Aww", "-o", "command="]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).lines().map(ToOwned::to_owned).collect()
}

#[test]
fn a_database_that_is_no_url_is_refused_unprinted() {
    let mysql = format!("mysql://u:{PASSWORD}@h/d");
    for url in [&mysql, &format!("host=h password={PASSWORD}"), PASSWORD] {
        let run = Landfall::bare(&["status"]).env("DATABASE_URL", url).run().expect(2);
        let message = "is not a URL such as postgres://user@host/database; without it, Landfall uses a private Postgres";
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!run.stderr.contains(PASSWORD), "{}", run.stderr);
    }
    let run = Landfall::bare(&["status", "--database-url", &mysql]).run().expect(2);
    assert!(!run.stderr.contains(PASSWORD), "{}", run.stderr);
}

#[test]
fn a_database_that_is_down() {
    for args in [&["status"][..], &["import", "/"], &["retry"], &["migrate"], &["-vv", "status"]] {
        let run = Landfall::bare(args).env("DATABASE_URL", secret_url()).run();
        assert!(!run.stderr.contains(PASSWORD), "{}", run.stderr);
        assert_eq!(
            run.error(),
            "cannot connect to the database: connection to server at \"127.0.0.1\", port 1 failed: Connection refused; check DATABASE_URL, and that the server is up"
        );
    }
}

/// The address of a server that is down, with a password.
fn secret_url() -> String {
    format!("postgres://u:{PASSWORD}@127.0.0.1:1/d")
}

#[test]
fn simulated_dumps_depend_on_the_seed_alone_and_are_good() {
    let simulate = |seed: &str| {
        let folder = Folder::new();
        let args = [
            "simulate",
            "--pools",
            "10",
            "--days",
            "3",
            "--accounts",
            "2",
            "--first-day",
            "2020-05-01",
            "--seed",
            seed,
        ];
        Landfall::bare(&args).arg(folder.path()).run().expect(0);
        folder
    };
    let (one, same, other) = (simulate("1"), simulate("1"), simulate("2"));
    assert_eq!(contents(one.path()), contents(same.path()));
    assert_ne!(contents(one.path()), contents(other.path()));
    let database = Database::new();
    let report = import(&database, &one, &["--json"]).expect(0).json();
    assert_eq!((&report["landed"], &report["rejected"]), (&6.into(), &serde_json::json!([])));
    assert_eq!(report["rows_disagreeing"], 0);
    assert_eq!(report["rows_new"], database.rows().len());
    database.check();
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut contents: Vec<_> =
        files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect();
    contents.sort();
    contents
}

#[test]
fn without_a_database_there_is_a_private_one() {
    let (folder, data) = (three_days(), data_dir());
    let run = |args: &[&str]| Landfall::bare(args).env("LANDFALL_DATA_DIR", data.path().join("d")).run();
    let source = folder.path().to_str().unwrap();
    let first = run(&["-v", "import", "--json", source]).expect(0);
    assert!(first.stderr.contains("private postgres is ready"), "{}", first.stderr);
    let report = first.json();
    assert_eq!((&report["landed"], &report["unchanged"]), (&3.into(), &0.into()));
    let report = run(&["import", "--json", source]).expect(0).json();
    assert_eq!((&report["landed"], &report["unchanged"]), (&0.into(), &3.into()));
    let psql = ["psql", "--", "-X", "-Atc", "SELECT count(*) FROM spot_prices"];
    assert_eq!(run(&psql).expect(0).stdout, "3\n");
    // The option means the same folder.
    let option =
        Landfall::bare(&["status", "--json", "--data-dir"]).arg(data.path().join("d")).run().expect(0);
    assert_eq!(option.json()["scopes"][0]["days"], 3);
}

#[test]
fn without_server_binaries_the_package_is_named() {
    let (data, empty) = (data_dir(), Folder::new());
    let error = Landfall::bare(&["status", "--data-dir"])
        .arg(data.path().join("d"))
        .env("PG_BINDIR", empty.path())
        .run()
        .error();
    let message = format!("PG_BINDIR is {}, where there is no postgres; ", empty.path().display());
    assert!(error.starts_with(&message), "{error}");
    assert!(error.contains("(Debian: postgresql, ") && error.contains("DATABASE_URL"), "{error}");
}

#[test]
fn where_another_data_directory_helps_the_options_are_named() {
    let data = data_dir();
    let error = |name: &str| {
        Landfall::bare(&["status"]).env("LANDFALL_DATA_DIR", data.path().join(name)).run().error()
    };
    for name in ["a,b", &"x".repeat(120)] {
        let message = error(name);
        assert!(message.ends_with(" (--data-dir or LANDFALL_DATA_DIR)"), "{message}");
    }
    fs::write(data.path().join("file"), "").unwrap();
    let message = error("file/d");
    assert!(
        message.ends_with(" (--data-dir or LANDFALL_DATA_DIR), or set DATABASE_URL to a running server"),
        "{message}"
    );
}

/// Short, for the path of a socket, and open to the user root gives the server to.
fn data_dir() -> TempDir {
    let dir = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    dir
}
