//! `landfall follow`, or another command that runs on and on.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::{Landfall, exit_of, wait_until};

/// A follower, killed when dropped.
pub(crate) struct Follower {
    process: Child,
    log: Arc<Mutex<Vec<Value>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Follower {
    /// Starts one.
    pub(crate) fn start(command: Landfall) -> Self {
        let mut process = command.spawn();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let written = log.clone();
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or_else(|_| json!({ "message": line }));
                written.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Self { process, log, reader: Some(reader) }
    }

    /// Starts one, and waits until it has asked the queue.
    pub(crate) fn following(command: Landfall) -> Self {
        let follower = Self::start(command);
        follower.wait_for("following");
        follower
    }

    /// Starts a consumer, and waits until it has asked the queue.
    pub(crate) fn consuming(command: Landfall) -> Self {
        let consumer = Self::start(command);
        consumer.wait_for("consuming");
        consumer
    }

    /// The lines so far whose message begins like this.
    pub(crate) fn lines(&self, message: &str) -> Vec<Value> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = |line: &&Value| line["message"].as_str().is_some_and(|text| text.starts_with(message));
        log.iter().filter(begins).cloned().collect()
    }

    /// The sum of a field of the lines about messages.
    pub(crate) fn sum(&self, field: &str) -> u64 {
        self.lines("messages done").iter().map(|line| line[field].as_u64().unwrap_or_default()).sum()
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, message: &str) {
        wait_until(message, || {
            let seen = !self.lines(message).is_empty();
            let ended = self.reader.as_ref().is_some_and(thread::JoinHandle::is_finished);
            assert!(seen || !ended, "it has ended: {:?}", self.lines(""));
            seen
        });
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id().cast_signed()), signal).unwrap();
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits for its end; returns its exit code and its messages.
    pub(crate) fn wait(mut self) -> (Option<i32>, Vec<String>) {
        let code = exit_of(&mut self.process).code();
        self.reader.take().unwrap().join().unwrap();
        let lines = self.lines("");
        (code, lines.iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect())
    }

    /// Stops it in the orderly way.
    #[track_caller]
    pub(crate) fn stop(self) {
        self.terminate();
        let (code, messages) = self.wait();
        assert_eq!(code, Some(0), "{messages:?}");
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
