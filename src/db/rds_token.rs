//! Tokens of IAM, which RDS accepts as passwords for 15 minutes.
//!
//! They have some hundred bytes, and a session token comes on top, which may have thousands. libpq has no limit for a
//! password, Postgres one of 64 KiB.
//!
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html>

use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All that RDS supports.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What need not be encoded in a query.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Who logs in where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The role of the database.
    pub user: String,
    /// The host, as the instance's endpoint names it.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The region in the host name of an instance, a cluster or a proxy.
pub fn region_of(host: &str) -> Option<&str> {
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let (_, region) = host.strip_suffix(".rds.amazonaws.com")?.rsplit_once('.')?;
    Some(region)
}

/// A token: a request to connect, signed in its URL.
///
/// # Errors
///
/// The user or the host are no part of a URL.
pub fn rds_token(
    login: &Login,
    region: &str,
    credentials: &Credentials,
    at: SystemTime,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    let Login { user, host, port } = login;
    let user = utf8_percent_encode(user, IN_QUERY);
    let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(LIFETIME);
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("rds-db")
        .time(at)
        .settings(settings)
        .build()?;
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (signature, _) = sign(request, &parameters.into())?.into_parts();
    let mut token = url.trim_start_matches("https://").to_owned();
    for (name, value) in signature.params() {
        token.push_str(&format!("&{name}={}", utf8_percent_encode(value, IN_QUERY)));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the AWS CLI 1.46.3 (botocore 1.44.8) prints for
    /// `aws rds generate-db-auth-token --hostname … --port … --username … --region …` with these example credentials,
    /// with botocore's clock set to 2026-11-27T12:00:00Z.
    const BY_AWS_CLI: &str = "prices.abc123def456.eu-west-3.rds.amazonaws.com:5432/?Action=connect&DBUser=landfall\
        &X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261127%2Feu-west-3%2Frds-db%2Faws4_request\
        &X-Amz-Date=20261127T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=81825e8fe79c51b2add7922bc51f1509026bf499eaa89cfdcdc87fbfc3584dfc";

    /// The same with `AWS_SESSION_TOKEN`, for a user whose name needs encoding.
    const BY_AWS_CLI_WITH_SESSION: &str = "prices.abc123def456.cn-north-1.rds.amazonaws.com.cn:6543/?Action=connect\
        &DBUser=land%20fall%40%C3%B6&X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261127%2Fcn-north-1%2Frds-db%2Faws4_request\
        &X-Amz-Date=20261127T120000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\
        &X-Amz-Security-Token=FwoGZXIvYXdzE%2F%2F%2Ba%3D%3D\
        &X-Amz-Signature=067ae2ec51202ed08d7d3895c5c1457ce41a8b9d14a9c8f3673779b87e66a6a8";

    /// 2026-11-27T12:00:00Z.
    const AT: Duration = Duration::from_secs(1_795_780_800);

    /// Host and parameters, in any order: the signature is of their sorted form.
    fn parts(token: &str) -> Vec<String> {
        let mut parts: Vec<String> = token.split(['?', '&']).map(ToOwned::to_owned).collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn tokens_are_those_of_the_aws_cli() {
        for (user, host, port, session, expected) in [
            ("landfall", "prices.abc123def456.eu-west-3.rds.amazonaws.com", 5432, None, BY_AWS_CLI),
            (
                "land fall@ö",
                "prices.abc123def456.cn-north-1.rds.amazonaws.com.cn",
                6543,
                Some("FwoGZXIvYXdzE//+a=="),
                BY_AWS_CLI_WITH_SESSION,
            ),
        ] {
            let credentials = Credentials::new(
                "AKIAIOSFODNN7EXAMPLE",
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                session.map(ToOwned::to_owned),
                None,
                "Test",
            );
            let login = Login { user: user.to_owned(), host: host.to_owned(), port };
            let region = region_of(host).unwrap();
            let token = rds_token(&login, region, &credentials, SystemTime::UNIX_EPOCH + AT).unwrap();
            assert_eq!(parts(&token), parts(expected));
        }
    }

    #[test]
    fn hosts_at_rds_name_their_region() {
        for (host, region) in [
            ("prices.abc123def456.eu-west-3.rds.amazonaws.com", Some("eu-west-3")),
            ("prices.cluster-ro-abc.us-gov-west-1.rds.amazonaws.com", Some("us-gov-west-1")),
            ("prices.proxy-abc.cn-north-1.rds.amazonaws.com.cn", Some("cn-north-1")),
            ("db.example.com", None),
            ("rds.amazonaws.com", None),
        ] {
            assert_eq!(region_of(host), region, "{host}");
        }
    }
}
