//! A private Postgres, with real server binaries and real processes.

use std::env;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, geteuid};
use private_postgres::{PrivatePostgres, PrivatePostgresError, default_data_dir, find_binary};

use crate::support::{exit_of, read_from, wait_until};

/// The variable with the data folder for the test `user_process`.
const DATA_DIR: &str = "LANDFALL_TEST_PRIVATE_DATA_DIR";

/// A data folder that the server's user can reach, and whose server is stopped whatever happens.
struct Scratch {
    root: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let root = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        Scratch { root }
    }

    fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn cluster(&self) -> PathBuf {
        self.data_dir().join("postgres")
    }

    fn start(&self) -> PrivatePostgres {
        PrivatePostgres::start(&self.data_dir(), "landfall").unwrap()
    }

    fn pid_file(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    fn server(&self) -> Option<Pid> {
        let content = fs::read_to_string(self.pid_file()).ok()?;
        content.lines().next()?.parse().ok().map(Pid::from_raw)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data_dir().join("server.log")).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The socket's lock file goes with the server, and stands in for a test that spoilt
        // postmaster.pid.
        let socket_lock = self.data_dir().join("run/.s.PGSQL.5432.lock");
        let text = fs::read_to_string(socket_lock).unwrap_or_default();
        let pids = [self.server(), text.lines().next().and_then(|pid| pid.parse().ok()).map(Pid::from_raw)];
        for pid in pids.into_iter().flatten().filter(|&pid| is_postgres(pid)) {
            let _ = kill(pid, Signal::SIGQUIT);
            wait_until("the server of a test has ended", || !is_postgres(pid));
        }
    }
}

fn is_postgres(pid: Pid) -> bool {
    let command = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output().unwrap();
    kill(pid, None) != Err(Errno::ESRCH) && String::from_utf8_lossy(&command.stdout).contains("postgres -D")
}

fn sql(url: &str, statement: &str) -> String {
    let psql = find_binary("psql").unwrap();
    let output =
        Command::new(psql).args(["-XAt", "-v", "ON_ERROR_STOP=1", "-c", statement, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Another process with a handle to the server.
struct User {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl User {
    /// In a process group of its own, as a shell starts its jobs.
    fn spawn(data_dir: &Path) -> User {
        let mut command = user_command(data_dir);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        User { child, stdin, stdout }
    }

    /// The URL, once the server is ready.
    fn url(&mut self) -> String {
        let mut lines = self.stdout.by_ref().lines();
        let url = read_from(&self.child, || {
            lines.find_map(|line| line.unwrap().split_once("URL ").map(|(_, url)| url.to_owned()))
        });
        url.unwrap_or_else(|| panic!("the process ended without a URL"))
    }

    fn leave(mut self) {
        drop(self.stdin.take());
        assert!(exit_of(&mut self.child).success());
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        exit_of(&mut self.child);
    }
}

/// The test `user_process` as a process of its own.
fn user_command(data_dir: &Path) -> Command {
    let path = concat!(module_path!(), "::user_process");
    let (_crate, name) = path.split_once("::").unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture"]).env(DATA_DIR, data_dir).stdin(Stdio::null());
    command
}

#[test]
#[ignore = "a process that the other tests start"]
fn user_process() {
    let Some(data_dir) = env::var_os(DATA_DIR) else {
        return;
    };
    let postgres = PrivatePostgres::start(Path::new(&data_dir), "landfall").unwrap();
    println!("URL {}", postgres.url());
    std::io::stdin().lines().for_each(drop);
}

#[test]
fn data_outlives_the_server_and_nothing_listens_on_a_port() {
    let scratch = Scratch::new();
    let began = Instant::now();
    let postgres = scratch.start();
    let first_start = began.elapsed();
    let run = scratch.data_dir().join("run");
    let host = run.to_str().unwrap().replace('/', "%2F");
    assert_eq!(postgres.url(), format!("postgresql://landfall@/landfall?host={host}&port=5432"));
    assert_eq!(run.metadata().unwrap().mode() & 0o777, 0o700);
    let shown = |name| sql(postgres.url(), &format!("SHOW {name}"));
    assert_eq!(shown("listen_addresses"), "");
    assert_eq!(shown("data_checksums"), "on");
    assert_eq!(shown("fsync"), "on");
    assert_eq!(shown("server_encoding"), "UTF8");
    assert_eq!(shown("timezone"), "UTC");
    assert_eq!(shown("shared_buffers"), "256MB");
    assert_eq!(sql(postgres.url(), "SELECT current_user, current_database()"), "landfall|landfall");
    sql(postgres.url(), "CREATE TABLE kept AS SELECT 42 AS value");

    let server = scratch.server().unwrap();
    let began = Instant::now();
    drop(postgres);
    let stop = began.elapsed();
    assert!(!is_postgres(server) && !scratch.pid_file().exists());

    let began = Instant::now();
    let postgres = scratch.start();
    let second_start = began.elapsed();
    assert_eq!(sql(postgres.url(), "SELECT value FROM kept"), "42");
    let began = Instant::now();
    let joined = scratch.start();
    let join = began.elapsed();
    assert_eq!(joined.url(), postgres.url());
    println!("first start {first_start:?}, second {second_start:?}, join {join:?}, stop {stop:?}");
    drop(postgres);
    assert_eq!(sql(joined.url(), "SELECT value FROM kept"), "42");
    drop(joined);
    assert_eq!(scratch.server(), None);
}

#[test]
fn the_last_of_two_processes_stops_the_server() {
    let scratch = Scratch::new();
    let mut starter = User::spawn(&scratch.data_dir());
    let url = starter.url();
    let server = scratch.server();
    let mut other = User::spawn(&scratch.data_dir());
    assert_eq!(other.url(), url);
    starter.leave();
    assert_eq!(sql(&url, "SELECT 1"), "1");
    assert_eq!(scratch.server(), server);
    other.leave();
    assert!(!is_postgres(server.unwrap()));
}

#[test]
fn processes_that_start_at_once_share_one_server() {
    let scratch = Scratch::new();
    let mut users: Vec<User> = (0..5).map(|_| User::spawn(&scratch.data_dir())).collect();
    for user in &mut users {
        let url = user.url();
        assert_eq!(sql(&url, "SELECT 1"), "1");
    }
    let server = scratch.server().unwrap();
    scope(|scope| users.into_iter().for_each(|user| drop(scope.spawn(|| user.leave()))));
    assert!(!is_postgres(server));
}

#[test]
fn starting_and_leaving_over_and_over_never_fails() {
    let scratch = Scratch::new();
    drop(scratch.start());
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let postgres = scratch.start();
                    assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
                }
            });
        }
    });
    assert_eq!(scratch.server(), None);
}

