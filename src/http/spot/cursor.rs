//! Cursors: where a page ended, as an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The cursor of a position.
pub(super) fn write(position: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// The position of a cursor; or what to write instead.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let json = URL_SAFE_NO_PAD.decode(text).ok();
    // No escapes: they could encode a NUL, which no database text can contain.
    let json = json.filter(|json| !json.contains(&b'\\'));
    let position = json.and_then(|json| serde_json::from_slice(&json).ok());
    position.ok_or_else(|| "invalid cursor: write `next` of the page before, unchanged".to_owned())
}

/// The cursor of the next page: that of the last on this one, if it is full.
pub(super) fn next<T, P: Serialize>(page: &[T], limit: usize, position: impl Fn(&T) -> P) -> Option<String> {
    page.last().filter(|_| page.len() >= limit).map(|last| write(&position(last)))
}
