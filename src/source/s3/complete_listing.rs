//! Checks that a listing is complete.

use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;

/// Rejects a listing that is cut off, which the SDK would take for a complete one. The SDK then retries, as after a lost
/// connection.
#[derive(Debug)]
pub(super) struct CompleteListing;

#[dyn_dispatch_hint]
impl Intercept for CompleteListing {
    fn name(&self) -> &'static str {
        "CompleteListing"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if context.output_or_error().is_ok() && !is_complete(&String::from_utf8_lossy(body)) {
            return Err("it ends before the listing does".into());
        }
        Ok(())
    }
}

/// Whether the last tag closes the root.
fn is_complete(xml: &str) -> bool {
    xml.trim_end().rsplit_once('<').is_some_and(|(_, tag)| {
        let closes = tag.starts_with('/') || tag.ends_with("/>");
        closes && tag.contains("ListBucketResult") && tag.ends_with('>')
    })
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn only_the_tag_of_the_root_ends_a_listing() {
        let complete = "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>";
        for end in 0..complete.len() {
            assert!(!is_complete(&complete[..end]), "{end}");
        }
        assert!(is_complete(complete));
        assert!(is_complete("<s3:ListBucketResult xmlns:s3=\"x\"></s3:ListBucketResult>\r\n"));
        assert!(is_complete("<ListBucketResult xmlns=\"x\"/>"));
    }
}
