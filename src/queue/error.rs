//! Turns errors of SQS into a [`QueueError`] with advice.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::BatchResultErrorEntry;
use thiserror::Error;

use super::Queue;
use crate::aws::{SettingsError, causes, connection_advice, credentials_problem, inner_causes, root_cause};

/// Errors of a queue, by what to do about them.
#[derive(Debug, Error)]
pub enum QueueError {
    /// May work when it is tried again.
    #[error("{0}")]
    Transient(String),
    /// Nothing works until an operator acts; the message says what.
    #[error("{0}")]
    Fatal(String),
}

impl QueueError {
    pub(super) fn transient(error: impl ToString) -> Self {
        Self::Transient(error.to_string())
    }
}

impl From<SettingsError> for QueueError {
    fn from(error: SettingsError) -> Self {
        Self::Fatal(error.0)
    }
}

/// An error for the first entry of a batch that failed, if any did.
pub(super) fn of_first(failed: &[BatchResultErrorEntry]) -> Option<QueueError> {
    let first = failed.first()?;
    let (code, message) = (first.code(), first.message().unwrap_or_default());
    let failed = failed.len();
    Some(QueueError::Transient(format!("SQS failed for {failed} messages: {code}: {message}")))
}

impl Queue {
    /// Explains an error of a request that takes the permission for `action`.
    pub(super) fn explain<E>(&self, action: &str, error: &SdkError<E>) -> QueueError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        use QueueError::{Fatal, Transient};
        let url = &self.url;
        if let Some(cause) = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
            let purpose = format!("for {url}");
            let advice = "set AWS_PROFILE or AWS_ACCESS_KEY_ID";
            return Fatal(credentials_problem(&purpose, advice, cause, self.sign_in.as_deref()));
        }
        let Some(response) = error.raw_response() else {
            if matches!(error, SdkError::ConstructionFailure(_)) {
                return Fatal(format!("cannot make a request for {url}: {}", inner_causes(error)));
            }
            let cause = root_cause(error);
            let advice = connection_advice(&cause, self.proxy);
            return Transient(format!("cannot reach SQS for {url}: {cause}; {advice}"));
        };
        let status = response.status().as_u16();
        // `AWS.SimpleQueueService.NonExistentQueue` to old clients, `com.amazonaws.sqs#QueueDoesNotExist` to new ones.
        let code = error.code().unwrap_or_default().rsplit(['.', '#']).next().unwrap_or_default();
        let message = error.message().unwrap_or_default().trim_end_matches('.');
        let details = if message.is_empty() { String::new() } else { format!(": {message}") };
        match code {
            "NonExistentQueue" | "QueueDoesNotExist" => Fatal(format!(
                "the queue {url} does not exist: check its URL, with region and account, and AWS_ENDPOINT_URL if it is set"
            )),
            "InvalidAddress" => Fatal(format!("{url} is not the URL of a queue: correct it")),
            "AccessDenied" | "AccessDeniedException" if action == "sqs:SendMessage" => {
                Fatal(format!("access to {url} is denied ({code}): allow sqs:SendMessage on the queue"))
            }
            "AccessDenied" | "AccessDeniedException" => Fatal(format!(
                "access to {url} is denied ({code}): allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on the queue (this was {action})"
            )),
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "InvalidSecurity"
            | "IncompleteSignature" => Fatal(format!(
                "SQS does not accept the AWS credentials for {url} ({code}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            )),
            "ExpiredToken" | "ExpiredTokenException" => {
                Fatal("the AWS credentials have expired: renew them".to_owned())
            }
            "OptInRequired" => Fatal(format!(
                "the AWS account that requests {url} is not signed up for SQS or its region: sign it up, or use another account"
            )),
            code if code.starts_with("Kms") && code != "KmsThrottled" => Fatal(format!(
                "the key that {url} is encrypted with cannot be used ({code}{details}): allow kms:Decrypt on it"
            )),
            "" if response.status().is_success() => {
                Transient(format!("the response for {url} is not one of SQS: {}", root_cause(error)))
            }
            _ if status == 403 => Fatal(format!("access to {url} is denied ({status} {code}{details})")),
            // Too many requests, too many messages in hand, a server that fails, and whatever is new.
            _ => Transient(format!("SQS failed: {status} {code} for {url}{details}")),
        }
    }
}
