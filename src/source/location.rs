//! The SOURCE argument: a bucket, a directory or a file.

use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// A source to import from, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `s3://bucket/prefix`.
    S3 {
        /// Name of the bucket, alias of an access point, or its ARN.
        bucket: String,
        /// What keys must begin with; may be empty.
        prefix: String,
    },
    /// A directory or a file, optionally written as `file:///path`.
    Path(PathBuf),
}

/// Why a SOURCE is invalid.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LocationError {
    /// `s3://` without a bucket.
    #[error("`{0}` has no bucket: write s3://BUCKET or s3://BUCKET/PREFIX")]
    NoBucket(String),
    /// The name of the bucket is invalid.
    #[error(
        "the name of the bucket in {0:?} has a space, a line break or another invalid character: correct it"
    )]
    InvalidBucketName(String),
    /// The ARN is not of an access point.
    #[error(
        "`{0}` is not the ARN of an access point: write s3://BUCKET/PREFIX or s3://arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/PREFIX"
    )]
    NotAnAccessPoint(String),
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
                let (bucket, prefix) = if rest.starts_with("arn:") {
                    split_arn(rest).ok_or_else(|| LocationError::NotAnAccessPoint(text.to_owned()))?
                } else {
                    rest.split_once('/').unwrap_or((rest, ""))
                };
                if bucket.is_empty() {
                    return Err(LocationError::NoBucket(text.to_owned()));
                }
                // A secret or file with the name in it may end with a line break.
                if !bucket.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(LocationError::InvalidBucketName(text.to_owned()));
                }
                Ok(Location::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
            }
            Some(("file", path)) => Ok(Location::Path(PathBuf::from(path))),
            Some(_) => Err(LocationError::UnknownScheme(text.to_owned())),
            None => Ok(Location::Path(PathBuf::from(text))),
        }
    }
}

/// Splits the ARN of an access point from the prefix after it: both have slashes.
///
/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:accesspoint/NAME`, on Outposts `…:outpost/ID/accesspoint/NAME`. The
/// slashes in it may be colons.
fn split_arn(text: &str) -> Option<(&str, &str)> {
    let resource = text.match_indices(':').nth(4)?.0 + 1;
    let parts = if text[resource..].starts_with("outpost") { 4 } else { 2 };
    let kind = text[resource..].split(['/', ':']).nth(parts - 2)?;
    let end = text[resource..].match_indices(['/', ':']).nth(parts - 1);
    let (arn, prefix) = match end {
        Some((end, _)) => (&text[..resource + end], &text[resource + end + 1..]),
        None => (text, ""),
    };
    let name = arn[resource..].split(['/', ':']).nth(parts - 1)?;
    (kind == "accesspoint" && !name.is_empty()).then_some((arn, prefix))
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
        for wrong in ["s3://b\n", "s3://b c/x", "s3://bücket"] {
            assert_eq!(wrong.parse::<Location>(), Err(LocationError::InvalidBucketName(wrong.to_owned())));
        }
        assert_eq!("s3://b/c d".parse(), s3("b", "c d"));
        assert!(matches!("gs://x".parse::<Location>(), Err(LocationError::UnknownScheme(_))));
        assert_eq!("".parse::<Location>(), Err(LocationError::Empty));
    }

    #[test]
    fn reads_access_points() {
        let check = |bucket: &str, rest: &str, prefix: &str| {
            let location = Location::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() };
            assert_eq!(format!("s3://{bucket}{rest}").parse(), Ok(location));
        };
        for arn in [
            "arn:aws:s3:eu-west-3:123456789012:accesspoint/prices",
            "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint:prices",
            "arn:aws:s3-object-lambda:eu-west-3:123456789012:accesspoint/prices",
            "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
            "arn:aws:s3-outposts:eu-west-3:123456789012:outpost/op-01/accesspoint/prices",
            "arn:aws:s3-outposts:eu-west-3:123456789012:outpost:op-01:accesspoint:prices",
            "prices-abcdefghij1234567890-s3alias",
        ] {
            check(arn, "", "");
            check(arn, "/", "");
            check(arn, "/daily/2020", "daily/2020");
            check(arn, "/a:b/c", "a:b/c");
        }
        for wrong in [
            "s3://arn:aws:s3:::prices",
            "s3://arn:aws:s3:::prices/daily",
            "s3://arn:aws:s3:eu-west-3:123456789012:accesspoint",
            "s3://arn:aws:s3:eu-west-3:123456789012:accesspoint/",
            "s3://arn:aws:s3:eu-west-3:123456789012:accesspoint//x",
            "s3://arn:aws:s3",
            "s3://arn:/x",
        ] {
            assert_eq!(wrong.parse::<Location>(), Err(LocationError::NotAnAccessPoint(wrong.to_owned())));
        }
    }
}
