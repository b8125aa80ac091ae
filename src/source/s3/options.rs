//! Landfall's own settings for S3.

/// How to reach S3. The rest comes from the AWS environment: region, profile, credentials, endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Options {
    /// Send unsigned requests, as public buckets allow.
    pub anonymous: bool,
    /// Pay for requests and transfer, as requester-pays buckets demand.
    pub request_payer: bool,
    /// Where in a request the bucket is named.
    pub addressing: Addressing,
}

/// Where in a request the bucket is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// By host name at AWS, by path at other endpoints: servers other than AWS' seldom have a host name for
    /// each bucket.
    #[default]
    Auto,
    /// `https://endpoint/bucket/key`.
    Path,
    /// `https://bucket.endpoint/key`.
    Virtual,
}
