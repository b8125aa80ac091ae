//! No test waits for ever.

use std::process::{Child, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Run;

/// How long a process may take for what a test waits for; far more than any needs.
const LIMIT: Duration = Duration::from_secs(180);

/// Waits for something that a process does. One that takes too long is killed, so that the wait ends, and the test fails.
#[track_caller]
pub(crate) fn within<T>(limit: Duration, process: u32, wait: impl FnOnce() -> T) -> T {
    let (ended, watched) = channel::<()>();
    let watch = thread::spawn(move || {
        let too_long = watched.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
        if too_long {
            let _ = kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL);
        }
        too_long
    });
    let done = wait();
    drop(ended);
    assert!(!watch.join().unwrap(), "process {process} took longer than {} s", limit.as_secs());
    done
}

/// Waits for the end of a process.
#[track_caller]
pub(crate) fn exit_of(child: &mut Child) -> ExitStatus {
    within(LIMIT, child.id(), || child.wait().unwrap())
}

/// Waits for the end of a run of Landfall, and takes what it wrote.
#[track_caller]
pub(crate) fn run_of(child: Child) -> Run {
    within(LIMIT, child.id(), || child.wait_with_output().unwrap()).into()
}

/// Waits for a line or more of a process.
#[track_caller]
pub(crate) fn read_from<T>(child: &Child, read: impl FnOnce() -> T) -> T {
    within(LIMIT, child.id(), read)
}

/// Waits until something is the case.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "not in time: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
