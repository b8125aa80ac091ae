//! Dumps in an S3 bucket.

mod object;

use std::io::{self, Read};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use chrono::DateTime;
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;

use super::{Listing, Object, Source, SourceError};

/// How to reach S3. The rest comes from the AWS environment: region, profile, credentials, endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct S3Options {
    /// Send unsigned requests, as public buckets allow.
    pub anonymous: bool,
}

/// A bucket, or the part of it under a prefix.
#[derive(Debug)]
pub struct Bucket {
    client: Client,
    runtime: Handle,
    name: String,
    bucket: String,
    prefix: String,
    anonymous: bool,
}

impl Bucket {
    /// Prepares a client; nothing is sent yet. Requests run on the given runtime.
    pub fn open(bucket: &str, prefix: &str, options: S3Options, runtime: Handle) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(10))
            // With all that the SDK tries again; until the answer begins, its body may take longer.
            .operation_timeout(Duration::from_secs(25))
            .build();
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts);
        if options.anonymous {
            loader = loader.no_credentials();
        }
        let mut config = runtime.block_on(loader.load());
        if config.region().is_none() {
            // Without a region no request can be signed; S3 names the right one in its answer.
            config = config.into_builder().region(Region::new("us-east-1")).build();
        }
        // Servers other than AWS' seldom answer to a host name for each bucket.
        let path_style = config.endpoint_url().is_some();
        let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(path_style).build();
        Self {
            client: Client::from_conf(config),
            runtime,
            name: format!("s3://{bucket}"),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            anonymous: options.anonymous,
        }
    }

    fn explain<E>(&self, what: &str, error: SdkError<E>) -> SourceError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let location = if what.is_empty() { self.name.clone() } else { format!("{}/{what}", self.name) };
        let status = error.raw_response().map(|response| response.status().as_u16());
        let home = error
            .raw_response()
            .and_then(|response| response.headers().get("x-amz-bucket-region"))
            .map(ToOwned::to_owned);
        let code = error.code().unwrap_or_default().to_owned();
        // A refusal of one object says nothing about the others: the same credentials listed it.
        let refused: fn(String) -> SourceError =
            if what.is_empty() { SourceError::Fatal } else { SourceError::Unreadable };
        match (code.as_str(), status) {
            ("NoSuchBucket", _) => SourceError::Fatal(format!(
                "the bucket {} does not exist: check its name, and AWS_ENDPOINT_URL if it is set",
                self.name
            )),
            ("NoSuchKey", _) => SourceError::Gone(location),
            (_, Some(412)) => SourceError::Changed(location),
            (
                "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException",
                _,
            )
            | (_, Some(301 | 307)) => SourceError::Fatal(match home {
                Some(home) => format!("the bucket {} is in {home}: set AWS_REGION={home}", self.name),
                None => format!("the bucket {} is in another region: set AWS_REGION to it", self.name),
            }),
            ("ExpiredToken" | "InvalidToken", _) => {
                SourceError::Fatal("the AWS credentials have expired: renew them".to_owned())
            }
            ("InvalidObjectState", _) => refused(format!(
                "{location} is archived: restore it, or narrow the prefix so that it is left out"
            )),
            // A gateway may compute another signature for a key with unusual characters, and only for that.
            ("InvalidAccessKeyId" | "SignatureDoesNotMatch", _) => refused(format!(
                "S3 does not accept the AWS credentials for {location} ({code}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            )),
            ("RequestTimeTooSkewed", _) => SourceError::Fatal(
                "S3 refuses requests from this machine: its clock is wrong, set it".to_owned(),
            ),
            (_, Some(403)) if self.anonymous => refused(format!(
                "access to {location} is denied to everyone ({code}): leave out --anonymous, and use AWS credentials that may s3:ListBucket and s3:GetObject"
            )),
            (_, Some(403)) => refused(format!(
                "access to {location} is denied ({code}): allow s3:ListBucket on the bucket and s3:GetObject on its objects, or pass --anonymous if it is public"
            )),
            (_, Some(404)) if what.is_empty() => SourceError::Fatal(format!(
                "there is no S3 that could list {location}, only a server that answers 404: check AWS_ENDPOINT_URL"
            )),
            (_, Some(404)) => SourceError::Gone(location),
            (_, Some(status)) if status < 500 && !matches!(status, 408 | 429) && code != "RequestTimeout" => {
                refused(format!("S3 refused the request for {location}: {status} {code}"))
            }
            (_, Some(status)) => {
                SourceError::Transient(format!("S3 is not well: {status} {code} for {location}"))
            }
            (_, None) => match credentials_error(&error) {
                Some(CredentialsError::CredentialsNotLoaded(_)) => SourceError::Fatal(format!(
                    "there are no AWS credentials to read {location} with: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous if the bucket is public"
                )),
                Some(cause) => SourceError::Fatal(format!(
                    "the AWS credentials to read {location} with cannot be loaded: {}; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous if the bucket is public",
                    root_cause(cause)
                )),
                None => SourceError::Transient(format!(
                    "cannot reach S3 for {location}: {}; check the network, and AWS_ENDPOINT_URL if it is set",
                    root_cause(&error)
                )),
            },
        }
    }
}

