//! Landfall's own settings for S3.

/// How to send requests to S3. Region, profile, credentials and endpoint come from the AWS environment.
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Options {
    /// Send unsigned requests, as public buckets allow.
    pub anonymous: bool,
    /// Pay for requests and transfer, as requester-pays buckets require.
    pub request_payer: bool,
    /// Where a request names the bucket.
    pub addressing: Addressing,
}

/// Where a request names the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// In the host name at AWS, in the path at other endpoints, which seldom have a host name for each bucket.
    #[default]
    Auto,
    /// `https://endpoint/bucket/key`.
    Path,
    /// `https://bucket.endpoint/key`.
    Virtual,
}
