//! The URL of the database, which may contain a password.

use std::fmt;

use percent_encoding::percent_decode_str;

/// A `postgres://` URL as libpq reads it, several hosts and all. Never printed whole.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Reads a URL, and adds a `connect_timeout` unless it has one: libpq would
    /// wait for a silent host for minutes.
    ///
    /// Nothing if it is not a `postgres://` or `postgresql://` URL, or one whose password is not
    /// percent-encoded: libpq would take part of it for a host or a port, and print that.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"))?;
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, _) = address.rsplit_once('@').unwrap_or_default();
        let mut parameters = query.split('&').filter(|parameter| !parameter.is_empty());
        if user.contains(['/', '@', '#']) || parameters.any(|parameter| !parameter.contains('=')) {
            return None;
        }
        Some(Self(match (text.contains("connect_timeout="), text.contains('?')) {
            (true, _) => text.to_owned(),
            (false, true) => format!("{text}&connect_timeout=10"),
            (false, false) => format!("{text}?connect_timeout=10"),
        }))
    }

    /// The URL with its password.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// The URL without its password, and the password, for a program that reads the one from its
    /// command line and the other from its environment.
    pub fn split_password(&self) -> (String, Option<String>) {
        let (address, query) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (scheme, rest) = address.split_once("://").unwrap_or(("postgres", address));
        let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (user, mut password) = match user.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (user, None),
        };
        let mut parameters = Vec::new();
        for parameter in query.split('&') {
            match parameter.split_once('=') {
                Some(("password", value)) => password = Some(value),
                _ => parameters.push(parameter),
            }
        }
        let at = if user.is_empty() { "" } else { "@" };
        let url = format!("{scheme}://{user}{at}{host}?{}", parameters.join("&"));
        (url, password.map(|password| percent_decode_str(password).decode_utf8_lossy().into_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connecting_always_has_a_limit() {
        let secret = |text: &str| DatabaseUrl::parse(text).map(|url| url.secret().to_owned()).unwrap();
        assert_eq!(secret("postgres://h/d\n"), "postgres://h/d?connect_timeout=10");
        assert_eq!(
            secret("postgresql://h/d?sslmode=verify-full"),
            "postgresql://h/d?sslmode=verify-full&connect_timeout=10"
        );
        assert_eq!(secret("postgres://h/d?connect_timeout=3"), "postgres://h/d?connect_timeout=3");
        assert_eq!(DatabaseUrl::parse("host=h dbname=d"), None);
        for raw in
            ["postgres://u:p/w@h/d", "postgres://u:p@w@h/d", "postgres://u:p?w@h/d", "postgres://u:p#w@h/d"]
        {
            assert_eq!(DatabaseUrl::parse(raw), None, "{raw}");
        }
    }

    #[test]
    fn the_password_is_not_printed() {
        let url = DatabaseUrl::parse("postgres://u:secret@h/d").unwrap();
        assert_eq!(format!("{url:?}"), "DatabaseUrl(…)");
    }

    #[test]
    fn the_password_is_split_off() {
        let split = |text: &str| {
            let (url, password) = DatabaseUrl::parse(text).unwrap().split_password();
            (url.replace("?connect_timeout=10", "").replace("&connect_timeout=10", ""), password)
        };
        let secret = Some("s@/e".to_owned());
        assert_eq!(split("postgres://u:s%40%2Fe@h:5/d"), ("postgres://u@h:5/d".to_owned(), secret.clone()));
        assert_eq!(
            split("postgres://u@a,b/d?x=1&password=s%40/e"),
            ("postgres://u@a,b/d?x=1".to_owned(), secret)
        );
        assert_eq!(split("postgres:///d?host=/run"), ("postgres:///d?host=/run".to_owned(), None));
    }
}