impl Source for Bucket {
    fn name(&self) -> &str {
        &self.name
    }

    fn list(&self) -> Result<Listing, SourceError> {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(&self.prefix)
            .into_paginator()
            .page_size(1_000)
            .send();
        let mut objects = Vec::new();
        while let Some(page) = self.runtime.block_on(pages.next()) {
            let page = page.map_err(|error| self.explain("", error))?;
            for listed in page.contents() {
                // A listing without these would be no listing of S3's.
                let (Some(key), Some(tag), Some(modified)) =
                    (listed.key(), listed.e_tag(), listed.last_modified())
                else {
                    return Err(SourceError::Fatal(format!(
                        "{} lists an object without key, ETag or date",
                        self.name
                    )));
                };
                let archived = object::is_archived_in_listing(listed);
                objects.push(object(key, listed.size(), tag, modified, archived));
            }
        }
        Ok(objects.into())
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        let head = self
            .runtime
            .block_on(self.client.head_object().bucket(&self.bucket).key(key).send())
            .map_err(|error| self.explain(key, error))?;
        match (head.e_tag(), head.last_modified()) {
            (Some(tag), Some(modified)) => {
                Ok(object(key, head.content_length(), tag, modified, object::is_archived(&head)))
            }
            _ => Err(SourceError::Unreadable(format!("{}/{key} has no ETag or no date", self.name))),
        }
    }

    fn open(&self, object: &Object) -> Result<Box<dyn Read + Send>, SourceError> {
        let answer = self
            .runtime
            .block_on(
                self.client
                    .get_object()
                    .bucket(&self.bucket)
                    .key(&object.key)
                    // Exactly the bytes that were listed, or none.
                    .if_match(&object.fingerprint)
                    .send(),
            )
            .map_err(|error| self.explain(&object.key, error))?;
        let body = SyncIoBridge::new_with_handle(answer.body.into_async_read(), self.runtime.clone());
        Ok(Box::new(io::BufReader::with_capacity(64 * 1024, body)))
    }
}

fn object(
    key: &str,
    size: Option<i64>,
    tag: &str,
    modified: &aws_sdk_s3::primitives::DateTime,
    archived: bool,
) -> Object {
    Object {
        key: key.to_owned(),
        size: size.unwrap_or_default().max(0).cast_unsigned(),
        modified_at: DateTime::from_timestamp(modified.secs(), modified.subsec_nanos()).unwrap_or_default(),
        fingerprint: tag.to_owned(),
        archived,
    }
}

/// What kept the credentials from being loaded, if that is why nothing was sent.
fn credentials_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// The innermost cause, which is the one that says something.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let cause = causes(error).last().map(ToString::to_string).unwrap_or_default();
    cause.trim_end_matches('.').to_owned()
}

fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}
