//! Texts in dumps: which of them a database can store, and how much of them a reason shows.

use super::RecordError;

/// The limit of a text of a record; real ones are shorter than 40.
const MAX_TEXT_BYTES: usize = 255;

/// A text that a database can store, or why it cannot.
pub(super) fn text<'t>(field: &'static str, bytes: &'t [u8]) -> Result<&'t str, RecordError> {
    let error = |reason: String| RecordError { reason, field: Some(field), ..RecordError::default() };
    let text = std::str::from_utf8(bytes).map_err(|_| error("the text is not UTF-8".to_owned()))?;
    if text.is_empty() {
        return Err(error("the text is empty".to_owned()));
    }
    if text.len() > MAX_TEXT_BYTES {
        return Err(error(format!("the text is longer than {MAX_TEXT_BYTES} bytes")));
    }
    if text.contains(char::is_control) {
        return Err(error(format!("the text {text:?} has a control character")));
    }
    Ok(text)
}

/// Keeps a reason readable when the offending text is not.
pub(super) fn shorten(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let shown: String = text.chars().take(40).flat_map(char::escape_default).collect();
    if text.chars().nth(40).is_some() { format!("{shown}…") } else { shown }
}
