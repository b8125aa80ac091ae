//! Credentials and profiles: missing, wrong, or not fit to be sent.

use super::{NOWHERE, World};
use crate::support::{Fault, Folder, Landfall};

#[test]
fn credentials_that_may_not_list() {
    let world = World::new();
    world.s3.inject_list(Fault::Status(403, "AccessDenied"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "access to s3://prices is denied (AccessDenied): allow s3:ListBucket on the bucket and s3:GetObject on its objects, or pass --anonymous if it is public",
    );
}

#[test]
fn credentials_that_are_wrong() {
    let world = World::new();
    world.fails_with(
        world.command(&["import", "s3://prices"]).env("AWS_SECRET_ACCESS_KEY", "best"),
        "S3 does not accept the AWS credentials for s3://prices (SignatureDoesNotMatch): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    );
    world.s3.inject_list(Fault::Status(403, "InvalidAccessKeyId"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "S3 does not accept the AWS credentials for s3://prices (InvalidAccessKeyId): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    );
    world.s3.inject_list(Fault::Status(400, "ExpiredToken"), 1);
    world.fails_with(
        world.command(&["import", "s3://prices"]),
        "the AWS credentials have expired: renew them",
    );
}

#[test]
fn no_credentials_at_all() {
    let world = World::new();
    // A machine that is not an EC2 instance, and one whose metadata service fails.
    let refusing = world.s3.endpoint();
    let metadata = |url: &str| {
        Landfall::on(&world.database, &["import", "s3://prices"])
            .endpoint(&world.s3.endpoint())
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
    };
    world.fails_with(
        metadata(NOWHERE),
        "there are no AWS credentials to read s3://prices with: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous if the bucket is public",
    );
    let error = metadata(&refusing).run().error();
    assert!(
        error.starts_with("the AWS credentials to read s3://prices with cannot be loaded: ")
            && error.ends_with(
                "; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous if the bucket is public"
            ),
        "{error}"
    );
}

#[test]
fn white_space_around_settings_is_cut_off() {
    let world = World::new();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "test\n"),
        ("AWS_SECRET_ACCESS_KEY", "test\r\n"),
        ("AWS_SESSION_TOKEN", "token\n"),
        ("AWS_REGION", "eu-west-3\n"),
        ("AWS_REGION", " eu-west-3 "),
        ("AWS_ENDPOINT_URL", &format!("{}\n", world.s3.endpoint())),
        ("AWS_PROFILE", " "),
    ] {
        let run = world.command(&["import", "--dry-run", "s3://prices"]).env(name, value).run().expect(0);
        assert!(run.stdout.contains("3 dumps to land"), "{name}: {}", run.stdout);
    }
}

#[test]
fn what_cannot_be_sent_is_named() {
    let world = World::new();
    let unfit = "a space, a line break or another character that cannot be sent: correct it";
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIA\u{a0}X"),
        ("AWS_ACCESS_KEY_ID", "AK\nIA"),
        ("AWS_SESSION_TOKEN", "to ken"),
        ("AWS_SESSION_TOKEN", "t\u{1}"),
    ] {
        world.fails_with(
            world.command(&["import", "s3://prices"]).env(name, value),
            &format!("the AWS credentials to read s3://prices with cannot be used: {name} has {unfit}"),
        );
    }
    for (name, value) in [("AWS_REGION", "eu west"), ("AWS_REGION", "eu-wëst-3")] {
        world.fails_with(
            world.command(&["import", "s3://prices"]).env(name, value),
            &format!("{name} has {unfit}"),
        );
    }
    world.fails_with(
        world.command(&["import", "s3://prices"]).env("AWS_EXECUTION_ENV", "local\n"),
        "AWS_EXECUTION_ENV has a line break or another invalid character: correct it",
    );
    // Keys to assume a role are used inside of the SDK.
    let folder = Folder::new();
    let role = "role_arn = arn:aws:iam::123456789012:role/reader\nsource_profile";
    let config = folder.write(
        "config",
        format!(
            "[profile role]\n{role} = base\n[profile base]\naws_access_key_id = AK IA\naws_secret_access_key = s\n[profile lone]\n{role} = gone\n[profile round]\n{role} = again\n[profile again]\n{role} = round\n"
        ),
    );
    let on = |profile: &str| {
        let landfall =
            Landfall::on(&world.database, &["import", "s3://prices"]).endpoint(&world.s3.endpoint());
        landfall.env("AWS_CONFIG_FILE", &config).env("AWS_PROFILE", profile)
    };
    world.fails_with(on("role"), &format!("`aws_access_key_id` of the AWS profile `base` has {}", &unfit));
    world.fails_with(
        on("lone"),
        "the AWS profile `lone` takes its credentials from the profile `gone`, which does not exist: correct its source_profile",
    );
    let error = on("round").run().error();
    assert!(error.contains("infinite loop"), "{error}");
    // Nothing of the profile is used where there are keys.
    world
        .command(&["import", "s3://prices"])
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_PROFILE", "role")
        .run()
        .expect(0);
}

#[test]
fn a_profile_that_is_not_there() {
    let world = World::new();
    world.fails_with(
        world.command(&["import", "s3://prices"]).env("AWS_PROFILE", "mine"),
        "there is no AWS profile `mine`: correct AWS_PROFILE, or add the profile to /dev/null or /dev/null",
    );
}

#[test]
fn a_configuration_that_cannot_be_read() {
    let world = World::new();
    let folder = Folder::new();
    let file = folder.write("config", "[default\nregion = eu-west-3\n");
    let error = world.command(&["import", "s3://prices"]).env("AWS_CONFIG_FILE", &file).run().error();
    assert!(
        error.starts_with("cannot read the AWS configuration: could not parse profile file: error parsing ")
            && error.contains(file.to_str().unwrap())
            && error.ends_with(
                "; correct the file, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"
            ),
        "{error}"
    );
}

#[test]
fn who_has_to_sign_in_is_told_how() {
    let world = World::new();
    let folder = Folder::new();
    let config = folder.write(
        "config",
        "[profile mine]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = reader\n[sso-session us]\nsso_region = eu-west-3\nsso_start_url = https://us.awsapps.invalid/start\n",
    );
    let signed_in = |home: &Folder| {
        let landfall =
            Landfall::on(&world.database, &["import", "s3://prices"]).endpoint(&world.s3.endpoint());
        let landfall = landfall.env("HOME", home.path()).env("AWS_CONFIG_FILE", &config);
        landfall.env("AWS_PROFILE", "mine").run().error()
    };
    let home = Folder::new();
    let error = signed_in(&home);
    assert!(
        error.starts_with("the AWS credentials to read s3://prices with cannot be loaded: ")
            && error.ends_with("; sign in with `aws sso login --profile mine`"),
        "{error}"
    );
    // The SHA-1 of the name of the session.
    home.write(
        ".aws/sso/cache/da2b128800d4e129def769b7ec5decc00517fa8b.json",
        r#"{"accessToken": "a", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-3", "startUrl": "https://us.awsapps.invalid/start"}"#,
    );
    let error = signed_in(&home);
    assert!(error.contains("expired"), "{error}");
}
