//! Credentials and profiles: missing, wrong, or not fit to be sent.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

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

/// The AWS CLI is a script here.
#[test]
fn who_signs_in_gets_credentials_from_the_aws_cli() {
    let world = World::new();
    let folder = Folder::new();
    let config = folder.write(
        "config",
        "[profile mine]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = reader\n\
         [profile role]\nrole_arn = arn:aws:iam::123456789012:role/writer\nsource_profile = mine\n\
         [sso-session us]\nsso_region = eu-west-3\nsso_start_url = https://us.awsapps.invalid/start\n",
    );
    let as_profile = |profile: &str| {
        let landfall = Landfall::on(&world.database, &["import", "--dry-run", "s3://prices"])
            .endpoint(&world.s3.endpoint());
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        landfall.env("PATH", path).env("AWS_CONFIG_FILE", &config).env("AWS_PROFILE", profile)
    };
    let cli = folder.write(
        "aws",
        "#!/bin/sh\necho \"$*\" >>\"${0%/*}/calls\"\n\
         echo '{\"Version\": 1, \"AccessKeyId\": \"test\", \"SecretAccessKey\": \"test\"}'\n",
    );
    fs::set_permissions(&cli, Permissions::from_mode(0o755)).unwrap();
    for profile in ["mine", "role"] {
        let run = as_profile(profile).run().expect(0);
        assert!(run.stdout.contains("3 dumps to land"), "{}", run.stdout);
    }
    let wrong_keys = as_profile("mine").env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "best");
    assert!(wrong_keys.run().error().contains("SignatureDoesNotMatch"), "keys come before profiles");
    assert_eq!(
        fs::read_to_string(folder.path().join("calls")).unwrap(),
        "configure export-credentials --format process --profile mine\n\
         configure export-credentials --format process --profile role\n"
    );

    folder.write("aws", "#!/bin/sh\necho 'The SSO session has expired' >&2\nexit 255\n");
    for profile in ["mine", "role"] {
        let error = as_profile(profile).run().error();
        assert!(
            error.starts_with("the AWS credentials to read s3://prices with cannot be loaded: ")
                && error.contains("The SSO session has expired")
                && error.ends_with("; sign in with the AWS CLI, version 2: `aws sso login --profile mine`"),
            "{error}"
        );
    }
}
