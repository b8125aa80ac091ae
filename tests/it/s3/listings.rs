//! Listings that are not whole, or lack something.

use super::{BUCKET, World, body, key};
use crate::support::Fault;

#[test]
fn a_listing_that_breaks_off_is_an_error() {
    let world = World::new();
    world.s3.set_page(2);
    world.s3.inject_list(Fault::NoToken, 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the listing of s3://prices is not whole: page 1 is not the last, and has no token for the next; check AWS_ENDPOINT_URL, or update the server there",
    );
    // A later page, after one that was well.
    world.s3.set_page(1);
    world.s3.inject_list(Fault::Stall(std::time::Duration::ZERO), 1);
    world.s3.inject_list(Fault::NoToken, 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the listing of s3://prices is not whole: page 2 is not the last, and has no token for the next; check AWS_ENDPOINT_URL, or update the server there",
    );
    world.import_all(0, [3, 0, 0]);
}

#[test]
fn a_listing_that_starts_again_is_an_error() {
    let world = World::new();
    world.s3.set_page(2);
    world.s3.inject_list(Fault::FromTheStart, 100);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        &format!(
            "the listing of s3://prices is not whole: page 2 repeats an earlier page, from {} on; check AWS_ENDPOINT_URL, or update the server there",
            key(4)
        ),
    );
    assert_eq!(world.s3.lists(), 2);
}

#[test]
fn only_a_dump_needs_an_etag() {
    let world = World::new();
    world.s3.put(BUCKET, "daily/", "");
    world.s3.hide_etag("daily/");
    world.import_all(0, [3, 0, 0]);

    // A dump without one is reported by name, and lands once it has one. The others go on.
    world.s3.put(BUCKET, &key(7), body(7, "0.1"));
    world.s3.put(BUCKET, &key(8), body(8, "0.1"));
    world.s3.hide_etag(&key(7));
    let run = world.import_all(1, [1, 3, 1]);
    let failure = &run.json()["failed"][0];
    assert_eq!(failure["location"], format!("s3://prices/{}", key(7)));
    assert_eq!(
        failure["error"],
        format!(
            "s3://prices/{} has no ETag, size or date, so the version that is read is unknown: copy it to a bucket or directory that gives them",
            key(7)
        )
    );
    assert_eq!(world.s3.gets(), 4, "it is not read");
}

#[test]
fn requesters_pay_if_they_say_so() {
    let world = World::new();
    world.s3.let_requesters_pay();
    let error = world.command(&["import", "s3://prices"]).run().error();
    assert!(error.starts_with("access to s3://prices is denied (AccessDenied): "), "{error}");
    // An object that changes is looked up, which costs as well.
    world.s3.inject(&key(5), Fault::Swap(body(5, "0.2").into()), 1);
    world.command(&["import", "--request-payer", "s3://prices"]).run().expect(0);
    assert_eq!(world.prices().len(), 3);
    world.s3.put(BUCKET, &key(7), body(7, "0.1"));
    world.command(&["import", "s3://prices"]).env("LANDFALL_REQUEST_PAYER", "1").run().expect(0);
    assert_eq!(world.prices().len(), 4);
}
