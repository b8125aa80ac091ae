//! The configuration of a client, from variables and the profile.

use std::env;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

use super::SettingsError;
use super::credentials::{Checked, check_sources, signed_in};
use super::http;
use super::profile::Profile;
use super::setting::Setting;

/// What a client wants of the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Request<'r> {
    /// Send unsigned requests.
    pub(crate) anonymous: bool,
    /// The region, where it is known; otherwise that of the settings.
    pub(crate) region: Option<&'r str>,
}

/// The AWS credentials of the settings.
pub(crate) async fn credentials() -> Result<Option<SharedCredentialsProvider>, SettingsError> {
    let profile = Profile::load().await?;
    Ok(load(&profile, Request::default()).await?.credentials_provider())
}

/// Loads the configuration; nothing is sent to the service yet.
pub(crate) async fn load(profile: &Profile, request: Request<'_>) -> Result<SdkConfig, SettingsError> {
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
        return Err(SettingsError(
            "AWS_EXECUTION_ENV has a line break or another invalid character: correct it".to_owned(),
        ));
    }
    if let Some(region) = request.region {
        loader = loader.region(Region::new(region.to_owned()));
    } else if let Some(region) = Setting::read(&["AWS_REGION", "AWS_DEFAULT_REGION"], profile, "region") {
        loader = loader.region(Region::new(region.valid_in_header()?.value));
    }
    if request.anonymous {
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
