//! What senders do to an event that makes it none.

use crate::feed::draws::Draws;

/// Makes an event malformed in one of several ways. The text has no line end.
pub(super) fn malformed(event: &str, draws: &mut Draws) -> String {
    match draws.below(6) {
        0 => event[..event.len() / 2].to_owned(),
        1 => format!("[{event}]"),
        2 => event.replacen("\"anonymous_id\":", "\"anonymousId\":", 1),
        3 => event.replacen("\"id\":\"", "\"id\":\"#", 1),
        4 => event.replacen("\"timestamp\":\"", "\"timestamp\":\"on ", 1),
        _ => event.replacen("\"event\":\"", "\"event\":null,\"name\":\"", 1),
    }
}
