use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};

use super::cluster::{self, last_lines};
use super::error::PrivatePostgresError;
use super::folder::Folder;
use super::launch::launch;
use super::postmaster::{self, Holder, Status};

/// How long a server may take to become ready.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long a server may take to write out what is in memory and end.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Pause between two looks at `postmaster.pid`.
const PAUSE: Duration = Duration::from_millis(4);

/// How much of the log's end an error shows.
const LOG_LINES_SHOWN: usize = 20;
const LOG_BYTES_READ: u64 = 8 * 1024;

/// Returns when the server takes connections; with its process if it had to be started. The caller
/// holds the start lock.
pub(super) fn ensure_ready(folder: &Folder) -> Result<Option<Child>, PrivatePostgresError> {
    let cluster = folder.cluster();
    let mut child: Option<Child> = None;
    let mut since = Instant::now();
    loop {
        let holder = Holder::of(&cluster).map_err(|source| PrivatePostgresError::folder(&cluster, source))?;
        match (holder, &mut child) {
            (Holder::Server(_, Status::Ready), _) => return Ok(child),
            // Left by a killed process, or stopped by hand.
            (Holder::Server(_, Status::Starting | Status::Stopping), None) => {}
            (Holder::NoProcess | Holder::Unclear, None) => {
                if let Some(lock) = take_server_lock(folder)? {
                    let installation = cluster::ensure(folder)?;
                    if holder == Holder::NoProcess {
                        remove_leftovers(folder)?;
                    }
                    child = Some(launch(folder, &installation, lock)?);
                    since = Instant::now();
                }
            }
            (_, Some(started)) => {
                let ended = started.try_wait();
                if let Some(status) =
                    ended.map_err(|source| PrivatePostgresError::folder(&cluster, source))?
                {
                    let lines = log_ending(&folder.log());
                    return Err(PrivatePostgresError::EndedAtOnce {
                        status: status.to_string(),
                        log: folder.log(),
                        lines,
                    });
                }
            }
        }
        if since.elapsed() > START_LIMIT {
            return Err(give_up(folder, holder, child));
        }
        sleep(PAUSE);
    }
}

/// Stops the server and waits until it has ended. `child` is its process if this process started it.
pub(super) fn stop(folder: &Folder, child: Option<&mut Child>) -> Result<(), PrivatePostgresError> {
    let cluster = folder.cluster();
    let failed = |source| PrivatePostgresError::folder(&cluster, source);
    let Holder::Server(pid, _) = Holder::of(&cluster).map_err(failed)? else {
        return Ok(());
    };
    // "Fast": ends sessions and writes everything out, so that the next start has nothing to
    // recover.
    kill(pid, Signal::SIGINT).map_err(|errno| failed(errno.into()))?;
    let since = Instant::now();
    while postmaster::is_server(pid, &cluster) {
        if since.elapsed() > STOP_LIMIT {
            let seconds = STOP_LIMIT.as_secs();
            return Err(PrivatePostgresError::NotStopped { pid: pid.as_raw(), seconds, log: folder.log() });
        }
        sleep(PAUSE);
    }
    if let Some(child) = child {
        // It has ended; this only takes it off the process list.
        child.try_wait().map_err(failed)?;
    }
    Ok(())
}

/// The lock that any server of this folder holds, or `None` if one has it: a server in another
/// container, whose processes cannot be seen from here, or sessions that outlive their killed
/// server for a moment. Two servers at once would destroy the data, and outside of one container
/// Postgres itself does not notice them.
fn take_server_lock(folder: &Folder) -> Result<Option<File>, PrivatePostgresError> {
    let lock = folder.open_server_lock()?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(PrivatePostgresError::folder(folder.path(), source)),
    }
}

/// Removes the files of a server that does not run any more. Postgres would take them for a live one's if
/// their process number is since that of another process of the same user; and here a new server
/// with the old number would look ready too early. Should a session of a crashed server linger,
/// Postgres still refuses to start, as their shared memory is in use.
fn remove_leftovers(folder: &Folder) -> Result<(), PrivatePostgresError> {
    let socket = folder.socket();
    for path in [folder.cluster().join("postmaster.pid"), socket.with_added_extension("lock"), socket] {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                return Err(PrivatePostgresError::folder(&path, source));
            }
            _ => {}
        }
    }
    Ok(())
}

fn give_up(folder: &Folder, holder: Holder, child: Option<Child>) -> PrivatePostgresError {
    match (holder, child) {
        // Left running, as the next start finds it: a recovery that is stopped would start over.
        (Holder::Server(..), _) => {}
        (_, None) => {
            return PrivatePostgresError::HeldElsewhere { data_dir: folder.path().to_owned() };
        }
        (_, Some(mut child)) => {
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                tracing::warn!(pid = child.id(), %error, "a postgres that does not start was left running");
            }
        }
    }
    let lines = log_ending(&folder.log());
    PrivatePostgresError::NotReady { seconds: START_LIMIT.as_secs(), log: folder.log(), lines }
}

pub(super) fn log_ending(log: &Path) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_READ)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => last_lines(&String::from_utf8_lossy(&bytes), LOG_LINES_SHOWN),
        Err(error) => format!("(it cannot be read: {error})"),
    }
}
