//! Texts in dumps: which of them a database can hold, and how much of them a reason shows.

use super::RecordError;

/// No text of a record may be longer, in bytes; real ones stay under 40.
const LONGEST: usize = 255;

/// A text that a database can hold, or why it is none.
pub(super) fn text<'t>(field: &'static str, bytes: &'t [u8]) -> Result<&'t str, RecordError> {
    let refuse = |reason: String| RecordError { reason, field: Some(field), ..RecordError::default() };
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("the text is not UTF-8".to_owned()))?;
    if text.is_empty() {
        return Err(refuse("the text is empty".to_owned()));
    }
    if text.len() > LONGEST {
        return Err(refuse(format!("the text is longer than {LONGEST} bytes")));
    }
    if text.contains(char::is_control) {
        return Err(refuse(format!("the text {text:?} holds a control character")));
    }
    Ok(text)
}

/// Keeps a reason readable when the offending text is not.
pub(super) fn shorten(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let shown: String = text.chars().take(40).flat_map(char::escape_default).collect();
    if text.chars().nth(40).is_some() { format!("{shown}…") } else { shown }
}
