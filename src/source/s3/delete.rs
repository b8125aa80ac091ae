//! Deletes objects.

use aws_sdk_s3::error::ProvideErrorMetadata;

use super::Bucket;
use crate::source::SourceError;

impl Bucket {
    /// Deletes an object; it is no error if there is none.
    pub fn delete(&self, key: &str) -> Result<(), SourceError> {
        let request =
            self.client.delete_object().bucket(&self.bucket).key(key).set_request_payer(self.payer());
        match self.runtime.block_on(request.send()) {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("AccessDenied") => Err(SourceError::Fatal(format!(
                "deleting {} is denied (AccessDenied): allow s3:DeleteObject on it",
                self.url(key)
            ))),
            Err(error) => Err(self.explain(key, &error)),
        }
    }
}
