//! Where requests are sent, and how they name the bucket.

use std::env;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::options::Addressing;
use super::setting::{Setting, is_valid_in_header};
use crate::source::SourceError;

/// Suffixes of host names in the partitions of AWS.
const AWS_DOMAINS: [&str; 8] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".csp.hci.ic.gov",
];

/// An endpoint from the settings.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) url: String,
}

impl Endpoint {
    /// The endpoint for S3 in particular, or for all of AWS, from variables or the profile.
    pub(super) fn of(config: &SdkConfig) -> Result<Option<Self>, SourceError> {
        let key =
            ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let special = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        let Some(url) = special.or_else(|| config.endpoint_url().map(ToOwned::to_owned)) else {
            return Ok(None);
        };
        let set_by = |name: &&str| env::var(name).is_ok_and(|value| value == url);
        let variable = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].into_iter().find(set_by);
        let origin = variable.unwrap_or("`endpoint_url` of the AWS profile").to_owned();
        match Setting::new(url, origin) {
            None => Ok(None),
            Some(Setting { value, .. }) if is_valid_in_header(&value) && host(&value).is_some() => {
                Ok(Some(Self { url: value }))
            }
            Some(Setting { value, origin }) => Err(SourceError::Fatal(format!(
                "{origin} is not a URL: {value:?}; write one such as http://minio.example:9000"
            ))),
        }
    }

    fn is_of_aws(&self) -> bool {
        host(&self.url).is_some_and(|host| AWS_DOMAINS.iter().any(|domain| host.ends_with(domain)))
    }
}

/// Whether requests name the bucket in their path.
pub(super) fn by_path(addressing: Addressing, endpoint: Option<&Endpoint>, bucket: &str) -> bool {
    match addressing {
        Addressing::Path => true,
        Addressing::Virtual => false,
        // An access point always has its own host name.
        Addressing::Auto => {
            endpoint.is_some_and(|endpoint| !endpoint.is_of_aws()) && !bucket.starts_with("arn:")
        }
    }
}

/// Whether a listing may request finished restores: servers other than AWS may reject that.
pub(super) fn lists_restores(endpoint: Option<&Endpoint>, bucket: &str) -> bool {
    let general_purpose = !bucket.ends_with("--x-s3") && !bucket.starts_with("arn:aws:s3-");
    endpoint.is_none_or(Endpoint::is_of_aws) && general_purpose
}

/// The host in an HTTP URL.
pub(super) fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_in_the_path_of_other_servers() {
        let auto = |url: Option<&str>, bucket| {
            let endpoint = url.map(|url| Endpoint { url: url.to_owned() });
            by_path(Addressing::Auto, endpoint.as_ref(), bucket)
        };
        assert!(auto(Some("http://minio:9000"), "prices"));
        assert!(auto(Some("https://amazonaws.com.example/"), "prices"));
        assert!(!auto(None, "prices"));
        assert!(!auto(Some("https://s3.eu-west-3.amazonaws.com"), "prices"));
        assert!(!auto(Some("https://bucket.vpce-1a-2b.s3.eu-west-3.vpce.amazonaws.com:443/"), "prices"));
        assert!(!auto(Some("http://minio:9000"), "arn:aws:s3:eu-west-3:123456789012:accesspoint/prices"));

        let endpoint = Endpoint { url: "http://minio:9000".to_owned() };
        assert!(by_path(Addressing::Path, None, "prices"));
        assert!(!by_path(Addressing::Virtual, Some(&endpoint), "prices"));
    }

    #[test]
    fn finds_the_host() {
        assert_eq!(host("http://a.b:9/c"), Some("a.b"));
        assert_eq!(host("https://user:secret@[fd00::1]:9?x"), Some("fd00::1"));
        for url in ["a:9000", "http://", "http:///x", "ftp://a", "http://:9000"] {
            assert_eq!(host(url), None, "{url}");
        }
    }
}
