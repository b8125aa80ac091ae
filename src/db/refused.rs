//! Whether the database refused a login: then no retry helps until somebody acts.

use diesel::ConnectionError;

use super::sqlstate::Sqlstate;

/// Whether the server asked for a password, and accepts the given one no longer, or not from this role.
///
/// By its SQLSTATE, which crates/pq-sys obtains: the message is in the server's language, and a server that is starting,
/// or has too many connections, refuses them as well.
pub fn is_password_refused(error: &ConnectionError) -> bool {
    let ConnectionError::BadConnection(message) = error else { return false };
    // PAM, with which RDS checks tokens, has the general code.
    [Sqlstate::INVALID_PASSWORD, Sqlstate::INVALID_AUTHORIZATION]
        .iter()
        .any(|code| message.contains(&shown(*code)))
}

/// Joins the lines of a libpq message, without its question to the user, and with the SQLSTATE at the end of its line.
pub(super) fn in_one_line(error: ConnectionError) -> ConnectionError {
    match error {
        ConnectionError::BadConnection(text) => {
            let lines = text.lines().map(str::trim);
            let lines = lines.filter(|line| {
                let is_for_developers = line.starts_with("LOCATION:");
                !line.is_empty() && !line.starts_with("Is the server running") && !is_for_developers
            });
            let lines: Vec<String> = lines.map(with_code_last).collect();
            ConnectionError::BadConnection(lines.join(", "))
        }
        other => other,
    }
}

/// `FATAL:  28P01: message` as `FATAL:  message (SQLSTATE 28P01)`.
fn with_code_last(line: &str) -> String {
    let parts = line.split_once(":  ").and_then(|(begin, rest)| {
        let (code, message) = rest.split_once(": ")?;
        Some(format!("{begin}:  {message} {}", shown(Sqlstate::parse(code)?)))
    });
    parts.unwrap_or_else(|| line.to_owned())
}

fn shown(code: Sqlstate) -> String {
    format!("(SQLSTATE {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> (String, bool) {
        let error = in_one_line(ConnectionError::BadConnection(message.to_owned()));
        (error.to_string(), is_password_refused(&error))
    }

    #[test]
    fn only_a_refused_login_counts() {
        for (message, line, refused) in [
            (
                "connection to server at \"h\", port 5432 failed: FATAL:  28P01: Passwort-Authentifizierung für Benutzer »u« fehlgeschlagen\nLOCATION:  auth_failed, auth.c:330\n",
                "connection to server at \"h\", port 5432 failed: FATAL:  Passwort-Authentifizierung für Benutzer »u« fehlgeschlagen (SQLSTATE 28P01)",
                true,
            ),
            (
                "FATAL:  28000: PAM authentication failed for user \"u\"\n",
                "FATAL:  PAM authentication failed for user \"u\" (SQLSTATE 28000)",
                true,
            ),
            (
                "FATAL:  53300: sorry, too many clients already",
                "FATAL:  sorry, too many clients already (SQLSTATE 53300)",
                false,
            ),
            // No password was asked for.
            (
                "FATAL:  the database system is in recovery mode",
                "FATAL:  the database system is in recovery mode",
                false,
            ),
            (
                "connection to server at \"h\", port 1 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
                "connection to server at \"h\", port 1 failed: Connection refused",
                false,
            ),
        ] {
            assert_eq!(read(message), (line.to_owned(), refused));
        }
    }
}
