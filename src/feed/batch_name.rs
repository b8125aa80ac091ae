//! The end of the names of dumps that come in batches: `<YYYYMMDD>_<batch>`.

use chrono::NaiveDate;

/// Bytes of a batch name.
const MAX_BATCH_NAME: usize = 64;

/// The day of such a name, before its suffix.
///
/// # Errors
///
/// What is wrong with the name.
pub(super) fn parse(parts: &str) -> Result<NaiveDate, String> {
    let (day, batch) =
        parts.split_once('_').ok_or_else(|| "the key does not have a day and a batch".to_owned())?;
    let is_batch = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if batch.is_empty() || batch.len() > MAX_BATCH_NAME || !batch.bytes().all(is_batch) {
        return Err(format!("`{batch}` is not a batch of 1 to {MAX_BATCH_NAME} letters, digits and dashes"));
    }
    Some(day)
        .filter(|day| day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok())
        .ok_or_else(|| format!("`{day}` is not a date"))
}