#[test]
fn the_server_of_a_killed_process_is_used_and_stopped_by_the_next() {
    let scratch = Scratch::new();
    let mut killed = User::spawn(&scratch.data_dir());
    let url = killed.url();
    let server = scratch.server();
    killed.kill();
    assert_eq!(sql(&url, "SELECT 1"), "1");
    let next = scratch.start();
    assert_eq!(scratch.server(), server);
    drop(next);
    assert!(!is_postgres(server.unwrap()));
}

#[test]
fn ctrl_c_does_not_reach_the_server() {
    let scratch = Scratch::new();
    let mut user = User::spawn(&scratch.data_dir());
    let url = user.url();
    // A shell's background jobs ignore SIGINT: the other signal ends the process also there.
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        killpg(Pid::from_raw(user.child.id().try_into().unwrap()), signal).unwrap();
    }
    assert!(!exit_of(&mut user.child).success());
    assert_eq!(sql(&url, "SELECT 1"), "1");
    drop(scratch.start());
    assert_eq!(scratch.server(), None);
}

#[test]
fn the_server_inherits_no_lock_of_its_users() {
    let scratch = Scratch::new();
    let _postgres = scratch.start();
    let open = format!("/proc/{}/fd", scratch.server().unwrap());
    let Ok(open) = fs::read_dir(open) else { return };
    let open: Vec<PathBuf> = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok()).collect();
    if open.is_empty() {
        // Hidden, as root may not trace processes here.
        return;
    }
    assert!(open.contains(&scratch.data_dir().join("server.lock")), "{open:?}");
    for name in ["start.lock", "users.lock"] {
        assert!(!open.contains(&scratch.data_dir().join(name)), "{open:?}");
    }
}

#[test]
fn a_killed_initdb_leaves_nothing_that_matters() {
    let scratch = Scratch::new();
    // Killed at many points on the way; some of them leave initdb running on its own.
    for delay_ms in (0..400).step_by(40) {
        let user = User::spawn(&scratch.data_dir());
        sleep(Duration::from_millis(delay_ms));
        user.kill();
    }
    let postgres = scratch.start();
    assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
    drop(postgres);
    sleep(Duration::from_secs(1));
    drop(scratch.start());
    let mut names: Vec<_> =
        fs::read_dir(scratch.data_dir()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["postgres", "run", "server.lock", "server.log", "start.lock", "users.lock"]);
}

