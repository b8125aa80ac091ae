//! Where requests are sent.

use std::env;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::SettingsError;
use super::setting::{Setting, is_valid_in_header};

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

/// A service, as the settings of its endpoint name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service {
    /// Its name in the profile.
    pub(crate) id: &'static str,
    /// Its variable.
    pub(crate) variable: &'static str,
}

impl Service {
    pub(crate) const GLUE: Self = Self { id: "Glue", variable: "AWS_ENDPOINT_URL_GLUE" };
    pub(crate) const S3: Self = Self { id: "S3", variable: "AWS_ENDPOINT_URL_S3" };
    pub(crate) const SQS: Self = Self { id: "SQS", variable: "AWS_ENDPOINT_URL_SQS" };
}

/// An endpoint from the settings.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) url: String,
}

impl Endpoint {
    /// The endpoint for one service in particular, or for all of AWS, from variables or the profile.
    pub(crate) fn of(config: &SdkConfig, service: Service) -> Result<Option<Self>, SettingsError> {
        let key = ServiceConfigKey::builder()
            .service_id(service.id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url");
        let special = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        let Some(url) = special.or_else(|| config.endpoint_url().map(ToOwned::to_owned)) else {
            return Ok(None);
        };
        let set_by = |name: &&str| env::var(name).is_ok_and(|value| value == url);
        let variable = [service.variable, "AWS_ENDPOINT_URL"].into_iter().find(set_by);
        let origin = variable.unwrap_or("`endpoint_url` of the AWS profile").to_owned();
        match Setting::new(url, origin) {
            None => Ok(None),
            Some(Setting { value, .. }) if is_valid_in_header(&value) && host(&value).is_some() => {
                Ok(Some(Self { url: value }))
            }
            Some(Setting { value, origin }) => Err(SettingsError(format!(
                "{origin} is not a URL: {value:?}; write one such as http://minio.example:9000"
            ))),
        }
    }

    pub(crate) fn is_of_aws(&self) -> bool {
        is_of_aws(&self.url)
    }
}

/// Whether the host in a URL is one of AWS.
pub(crate) fn is_of_aws(url: &str) -> bool {
    host(url).is_some_and(|host| AWS_DOMAINS.iter().any(|domain| host.ends_with(domain)))
}

/// The host in an HTTP URL.
pub(crate) fn host(url: &str) -> Option<&str> {
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
    fn finds_the_host() {
        assert_eq!(host("http://a.b:9/c"), Some("a.b"));
        assert_eq!(host("https://user:secret@[fd00::1]:9?x"), Some("fd00::1"));
        for url in ["a:9000", "http://", "http:///x", "ftp://a", "http://:9000"] {
            assert_eq!(host(url), None, "{url}");
        }
    }
}
