//! Whether the database refused a login: then no retry helps until somebody acts.

use diesel::ConnectionError;

/// Whether the server refused the password.
///
/// libpq passes no code on, so this goes by the text: a server whose messages are not in English is retried for ever.
pub fn is_password_refused(error: &ConnectionError) -> bool {
    matches!(error, ConnectionError::BadConnection(text) if text.contains("password authentication failed"))
}
