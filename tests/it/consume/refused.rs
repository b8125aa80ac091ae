//! What cannot be used at all is an error at once, before anything is received.

use super::{World, event};
use crate::support::{Landfall, TestS3};

#[test]
fn queues_that_do_not_exist() {
    let world = World::new();
    let (queue, to) = (world.queue.clone() + "-other", format!("s3://{}", world.moto.bucket));
    let error = "does not exist: check its URL, with region and account, and AWS_ENDPOINT_URL if it is set";
    let args = ["consume", "--queue", &queue, "--to", &to];
    let run = world.moto.reached_by(Landfall::bare(&args)).run();
    assert_eq!(run.error(), format!("the queue {queue} {error}"));
    let run = world.command(&["--dead-letter-queue", &world.queue]).run().expect(2);
    assert!(run.stderr.contains("--dead-letter-queue: it is --queue"), "{}", run.stderr);
    let run = world.command(&["--dead-letter-queue", &queue]).run();
    assert_eq!(run.error(), format!("the queue {queue} {error}"));
}

#[test]
fn destinations_that_cannot_be_written() {
    let world = World::new();
    world.send(&event(1));
    let run = world.command_to("s3://no-such-bucket/raw", &[]).run();
    assert_eq!(
        run.error(),
        "the bucket s3://no-such-bucket does not exist: check its name, and AWS_ENDPOINT_URL if it is set"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let error = world.command_to(&format!("{path}/raw"), &[]).run().error();
    assert!(error.starts_with(&format!("cannot write {path}/raw: ")), "{error}");
    let s3 = TestS3::private();
    s3.create_bucket("raw");
    let denied = world.command_to("s3://raw/events", &[]).env("AWS_ENDPOINT_URL_S3", s3.endpoint());
    let error = denied.env("AWS_SECRET_ACCESS_KEY", "wrong").run().error();
    assert!(error.starts_with("S3 does not accept the AWS credentials for s3://raw/events/"), "{error}");
    // Nobody had it in hand.
    assert_eq!(world.visible(), 1);
}
