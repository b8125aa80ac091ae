//! How a follower ends, and what the next one finds.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use landfall::db::lock_feed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{SLOW, SlowWorld, World};
use crate::support::{Fault, Follower, wait_until};

#[test]
fn a_signal_lets_what_is_in_hand_be_finished() {
    let slow = SlowWorld::new();
    slow.s3.inject(SLOW, Fault::Stall(Duration::from_secs(6)), 1);
    let follower = slow.follow(&[]);
    slow.world.moto.send_put("prices", SLOW);
    wait_until("the dump is read", || slow.s3.gets() == 1);
    follower.terminate();
    follower.wait_for("stopping: the messages in hand are finished");
    assert_eq!(slow.world.rows(), 0);
    let (code, messages) = follower.wait();
    assert_eq!(code, Some(0), "{messages:?}");
    assert_eq!((slow.world.rows(), slow.world.moto.messages()), (1, 0));
}

/// What the queue finds for a request of a follower that stops is not hidden until its visibility times out.
#[test]
fn a_message_that_comes_while_it_stops_is_given_back() {
    let world = World::notifying();
    let stopping = world.follow(&["--visibility-timeout", "10m"]);
    world.wait_for_empty_queue();
    // It waits for the next message now.
    thread::sleep(Duration::from_millis(500));
    stopping.terminate();
    stopping.wait_for("stopping");
    world.put("2020-05-01");
    // It may have received the message just before it noticed the signal: then it has landed it.
    let (code, messages) = stopping.wait();
    assert_eq!(code, Some(0), "{messages:?}");
    let next = world.follow(&["--list-every", "0s"]);
    world.wait_for_rows(1);
    world.wait_for_empty_queue();
    next.stop();
}

/// Others may hold a lock for ever, for all that a follower knows.
#[test]
fn a_signal_ends_the_wait_for_a_lock() {
    let world = World::notifying();
    let mut holder = world.database.connect();
    holder.batch_execute("BEGIN").unwrap();
    lock_feed(&mut holder, "spot").unwrap();
    let follower = world.follow(&["--visibility-timeout", "2s"]);
    world.put("2020-05-01");
    wait_until("it waits for the lock", || {
        world.database.number(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'",
        ) == 1
    });
    follower.terminate();
    let (code, messages) = follower.wait();
    assert_eq!((code, world.rows(), world.moto.messages()), (Some(0), 0, 1), "{messages:?}");
    drop(holder);
    let next = world.follow(&[]);
    world.wait_for_rows(1);
    world.wait_for_empty_queue();
    next.stop();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let slow = SlowWorld::new();
    slow.s3.inject(SLOW, Fault::Stall(Duration::from_secs(9)), 1);
    let follower = slow.follow(&["--visibility-timeout", "2s"]);
    slow.world.moto.send_put("prices", SLOW);
    wait_until("the dump is read", || slow.s3.gets() == 1);
    follower.terminate();
    follower.wait_for("stopping");
    follower.terminate();
    let (code, messages) = follower.wait();
    assert_eq!(code, Some(143), "{messages:?}");
    assert_eq!((slow.world.rows(), slow.world.moto.messages()), (0, 1));
    // The message comes again.
    let next = slow.follow(&[]);
    slow.world.wait_for_rows(1);
    slow.world.wait_for_empty_queue();
    next.stop();
}

/// Killed between the commit and the deletion: the message comes again, and changes nothing.
#[test]
fn a_kill_after_the_commit_changes_nothing() {
    let world = World::notifying();
    let gate = Gate::before(world.moto.address());
    let command = world.command(&["--visibility-timeout", "2s"]);
    let follower = Follower::following(command.env("AWS_ENDPOINT_URL_SQS", gate.url()));
    // Of the message by which moto tests the queue.
    world.wait_for_empty_queue();
    gate.hold_deletions();
    world.put("2020-05-01");
    wait_until("the message is about to be deleted", || gate.holds());
    assert_eq!(world.rows(), 1);
    follower.kill();
    assert_eq!(world.moto.messages(), 1);
    let before = world.database.table("SELECT id, key, status, landed_at FROM ledger");
    let next = world.follow(&[]);
    world.wait_for_empty_queue();
    wait_until("the line about it", || next.sum("unchanged") == 1);
    assert_eq!(next.sum("landed"), 0);
    assert_eq!(world.database.table("SELECT id, key, status, landed_at FROM ledger"), before);
    assert_eq!(world.rows(), 1);
    world.database.check();
    next.stop();
}

/// Killed again and again while dumps land: each is there once, and no message is lost.
#[test]
fn kills_at_any_moment_lose_and_double_nothing() {
    let world = World::notifying();
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    for kill in 0..8 {
        let follower = Follower::start(world.command(&["--visibility-timeout", "1s"]));
        for day in 1..=4 {
            world.put(&format!("2020-{:02}-{day:02}", kill + 1));
        }
        thread::sleep(Duration::from_millis(300 + dice.next_u64() % 700));
        follower.kill();
    }
    let last = world.follow(&["--visibility-timeout", "1s"]);
    world.wait_for_rows(32);
    world.wait_for_empty_queue();
    last.stop();
    assert_eq!(world.database.number("SELECT count(*) FROM ledger WHERE status = 'landed'"), 32);
    assert_eq!((world.rows(), world.moto.dead()), (32, 0));
    world.database.check();
}

/// A proxy that can hold back the requests that delete messages.
struct Gate {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    holds: Arc<AtomicBool>,
}

impl Gate {
    fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let gate =
            Self { address: listener.local_addr().unwrap(), closed: Arc::default(), holds: Arc::default() };
        let (closed, holds) = (gate.closed.clone(), gate.holds.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (closed, holds) = (closed.clone(), holds.clone());
                thread::spawn(move || relay(client, target, &closed, &holds));
            }
        });
        gate
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn hold_deletions(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Whether it holds a request back.
    fn holds(&self) -> bool {
        self.holds.load(Ordering::Relaxed)
    }
}

fn relay(
    mut client: TcpStream,
    target: SocketAddr,
    closed: &AtomicBool,
    holds: &AtomicBool,
) -> io::Result<()> {
    let mut server = TcpStream::connect(target)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let copied = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Write).and(copied)
    });
    let mut buffer = [0; 64 * 1024];
    loop {
        let length = client.read(&mut buffer)?;
        if length == 0 {
            return server.shutdown(Shutdown::Write);
        }
        // The name of the operation is in the head, which comes in one piece.
        let deletes = String::from_utf8_lossy(&buffer[..length]).contains("DeleteMessage");
        if deletes && closed.load(Ordering::Relaxed) {
            holds.store(true, Ordering::Relaxed);
            // Until the client is gone.
            return client.read(&mut buffer).map(drop);
        }
        server.write_all(&buffer[..length])?;
    }
}