#[test]
fn a_crashed_server_is_started_again() {
    let scratch = Scratch::new();
    let before = scratch.start();
    sql(before.url(), "CREATE TABLE kept AS SELECT 42 AS value");
    let crashed = scratch.server().unwrap();
    kill(crashed, Signal::SIGKILL).unwrap();
    wait_until("the server has ended", || !is_postgres(crashed));
    // Now it is a child of this process that has ended but still has its number, and its sessions
    // may not have noticed.
    let after = scratch.start();
    assert_ne!(scratch.server(), Some(crashed));
    assert_eq!(sql(after.url(), "SELECT value FROM kept"), "42");
    drop(before);
    assert_eq!(sql(after.url(), "SELECT value FROM kept"), "42");
    drop(after);
    assert_eq!(scratch.server(), None);
}

/// Makes the files of a stopped server claim that it runs as `pid`.
fn forge(scratch: &Scratch, files: &[(PathBuf, String)], pid: u32) {
    for (path, content) in files {
        let (_, rest) = content.split_once('\n').unwrap();
        fs::write(path, format!("{pid}\n{rest}")).unwrap();
        let owner = scratch.cluster().metadata().unwrap();
        chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

#[test]
fn a_number_that_went_to_another_process_is_neither_trusted_nor_signalled() {
    let scratch = Scratch::new();
    let postgres = scratch.start();
    let paths = [scratch.pid_file(), scratch.data_dir().join("run/.s.PGSQL.5432.lock")];
    let files = paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap()));
    assert!(files[0].1.contains("ready"));
    drop(postgres);

    // Another process of the server's own user, so that Postgres would take it for its server; one that
    // even names Postgres.
    let owner = scratch.cluster().metadata().unwrap();
    for argument in ["60", "60 postgres"] {
        let mut other_process = Command::new("/bin/sh");
        other_process
            .args(["-c", "sleep $0 & wait", argument.split(' ').next().unwrap(), argument])
            .current_dir("/");
        if geteuid().is_root() {
            other_process.uid(owner.uid()).gid(owner.gid());
        }
        let mut other_process = other_process.process_group(0).stdout(Stdio::null()).spawn().unwrap();
        forge(&scratch, &files, other_process.id());
        let postgres = scratch.start();
        assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
        drop(postgres);
        assert_eq!(other_process.try_wait().unwrap(), None);
        // Nor does leaving signal one.
        let postgres = scratch.start();
        let server = scratch.server().unwrap();
        let content = fs::read_to_string(scratch.pid_file()).unwrap();
        forge(&scratch, &files[..1], other_process.id());
        drop(postgres);
        assert_eq!(other_process.try_wait().unwrap(), None);
        assert!(is_postgres(server));
        fs::write(scratch.pid_file(), content).unwrap();
        drop(scratch.start());
        wait_until("the server is stopped", || !is_postgres(server));
        killpg(Pid::from_raw(other_process.id().try_into().unwrap()), Signal::SIGKILL).unwrap();
        exit_of(&mut other_process);
    }

    // A number that is free, and a file that a power cut left empty.
    let mut ended = Command::new("true").spawn().unwrap();
    exit_of(&mut ended);
    forge(&scratch, &files, ended.id());
    drop(scratch.start());
    File::create(scratch.pid_file()).unwrap();
    drop(scratch.start());
    assert_eq!(scratch.server(), None);
}

#[test]
fn a_server_that_is_just_stopping_is_waited_for() {
    let scratch = Scratch::new();
    let before = scratch.start();
    let stopping = scratch.server().unwrap();
    sql(before.url(), "CREATE TABLE filled AS SELECT generate_series(1, 200000) AS value");
    kill(stopping, Signal::SIGINT).unwrap();
    wait_until("the server logs it", || {
        fs::read_to_string(scratch.pid_file()).is_ok_and(|text| text.contains("stopping"))
    });
    let after = scratch.start();
    assert_ne!(scratch.server(), Some(stopping));
    assert_eq!(sql(after.url(), "SELECT count(*) FROM filled"), "200000");
}

