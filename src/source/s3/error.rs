//! Turns errors of S3 into a [`SourceError`] with advice.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::Bucket;
use crate::aws::{causes, connection_advice, credentials_problem, inner_causes, root_cause};
use crate::source::SourceError::{self, Changed, Deleted, Fatal, Transient, Unreadable};

/// An error response.
#[derive(Debug, Default)]
struct ErrorResponse<'r> {
    status: u16,
    /// S3's name for the reason; may be empty.
    code: &'r str,
    /// S3's own explanation; may be empty.
    message: &'r str,
    /// The region the bucket is in.
    bucket_region: Option<&'r str>,
}

impl Bucket {
    /// Explains an error of a request about the bucket, or about one key if there is one.
    pub(super) fn explain<E>(&self, key: &str, error: &SdkError<E>) -> SourceError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(cause) = causes(error).find_map(|cause| cause.downcast_ref()) {
            return self.no_credentials(key, cause);
        }
        match (error, error.raw_response()) {
            (SdkError::ConstructionFailure(_), _) => error_for(key)(format!(
                "cannot make a request for {}: {}",
                self.url(key),
                inner_causes(error)
            )),
            (_, Some(response)) if response.status().is_success() => self.unreadable(key, response, error),
            (_, Some(response)) => self.explain_response(
                key,
                &ErrorResponse {
                    status: response.status().as_u16(),
                    code: error.code().unwrap_or_default(),
                    message: error.message().unwrap_or_default(),
                    bucket_region: response.headers().get("x-amz-bucket-region"),
                },
            ),
            (_, None) => self.unreachable(key, &root_cause(error)),
        }
    }

    /// Explains an error code of S3.
    fn explain_response(&self, key: &str, response: &ErrorResponse<'_>) -> SourceError {
        let (name, location) = (&self.name, self.url(key));
        let ErrorResponse { status, code, message, bucket_region } = *response;
        let code_or_status = if code.is_empty() { status.to_string() } else { code.to_owned() };
        let status_and_code = format!("{status} {code}").trim_end().to_owned();
        // The message of S3, if there is one.
        let message = message.trim_end_matches('.');
        let details = if message.is_empty() { String::new() } else { format!(": {message}") };
        let error = error_for(key);
        let wrong_credentials = format!(
            "S3 does not accept the AWS credentials for {location} ({code}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        );
        match (code, status) {
            // The bucket.
            ("NoSuchBucket", _) => Fatal(format!(
                "the bucket {name} does not exist: check its name, and AWS_ENDPOINT_URL if it is set"
            )),
            ("NoSuchAccessPoint", _) => {
                Fatal(format!("the access point {name} does not exist: check its ARN"))
            }
            (
                "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException",
                _,
            )
            | (_, 301 | 307) => Fatal(match bucket_region {
                Some(region) => format!("the bucket {name} is in {region}: set AWS_REGION={region}"),
                None => format!("the bucket {name} is in another region: set AWS_REGION to it"),
            }),
            ("AllAccessDisabled" | "InvalidPayer", _) => Fatal(format!(
                "AWS has disabled all access to {location} ({code}): its owner has to ask AWS Support"
            )),

            // One object.
            ("NoSuchKey", _) => Deleted(location),
            (_, 412) => Changed(location),
            ("InvalidObjectState", _) => SourceError::archived(&location),
            (code, _) if code.starts_with("KMS.") => error(format!(
                "the key that {location} is encrypted with cannot be used ({code}{details}): enable it, or narrow the prefix"
            )),

            // Credentials, account and clock.
            ("ExpiredToken" | "TokenRefreshRequired", _) => {
                Fatal("the AWS credentials have expired: renew them".to_owned())
            }
            ("InvalidToken", _) => Fatal(format!(
                "S3 does not accept the session token of the AWS credentials for {location} (InvalidToken): check AWS_SESSION_TOKEN, or AWS_PROFILE"
            )),
            ("InvalidAccessKeyId", _) => Fatal(wrong_credentials),
            // A gateway may compute another signature for a key with unusual characters, and only for that.
            ("SignatureDoesNotMatch", _) => error(wrong_credentials),
            ("AccountProblem", _) => Fatal(format!(
                "something is wrong with the AWS account that requests {location} (AccountProblem): ask AWS Support, or use another account"
            )),
            ("NotSignedUp" | "OptInRequired", _) => Fatal(format!(
                "the AWS account that requests {location} is not signed up for S3 ({code}): sign it up, or use another account"
            )),
            ("RequestTimeTooSkewed", _) => {
                Fatal("S3 rejects requests from this machine: its clock is wrong, set it".to_owned())
            }
            ("RequestExpired", _) => Fatal(format!(
                "the request for {location} had expired when it reached S3: set the clock of this machine, or look for what delays its requests"
            )),

            // Any other response.
            (_, 407) => Fatal(format!(
                "the proxy on the way to {location} requires credentials: write http://USER:PASSWORD@HOST:PORT in {}",
                self.proxy.unwrap_or("HTTPS_PROXY")
            )),
            (_, 403) if self.options.anonymous => error(format!(
                "access to {location} is denied to everyone ({code_or_status}): leave out --anonymous, and use AWS credentials that may s3:ListBucket and s3:GetObject"
            )),
            (_, 403) => error(format!(
                "access to {location} is denied ({code_or_status}): allow s3:ListBucket on the bucket and s3:GetObject on its objects, or pass --anonymous if it is public"
            )),
            (_, 404) if key.is_empty() => {
                Fatal(format!("the server cannot list {location}, and returns 404: check AWS_ENDPOINT_URL"))
            }
            (_, 404) => Deleted(location),
            (_, 408 | 429 | 500..) | ("RequestTimeout", _) => {
                Transient(format!("S3 failed: {status_and_code} for {location}{details}"))
            }
            _ => error(format!("S3 rejected the request for {location}: {status_and_code}{details}")),
        }
    }

    /// Explains a response that is not one of S3.
    fn unreadable(&self, key: &str, response: &HttpResponse, error: &(dyn Error + 'static)) -> SourceError {
        let cause = root_cause(error);
        // The rest only repeats the body.
        let cause = cause.split(" but got").next().unwrap_or_default();
        let location = self.url(key);
        let Some(body) = response.body().bytes() else {
            // The connection broke.
            return self.unreachable(key, cause);
        };
        let text = String::from_utf8_lossy(body);
        if let Some(code) = text.contains("<Error>").then(|| element(&text, "Code")).flatten() {
            let message = element(&text, "Message").unwrap_or_default().trim_end_matches('.');
            return Transient(format!("S3 failed: 200, but {code} for {location}: {message}"));
        }
        let begin: String = text.trim_start().chars().take(60).collect();
        let found = if begin.is_empty() { "it is empty".to_owned() } else { format!("it begins {begin:?}") };
        error_for(key)(format!(
            "the response for {location} is not one of S3: {found} ({cause}); check AWS_ENDPOINT_URL, and the proxy if there is one"
        ))
    }

    fn unreachable(&self, key: &str, cause: &str) -> SourceError {
        let advice = connection_advice(cause, self.proxy);
        Transient(format!("cannot reach S3 for {}: {cause}; {advice}", self.url(key)))
    }

    fn no_credentials(&self, key: &str, error: &CredentialsError) -> SourceError {
        let purpose = format!("to read {} with", self.url(key));
        let advice = "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --anonymous if the bucket is public";
        Fatal(credentials_problem(&purpose, advice, error, self.sign_in.as_deref()))
    }
}

/// The kind of an error that concerns one object if there is a key, since the same credentials listed the others, and
/// the whole source if there is none.
fn error_for(key: &str) -> fn(String) -> SourceError {
    if key.is_empty() { Fatal } else { Unreadable }
}

/// The text of the first XML element of a name, as it is written.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.split_once(&format!("<{name}>"))?.1;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}
