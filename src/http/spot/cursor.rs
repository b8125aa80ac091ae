//! Where a page ended, as a text that only Landfall reads.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The text of a place.
pub(super) fn write(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// The place of a text; else what to write.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let json = URL_SAFE_NO_PAD.decode(text).ok();
    // Only text that a database takes: JSON may spell a NUL.
    let json = json.filter(|json| !json.contains(&b'\\'));
    let place = json.and_then(|json| serde_json::from_slice(&json).ok());
    place.ok_or_else(|| "invalid cursor: write `next` of the page before, as it is".to_owned())
}

/// The cursor of the next page: that of the last on this one, if it is full.
pub(super) fn next<T, P: Serialize>(page: &[T], limit: usize, place: impl Fn(&T) -> P) -> Option<String> {
    page.last().filter(|_| page.len() >= limit).map(|last| write(&place(last)))
}
