//! The URL of the database, which may contain a password.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::rds_token::{Login, region_of};

/// Returns a password for one login, or why there is none.
pub type Passwords = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// A password. Never printed.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// With its text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A `postgres://` URL as libpq reads it, several hosts and all. Never printed whole.
#[derive(Clone)]
pub struct DatabaseUrl {
    text: String,
    /// Where each login gets its password from, unless it is in the URL.
    passwords: Option<Passwords>,
}

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
        let text = match (text.contains("connect_timeout="), text.contains('?')) {
            (true, _) => text.to_owned(),
            (false, true) => format!("{text}&connect_timeout=10"),
            (false, false) => format!("{text}?connect_timeout=10"),
        };
        Some(Self { text, passwords: None })
    }

    /// The URL with its password.
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// The same URL, with another password for each login.
    pub fn with_passwords(self, passwords: Passwords) -> Self {
        Self { passwords: Some(passwords), ..self }
    }

    /// The same URL with a password; nothing if it has one.
    pub fn with_password(self, Password(password): Password) -> Option<Self> {
        let (_, own) = self.split_password().ok()?;
        own.is_none().then(|| self.with_passwords(Arc::new(move || Ok(password.clone()))))
    }

    /// Whether each login gets another password.
    pub fn has_passwords(&self) -> bool {
        self.passwords.is_some()
    }

    /// What libpq needs for one login.
    pub(super) fn for_login(&self) -> Result<Cow<'_, str>, String> {
        let Some(passwords) = &self.passwords else { return Ok((&self.text).into()) };
        let password = passwords()?;
        let password = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        Ok(format!("{}&password={password}", self.text).into())
    }

    /// Who logs in where, for a token that is valid for nothing else.
    ///
    /// # Errors
    ///
    /// The URL has a password already, not exactly one host, no user, or lets libpq connect without TLS, which would
    /// show the token to the network.
    pub fn token_login(&self) -> Result<Login, &'static str> {
        let (address, query) = self.text.split_once('?').unwrap_or((&self.text, ""));
        let parameter = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if !matches!(parameter("sslmode"), Some("verify-full" | "verify-ca" | "require")) {
            return Err(
                "add sslmode=verify-full, so that the token is sent encrypted, and to the database only",
            );
        }
        let authority = address.split_once("://").and_then(|(_, rest)| rest.split('/').next());
        let (user, host) = authority.and_then(|authority| authority.rsplit_once('@')).unwrap_or_default();
        if user.contains(':') || parameter("password").is_some() {
            return Err("leave out the password: the token takes its place");
        }
        let (host, port) = host.split_once(':').unwrap_or((host, "5432"));
        let moved = ["host", "port", "user"].into_iter().any(|name| parameter(name).is_some());
        match port.parse() {
            Ok(port) if !moved && !user.is_empty() && !host.is_empty() && !host.contains(['[', ',']) => {
                let user = percent_decode_str(user).decode_utf8_lossy().into_owned();
                Ok(Login { user, host: host.to_owned(), port })
            }
            _ => Err("write it as postgres://USER@HOST:PORT/DATABASE?…, with one host"),
        }
    }

    /// Whether a token can be made for it, and its host is one of RDS.
    pub fn is_at_rds(&self) -> bool {
        self.token_login().is_ok_and(|login| region_of(&login.host).is_some())
    }

    /// The URL without its password, and the password, for a program that reads the one from its
    /// command line and the other from its environment.
    ///
    /// # Errors
    ///
    /// There is no password for a login now.
    pub fn split_password(&self) -> Result<(String, Option<String>), String> {
        let (address, query) = self.text.split_once('?').unwrap_or((&self.text, ""));
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
        let password = password.map(|password| percent_decode_str(password).decode_utf8_lossy().into_owned());
        Ok((url, self.passwords.as_ref().map(|passwords| passwords()).transpose()?.or(password)))
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
        assert!(DatabaseUrl::parse("host=h dbname=d").is_none());
        for raw in
            ["postgres://u:p/w@h/d", "postgres://u:p@w@h/d", "postgres://u:p?w@h/d", "postgres://u:p#w@h/d"]
        {
            assert!(DatabaseUrl::parse(raw).is_none(), "{raw}");
        }
    }

    #[test]
    fn the_password_is_not_printed() {
        let url = DatabaseUrl::parse("postgres://u:secret@h/d").unwrap();
        assert_eq!(format!("{url:?}"), "DatabaseUrl(…)");
        assert_eq!(format!("{:?}", Password::new("secret")), "Password(…)");
    }

    #[test]
    fn a_url_has_one_password() {
        let with = |text: &str| DatabaseUrl::parse(text).unwrap().with_password(Password::new("a/b"));
        assert_eq!(
            with("postgres://u@h/d").unwrap().for_login().unwrap(),
            "postgres://u@h/d?connect_timeout=10&password=a%2Fb"
        );
        assert!(with("postgres://u:x@h/d").is_none() && with("postgres://u@h/d?password=x").is_none());
    }

    #[test]
    fn a_token_is_for_one_login_and_sent_encrypted() {
        let login = |text: &str| DatabaseUrl::parse(text).unwrap().token_login();
        let expected = |port| Login { user: "a b".to_owned(), host: "h.example".to_owned(), port };
        assert_eq!(login("postgres://a%20b@h.example/d?sslmode=verify-full"), Ok(expected(5432)));
        assert_eq!(login("postgres://a%20b@h.example:6543/d?x=1&sslmode=require"), Ok(expected(6543)));
        for (text, part) in [
            ("postgres://u@h/d", "sslmode"),
            ("postgres://u@h/d?sslmode=prefer", "sslmode"),
            ("postgres://u:p@h/d?sslmode=require", "password"),
            ("postgres://u@h/d?sslmode=require&password=p", "password"),
            ("postgres://h/d?sslmode=require", "USER"),
            ("postgres://u@a,b/d?sslmode=require", "one host"),
            ("postgres://u@h/d?sslmode=require&host=other", "one host"),
            ("postgres://u@/d?sslmode=require", "HOST"),
        ] {
            assert!(login(text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn each_login_has_its_own_password() {
        let url = DatabaseUrl::parse("postgres://u@h/d?sslmode=require").unwrap();
        assert_eq!(url.for_login().unwrap(), "postgres://u@h/d?sslmode=require&connect_timeout=10");
        let url = url.with_passwords(Arc::new(|| Ok("h:1/?a=b&c=%2F".to_owned())));
        assert_eq!(
            url.for_login().unwrap(),
            "postgres://u@h/d?sslmode=require&connect_timeout=10&password=h%3A1%2F%3Fa%3Db%26c%3D%252F"
        );
        assert_eq!(url.split_password().unwrap().1, Some("h:1/?a=b&c=%2F".to_owned()));
    }

    #[test]
    fn the_password_is_split_off() {
        let split = |text: &str| {
            let (url, password) = DatabaseUrl::parse(text).unwrap().split_password().unwrap();
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
