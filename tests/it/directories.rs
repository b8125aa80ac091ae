//! Directories with entries that cannot be read, and files with strange times.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};

use crate::support::{Database, Folder, Landfall, Run, dump_name, import, json};

/// A dump of a day of May 2020.
fn dump(folder: &Folder, day: u32) {
    let day = format!("2020-05-{day:02}");
    folder.dump(&day, &[("a", &format!("{day} 10:00:00"), "0.1")]);
}

/// Runs a command as a user whom permissions bind.
fn run(database: &Database, args: &[&str], paths: &[&Path]) -> Run {
    let mut landfall = Landfall::on(database, args);
    for path in paths {
        landfall = landfall.arg(path);
    }
    // Root may read everything; if this is not root, nor is the user of its Postgres.
    if geteuid().is_root() { landfall.of_user(database).run() } else { landfall.run() }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn unreadable(run: &Run) -> usize {
    run.json()["unreadable"].as_array().unwrap().len()
}

fn fifo(path: &Path) {
    mkfifo(path, Mode::from_bits_truncate(0o644)).unwrap();
}

#[test]
fn entries_that_are_not_dumps_are_skipped_with_a_warning() {
    let (database, folder) = (Database::new(), Folder::new());
    dump(&folder, 4);
    let root = folder.path();
    symlink("loop", root.join("loop")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    symlink(root, root.join("up")).unwrap();
    fifo(&root.join("pipe"));
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9.txt")), "").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let run = Landfall::on(&database, &["import", "--json"]).arg(root).run().expect(0);
    assert_eq!((&run.json()["landed"], unreadable(&run)), (&1.into(), 5), "{}", run.stdout);
    for name in ["loop", "dangling", "pipe", "caf\u{fffd}.txt", "socket"] {
        let named = |line: &&str| line.contains("skipped") && line.contains(name);
        assert_eq!(run.stderr.lines().filter(named).count(), 1, "{name}: {}", run.stderr);
    }
    let text = Landfall::on(&database, &["import", "--quiet"]).arg(root).run().expect(0).stdout;
    assert!(text.contains("0 dumps landed, 5 unreadable, 1 unchanged"), "{text}");
}

#[test]
fn an_entry_with_the_name_of_a_dump_that_cannot_be_read_is_no_success() {
    type Make = fn(&Path);
    let loops: Make = |path| symlink(path, path).unwrap();
    let dangles: Make = |path| symlink("/nowhere/dump", path).unwrap();
    let not_utf8: Make = |path| {
        let name = [path.as_os_str().as_bytes(), b"\xff.json"].concat();
        fs::write(OsStr::from_bytes(&name), "[]").unwrap();
    };
    let pipe: Make = fifo;
    let not_utf8_folder: Make = |path| {
        let name = [path.parent().unwrap().as_os_str().as_bytes(), b"/caf\xe9"].concat();
        fs::create_dir(OsStr::from_bytes(&name)).unwrap();
    };
    for make in [loops, dangles, not_utf8, pipe, not_utf8_folder] {
        let (database, folder) = (Database::new(), Folder::new());
        make(&folder.path().join(dump_name("2020-05-03")));
        dump(&folder, 4);
        let import = |args: &[&str]| Landfall::on(&database, args).arg(folder.path()).run();
        let run = import(&["import", "--json"]).expect(1);
        assert_eq!((&run.json()["landed"], unreadable(&run)), (&1.into(), 1), "{}", run.stdout);
        let text = import(&["import", "--dry-run"]).expect(1).stdout;
        assert!(text.starts_with("unreadable: cannot read ") && text.ends_with(", 1 unreadable\n"), "{text}");
    }
}

#[test]
fn a_directory_that_may_not_be_read_hides_only_what_is_in_it() {
    let (database, folder) = (Database::new(), Folder::new());
    set_mode(folder.path(), 0o755);
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    set_mode(&closed, 0o000);
    dump(&folder, 4);
    folder.write("open/x.txt", "");
    folder.write(&format!("open/{}", dump_name("2020-05-05")), "[]");
    let report = run(&database, &["import", "--json"], &[folder.path()]).expect(1).json();
    assert_eq!(report["landed"], 2);
    assert_eq!(
        report["unreadable"],
        serde_json::json!([{
            "location": format!("file://{}", closed.display()),
            "error": format!("cannot read {}: Permission denied (os error 13): let this user read it", closed.display()),
            "may_hide_dumps": true,
        }])
    );
    // Named by the user, it is an error.
    let error = run(&database, &["import"], &[&closed]).error();
    assert!(error.starts_with(&format!("cannot read {}: Permission denied", closed.display())), "{error}");
    set_mode(&closed, 0o755);
}

#[test]
fn a_volume_may_have_its_lost_and_found() {
    let (database, folder) = (Database::new(), Folder::new());
    set_mode(folder.path(), 0o755);
    let lost = folder.path().join("lost+found");
    fs::create_dir(&lost).unwrap();
    set_mode(&lost, 0o000);
    dump(&folder, 4);
    let run = run(&database, &["import", "--json"], &[folder.path()]).expect(0);
    assert_eq!((&run.json()["landed"], unreadable(&run)), (&1.into(), 1));
    set_mode(&lost, 0o755);
}

#[test]
fn files_that_may_not_be_read_keep_no_newer_ones_out() {
    let (database, folder) = (Database::new(), Folder::new());
    set_mode(folder.path(), 0o755);
    for day in 4..=12 {
        dump(&folder, day);
    }
    for day in 4..=10 {
        set_mode(&folder.path().join(dump_name(&format!("2020-05-{day:02}"))), 0o000);
    }
    let report = run(&database, &["import", "--json", "--jobs", "1"], &[folder.path()]).expect(1).json();
    assert_eq!((&report["landed"], &report["remaining"]), (&2.into(), &0.into()));
    assert_eq!(report["failed"].as_array().unwrap().len(), 7);
    let error = report["failed"][0]["error"].as_str().unwrap();
    assert!(error.ends_with("Permission denied (os error 13): let this user read it"), "{error}");
}

#[test]
fn retry_goes_on_where_a_folder_cannot_be_read() {
    let (database, folder) = (Database::new(), Folder::new());
    set_mode(folder.path(), 0o755);
    let closed = folder.write(&format!("closed/in/{}", dump_name("2020-05-04")), "[{");
    let bad = folder.write(&format!("open/{}", dump_name("2020-05-05")), "[{");
    assert_eq!(import(&database, &[folder.path()]).rejected.len(), 2);
    let closed = closed.parent().unwrap().parent().unwrap();
    set_mode(closed, 0o000);
    fs::write(bad, json(&[])).unwrap();
    let report = run(&database, &["retry", "--json"], &[]).expect(1).json();
    assert_eq!((&report["landed"], report["failed_sources"].as_array().unwrap().len()), (&1.into(), 1));
    set_mode(closed, 0o755);
}

#[test]
fn a_pipe_named_as_the_source_is_refused_and_not_waited_for() {
    let (database, folder) = (Database::new(), Folder::new());
    let pipe = folder.path().join(dump_name("2020-05-04"));
    fifo(&pipe);
    let error = Landfall::on(&database, &["import"]).arg(&pipe).run().error();
    assert_eq!(error, format!("cannot read {}: it is neither a file nor a directory", pipe.display()));
}

#[test]
fn a_file_may_be_of_any_time() {
    // In memory, where file systems keep times of any size.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let database = Database::new();
    let (epoch, seconds) = (SystemTime::UNIX_EPOCH, Duration::from_secs);
    for (day, time) in [
        (4, epoch - seconds(1)),
        (5, epoch - seconds(62_135_596_800)),
        (6, epoch - seconds(99_999_999_999_999)),
        (7, epoch + seconds(253_402_300_800)),
        // The first second after the last year that Postgres knows, and long after that.
        (8, epoch + seconds(9_224_318_016_000)),
        (9, epoch + seconds(99_999_999_999_999)),
    ] {
        let path = folder.path().join(dump_name(&format!("2020-05-{day:02}")));
        fs::write(&path, "[]").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.failed.len()), (6, 0));
    assert_eq!(import(&database, &[folder.path()]).unchanged, 6);
    assert_eq!(
        database.number("SELECT count(*) FROM ledger WHERE fingerprint LIKE '2--1.%'"),
        1,
        "the time is that of the file system"
    );
    // Landed again with a time beyond every calendar, a dump is a newer revision all the same.
    let path = folder.path().join(dump_name("2020-05-09"));
    fs::write(&path, json(&[("a", "2020-05-09 10:00:00", "0.1")])).unwrap();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(epoch + seconds(99_999_999_999_999))
        .unwrap();
    assert_eq!(import(&database, &[folder.path()]).replaced, 1);
    database.check();
}
