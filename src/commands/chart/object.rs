//! Objects in a bucket.

use tokio::runtime::Runtime;

use crate::source::{Bucket, Put, S3Options};

pub(super) fn write(bucket: &str, key: &str, bytes: &[u8], content_type: &str) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let bucket = Bucket::open(bucket, key, S3Options::default(), runtime.handle().clone())?;
    bucket.put(key, bytes, Some(content_type), Put::Always)?;
    Ok(())
}
