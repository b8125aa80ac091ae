//! The server shuts down, the database restarts: every request gets its response.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::PrivatePostgres;

use super::{RATES, lane, last_day, with_rates};
use crate::support::{Folder, Landfall, Server, agent};

/// Sends requests over kept connections, until the server has ended; counts the responses.
fn send_requests(url: &str, responses: &AtomicUsize) {
    let agent = agent();
    while let Ok(mut response) = agent.get(url).call() {
        assert_eq!(response.status().as_u16(), 200);
        let body = response.body_mut().read_to_string().unwrap();
        assert!(body.ends_with("]}"), "{body}");
        responses.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn sigterm_under_load_loses_no_response() {
    let database = with_rates();
    let server = Server::on(&database);
    let url = server.url.clone() + &lane(1, 31, "CNGGZ", "EETLL");
    let responses = AtomicUsize::new(0);
    let batch = "orig_code,dest_code,day,price\n".to_owned() + &"CNGGZ,EETLL,2021-01-31,10\n".repeat(50_000);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| send_requests(&url, &responses))).collect();
        let posting = scope.spawn(|| server.post("last", "text/csv", &batch).status);
        while responses.load(Ordering::Relaxed) < 100 {
            thread::sleep(Duration::from_millis(10));
        }
        server.terminate();
        assert_eq!(posting.join().unwrap(), 201);
        for client in clients {
            client.join().unwrap();
        }
    });
    let (code, log) = server.wait();
    assert_eq!(code, Some(0));
    // A client that connected at the very end may have been refused. Of what the server has read, nothing may be
    // without its response.
    let requested = log.iter().filter(|line| line["path"] == "/rates").count();
    assert_eq!(responses.load(Ordering::Relaxed), requested);
    assert_eq!(database.number("SELECT count(*) FROM freight_prices"), 50_008);
}

#[test]
fn a_database_that_restarts_under_load_heals() {
    let folder = tempfile::Builder::new().prefix("landfall-restart-").tempdir_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let postgres = PrivatePostgres::start(&data_dir, "landfall").unwrap();
    let files = Folder::new();
    let rates = files.write("rates.sql", RATES);
    let on_it = |args: &[&str]| Landfall::bare(args).env("DATABASE_URL", postgres.url());
    on_it(&["import"]).arg(rates).run().expect(0);
    let server = Server::start(on_it, &[]);

    let url = server.url.clone() + &lane(31, 31, "CNGGZ", "EETLL");
    let (stop, counts) = (AtomicBool::new(false), Mutex::new(BTreeMap::<u16, usize>::new()));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let agent = agent();
                    while !stop.load(Ordering::Relaxed) {
                        // Whatever the database does, there is a response.
                        let status = agent.get(&url).call().unwrap().status().as_u16();
                        *counts.lock().unwrap().entry(status).or_default() += 1;
                    }
                })
            })
            .collect();
        for _ in 0..3 {
            thread::sleep(Duration::from_millis(300));
            restart(&data_dir);
            let recovered = Instant::now();
            while server.get("/readyz").status != 200 {
                assert!(recovered.elapsed() < Duration::from_secs(30));
            }
            assert_eq!(last_day(&server).0, Some(3), "right after");
        }
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    let counts = counts.into_inner().unwrap();
    assert!(counts.keys().all(|status| [200, 503].contains(status)), "{counts:?}");
    assert!(counts[&200] > 100, "{counts:?}");
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
}

/// Stops the server of a private Postgres at once, and starts another on its data.
fn restart(data_dir: &Path) {
    let pid_file = data_dir.join("postgres/postmaster.pid");
    let pid = fs::read_to_string(&pid_file).unwrap();
    kill(Pid::from_raw(pid.lines().next().unwrap().parse().unwrap()), Signal::SIGINT).unwrap();
    while pid_file.exists() {
        thread::sleep(Duration::from_millis(20));
    }
    PrivatePostgres::start(data_dir, "landfall").unwrap();
}
