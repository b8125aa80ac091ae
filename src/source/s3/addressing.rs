//! How requests name the bucket.

use super::options::Addressing;
use crate::aws::Endpoint;

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
    let general_purpose = !is_directory_bucket(bucket) && !bucket.starts_with("arn:aws:s3-");
    endpoint.is_none_or(Endpoint::is_of_aws) && general_purpose
}

/// Whether this is a directory bucket, or an access point of one, by its name. Their listings have an order of their own,
/// and cannot start at a key.
pub(super) fn is_directory_bucket(bucket: &str) -> bool {
    bucket.ends_with("--x-s3") || bucket.ends_with("--xa-s3")
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
}
