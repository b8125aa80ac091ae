//! Which messages are done, and which come again.

use super::{SLOW, SlowWorld, World, dump};
use crate::support::{Fault, Landfall, Moto, dump_name, wait_until};

#[test]
fn what_is_no_notification_gets_to_the_dead_letter_queue() {
    let world = World::of(Moto::with_redrive(2));
    let follower = world.follow(&["--visibility-timeout", "1s"]);
    world.moto.send("hello");
    wait_until("the message is dead", || world.moto.dead() == 1);
    assert_eq!(world.moto.messages(), 0);
    let warnings = follower.lines("not understood");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0]["message_id"].as_str().unwrap().len() > 30, "{warnings:?}");
    // It was received as often as it may be.
    assert_eq!(follower.sum("left"), 2);
    // The others are not held up.
    world.moto.put(&dump_name("2020-05-01"), dump("2020-05-01"));
    world.moto.send_put(&world.moto.bucket, &dump_name("2020-05-01"));
    world.wait_for_rows(1);
    follower.stop();
}

#[test]
fn what_needs_nothing_is_deleted() {
    let world = World::notifying();
    let follower = world.follow(&[]);
    let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z","Bucket":"b","RequestId":"5582815E1AEA5ADF","HostId":"8cLe"}"#;
    world.moto.send(test);
    world.moto.send_put("another-bucket", &dump_name("2020-05-01"));
    // An object that is gone, one that was deleted, and one that is no dump.
    world.moto.send_put(&world.moto.bucket, &dump_name("2020-05-02"));
    world.moto.put("notes.txt", "not a dump");
    world.moto.delete("notes.txt");
    // Of this one only the name is the beginning of another.
    world.moto.put(&format!("{}.gz.part", dump_name("2020-05-02")), "not a dump");
    // moto has sent a test event of its own when it was told to notify.
    wait_until("all are done", || follower.sum("messages") >= 6);
    world.wait_for_empty_queue();
    assert_eq!((follower.sum("left"), follower.sum("landed"), follower.sum("failed")), (0, 0, 0));
    // The other bucket, and the deletion.
    assert_eq!(follower.sum("ignored"), 2);
    assert_eq!(world.ledger(), "");
    follower.stop();
}

#[test]
fn a_follower_of_a_prefix_leaves_the_rest_alone() {
    let world = World::notifying();
    let source = format!("s3://{}/spot/", world.moto.bucket);
    let args = ["follow", "--list-every", "0s", "--queue", &world.moto.queue, &source];
    let landfall = crate::support::Landfall::on(&world.database, &args);
    let follower = crate::support::Follower::following(world.moto.reached_by(landfall));
    world.put("2020-05-01");
    let key = format!("spot/{}", dump_name("2020-05-02"));
    world.moto.put(&key, dump("2020-05-02"));
    world.wait_for_rows(1);
    world.wait_for_empty_queue();
    assert_eq!(world.ledger(), format!("{key} | landed\n"));
    follower.stop();
}

#[test]
fn a_rejected_dump_is_in_the_ledger_and_its_message_gone() {
    let world = World::notifying();
    let follower = world.follow(&[]);
    world.moto.put(&dump_name("2020-05-01"), "[broken");
    wait_until("it is rejected", || follower.sum("rejected") == 1);
    world.wait_for_empty_queue();
    assert_eq!(world.ledger(), format!("{} | rejected\n", dump_name("2020-05-01")));
    assert_eq!(world.moto.dead(), 0);
    // A better revision under the same name.
    world.put("2020-05-01");
    world.wait_for_rows(1);
    follower.stop();
}

#[test]
fn a_dump_that_is_too_early_stays_in_the_queue() {
    let world = World::notifying();
    let follower = world.follow(&["--visibility-timeout", "1s"]);
    world.put("2999-05-01");
    wait_until("it is seen", || follower.sum("too_early") == 1);
    assert_eq!(follower.lines("too early").len(), 1);
    // Hidden for hours: other messages are not held up, and it is not received again and again.
    world.put("2020-05-01");
    world.wait_for_rows(1);
    wait_until("the other is done", || world.moto.messages() == 1);
    assert_eq!(follower.sum("too_early"), 1);
    follower.stop();
}

/// Twice the same, and the older event last: what counts is the object as it is now.
#[test]
fn messages_may_come_twice_and_late() {
    let world = World::notifying();
    world.put("2020-05-01");
    let follower = world.follow(&[]);
    world.wait_for_rows(1);
    world.wait_for_empty_queue();
    let before = world.ledger();
    for _ in 0..3 {
        world.moto.send_put(&world.moto.bucket, &dump_name("2020-05-01"));
    }
    wait_until("they are done", || follower.sum("unchanged") >= 1 && world.moto.messages() == 0);
    assert_eq!(world.ledger(), before);
    assert_eq!(world.rows(), 1);
    world.database.check();
    follower.stop();
}

#[test]
fn a_message_stays_in_hand_while_its_dump_lands() {
    let slow = SlowWorld::new();
    slow.s3.inject(SLOW, Fault::Stall(std::time::Duration::from_secs(8)), 1);
    let follower = slow.follow(&["--visibility-timeout", "2s"]);
    let World { moto, .. } = &slow.world;
    moto.send_put("prices", SLOW);
    wait_until("the dump is read", || slow.s3.gets() == 1);
    // Longer than the timeout, and nobody else gets it.
    let began = std::time::Instant::now();
    while slow.world.rows() == 0 {
        assert!(moto.receive().is_empty(), "after {:?}", began.elapsed());
        assert!(began.elapsed().as_secs() < 60);
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(began.elapsed().as_secs() >= 4, "it was not slow: {:?}", began.elapsed());
    slow.world.wait_for_empty_queue();
    wait_until("the line about it", || follower.sum("messages") == 1);
    assert_eq!(slow.s3.gets(), 1);
    follower.stop();
}

/// XML, in which S3 lists, has no way to write some characters of a key.
#[test]
fn a_key_that_xml_cannot_have_holds_up_no_other() {
    let world = World::notifying();
    for key in ["readme\u{1}.txt", "100%.txt", "a%2Bb.txt"] {
        world.moto.put(key, "no dump");
    }
    let follower = world.follow(&["--list-every", "1h"]);
    world.put("2020-05-01");
    world.moto.put("readme\u{2}.txt", "no dump");
    world.put("2020-05-02");
    world.wait_for_rows(2);
    world.wait_for_empty_queue();
    assert_eq!(world.moto.dead(), 0);
    follower.stop();
    let import = ["import", &format!("s3://{}", world.moto.bucket)];
    let report = world.moto.reached_by(Landfall::on(&world.database, &import)).run().expect(0);
    assert!(report.stdout.contains("2 unchanged"), "{}", report.stdout);
}
