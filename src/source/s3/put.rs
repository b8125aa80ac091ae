//! Writes whole objects.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;

use super::Bucket;
use crate::aws::{causes, credentials_problem};
use crate::source::SourceError;

/// What a request did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutResult {
    /// It wrote the object.
    Written,
    /// There is one under the key, or is about to be, which stays.
    Exists,
}

/// When an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// Also over one that is there.
    Always,
    /// Unless there is one under this key: then the one that is there stays, which is no error.
    IfMissing,
}

impl Bucket {
    /// Writes an object, with the type of its content if that is known. Once this returns [`PutResult::Written`], it is durable.
    pub fn put(
        &self,
        key: &str,
        body: &[u8],
        content_type: Option<&str>,
        when: Put,
    ) -> Result<PutResult, SourceError> {
        // The body is sent within these times, not only the response waited for.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(60))
            .operation_timeout(Duration::from_secs(120))
            .build();
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .set_content_type(content_type.map(ToOwned::to_owned))
            .set_if_none_match((when == Put::IfMissing).then(|| "*".to_owned()))
            .set_request_payer(self.payer())
            .body(ByteStream::from(body.to_vec()))
            .customize()
            .config_override(aws_sdk_s3::config::Builder::new().timeout_config(timeouts));
        match self.runtime.block_on(request.send()) {
            Ok(_) => Ok(PutResult::Written),
            Err(error)
                if when == Put::IfMissing
                    && error
                        .raw_response()
                        .is_some_and(|response| matches!(response.status().as_u16(), 409 | 412)) =>
            {
                Ok(PutResult::Exists)
            }
            Err(error) => Err(self.explain_put(key, &error)),
        }
    }

    pub(super) fn explain_put(&self, key: &str, error: &SdkError<PutObjectError>) -> SourceError {
        let location = self.url(key);
        if let Some(cause) = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
            let purpose = format!("to write {location} with");
            let advice = "set AWS_PROFILE or AWS_ACCESS_KEY_ID";
            return SourceError::Fatal(credentials_problem(&purpose, advice, cause, self.sign_in.as_deref()));
        }
        match error.code() {
            Some("AccessDenied") => SourceError::Fatal(format!(
                "writing {location} is denied (AccessDenied): allow s3:PutObject on it, and kms:GenerateDataKey on the key that the bucket is encrypted with, if it has one of your own"
            )),
            code if code != Some("NoSuchBucket")
                && error.raw_response().is_some_and(|response| response.status().as_u16() == 404) =>
            {
                SourceError::Fatal(format!(
                    "the server cannot write {location}, and returns 404: check AWS_ENDPOINT_URL"
                ))
            }
            _ => self.explain(key, error),
        }
    }
}
