//! A client for one bucket, set up from options, variables and the profile.

use std::env;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;

use super::credentials::{Checked, check_sources, signed_in};
use super::endpoint::{Endpoint, by_path, lists_restores};
use super::http;
use super::options::{Addressing, S3Options};
use super::profile::Profile;
use super::setting::Setting;
use crate::source::SourceError;

/// A client, and settings that error messages refer to.
#[derive(Debug)]
pub(super) struct Configured {
    pub(super) client: Client,
    /// Whether the server lists restored objects as such.
    pub(super) lists_restores: bool,
    /// The variable that names the proxy, if requests may go through one.
    pub(super) proxy: Option<&'static str>,
    /// The profile that people have to sign in to.
    pub(super) sign_in: Option<String>,
}

/// Prepares a client; nothing is sent to S3 yet.
pub(super) async fn configure(bucket: &str, options: S3Options) -> Result<Configured, SourceError> {
    if bucket.starts_with("arn:") && bucket.split(':').nth(3) == Some("") {
        return Err(SourceError::Fatal(format!(
            "{bucket} is an access point of many regions, which Landfall cannot read: name the bucket, or an access point of one region"
        )));
    }
    if bucket.starts_with("arn:") && options.addressing == Addressing::Path {
        return Err(SourceError::Fatal(format!(
            "{bucket} is an access point, which has its own host name: leave out --s3-addressing path"
        )));
    }
    let profile = Profile::load().await?;
    let config = load(&profile, options).await?;
    let endpoint = Endpoint::of(&config)?;
    let proxy = http::proxy_variable(endpoint.as_ref().map_or("https://", |endpoint| &endpoint.url));
    let mut builder = aws_sdk_s3::config::Builder::from(&config);
    builder.set_force_path_style(Some(by_path(options.addressing, endpoint.as_ref(), bucket)));
    let lists_restores = lists_restores(endpoint.as_ref(), bucket);
    builder.set_endpoint_url(endpoint.map(|endpoint| endpoint.url));
    Ok(Configured {
        client: Client::from_conf(builder.build()),
        lists_restores,
        proxy,
        sign_in: profile.signs_in().map(ToOwned::to_owned),
    })
}

/// The AWS credentials of the settings, for other services.
pub(crate) async fn credentials() -> Result<Option<SharedCredentialsProvider>, SourceError> {
    let profile = Profile::load().await?;
    Ok(load(&profile, S3Options::default()).await?.credentials_provider())
}

async fn load(profile: &Profile, options: S3Options) -> Result<SdkConfig, SourceError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(10))
        // With all that the SDK tries again; until the response begins; its body may take longer.
        .operation_timeout(Duration::from_secs(25))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http::client(profile)?)
        .timeout_config(timeouts)
        .profile_name(profile.name());
    // The SDK sends it with every request, and does not say which variable it is that it cannot send.
    if env::var("AWS_EXECUTION_ENV").is_ok_and(|name| name.contains(|c: char| c.is_control())) {
        return Err(SourceError::Fatal(
            "AWS_EXECUTION_ENV has a line break or another invalid character: correct it".to_owned(),
        ));
    }
    if let Some(region) = Setting::read(&["AWS_REGION", "AWS_DEFAULT_REGION"], profile, "region") {
        loader = loader.region(Region::new(region.valid_in_header()?.value));
    }
    if options.anonymous {
        loader = loader.no_credentials();
    } else {
        check_sources(profile)?;
        if profile.signs_in().is_some() {
            loader = loader.credentials_provider(signed_in(profile.name()));
        }
    }
    let config = loader.load().await;
    let mut builder = config.to_builder();
    if config.region().is_none() {
        // Without a region no request can be signed; S3 names the right one in its response.
        builder.set_region(Region::new("us-east-1"));
    }
    if let Some(provider) = config.credentials_provider() {
        builder.set_credentials_provider(Some(SharedCredentialsProvider::new(Checked(provider))));
    }
    Ok(builder.build())
}
