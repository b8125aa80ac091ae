//! How requests find their way: endpoints, names of buckets, proxies, certificates.

use super::World;
use crate::support::{Canned, Folder, Landfall, Plain, Run, Tls, response, serve_task_role};

const EMPTY_LISTING: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

/// A server that lists an empty bucket and records its requests.
fn empty() -> Canned {
    Canned::body("application/xml", EMPTY_LISTING)
}

fn dry_run(world: &World) -> Landfall {
    unset(world, &["import", "--dry-run", "s3://prices"])
}

/// With credentials, without an endpoint.
fn unset(world: &World, args: &[&str]) -> Landfall {
    Landfall::on(&world.database, args)
        .env("AWS_REGION", "eu-west-3")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
}

#[track_caller]
fn finds_three(run: Run) {
    let run = run.expect(0);
    assert!(run.stdout.contains("3 dumps to land"), "{}", run.stdout);
}

#[test]
fn endpoints_are_addressed_by_path_wherever_they_are_set() {
    let world = World::new();
    // With the address of a loopback interface a bucket could not be in the host name anyway.
    let url = world.s3.endpoint().replace("127.0.0.1", "localhost");
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        finds_three(dry_run(&world).env(variable, &url).run());
    }
    let folder = Folder::new();
    for profile in [
        format!("[profile mine]\nservices = local\n[services local]\ns3 =\n  endpoint_url = {url}\n"),
        format!("[profile mine]\nendpoint_url = {url}\n"),
    ] {
        let file = folder.write("config", profile);
        finds_three(dry_run(&world).env("AWS_CONFIG_FILE", file).env("AWS_PROFILE", "mine").run());
    }
}

#[test]
fn the_style_of_addresses_can_be_chosen() {
    let world = World::new();
    let requested = |arguments: &[&str], bucket: &str, style: Option<&str>| {
        let proxy = empty();
        let mut args = vec!["import", "--dry-run", bucket];
        args.extend(arguments);
        let mut landfall = unset(&world, &args)
            .env("AWS_ENDPOINT_URL", "http://s3.invalid:9000")
            .env("HTTP_PROXY", proxy.url());
        if let Some(style) = style {
            landfall = landfall.env("LANDFALL_S3_ADDRESSING", style);
        }
        landfall.run().expect(0);
        let first = proxy.requests().remove(0);
        first.split(['?', ' ']).nth(1).unwrap().to_owned()
    };
    assert_eq!(requested(&[], "s3://prices/daily/", None), "http://s3.invalid:9000/prices/");
    assert_eq!(requested(&[], "s3://prices", Some("path")), "http://s3.invalid:9000/prices/");
    assert_eq!(requested(&[], "s3://prices", Some("virtual")), "http://prices.s3.invalid:9000/");
    let by_flag = requested(&["--s3-addressing", "virtual"], "s3://prices", Some("path"));
    assert_eq!(by_flag, "http://prices.s3.invalid:9000/");
    let arn = "s3://arn:aws:s3:eu-west-3:123456789012:accesspoint/point/daily/";
    assert_eq!(requested(&[], arn, None), "http://point-123456789012.s3.invalid:9000/");
    assert_eq!(
        unset(&world, &["import", "--s3-addressing", "path", arn]).run().error(),
        "arn:aws:s3:eu-west-3:123456789012:accesspoint/point is an access point, which has its own host name: leave out --s3-addressing path"
    );
}

#[test]
fn requests_go_through_the_proxies_that_are_set() {
    let world = World::new();
    for variable in ["HTTP_PROXY", "http_proxy"] {
        let proxy = Canned::proxy(world.s3.address());
        let run = dry_run(&world).env("AWS_ENDPOINT_URL", "http://s3.invalid").env(variable, proxy.url());
        finds_three(run.run());
        assert!(proxy.requests()[0].starts_with("GET http://s3.invalid/prices/?list-type=2"));
    }
    // The scheme may be omitted, as in curl.
    let proxy = Canned::proxy(world.s3.address());
    let address = proxy.address().to_string();
    finds_three(
        dry_run(&world).env("AWS_ENDPOINT_URL", "http://s3.invalid").env("HTTP_PROXY", address).run(),
    );

    // AWS itself, in a tunnel: an error of the proxy names it.
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let refusing = Canned::serve(|_| "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n".to_owned());
        let error = dry_run(&world).env(variable, refusing.url()).run().error();
        assert_eq!(refusing.requests()[0], "CONNECT prices.s3.eu-west-3.amazonaws.com:443 HTTP/1.1");
        assert!(
            error.starts_with("cannot reach S3 for s3://prices: ")
                && error.ends_with(&format!(
                    "; check the network, {variable}, NO_PROXY, and AWS_ENDPOINT_URL if it is set"
                )),
            "{error}"
        );
    }
}

