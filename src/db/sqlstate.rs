//! What kind of error the database reports, whatever language its messages are in.
//!
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error};

/// A five-character error code of SQL; the first two characters are its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sqlstate([u8; 5]);

impl Sqlstate {
    /// A statement was cancelled: by `statement_timeout`, or on request.
    pub const QUERY_CANCELED: Self = Self(*b"57014");
    /// A lock could not be acquired within `lock_timeout`.
    pub const LOCK_NOT_AVAILABLE: Self = Self(*b"55P03");

    /// A check of a table is violated, or a partitioned table has no partition for a row.
    pub const CHECK_VIOLATION: Self = Self(*b"23514");

    /// The password is wrong.
    pub const INVALID_PASSWORD: Self = Self(*b"28P01");
    /// The role may not log in, or a method other than passwords did not accept it.
    pub const INVALID_AUTHORIZATION: Self = Self(*b"28000");

    /// The code of an error that the server reported; nothing if the error arose on this side.
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            // Not a column: see crates/pq-sys.
            Error::DatabaseError(_, about) => about.column_name().and_then(Self::parse),
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::of(commit_error),
            _ => None,
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        let code: [u8; 5] = code.as_bytes().try_into().ok()?;
        let valid = code.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        valid.then_some(Self(code))
    }

    fn class(&self) -> &[u8] {
        &self.0[..2]
    }
}

impl fmt::Display for Sqlstate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

/// What caused the failure of a statement, and so what can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The data: the database will reject it every time.
    Data,
    /// The connection, or concurrent work: a retry may succeed at once.
    Transient,
    /// The state of the server: its disk, its memory, privileges. An operator has to solve it.
    Server,
}

impl Cause {
    /// The cause of an error. Only codes that are always due to the data count as [`Cause::Data`].
    pub fn of(error: &Error) -> Self {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
        match error {
            Error::DatabaseError(ClosedConnection | UnableToSendCommand, _)
            | Error::BrokenTransactionManager => return Self::Transient,
            _ => {}
        }
        let Some(code) = Sqlstate::of(error) else { return Self::Server };
        match code.class() {
            _ if lacks_partition(error) => Self::Server,
            // Data exception, integrity constraint violation, program limit exceeded.
            b"22" | b"23" | b"54" => Self::Data,
            // Connection exception, transaction rollback (such as a deadlock), object in use.
            b"08" | b"40" | b"55" => Self::Transient,
            // Shutting down, crashed, starting up; but not what an operator cancelled.
            b"57" if code != Sqlstate::QUERY_CANCELED => Self::Transient,
            // Too many connections.
            _ if &code.0 == b"53300" => Self::Transient,
            _ => Self::Server,
        }
    }
}

/// Whether a row has no partition: a violation of a check that has no name.
fn lacks_partition(error: &Error) -> bool {
    let is_unnamed = matches!(error, Error::DatabaseError(_, about) if about.constraint_name().is_none());
    is_unnamed && Sqlstate::of(error) == Some(Sqlstate::CHECK_VIOLATION)
}

/// Advice for an operator about an error of the server, by its code.
pub fn advice(error: &Error) -> Option<&'static str> {
    let code = Sqlstate::of(error)?;
    Some(match &code.0 {
        b"53100" => "the database's disk is full: free some space",
        b"53200" => "the database ran out of memory: lower its settings for memory, or give it more",
        b"42501" => "the role lacks a privilege: grant it, or connect as the owner of the tables",
        b"25006" => "the database is read-only: connect to the primary server",
        _ if lacks_partition(error) => {
            "a partition is missing: rename or drop the detached table that has its name"
        }
        b"55P03" => "another client holds a lock: look for it in pg_locks, or wait",
        _ if code.class() == b"53" => "the database lacks resources: its log says which",
        b"58030" | b"XX001" | b"XX002" => {
            "the database cannot read or write its files: look at its log and disk"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error as diesel reports it through our pq-sys.
    struct Reported(&'static str, Option<&'static str>);

    impl diesel::result::DatabaseErrorInformation for Reported {
        fn message(&self) -> &str {
            "Meldung in irgendeiner Sprache"
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            Some(self.0)
        }
        fn constraint_name(&self) -> Option<&str> {
            self.1
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    fn error(code: &'static str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(Reported(code, None)))
    }

    #[test]
    fn only_errors_of_the_data_are_charged_to_it() {
        for code in ["22021", "22P05", "22003", "23505", "54000"] {
            assert_eq!(Cause::of(&error(code)), Cause::Data, "{code}");
        }
        let checked = Error::DatabaseError(
            DatabaseErrorKind::Unknown,
            Box::new(Reported("23514", Some("price_check"))),
        );
        assert_eq!((Cause::of(&checked), Cause::of(&error("23514"))), (Cause::Data, Cause::Server));
        for code in ["40001", "40P01", "08006", "57P01", "53300", "55P03"] {
            assert_eq!(Cause::of(&error(code)), Cause::Transient, "{code}");
        }
        for code in
            ["53100", "53200", "42501", "25006", "57014", "58030", "XX000", "42P01", "price", "", "2202"]
        {
            assert_eq!(Cause::of(&error(code)), Cause::Server, "{code}");
        }
        assert_eq!(Cause::of(&Error::NotFound), Cause::Server);
    }

    #[test]
    fn a_code_is_five_digits_and_capitals() {
        assert_eq!(Sqlstate::of(&error("57014")), Some(Sqlstate::QUERY_CANCELED));
        for wrong in ["", "5701", "570144", "price", "57-14"] {
            assert_eq!(Sqlstate::of(&error(wrong)), None, "{wrong}");
        }
        assert_eq!(Sqlstate::QUERY_CANCELED.to_string(), "57014");
    }
}