#[test]
fn a_server_that_cannot_be_seen_keeps_a_second_one_away() {
    let scratch = Scratch::new();
    let postgres = scratch.start();
    let server = scratch.server().unwrap();
    // As it looks from another container: no process of that number.
    let content = fs::read_to_string(scratch.pid_file()).unwrap();
    let mut ended = Command::new("true").spawn().unwrap();
    exit_of(&mut ended);
    forge(&scratch, &[(scratch.pid_file(), content.clone())], ended.id());
    let error = PrivatePostgres::start(&scratch.data_dir(), "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::HeldElsewhere { .. }), "{error}");
    println!("{error}");
    fs::write(scratch.pid_file(), content).unwrap();
    drop(postgres);
    assert!(!is_postgres(server));
}

#[test]
fn the_log_is_truncated_at_each_start_and_stays_short() {
    let scratch = Scratch::new();
    drop(scratch.start());
    fs::write(scratch.data_dir().join("server.log"), "old\n").unwrap();
    let postgres = scratch.start();
    sql(postgres.url(), "CREATE TABLE filled AS SELECT 1; CHECKPOINT");
    drop(postgres);
    assert!(!scratch.log().contains("old") && scratch.log().len() < 2_000, "{}", scratch.log());
}

#[test]
fn a_server_that_ends_at_once_shows_the_end_of_its_log() {
    let scratch = Scratch::new();
    drop(scratch.start());
    fs::remove_file(scratch.cluster().join("global/pg_control")).unwrap();
    let error = PrivatePostgres::start(&scratch.data_dir(), "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::EndedAtOnce { .. }), "{error}");
    assert!(error.to_string().contains("pg_control"), "{error}");
    println!("{error}");
}

#[test]
fn data_of_another_major_version_is_left_alone() {
    let scratch = Scratch::new();
    drop(scratch.start());
    fs::write(scratch.cluster().join("PG_VERSION"), "12\n").unwrap();
    let error = PrivatePostgres::start(&scratch.data_dir(), "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::OtherMajorVersion { major: 12, .. }), "{error}");
    println!("{error}");
    fs::remove_file(scratch.cluster().join("PG_VERSION")).unwrap();
    let error = PrivatePostgres::start(&scratch.data_dir(), "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::NotACluster { .. }), "{error}");
}

#[test]
fn a_path_too_long_for_a_socket_is_refused_before_anything_is_created() {
    let scratch = Scratch::new();
    let max_length = 107 - "/run/.s.PGSQL.5432".len() - scratch.root.path().as_os_str().len() - 1;
    let too_long = scratch.root.path().join("x".repeat(max_length + 1));
    let error = PrivatePostgres::start(&too_long, "landfall").unwrap_err();
    assert!(
        matches!(error, PrivatePostgresError::SocketPathTooLong { bytes: 108, limit: 107, .. }),
        "{error}"
    );
    assert!(!too_long.exists());
    println!("{error}");
    let postgres =
        PrivatePostgres::start(&scratch.root.path().join("x".repeat(max_length)), "landfall").unwrap();
    assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
}

#[test]
fn a_path_that_is_invalid_in_a_url_is_rejected() {
    let scratch = Scratch::new();
    let error = PrivatePostgres::start(&scratch.root.path().join("a,b"), "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::UnusablePath { .. }), "{error}");
}

#[test]
fn unusual_characters_in_the_path_are_no_obstacle() {
    let scratch = Scratch::new();
    let data_dir = scratch.root.path().join("a b \"c\" d&e=ü%20'f");
    let postgres = PrivatePostgres::start(&data_dir, "landfall").unwrap();
    assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
    drop(
        PrivatePostgres::start(&data_dir.join("../").join(data_dir.file_name().unwrap()), "landfall")
            .unwrap(),
    );
    assert_eq!(sql(postgres.url(), "SELECT 1"), "1");
}

#[test]
fn links_lead_to_the_same_server() {
    let scratch = Scratch::new();
    let link = scratch.root.path().join("link");
    std::os::unix::fs::symlink(scratch.root.path(), &link).unwrap();
    let through_link = PrivatePostgres::start(&link.join("data"), "landfall").unwrap();
    let direct = scratch.start();
    assert_eq!(through_link.url(), direct.url());
}

#[test]
fn a_folder_the_servers_user_cannot_enter_is_named() {
    if !geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let closed = scratch.root.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let error = PrivatePostgres::start(&closed.join("deep/data"), "landfall").unwrap_err();
    assert!(
        matches!(&error, PrivatePostgresError::ParentClosed { closed: named, .. } if *named == closed),
        "{error}"
    );
    assert!(!closed.join("deep").exists());
    println!("{error}");
    let error = PrivatePostgres::start(&closed, "landfall").unwrap_err();
    assert!(matches!(error, PrivatePostgresError::ParentClosed { .. }), "{error}");
}

#[test]
fn roots_server_runs_as_another_user_who_owns_the_data() {
    if !geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let _postgres = scratch.start();
    let owner = scratch.cluster().metadata().unwrap().uid();
    assert_ne!(owner, 0);
    let process = PathBuf::from(format!("/proc/{}", scratch.server().unwrap()));
    assert_eq!(process.metadata().unwrap().uid(), owner);
    assert_eq!(scratch.data_dir().metadata().unwrap().uid(), 0);
}

/// Runs `user_process` with other server binaries and returns its error.
fn failure_with_bindir(scratch: &Scratch, bindir: &Path) -> String {
    let output = user_command(&scratch.data_dir()).env("PG_BINDIR", bindir).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn write_program(path: &Path, text: &str) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_permissions(Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_wrong_pg_bindir_is_an_error_not_a_reason_to_look_elsewhere() {
    let scratch = Scratch::new();
    let empty = scratch.root.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let message = failure_with_bindir(&scratch, &empty);
    assert!(message.contains("NotInBindir") && message.contains("postgres"), "{message}");
    write_program(&empty.join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 15.1'\n");
    let message = failure_with_bindir(&scratch, &empty);
    assert!(message.contains("NotInBindir") && message.contains("initdb"), "{message}");
    write_program(&empty.join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 12.22'\n");
    write_program(&empty.join("initdb"), "#!/bin/sh\n");
    let message = failure_with_bindir(&scratch, &empty);
    assert!(message.contains("NoUsableServer") && message.contains("12 in "), "{message}");
    assert!(!scratch.cluster().exists());
}

#[test]
fn an_initdb_that_fails_shows_what_it_said() {
    let scratch = Scratch::new();
    let bin = scratch.root.path().join("bin");
    fs::create_dir(&bin).unwrap();
    write_program(&bin.join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 16.1'\n");
    write_program(&bin.join("initdb"), "#!/bin/sh\necho no space left >&2; exit 1\n");
    let message = failure_with_bindir(&scratch, &bin);
    assert!(message.contains("no space left"), "{message}");
    assert!(!scratch.cluster().exists());
}

#[test]
fn without_the_locale_initdb_falls_back() {
    let scratch = Scratch::new();
    let bin = scratch.root.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let postgres = find_binary("postgres").unwrap();
    let real = postgres.parent().unwrap().display();
    write_program(&bin.join("postgres"), &format!("#!/bin/sh\nexec {real}/postgres \"$@\"\n"));
    let rejection =
        "case \"$*\" in *C.UTF-8*) echo 'initdb: error: invalid locale name \"C.UTF-8\"' >&2; exit 1;; esac";
    write_program(&bin.join("initdb"), &format!("#!/bin/sh\n{rejection}\nexec {real}/initdb \"$@\"\n"));
    let output = user_command(&scratch.data_dir()).env("PG_BINDIR", &bin).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let postgres = scratch.start();
    assert_eq!(sql(postgres.url(), "SELECT datcollate FROM pg_database WHERE datname = 'landfall'"), "C");
    assert_eq!(sql(postgres.url(), "SHOW server_encoding"), "UTF8");
}

#[test]
fn a_server_that_never_becomes_ready_is_given_up() {
    let scratch = Scratch::new();
    drop(scratch.start());
    let bin = scratch.root.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let script = "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'postgres (PostgreSQL) 15.1'; exit; }\necho stuck here >&2\nexec sleep 120\n";
    write_program(&bin.join("postgres"), script);
    write_program(&bin.join("initdb"), "#!/bin/sh\n");
    let message = failure_with_bindir(&scratch, &bin);
    assert!(message.contains("NotReady") && message.contains("stuck here"), "{message}");
    // No process of it remains to hold the lock.
    drop(scratch.start());
}

#[test]
fn a_link_in_path_leads_to_the_folder_of_both_server_binaries() {
    let postgres = find_binary("postgres").unwrap();
    let initdb = find_binary("initdb").unwrap();
    assert_eq!(postgres.parent(), initdb.parent());
    assert!(find_binary("psql").unwrap().is_file());
    let error = find_binary("no-such-binary").unwrap_err().to_string();
    assert!(error.contains("no-such-binary") && error.contains("PG_BINDIR"), "{error}");

    let scratch = Scratch::new();
    let bin = scratch.root.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(&postgres, bin.join("postgres")).unwrap();
    let status = user_command(&scratch.data_dir()).env("PATH", &bin).status().unwrap();
    assert!(status.success());
}

#[test]
fn the_default_folder_is_absolute() {
    let path = default_data_dir("landfall").unwrap();
    assert!(path.is_absolute() && path.ends_with("landfall"));
    if geteuid().is_root() {
        assert_eq!(path, Path::new("/var/lib/landfall"));
    }
}
