//! Errors of a bucket, and their messages.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::{NOWHERE, World, body, key};
use crate::support::{Canned, Fault, Landfall, TestS3, response};

#[test]
fn a_bucket_that_is_not_there() {
    let world = World::new();
    world.fails_with(
        world.command(&["import", "s3://price"]),
        "the bucket s3://price does not exist: check its name, and AWS_ENDPOINT_URL if it is set",
    );
}

#[test]
fn a_bucket_that_is_not_public() {
    let world = World::of(TestS3::private());
    world.fails_with(
        Landfall::on(&world.database, &["import", "--anonymous", "s3://prices"]).endpoint(&world.s3.endpoint()),
        "access to s3://prices is denied to everyone (AccessDenied): leave out --anonymous, and use AWS credentials that may s3:ListBucket and s3:GetObject",
    );
    world.import_all(0, [3, 0, 0]);
}

#[test]
fn another_region() {
    let world = World::new();
    world.s3.inject_list(Fault::Elsewhere("eu-north-1"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the bucket s3://prices is in eu-north-1: set AWS_REGION=eu-north-1",
    );
    world.s3.inject_list(Fault::Status(400, "AuthorizationHeaderMalformed"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the bucket s3://prices is in another region: set AWS_REGION to it",
    );
}

#[test]
fn an_endpoint_that_is_down() {
    let world = World::new();
    let began = Instant::now();
    world.fails_with(
        world.command(&["import", "s3://prices"]).env("AWS_ENDPOINT_URL", NOWHERE),
        "cannot reach S3 for s3://prices: Connection refused (os error 111); check the network, and AWS_ENDPOINT_URL if it is set",
    );
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn an_endpoint_that_says_nothing() {
    let world = World::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let began = Instant::now();
    let error = world.command(&["import", "s3://prices"]).env("AWS_ENDPOINT_URL", url).run().error();
    assert!(
        error.starts_with("cannot reach S3 for s3://prices: ") && error.contains("; check the network"),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(35), "{:?}", began.elapsed());
}

#[test]
fn an_endpoint_that_is_no_s3() {
    let world = World::new();
    world.s3.inject_list(Fault::Status(404, "NotFound"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the server cannot list s3://prices, and returns 404: check AWS_ENDPOINT_URL",
    );
}

#[test]
fn what_is_no_listing_is_shown() {
    let world = World::new();
    let refused = |content_type: &str, body: &str| {
        let server = Canned::body(content_type, body);
        world.command(&["import", "s3://prices"]).env("AWS_ENDPOINT_URL", server.url()).run().error()
    };
    for (content_type, body, found) in [
        (
            "text/html",
            "<!doctype html><html><head><title>MinIO Console</title></head></html>",
            r#"it begins "<!doctype html><html><head><title>MinIO Console</title></hea" (error parsing XML: no root element)"#,
        ),
        (
            "text/html",
            "<html><body>Sign in</body></html>",
            r#"it begins "<html><body>Sign in</body></html>" (error parsing XML: encountered invalid XML root: expected ListBucketResult)"#,
        ),
        (
            "application/json",
            r#"{"error": "no"}"#,
            r#"it begins "{\"error\": \"no\"}" (error parsing XML: no root element)"#,
        ),
        ("application/xml", "", "it is empty (error parsing XML: no root element)"),
    ] {
        assert_eq!(
            refused(content_type, body),
            format!(
                "the response for s3://prices is not one of S3: {found}; check AWS_ENDPOINT_URL, and the proxy if there is one"
            )
        );
    }
    // The SDK takes a listing that is cut for a whole one.
    let cut = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents>";
    assert_eq!(
        refused("application/xml", cut),
        format!(
            "the response for s3://prices is not one of S3: it begins {cut:?} (it ends before the listing does); check AWS_ENDPOINT_URL, and the proxy if there is one"
        )
    );
    let error = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>";
    assert_eq!(
        refused("application/xml", error),
        "S3 failed: 200, but InternalError for s3://prices: We encountered an internal error. Please try again"
    );
}

#[test]
fn a_wrong_checksum_is_called_one() {
    let world = World::new();
    let (key, dump) = (key(5), body(5, "0.1"));
    let listing = format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>{key}</Key><Size>{}</Size><ETag>&quot;x&quot;</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>",
        dump.len()
    );
    let server = Canned::serve(move |head| {
        if head.contains("list-type=2") {
            response("application/xml", &listing)
        } else {
            response("application/json\r\nx-amz-checksum-crc32: AAAAAA==", &dump)
        }
    });
    let run = world.command(&["import", "--json", "s3://prices"]).env("AWS_ENDPOINT_URL", server.url()).run();
    let report = run.expect(1).json();
    let error = report["failed"][0]["error"].as_str().unwrap();
    assert!(error.starts_with(&format!("cannot read s3://prices/{key}: body checksum mismatch")), "{error}");
}

#[test]
fn what_s3_refuses_is_said_with_its_reason() {
    let world = World::new();
    let refused = |status, code| {
        world.s3.inject_list(Fault::Status(status, code), 1);
        world.command(&["import", "s3://prices"]).run().error()
    };
    for (status, code, message) in [
        (
            403,
            "AccountProblem",
            "something is wrong with the AWS account that requests s3://prices (AccountProblem): ask AWS Support, or use another account",
        ),
        (
            403,
            "AllAccessDisabled",
            "AWS has disabled all access to s3://prices (AllAccessDisabled): its owner has to ask AWS Support",
        ),
        (
            403,
            "InvalidPayer",
            "AWS has disabled all access to s3://prices (InvalidPayer): its owner has to ask AWS Support",
        ),
        (
            403,
            "NotSignedUp",
            "the AWS account that requests s3://prices is not signed up for S3 (NotSignedUp): sign it up, or use another account",
        ),
        (
            403,
            "RequestExpired",
            "the request for s3://prices had expired when it reached S3: set the clock of this machine, or look for what delays its requests",
        ),
        (
            400,
            "InvalidToken",
            "S3 does not accept the session token of the AWS credentials for s3://prices (InvalidToken): check AWS_SESSION_TOKEN, or AWS_PROFILE",
        ),
        (404, "NoSuchAccessPoint", "the access point s3://prices does not exist: check its ARN"),
        (
            400,
            "InvalidArgument",
            "S3 rejected the request for s3://prices: 400 InvalidArgument: a fault injected by the test",
        ),
    ] {
        assert_eq!(refused(status, code), message);
    }
    // The SDK sets its own clock by the first rejection.
    world.s3.inject_list(Fault::Status(403, "RequestTimeTooSkewed"), 10);
    let error = world.command(&["import", "s3://prices"]).run().error();
    assert_eq!(error, "S3 rejects requests from this machine: its clock is wrong, set it");
}

#[test]
fn what_is_wrong_with_one_object_is_said() {
    let world = World::new();
    let refused = |status, code| {
        world.s3.inject(&key(5), Fault::Status(status, code), 1);
        let run = world.command(&["import", "--json", "s3://prices"]).run().expect(1);
        run.json()["failed"][0]["error"].as_str().unwrap().replace(&key(5), "KEY")
    };
    assert_eq!(
        refused(403, "InvalidObjectState"),
        "s3://prices/KEY is archived: restore it or narrow the prefix"
    );
    assert_eq!(
        refused(400, "KMS.DisabledException"),
        "the key that s3://prices/KEY is encrypted with cannot be used (KMS.DisabledException: a fault injected by the test): enable it, or narrow the prefix"
    );
}

#[test]
fn a_host_that_cannot_be_found_or_talked_to() {
    let world = World::new();
    let refused =
        |url: &str| world.command(&["import", "s3://prices"]).env("AWS_ENDPOINT_URL", url).run().error();
    let error = refused("http://s3.invalid");
    assert!(
        error.starts_with("cannot reach S3 for s3://prices: failed to lookup address information: ")
            && error.ends_with("; check the network, and AWS_ENDPOINT_URL if it is set"),
        "{error}"
    );
    let error = refused(&world.s3.endpoint().replace("http://", "https://"));
    assert!(
        error.starts_with("cannot reach S3 for s3://prices: ")
            && error.ends_with("; the server there does not use TLS: begin AWS_ENDPOINT_URL with http://"),
        "{error}"
    );
    for wrong in ["minio:9000", "http://", "ftp://minio", "http://mi nio"] {
        assert_eq!(
            refused(wrong),
            format!("AWS_ENDPOINT_URL is not a URL: {wrong:?}; write one such as http://minio.example:9000")
        );
    }
}

#[test]
fn an_access_point_of_many_regions_is_refused() {
    let world = World::new();
    world.fails_with(
        world.command(&["import", "s3://arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap/daily"]),
        "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap is an access point of many regions, which Landfall cannot read: name the bucket, or an access point of one region",
    );
}
