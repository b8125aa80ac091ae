//! A dump that decodes, but that the database cannot store.

use diesel::result::Error;

use crate::db::sqlstate::{Cause, Sqlstate};
use crate::feed::{Refusal, Rejection};

/// Why the database refuses what it was given to store; nothing if the error is not the data's fault.
pub(super) fn refusal(error: &Error) -> Option<Refusal> {
    let (Error::DatabaseError(_, about), Some(code)) = (error, Sqlstate::of(error)) else { return None };
    if Cause::of(error) != Cause::Data {
        return None;
    }
    let details = about.details().map(|details| format!("; {details}")).unwrap_or_default();
    let reason = format!("the database cannot store it: {}{details} (SQLSTATE {code})", about.message());
    Some(Rejection { reason, ..Rejection::default() }.into())
}

/// The same refusal in characters that every database can hold.
pub(super) fn in_ascii(refusal: &Refusal) -> Refusal {
    let escaped = |rejection: &Rejection| Rejection {
        reason: rejection
            .reason
            .chars()
            .map(|c| if c.is_ascii() && c != '\0' { c.to_string() } else { c.escape_default().to_string() })
            .collect(),
        ..rejection.clone()
    };
    Refusal { first: escaped(&refusal.first), others: refusal.others.iter().map(escaped).collect() }
}
