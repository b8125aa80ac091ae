//! A dump that decodes, but that the database cannot store.

use diesel::result::Error;

use crate::db::sqlstate::{Cause, Sqlstate};
use crate::feed::{RecordError, Rejection};

/// Why the database refuses what it was given to store; nothing if the error is not the data's fault.
pub(super) fn rejection(error: &Error) -> Option<Rejection> {
    let (Error::DatabaseError(_, about), Some(code)) = (error, Sqlstate::of(error)) else { return None };
    if Cause::of(error) != Cause::Data {
        return None;
    }
    let details = about.details().map(|details| format!("; {details}")).unwrap_or_default();
    let reason = format!("the database cannot store it: {}{details} (SQLSTATE {code})", about.message());
    Some(RecordError::of_dump(reason).into())
}

/// The same rejection in characters that every database can hold.
pub(super) fn in_ascii(rejection: &Rejection) -> Rejection {
    rejection.clone().map(|error| RecordError {
        reason: error
            .reason
            .chars()
            .map(|c| if c.is_ascii() && c != '\0' { c.to_string() } else { c.escape_default().to_string() })
            .collect(),
        ..error
    })
}
