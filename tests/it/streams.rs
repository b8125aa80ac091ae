//! Standard streams that fail: a full disk, a pipe without a reader, a descriptor that takes nothing.

use std::fs::File;
use std::io::pipe;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Database, Folder, Landfall, Run, TestS3, agent, dump_name, exit_of, run_of, within};

const QUERY_ARGS: [&str; 4] = ["--region", "eu-west-3", "--from", "2020-05-04"];

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn without_reader() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A descriptor that is open, and not for writing.
fn read_only() -> Stdio {
    File::open("/dev/null").unwrap().into()
}

/// A database with a landed dump, and a folder with that dump and two broken ones.
fn landed() -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(0);
    folder.write(&dump_name("2020-05-05"), "[");
    (database, folder)
}

/// Every command, with the code that it ends with.
fn commands(folder: &Folder, out: &Folder) -> Vec<(Vec<String>, i32)> {
    let (source, out) = (folder.path().to_str().unwrap(), out.path().to_str().unwrap());
    let mut commands: Vec<(Vec<&str>, i32)> = vec![
        (vec!["import", source], 3),
        (vec!["import", "--json", source], 0),
        (vec!["import", "--dry-run", source], 0),
        (vec!["import", "/nowhere"], 1),
        (vec!["import"], 2),
        (vec!["retry"], 3),
        (vec!["status"], 0),
        (vec!["-vv", "status", "--max-lag", "1h"], 4),
        (vec!["chart", "--output", "-", "--region", "eu-west-3"], 0),
        (vec!["coverage"], 0),
        (vec!["migrate"], 0),
        (vec!["psql", "--", "-X", "-c", "SELECT 1"], 0),
        (vec!["psql", "--", "-X", "-c", "SELECT nonsense"], 1),
        (vec!["simulate", "--pools", "1", "--days", "1", out], 0),
        (vec!["completions", "fish"], 0),
        (vec!["man-pages", out], 0),
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec!["import", "--jobs", "0", "x"], 2),
    ];
    for command in ["prices", "cheapest"] {
        for format in ["table", "csv", "json"] {
            commands.push(([&[command, "--format", format], &QUERY_ARGS[..]].concat(), 0));
        }
    }
    let owned = |args: Vec<&str>| args.into_iter().map(ToOwned::to_owned).collect();
    commands.into_iter().map(|(args, code)| (owned(args), code)).collect()
}

