//! A client for one bucket, set up from options, variables and the profile.

use aws_sdk_s3::Client;

use super::addressing::{by_path, lists_restores};
use super::options::{Addressing, S3Options};
use crate::aws::{self, Endpoint, Profile, Service, proxy_variable};
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
    let config = aws::load(&profile, aws::Request { anonymous: options.anonymous, region: None }).await?;
    let endpoint = Endpoint::of(&config, Service::S3)?;
    let proxy = proxy_variable(endpoint.as_ref().map_or("https://", |endpoint| &endpoint.url));
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
