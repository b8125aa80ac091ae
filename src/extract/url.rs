//! Where an object is.

/// The URL or path of a key at a destination.
pub(super) fn url(destination: &str, key: &str) -> String {
    format!("{}/{key}", destination.trim_end_matches('/'))
}
