//! What S3 says of an object, in a listing or about it alone.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ArchiveStatus, Object as Listed, ObjectStorageClass, StorageClass};

/// Whether a listing shows an object in an archive, and no restored copy of it.
///
/// A listing does not tell the archive tiers of `INTELLIGENT_TIERING`: reading such an object fails.
pub(super) fn is_archived_in_listing(listed: &Listed) -> bool {
    let archived =
        matches!(listed.storage_class(), Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive));
    // Only a finished restore has a day on which its copy expires.
    let restored = listed.restore_status().is_some_and(|status| status.restore_expiry_date().is_some());
    archived && !restored
}

/// Whether an object is in an archive, and has no restored copy.
pub(super) fn is_archived(head: &HeadObjectOutput) -> bool {
    let archived = matches!(head.storage_class(), Some(StorageClass::Glacier | StorageClass::DeepArchive))
        || matches!(
            head.archive_status(),
            Some(ArchiveStatus::ArchiveAccess | ArchiveStatus::DeepArchiveAccess)
        );
    let restored = head.restore().is_some_and(|restore| restore.contains("ongoing-request=\"false\""));
    archived && !restored
}
