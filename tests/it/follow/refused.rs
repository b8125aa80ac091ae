//! What cannot work is refused at the start.

use super::World;
use crate::support::{Canned, Landfall, Moto};

#[test]
fn a_queue_that_does_not_exist() {
    let world = World::of(Moto::with_redrive(100));
    let queue = format!("{}-not", world.moto.queue);
    let source = format!("s3://{}", world.moto.bucket);
    let args = ["follow", "--list-every", "0s", "--queue", &queue, &source];
    assert_eq!(
        world.moto.reached_by(Landfall::on(&world.database, &args)).run().error(),
        format!(
            "the queue {queue} does not exist: check its URL, with region and account, and AWS_ENDPOINT_URL if it is set"
        )
    );
}

fn refusal(kind: &str) -> String {
    let body = format!(r#"{{"__type":"{kind}","message":"No."}}"#);
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}",
        body.len()
    );
    let server = Canned::serve(move |_| format!("{head}\r\nConnection: close\r\n\r\n{body}"));
    let world = World::of(Moto::with_redrive(100));
    let command = world.command(&[]).env("AWS_ENDPOINT_URL_SQS", server.url());
    command.run().error().replace(&world.moto.queue, "QUEUE")
}

#[test]
fn credentials_that_may_not_receive() {
    assert_eq!(
        refusal("com.amazon.coral.service#AccessDeniedException"),
        "access to QUEUE is denied (AccessDeniedException): allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on the queue (this was sqs:ReceiveMessage)"
    );
    assert_eq!(
        refusal("com.amazonaws.sqs#InvalidSecurity"),
        "SQS does not accept the AWS credentials for QUEUE (InvalidSecurity): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    );
    assert_eq!(
        refusal("com.amazonaws.sqs#KmsAccessDenied"),
        "the key that QUEUE is encrypted with cannot be used (KmsAccessDenied: No): allow kms:Decrypt on it"
    );
}

#[test]
fn no_credentials() {
    let world = World::of(Moto::with_redrive(100));
    let source = format!("s3://{}", world.moto.bucket);
    let args = ["follow", "--list-every", "0s", "--queue", &world.moto.queue, &source];
    let landfall = Landfall::on(&world.database, &args).env("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(
        landfall.endpoint(&format!("http://{}", world.moto.address())).run().error(),
        format!(
            "there are no AWS credentials for {}: set AWS_PROFILE or AWS_ACCESS_KEY_ID",
            world.moto.queue
        )
    );
}

#[test]
fn what_no_queue_tells_of() {
    let queue = "https://sqs.eu-west-3.amazonaws.com/123456789012/dumps";
    let usage = |source: &str| Landfall::bare(&["follow", "--queue", queue, source]).run().expect(2).stderr;
    assert!(
        usage("dumps").starts_with(
            "error: SOURCE dumps is not a bucket, and no queue tells of it: write s3://BUCKET/PREFIX, or use `landfall import`"
        ),
        "{}",
        usage("dumps")
    );
    let access_point = "s3://arn:aws:s3:eu-west-3:123456789012:accesspoint/prices";
    assert!(
        usage(access_point).starts_with(&format!(
            "error: SOURCE {access_point} is an access point, which no notification names: name its bucket"
        )),
        "{}",
        usage(access_point)
    );
    let wrong = Landfall::bare(&["follow", "--queue", "dumps", "s3://b"]).run().expect(2).stderr;
    assert!(
        wrong.contains("write the URL of a queue, such as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME"),
        "{wrong}"
    );
    let wrong = Landfall::bare(&["follow", "--queue", queue, "--visibility-timeout", "13h", "s3://b"]);
    let wrong = wrong.run().expect(2).stderr;
    assert!(wrong.contains("write whole seconds, from 1s to 12h"), "{wrong}");
}
