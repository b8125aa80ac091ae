//! Requests that fail, and messages that come again.

use std::thread::sleep;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::proxy::{Proxy, Spoil};
use super::{World, event, events, sum, wait_for_received};
use crate::support::{Follower, wait_until};

#[test]
fn while_s3_is_down_nothing_more_is_received_and_nothing_is_lost() {
    let world = World::new();
    let proxy = Proxy::before(world.moto.address());
    let options = ["--receivers", "1", "--visibility-timeout", "2s"];
    let consumer = Follower::consuming(world.command(&options).env("AWS_ENDPOINT_URL_S3", proxy.url()));
    proxy.spoil("PUT /", Spoil::SlowDown);
    world.send_all(&events(0..40));
    consumer.wait_for("a batch cannot be written, trying again");
    // What the request that was waiting returns, and a batch that has begun.
    world.send_all(&events(40..140));
    sleep(Duration::from_secs(6));
    let visible = world.visible();
    assert!(visible >= 90, "{visible} are left of 100");
    assert_eq!(world.raw_lines(), Vec::<String>::new());
    let error = consumer.lines("a batch cannot be written")[0]["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("S3 failed: 503 SlowDown for s3://"), "{error}");
    // More than one attempt, and not one after the other.
    let attempts = consumer.lines("a batch cannot be written").len();
    assert!((2..=6).contains(&attempts), "{attempts}");
    proxy.mend();
    consumer.wait_for("batches can be written again");
    world.wait_for_empty_queue();
    consumer.stop();
    // Kept hidden for three times the timeout: each came once.
    let mut sent = events(0..140);
    sent.sort();
    assert_eq!(world.raw_lines(), sent);
}

#[test]
fn a_batch_that_is_written_again_is_the_same_object() {
    let world = World::new();
    let proxy = Proxy::before(world.moto.address());
    let consumer = Follower::consuming(world.command(&[]).env("AWS_ENDPOINT_URL_S3", proxy.url()));
    proxy.spoil("PUT /", Spoil::LoseResponse);
    world.send_all(&events(0..10));
    wait_until("an object without an answer", || proxy.spoiled() >= 2);
    assert_eq!(world.messages(), 10);
    proxy.mend();
    world.wait_for_empty_queue();
    consumer.stop();
    assert_eq!((world.raw().len(), world.raw_lines().len()), (1, 10));
}

#[test]
fn deletions_that_fail_let_messages_come_again_and_land_once() {
    let world = World::new();
    let proxy = Proxy::before(world.sqs.address());
    let command = world.command(&["--visibility-timeout", "2s"]);
    let consumer = Follower::consuming(command.env("AWS_ENDPOINT_URL_SQS", proxy.url()));
    proxy.spoil("DeleteMessage", Spoil::SlowDown);
    world.send_all(&events(0..20));
    world.send("hello");
    consumer.wait_for("messages that are done come again, which changes nothing");
    wait_until("the messages a second time", || sum(&consumer, "events") >= 40);
    proxy.mend();
    world.wait_for_empty_queue();
    assert!(sum(&consumer, "left") >= 21);
    consumer.stop();
    world.import();
    assert_eq!(world.stored(), 20);
    // Written again as the same object, or with others.
    assert!(world.malformed().iter().all(|line| line["body"] == "hello") && !world.malformed().is_empty());
}

#[test]
fn messages_in_hand_stay_hidden_however_long_a_batch_grows() {
    let world = World::new();
    let slow = world.consume(&["--batch-seconds", "12", "--visibility-timeout", "4s"]);
    world.send_all(&events(0..60));
    wait_for_received(&slow, 60);
    let other = world.consume(&["--visibility-timeout", "2s"]);
    world.wait_for_empty_queue();
    assert!(other.lines("written").is_empty(), "{:?}", other.lines("written"));
    wait_until("the batch", || sum(&slow, "events") == 60);
    other.stop();
    slow.stop();
    assert_eq!(world.raw_lines().len(), 60);
}

#[test]
fn what_a_consumer_that_hangs_has_in_hand_goes_to_another() {
    let world = World::new();
    let frozen = world.consume(&["--batch-seconds", "3600", "--visibility-timeout", "2s"]);
    world.send_all(&events(0..30));
    wait_for_received(&frozen, 30);
    frozen.signal(Signal::SIGSTOP);
    let other = world.consume(&["--visibility-timeout", "2s"]);
    wait_until("the messages at the other", || sum(&other, "events") == 30);
    world.wait_for_empty_queue();
    // It does not know, and writes them too.
    frozen.signal(Signal::SIGCONT);
    frozen.stop();
    other.stop();
    // In another object, or in the same one if the batches are the same.
    let lines = world.raw_lines().len();
    assert!((30..=60).contains(&lines), "{lines}");
    world.import();
    assert_eq!(world.stored(), 30);
}

#[test]
fn a_dead_letter_queue_that_is_away_keeps_no_event_up() {
    let world = World::new();
    let proxy = Proxy::before(world.sqs.address());
    let dead_letters = world.dead_letters.clone();
    let options = ["--dead-letter-queue", &dead_letters, "--visibility-timeout", "2s"];
    let consumer = Follower::consuming(world.command(&options).env("AWS_ENDPOINT_URL_SQS", proxy.url()));
    proxy.spoil("AmazonSQS.SendMessage", Spoil::SlowDown);
    world.send("hello");
    consumer.wait_for("the dead-letter queue does not take a message: it comes again");
    world.send(&event(1));
    wait_until("the event", || sum(&consumer, "events") == 1);
    assert_eq!((world.messages(), world.dead().len()), (1, 0));
    proxy.mend();
    world.wait_for_empty_queue();
    assert_eq!(world.dead().len(), 1);
    consumer.stop();
    assert!(world.malformed().iter().all(|line| line["body"] == "hello"));
}
