//! `landfall serve`, and a client.

use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ureq::Agent;
use ureq::http::HeaderMap;

use super::{Database, Landfall, exit_of, peak_kib};

/// The token of servers in tests.
pub(crate) const TOKEN: &str = "a token for tests";

/// A server for one test, stopped when dropped.
pub(crate) struct Server {
    process: Child,
    log: Mutex<Receiver<serde_json::Value>>,
    pub(crate) url: String,
}

/// A response of the server.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Server {
    pub(crate) const ARGS: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

    /// Serves a database that is migrated.
    pub(crate) fn on(database: &Database) -> Self {
        Self::with(database, &[])
    }

    /// The same with options.
    pub(crate) fn with(database: &Database, options: &[&str]) -> Self {
        Self::start(|args| Landfall::on(database, args), options)
    }

    /// Starts the command that is made of the arguments.
    pub(crate) fn start(command: impl FnOnce(&[&str]) -> Landfall, options: &[&str]) -> Self {
        let args: Vec<&str> = Self::ARGS.iter().chain(options).copied().collect();
        Self::listening(command(&args).env("LANDFALL_API_TOKEN", TOKEN).spawn())
    }

    /// A process that has been started with [`ARGS`](Self::ARGS), whose standard error is piped.
    pub(crate) fn listening(mut process: Child) -> Self {
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (send, log) = channel();
        thread::spawn(move || {
            for line in lines {
                // A test that has read enough no longer receives.
                let _ = send.send(serde_json::from_str(&line.unwrap()).unwrap());
            }
        });
        let address =
            log.iter().find_map(|line: serde_json::Value| Some(line["address"].as_str()?.to_owned()));
        Self { process, log: Mutex::new(log), url: format!("http://{}", address.unwrap()) }
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    pub(crate) fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = agent().get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call())
    }

    /// Posts a batch under a key.
    pub(crate) fn post(&self, key: &str, kind: &str, body: impl AsRef<[u8]>) -> Response {
        let token = format!("Bearer {TOKEN}");
        self.post_with(&[("authorization", &token), ("idempotency-key", key), ("content-type", kind)], body)
    }

    pub(crate) fn post_with(&self, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
        let mut request = agent().post(format!("{}/rates/batches", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send(body.as_ref()))
    }

    /// Withdraws a batch.
    pub(crate) fn delete(&self, id: i64) -> Response {
        let request = agent().delete(format!("{}/rates/batches/{id}", self.url));
        read(request.header("authorization", format!("Bearer {TOKEN}")).call())
    }

    /// Its peak memory so far, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        peak_kib(self.process.id()).unwrap()
    }

    pub(crate) fn terminate(&self) {
        kill(Pid::from_raw(self.process.id().cast_signed()), Signal::SIGTERM).unwrap();
    }

    /// Waits for its end; returns its exit code, and what it logged since it began to listen.
    pub(crate) fn wait(mut self) -> (Option<i32>, Vec<serde_json::Value>) {
        (exit_of(&mut self.process).code(), self.log.get_mut().unwrap().iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Response {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// A client with its own connections.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(60))).build().into()
}

fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Response {
    let mut response = response.unwrap();
    let body = response.body_mut().read_to_vec().unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    Response { status: response.status().as_u16(), headers: response.headers().clone(), body }
}