#[test]
fn a_log_that_cannot_be_written_changes_no_command() {
    let ((_, folder), out) = (landed(), Folder::new());
    type Spoil = fn(Landfall) -> Landfall;
    let spoils: [(&str, Spoil); 5] = [
        ("full disk", |command| command.stderr(full())),
        ("broken pipe", |command| command.stderr(without_reader())),
        ("read only", |command| command.stderr(read_only())),
        ("closed", |command| command.by_shell(r#"exec "$0" "$@" 2>&-"#)),
        ("nothing open", |command| command.by_shell(r#"exec "$0" "$@" 2>&- <&-"#)),
    ];
    for (kind, spoil) in spoils {
        let database = Database::new();
        for (args, code) in commands(&folder, &out) {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let run = spoil(Landfall::on(&database, &args)).run();
            assert_eq!(run.code, Some(code), "{kind}: {args:?}: {}", run.stdout);
            // The requested output is printed as usual.
            let silent = ["migrate", "simulate", "man-pages"].contains(&args[0]) || matches!(code, 1 | 2);
            assert_eq!(run.stdout.is_empty(), silent, "{kind}: {args:?}: {}", run.stdout);
        }
        assert_eq!(database.rows().len(), 1);
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error_but_for_a_reader_that_has_enough() {
    let ((database, folder), out) = (landed(), Folder::new());
    let fails_with = |run: Run, reason: &str, args: &[&str]| {
        let message = format!("cannot write to standard output: {reason}");
        assert!(
            run.code == Some(1) && run.stderr.contains(&message),
            "{args:?}: {:?} {}",
            run.code,
            run.stderr
        );
    };
    for (args, code) in commands(&folder, &out) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let command = || Landfall::on(&database, &args);
        let run = command().stdout(without_reader()).run();
        assert!(!run.stderr.contains("panic"), "{}", run.stderr);
        assert_eq!(run.code, Some(code), "{args:?}: {}", run.stderr);
        if args[0] == "psql" {
            // It reports the error itself.
            command().stdout(full()).run().expect(1);
            continue;
        }
        if matches!(code, 1 | 2) || ["migrate", "simulate", "man-pages"].contains(&args[0]) {
            command().stdout(full()).run().expect(code);
            continue;
        }
        fails_with(command().stdout(full()).run(), "No space left on device", &args);
        fails_with(command().stdout(read_only()).run(), "Bad file descriptor", &args);
    }
    // The import is complete, even if its report fails.
    folder.dump("2020-05-06", &[("a", "2020-05-06 10:00:00", "0.1")]);
    let run = Landfall::on(&database, &["import"]).arg(folder.path()).stdout(full()).run();
    assert!(run.stderr.contains("the run is over, but its report is lost"), "{}", run.stderr);
    assert_eq!(database.rows().len(), 2);
}

#[test]
fn completions_of_every_shell_may_be_cut_short() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = Landfall::bare(&["completions", shell]).stdout(without_reader()).run();
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
    }
}

#[test]
fn a_psql_whose_reader_has_enough_is_well() {
    let database = Database::new();
    let query = "SELECT n, repeat('x', 1000) FROM generate_series(1, 10000) AS n";
    let run = Landfall::on(&database, &["psql", "--", "-X", "-At", "-c", query]);
    let run = run.by_shell(r#"{ "$0" "$@"; echo "code $?" >&2; } | head -n 1"#).run().expect(0);
    assert!(run.stdout.starts_with("1|x") && run.stderr.ends_with("code 0\n"), "{}", run.stderr);
}

#[test]
fn files_on_a_full_disk_are_errors_that_name_them() {
    let (database, folder) = landed();
    let link = |name: &str| {
        let path = folder.path().join(name);
        symlink("/dev/full", &path).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let error =
        Landfall::on(&database, &["chart", "--region", "eu-west-3", "-o", &link("c.svg")]).run().error();
    assert_eq!(
        error,
        format!("cannot write {}/c.svg: No space left on device (os error 28)", folder.path().display())
    );
    link("landfall.1");
    let error = Landfall::bare(&["man-pages"]).arg(folder.path()).run().error();
    assert!(error.contains("cannot write to") && error.contains("No space left on device"), "{error}");
    link("spotprices_20200504_000000000001_eu-west-3.json");
    let simulate = ["simulate", "--pools", "1", "--days", "1", "--first-day", "2020-05-04"];
    let error = Landfall::bare(&simulate).arg(folder.path()).run();
    // The name depends on the account that is simulated.
    assert!(matches!(error.code, Some(0 | 1)) && !error.stderr.contains("panic"), "{}", error.stderr);
}

#[test]
fn a_log_at_its_size_limit_changes_nothing() {
    let (_, folder) = landed();
    let database = Database::new();
    let script = format!(r#"ulimit -f 0; exec "$0" "$@" 2>>"{}/log""#, folder.path().display());
    let run = Landfall::on(&database, &["import"]).arg(folder.path()).by_shell(&script).run().expect(3);
    assert!(run.stdout.contains("1 dumps landed"), "{}", run.stdout);
    // As if the disk of the report were full.
    let script = format!(r#"ulimit -f 0; exec "$0" "$@" >"{}/report""#, folder.path().display());
    let run = Landfall::on(&database, &["status"]).by_shell(&script).run().expect(1);
    assert!(run.stderr.contains("cannot write to standard output: File too large"), "{}", run.stderr);
}

#[test]
fn a_stop_is_honoured_when_the_reader_of_the_log_has_ended() {
    let (database, s3) = (Database::new(), TestS3::with_a_late_dump());
    let import = Landfall::on(&database, &["import", "--json", "--jobs", "1", "s3://prices"]).with(&s3);
    let mut child = import.spawn();
    within(Duration::from_secs(60), child.id(), || {
        while database.number("SELECT count(*) FROM ledger") < 3 {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            sleep(Duration::from_millis(5));
        }
    });
    // As Ctrl-C on `import 2>&1 | tee log` does: both get the signal.
    drop(child.stderr.take());
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let run = run_of(child).expect(0);
    let report = run.json();
    assert_eq!(report["stopped"], true);
    assert_eq!(database.number("SELECT count(*) FROM ledger"), report["landed"].as_i64().unwrap());
}

#[test]
fn a_server_without_a_log_serves_and_ends_in_order() {
    for stderr in [full, without_reader, read_only] {
        let database = Database::new();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = free.to_string();
        let serve = Landfall::on(&database, &["serve", "--listen", &address]);
        let mut child = serve.stdout(Stdio::null()).stderr(stderr()).spawn_as_it_is();
        while TcpStream::connect(free).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            sleep(Duration::from_millis(5));
        }
        for path in ["/healthz", "/readyz", "/v1/spot/pools", "/v1/spot/pools?nonsense=1", "/nothing", "/"] {
            let response = agent().get(format!("http://{address}{path}")).call().unwrap();
            let expected = match path {
                "/nothing" => 404,
                "/v1/spot/pools?nonsense=1" => 400,
                _ => 200,
            };
            assert_eq!(response.status(), expected, "{path}");
        }
        kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
        assert_eq!(exit_of(&mut child).code(), Some(0));
    }
}
