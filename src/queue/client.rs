//! A client for one queue.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;

use super::error::QueueError;
use super::url::QueueUrl;
use crate::aws::{self, Endpoint, Profile, Service, proxy_variable};

/// A client, and settings that error messages refer to.
pub(super) struct Configured {
    pub(super) client: Client,
    pub(super) proxy: Option<&'static str>,
    pub(super) sign_in: Option<String>,
}

pub(super) async fn configure(url: &QueueUrl) -> Result<Configured, QueueError> {
    let profile = Profile::load().await?;
    let config = aws::load(&profile, aws::Request { anonymous: false, region: url.region() }).await?;
    let endpoint = Endpoint::of(&config, Service::SQS)?.map(|endpoint| endpoint.url).or(url.own_endpoint());
    let proxy = proxy_variable(endpoint.as_deref().unwrap_or("https://"));
    // The server waits up to 20 s for messages.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_timeout(Duration::from_secs(60))
        .build();
    let mut builder = aws_sdk_sqs::config::Builder::from(&config).timeout_config(timeouts);
    builder.set_endpoint_url(endpoint);
    Ok(Configured {
        client: Client::from_conf(builder.build()),
        proxy,
        sign_in: profile.signs_in().map(ToOwned::to_owned),
    })
}
