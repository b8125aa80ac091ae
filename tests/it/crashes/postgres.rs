//! The private Postgres is killed at any moment, as the kernel does for lack of memory: what was reported as landed is
//! there when it starts again, and no dump is there in part or twice.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use landfall::db::DatabaseUrl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::PrivatePostgres;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::{Database, Folder, Landfall, exit_of, import, run_of};

use super::{check_whole_dumps, is_migrated};

/// Kills of one data folder, and data folders: each begins with a first start.
const KILLS: usize = 75;
const FOLDERS: usize = 2;
/// Kills between two looks at the database.
const ROUND: usize = 10;

/// A data folder, and dumps to import into it.
struct Machine {
    root: tempfile::TempDir,
    dumps: Folder,
    delivered: u32,
    /// What runs have reported as landed.
    reported: i64,
}

impl Machine {
    fn new() -> Self {
        // Postgres may run as another user, who has to reach the data.
        let root = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        Self { root, dumps: Folder::new(), delivered: 0, reported: 0 }
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Two new dumps, and another revision of one of those before.
    fn deliver(&mut self) {
        for day in [self.delivered, self.delivered + 1, self.delivered / 2] {
            // On a busy machine many runs end before they are killed: the days of a year may not be enough.
            let date = format!("{}-{:02}-{:02}", 2020 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
            let price = format!("0.{:06}", self.delivered + 1);
            let times: Vec<String> =
                (0..240).map(|at| format!("{date} {:02}:{:02}:00", at / 60, at % 60)).collect();
            let quotes: Vec<_> = times
                .iter()
                .zip(["a", "b", "c"].iter().cycle())
                .map(|(at, pool)| (*pool, at.as_str(), price.as_str()))
                .collect();
            self.dumps.dump(&date, &quotes);
        }
        self.delivered += 2;
    }

    fn run(&self) -> Child {
        let run = Landfall::bare(&["import", "--json", "--quiet", "--jobs", "2", "--data-dir"]);
        run.arg(self.data()).arg(self.dumps.path()).spawn()
    }

    /// The server of this data folder, if it is there: certainly no other process.
    fn server(&self) -> Option<Pid> {
        let cluster = self.data().join("postgres");
        let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
        let pid: i32 = text.lines().next()?.trim().parse().ok()?;
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let cluster = cluster.to_str()?.as_bytes();
        command.windows(cluster.len()).any(|window| window == cluster).then_some(Pid::from_raw(pid))
    }

    /// Kills the server of a run after a while, or as soon as there is one; whether there was one.
    fn kill_server(&self, run: &mut Child, after: Duration) -> bool {
        thread::sleep(after);
        loop {
            if let Some(server) = self.server() {
                return kill(server, Signal::SIGKILL).is_ok();
            }
            if run.try_wait().unwrap().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The remaining processes of a killed server, with their command lines.
    fn remains(&self) -> Vec<(Pid, String)> {
        let cluster = self.data().join("postgres");
        let process = |entry: fs::DirEntry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
            let works_here = fs::read_link(entry.path().join("cwd")).is_ok_and(|folder| folder == cluster);
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            works_here.then(|| (pid, String::from_utf8_lossy(&command).into_owned()))
        };
        fs::read_dir("/proc").unwrap().flatten().filter_map(process).collect()
    }

    /// Kills the remaining processes of a server killed while it recovered from an earlier crash. Those of another notice that
    /// it is gone, and end. But what recovers waits for a minute first (for a checkpoint that no process makes any more), until
    /// when no other server can start; and whatever waits for a lock of a killed process waits for ever, as only a server
    /// would release it.
    fn kill_recovery(&self) {
        let remains = self.remains();
        if remains.iter().any(|(_, command)| command.contains("startup")) {
            kill_all(&remains);
        }
    }

    /// Waits for a run, which may have failed but in no other way than by losing its database.
    fn finish(&mut self, mut run: Child) {
        let began = Instant::now();
        while run.try_wait().unwrap().is_none() {
            if began.elapsed() > Duration::from_secs(180) {
                run.kill().unwrap();
                panic!("the importer waits for a server that has ended");
            }
            thread::sleep(Duration::from_millis(5));
        }
        let run = run_of(run);
        assert!(matches!(run.code, Some(0 | 1)), "{:?}\n{}\n{}", run.code, run.stdout, run.stderr);
        if !run.stdout.is_empty() {
            self.reported += run.json()["landed"].as_i64().unwrap();
        }
    }

    /// The server, started again, and its database.
    fn start(&self) -> (PrivatePostgres, Database) {
        let start = || PrivatePostgres::start(&self.data(), "landfall");
        // Again where the recovery had no name yet, and was not seen; or where the machine is busy.
        let again = |error| {
            println!("{error}: {:?}", self.remains());
            kill_all(&self.remains());
            start()
        };
        let server = start().or_else(again).or_else(again).unwrap();
        let url = DatabaseUrl::parse(server.url()).unwrap();
        (server, Database { url, name: "landfall".to_owned() })
    }

    /// Whether all that was reported is there, whole.
    fn check(&self, database: &Database) {
        check_whole_dumps(database);
        let landed = database.number("SELECT count(*) FROM ledger WHERE status IN ('landed', 'superseded')");
        assert!(
            landed >= self.reported,
            "{} dumps were reported as landed, {landed} are there",
            self.reported
        );
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Only where a check has failed.
        if let Some(server) = self.server() {
            let _ = kill(server, Signal::SIGQUIT);
        }
    }
}

fn kill_all(processes: &[(Pid, String)]) {
    for (pid, _) in processes {
        // It may just have ended by itself.
        let _ = kill(*pid, Signal::SIGKILL);
    }
}

/// How long an undisturbed run takes.
fn duration_of(run: impl FnOnce() -> Child) -> Duration {
    let began = Instant::now();
    let run = run_of(run());
    run.expect(0);
    began.elapsed()
}

fn moment(dice: &mut ChaCha8Rng, within: Duration) -> Duration {
    within.mul_f64(f64::from(dice.next_u32()) / f64::from(u32::MAX))
}

#[test]
fn a_kill_of_postgres_at_any_moment_loses_and_doubles_nothing() {
    let mut dice = ChaCha8Rng::seed_from_u64(20_200_501);
    let mut measured = Machine::new();
    measured.deliver();
    let first_run = duration_of(|| measured.run());
    measured.deliver();
    let later_run = duration_of(|| measured.run());
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let (_server, database) = measured.start();
        let value = database.table(&format!("SELECT current_setting('{setting}') AS value"));
        assert_eq!(value, "on\n", "{setting}: what the server reports as committed must be on disk");
    }

    println!("a first run takes {first_run:.0?}, a later one {later_run:.0?}");
    let began = Instant::now();
    for _ in 0..FOLDERS {
        let mut machine = Machine::new();
        let (mut kills, mut is_new) = (0, true);
        while kills < KILLS {
            machine.deliver();
            let mut run = machine.run();
            let after = moment(&mut dice, if is_new { first_run } else { later_run });
            let hit = machine.kill_server(&mut run, after);
            if hit && kills % 2 == 0 {
                // The machine has gone down: its importer with it.
                run.kill().unwrap();
                kill_all(&machine.remains());
                exit_of(&mut run);
            } else {
                // Another process starts the server again: the importer continues.
                let _server = hit.then(|| {
                    machine.kill_recovery();
                    machine.start().0
                });
                machine.finish(run);
            }
            kills += usize::from(hit);
            is_new = false;
            if hit && kills % ROUND == 0 {
                println!("{kills} kills, {} dumps delivered, {:.0?}", machine.delivered, began.elapsed());
                let (_server, database) = machine.start();
                if is_migrated(&database) {
                    machine.check(&database);
                }
                if kills % (2 * ROUND) == 0 {
                    // Migrations are to be hit as well.
                    database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
                    (machine.reported, is_new) = (0, true);
                }
            }
        }
        let run = run_of(machine.run());
        machine.reported += run.expect(0).json()["landed"].as_i64().unwrap();
        let (_server, database) = machine.start();
        machine.check(&database);
        let expected = Database::new();
        import(&expected, &[machine.dumps.path()]);
        assert_eq!(database.rows(), expected.rows());
    }
}
