//! The URL of a queue.

use std::fmt;
use std::str::FromStr;

use crate::aws::{host, is_of_aws, is_valid_in_header};

/// The URL of a queue, such as `https://sqs.eu-west-3.amazonaws.com/123456789012/dumps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUrl(String);

impl FromStr for QueueUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let path = text.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
        if host(text).is_some() && path.is_some_and(|path| !path.is_empty()) && is_valid_in_header(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err("write the URL of a queue, such as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME")
        }
    }
}

impl QueueUrl {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The region in the host; nothing if the host is not one of AWS, or names none.
    pub(super) fn region(&self) -> Option<&str> {
        let host = host(&self.0).filter(|_| is_of_aws(&self.0))?;
        let mut labels = host.split('.');
        // `sqs.REGION.…`, `sqs-fips.REGION.…`, `VPC-ENDPOINT.sqs.REGION.…`, and before 2013 `REGION.queue.…` and `queue.…`.
        let before = labels.clone().zip(host.split('.').skip(1));
        let named = before.into_iter().find(|(service, _)| matches!(*service, "sqs" | "sqs-fips"));
        match (named, labels.next(), labels.next()) {
            (Some((_, region)), ..) => Some(region),
            (None, Some(region), Some("queue")) => Some(region),
            (None, Some("queue"), _) => Some("us-east-1"),
            _ => None,
        }
    }

    /// Where requests go unless an endpoint is set: to the URL's own host where that is not the one of its region at AWS.
    pub(super) fn own_endpoint(&self) -> Option<String> {
        let is_private = host(&self.0).is_some_and(|host| host.starts_with("vpce-"));
        if is_of_aws(&self.0) && !is_private {
            return None;
        }
        let (scheme, rest) = self.0.split_once("://")?;
        Some(format!("{scheme}://{}", rest.split('/').next()?))
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> QueueUrl {
        text.parse().unwrap()
    }

    #[test]
    fn the_region_is_in_the_host() {
        for (host, region) in [
            ("sqs.eu-west-3.amazonaws.com", Some("eu-west-3")),
            ("sqs.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("sqs-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("sqs.eu-west-3.api.aws", Some("eu-west-3")),
            ("vpce-0a1b-2c3d.sqs.eu-west-3.vpce.amazonaws.com", Some("eu-west-3")),
            ("eu-west-3.queue.amazonaws.com", Some("eu-west-3")),
            ("queue.amazonaws.com", Some("us-east-1")),
            ("127.0.0.1:5000", None),
            ("sqs.eu-west-3.localhost:4566", None),
        ] {
            assert_eq!(url(&format!("https://{host}/123456789012/dumps")).region(), region, "{host}");
        }
    }

    #[test]
    fn requests_go_to_hosts_that_only_the_url_knows() {
        let endpoint = |text: &str| url(text).own_endpoint();
        assert_eq!(endpoint("https://sqs.eu-west-3.amazonaws.com/1/q"), None);
        assert_eq!(endpoint("https://queue.amazonaws.com/1/q"), None);
        assert_eq!(endpoint("http://127.0.0.1:5000/1/q").as_deref(), Some("http://127.0.0.1:5000"));
        let private = "https://vpce-0a-1b.sqs.eu-west-3.vpce.amazonaws.com";
        assert_eq!(endpoint(&format!("{private}/1/q")).as_deref(), Some(private));
    }

    #[test]
    fn a_queue_has_a_host_and_a_path() {
        assert_eq!(url(" https://h/1/q\n").to_string(), "https://h/1/q");
        for wrong in [
            "",
            "dumps",
            "arn:aws:sqs:eu-west-3:1:q",
            "https://h",
            "https://h/",
            "sqs://h/q",
            "https://h/a b",
        ] {
            assert!(wrong.parse::<QueueUrl>().is_err(), "{wrong}");
        }
    }
}
