//! How a consumer ends.

use super::proxy::{Proxy, Spoil};
use super::{World, events, wait_for_received};
use crate::support::{Follower, wait_until};

#[test]
fn a_signal_lets_what_is_in_hand_be_written() {
    let world = World::new();
    let consumer = world.consume(&["--batch-seconds", "3600"]);
    world.send_all(&events(0..25));
    wait_for_received(&consumer, 25);
    assert_eq!(world.raw().len(), 0);
    consumer.terminate();
    consumer.wait_for("stopping: the messages in hand are written");
    let (code, messages) = consumer.wait();
    assert_eq!(code, Some(0), "{messages:?}");
    assert_eq!((world.raw_lines().len(), world.messages()), (25, 0));
}

#[test]
fn a_consumer_without_messages_ends_soon() {
    let world = World::new();
    let consumer = world.consume(&[]);
    let began = std::time::Instant::now();
    consumer.stop();
    // The request that waits for messages comes back first.
    assert!(began.elapsed().as_secs() < 25);
    assert_eq!(world.raw().len(), 0);
}

#[test]
fn what_cannot_be_written_at_the_end_comes_again_at_once() {
    let world = World::new();
    let proxy = Proxy::before(world.moto.address());
    let options = ["--batch-seconds", "3600", "--visibility-timeout", "10m"];
    let consumer = Follower::consuming(world.command(&options).env("AWS_ENDPOINT_URL_S3", proxy.url()));
    world.send_all(&events(0..25));
    wait_for_received(&consumer, 25);
    proxy.spoil("PUT /", Spoil::SlowDown);
    consumer.terminate();
    let (code, messages) = consumer.wait();
    assert_eq!(code, Some(1), "{messages:?}");
    let last = messages.last().unwrap();
    assert!(
        last.starts_with("what was in hand could not be written: the messages come again: S3 failed: 503"),
        "{last}"
    );
    assert_eq!((world.visible(), world.raw().len()), (25, 0));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let world = World::new();
    let proxy = Proxy::before(world.moto.address());
    let options = ["--visibility-timeout", "2s"];
    let consumer = Follower::consuming(world.command(&options).env("AWS_ENDPOINT_URL_S3", proxy.url()));
    proxy.spoil("PUT /", Spoil::SlowDown);
    world.send_all(&events(0..25));
    consumer.wait_for("a batch cannot be written");
    consumer.terminate();
    consumer.wait_for("stopping");
    consumer.terminate();
    let (code, messages) = consumer.wait();
    assert_eq!(code, Some(143), "{messages:?}");
    assert_eq!(world.messages(), 25);
    let next = world.consume(&[]);
    world.wait_for_empty_queue();
    next.stop();
    wait_until("all of them", || world.raw_lines().len() == 25);
}
