//! How long ago something was, for people.

/// Hours and minutes, or days and hours.
pub(super) fn lag(seconds: i64) -> String {
    let minutes = seconds / 60;
    if minutes < 48 * 60 {
        format!("{}h {:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d {}h", minutes / (24 * 60), minutes / 60 % 24)
    }
}
