//! The SOURCE argument: a bucket, a directory or a file.

use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// A place to import from, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `s3://bucket/prefix`.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// What keys must begin with; may be empty.
        prefix: String,
    },
    /// A directory or a file, optionally written as `file:///path`.
    Path(PathBuf),
}

/// A SOURCE that cannot be one.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LocationError {
    /// `s3://` without a bucket.
    #[error("`{0}` names no bucket: write s3://BUCKET or s3://BUCKET/PREFIX")]
    NoBucket(String),
    /// Any other scheme.
    #[error("`{0}` is neither s3://BUCKET/PREFIX nor a directory nor a file")]
    UnknownScheme(String),
    /// An empty argument.
    #[error("SOURCE is empty: write s3://BUCKET/PREFIX, a directory or a file")]
    Empty,
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        match text.split_once("://") {
            Some(("s3", rest)) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                if bucket.is_empty() {
                    return Err(LocationError::NoBucket(text.to_owned()));
                }
                Ok(Location::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
            }
            Some(("file", path)) => Ok(Location::Path(PathBuf::from(path))),
            Some(_) => Err(LocationError::UnknownScheme(text.to_owned())),
            None => Ok(Location::Path(PathBuf::from(text))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_buckets_and_paths() {
        let s3 = |bucket: &str, prefix: &str| {
            Ok(Location::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!("s3://b".parse(), s3("b", ""));
        assert_eq!("s3://b/".parse(), s3("b", ""));
        assert_eq!("s3://b/a/c".parse(), s3("b", "a/c"));
        assert_eq!("dumps".parse(), Ok(Location::Path("dumps".into())));
        assert_eq!("file:///dumps".parse(), Ok(Location::Path("/dumps".into())));
        assert!(matches!("s3:///x".parse::<Location>(), Err(LocationError::NoBucket(_))));
        assert!(matches!("gs://x".parse::<Location>(), Err(LocationError::UnknownScheme(_))));
        assert_eq!("".parse::<Location>(), Err(LocationError::Empty));
    }
}
