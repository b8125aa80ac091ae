//! The file that names the current metadata.

use super::error::PublishError;
use super::target::Target;

/// Tells those who read the table without a catalog which metadata are current. It is written each time: the one who committed them
/// may have ended before this.
pub(super) fn write_hint(target: &Target<'_>, metadata: &str) -> Result<(), PublishError> {
    let name = metadata.rsplit('/').next().unwrap_or(metadata);
    let version = name.strip_suffix(".metadata.json").unwrap_or(name);
    let key = format!("{}/metadata/version-hint.text", target.feed);
    Ok(target.sink.put(&key, version.as_bytes())?)
}