#[test]
fn a_proxy_may_want_credentials() {
    let world = World::new();
    let proxy = Canned::serve(|head| {
        if head.contains("roxy-authorization: Basic dXNlcjpzZWNyZXQ=")
            || head.contains("roxy-Authorization: Basic dXNlcjpzZWNyZXQ=")
        {
            response("application/xml", EMPTY_LISTING)
        } else {
            "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_owned()
        }
    });
    let landfall = || dry_run(&world).env("AWS_ENDPOINT_URL", "http://s3.invalid");
    assert_eq!(
        landfall().env("HTTP_PROXY", proxy.url()).run().error(),
        "the proxy on the way to s3://prices requires credentials: write http://USER:PASSWORD@HOST:PORT in HTTP_PROXY"
    );
    let url = proxy.url().replace("://", "://user:secret@");
    landfall().env("HTTP_PROXY", url).run().expect(0);
    // A value that is wrong is not printed: it may contain a password.
    assert_eq!(
        landfall().env("HTTP_PROXY", "socks5://user:secret@proxy:1080").run().error(),
        "HTTP_PROXY is not the URL of an HTTP proxy: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
    );
}

#[test]
fn some_hosts_are_reached_without_a_proxy() {
    let world = World::new();
    let url = world.s3.endpoint().replace("127.0.0.1", "localhost");
    for excepted in ["localhost", "example.org, localhost", "*", "*.localhost,localhost"] {
        let proxy = empty();
        let landfall = dry_run(&world).env("AWS_ENDPOINT_URL", &url).env("HTTP_PROXY", proxy.url());
        finds_three(landfall.env("no_proxy", excepted).run());
        assert_eq!(proxy.requests(), Vec::<String>::new());
    }

    // What hands out the credentials of a task or machine is on the machine.
    let proxy = Canned::proxy(world.s3.address());
    let landfall = Landfall::on(&world.database, &["import", "--dry-run", "s3://prices"])
        .env("AWS_REGION", "eu-west-3")
        .env("AWS_ENDPOINT_URL", "http://s3.invalid")
        .env("HTTP_PROXY", proxy.url())
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", serve_task_role());
    finds_three(landfall.run());
    let requested = proxy.requests();
    assert!(requested.iter().all(|request| request.starts_with("GET http://s3.invalid/")), "{requested:?}");

    let metadata = Canned::serve(|_| "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned());
    let proxy = empty();
    let landfall = Landfall::on(&world.database, &["import", "--dry-run", "s3://prices"])
        .env("AWS_ENDPOINT_URL", "http://s3.invalid")
        .env("HTTP_PROXY", proxy.url())
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
    landfall.run().error();
    assert_eq!(proxy.requests(), Vec::<String>::new());
    assert!(!metadata.requests().is_empty());
}

#[test]
fn certificates_of_a_bundle_are_trusted() {
    let world = World::new();
    let tls = Tls::before(Plain::Http(world.s3.address()));
    let folder = Folder::new();
    let bundle = folder.write("ca.pem", &tls.certificate);
    let url = format!("https://localhost:{}", tls.port);
    let landfall = || dry_run(&world).env("AWS_ENDPOINT_URL", &url);
    finds_three(landfall().env("AWS_CA_BUNDLE", &bundle).run());
    let profile = folder.write("config", format!("[default]\nca_bundle = {}\n", bundle.display()));
    finds_three(landfall().env("AWS_CONFIG_FILE", profile).run());
    // Through a proxy as well, which makes a tunnel.
    let proxy = Canned::proxy(([127, 0, 0, 1], tls.port).into());
    finds_three(landfall().env("AWS_CA_BUNDLE", &bundle).env("HTTPS_PROXY", proxy.url()).run());
    assert_eq!(proxy.requests()[0], format!("CONNECT localhost:{} HTTP/1.1", tls.port));

    let error = landfall()
        .env(
            "SSL_CERT_FILE",
            folder.write("other.pem", Tls::before(Plain::Http(world.s3.address())).certificate),
        )
        .run()
        .error();
    assert!(
        error.starts_with("cannot reach S3 for s3://prices: invalid peer certificate: ")
            && error.ends_with(
                "; name the certificate of the authority that signed it with AWS_CA_BUNDLE, or correct the host in AWS_ENDPOINT_URL"
            ),
        "{error}"
    );
}

#[test]
fn a_bundle_that_is_none_is_named() {
    let world = World::new();
    let folder = Folder::new();
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (content, reason) in [
        ("", "which has no certificate: name a PEM file with `BEGIN CERTIFICATE` in it"),
        ("-----BEGIN CERTIFICATE-----\n???", "which is not PEM: "),
        (certificate, "which has a certificate that cannot be used: "),
    ] {
        let path = folder.write("ca.pem", content);
        let error = dry_run(&world).env("AWS_CA_BUNDLE", &path).run().error();
        assert!(error.starts_with(&format!("AWS_CA_BUNDLE names {}, {reason}", path.display())), "{error}");
    }
    let error = dry_run(&world).env("AWS_CA_BUNDLE", "/nowhere/ca.pem").run().error();
    assert_eq!(
        error,
        "AWS_CA_BUNDLE names /nowhere/ca.pem, which cannot be read: No such file or directory (os error 2)"
    );
}
