//! Objects from a listing or a HEAD request.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives;
use aws_sdk_s3::types::{ArchiveStatus, Object as Listed, ObjectStorageClass, StorageClass};
use chrono::{DateTime, Utc};

use crate::source::Object;

/// An object of a listing, unless it has no key.
///
/// One without ETag, size or date has no fingerprint: the version that is read would be unknown.
pub(super) fn from_listing(listed: Listed) -> Option<Object> {
    let archived = is_archived_in_listing(&listed);
    let modified_at = listed.last_modified.and_then(|time| instant(&time));
    let size = listed.size.and_then(|size| u64::try_from(size).ok());
    let fingerprint = listed.e_tag.filter(|_| modified_at.is_some() && size.is_some());
    Some(Object {
        key: listed.key?,
        size: size.unwrap_or_default(),
        modified_at: modified_at.unwrap_or_default(),
        fingerprint: fingerprint.unwrap_or_default(),
        archived,
    })
}

/// An object of a HEAD request, unless ETag, size or date are missing.
pub(super) fn from_head(key: &str, head: &HeadObjectOutput) -> Option<Object> {
    Some(Object {
        key: key.to_owned(),
        size: u64::try_from(head.content_length()?).ok()?,
        modified_at: instant(head.last_modified()?)?,
        fingerprint: head.e_tag().filter(|tag| !tag.is_empty())?.to_owned(),
        archived: is_archived(head),
    })
}

fn instant(time: &primitives::DateTime) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.secs(), time.subsec_nanos())
}

/// Whether a listing shows an object in an archive, and no restored copy of it.
///
/// A listing does not show the archive tiers of `INTELLIGENT_TIERING`: reading such an object fails.
fn is_archived_in_listing(listed: &Listed) -> bool {
    let archived =
        matches!(listed.storage_class(), Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive));
    // Only a finished restore has a day on which its copy expires.
    let restored = listed.restore_status().is_some_and(|status| status.restore_expiry_date().is_some());
    archived && !restored
}

/// Whether an object is in an archive, and has no restored copy.
fn is_archived(head: &HeadObjectOutput) -> bool {
    let archived = matches!(head.storage_class(), Some(StorageClass::Glacier | StorageClass::DeepArchive))
        || matches!(
            head.archive_status(),
            Some(ArchiveStatus::ArchiveAccess | ArchiveStatus::DeepArchiveAccess)
        );
    let restored = head.restore().is_some_and(|restore| restore.contains("ongoing-request=\"false\""));
    archived && !restored
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::RestoreStatus;

    use super::*;

    fn listed(class: ObjectStorageClass) -> aws_sdk_s3::types::builders::ObjectBuilder {
        let time = primitives::DateTime::from_secs(1_600_000_000);
        Listed::builder().key("a").size(3).e_tag("\"x\"").last_modified(time).storage_class(class)
    }

    #[test]
    fn archives_need_a_restore() {
        let archived = |listed: Listed| from_listing(listed).unwrap().archived;
        for class in [ObjectStorageClass::Glacier, ObjectStorageClass::DeepArchive] {
            assert!(archived(listed(class.clone()).build()));
            let ongoing = RestoreStatus::builder().is_restore_in_progress(true).build();
            assert!(archived(listed(class.clone()).restore_status(ongoing).build()));
            let finished =
                RestoreStatus::builder().restore_expiry_date(primitives::DateTime::from_secs(9)).build();
            assert!(!archived(listed(class).restore_status(finished).build()));
        }
        for class in [ObjectStorageClass::Standard, ObjectStorageClass::GlacierIr, "NEW".into()] {
            assert!(!archived(listed(class).build()));
        }

        let head = HeadObjectOutput::builder().storage_class(StorageClass::Glacier);
        assert!(is_archived(&head.clone().build()));
        assert!(is_archived(&head.clone().restore("ongoing-request=\"true\"").build()));
        assert!(!is_archived(&head.restore("ongoing-request=\"false\", expiry-date=\"…\"").build()));
        let tier = HeadObjectOutput::builder().storage_class(StorageClass::IntelligentTiering);
        assert!(!is_archived(&tier.clone().build()));
        assert!(is_archived(&tier.archive_status(ArchiveStatus::ArchiveAccess).build()));
    }

    #[test]
    fn what_lacks_a_part_has_no_fingerprint() {
        let whole = listed(ObjectStorageClass::Standard);
        assert_eq!(from_listing(whole.clone().build()).unwrap().fingerprint, "\"x\"");
        for broken in [
            whole.clone().set_e_tag(None),
            whole.clone().set_size(None),
            whole.clone().size(-1),
            whole.clone().set_last_modified(None),
            whole.clone().last_modified(primitives::DateTime::from_secs(i64::MAX)),
        ] {
            assert_eq!(from_listing(broken.build()).unwrap().fingerprint, "");
        }
        assert_eq!(from_listing(whole.set_key(None).build()), None);
    }
}
