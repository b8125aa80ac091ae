//! Checks that a listing was received to its end.

use aws_sdk_s3::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;

/// Rejects a listing that is cut off, which the SDK would take for a whole one. The SDK then retries, as after a lost
/// connection.
#[derive(Debug)]
pub(super) struct WholeListing;

#[dyn_dispatch_hint]
impl Intercept for WholeListing {
    fn name(&self) -> &'static str {
        "WholeListing"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        if context.output_or_error().is_ok() && !has_end(&String::from_utf8_lossy(body)) {
            return Err("it ends before the listing does".into());
        }
        Ok(())
    }
}

/// Whether the last tag closes the root.
fn has_end(xml: &str) -> bool {
    xml.trim_end().rsplit_once('<').is_some_and(|(_, tag)| {
        let closes = tag.starts_with('/') || tag.ends_with("/>");
        closes && tag.contains("ListBucketResult") && tag.ends_with('>')
    })
}

#[cfg(test)]
mod tests {
    use super::has_end;

    #[test]
    fn only_the_tag_of_the_root_ends_a_listing() {
        let whole = "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>";
        for end in 0..whole.len() {
            assert!(!has_end(&whole[..end]), "{end}");
        }
        assert!(has_end(whole));
        assert!(has_end("<s3:ListBucketResult xmlns:s3=\"x\"></s3:ListBucketResult>\r\n"));
        assert!(has_end("<ListBucketResult xmlns=\"x\"/>"));
    }
}
