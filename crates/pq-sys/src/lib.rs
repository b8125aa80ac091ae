//! pq-sys 0.7.8 with two differences. [`PQconnectdb`] has the SQLSTATE in the message where a login is refused:
//! `src/db/refused.rs` reads it. And [`PQresultErrorField`] returns the SQLSTATE of an error
//! where the name of a column is asked for.
//!
//! diesel 2.3 reads the SQLSTATE, but shows only the few it has a `DatabaseErrorKind` for
//! (<https://github.com/diesel-rs/diesel/pull/5232> would add the rest). Messages cannot take its
//! place: they are in the server's language. What diesel does hand out unread is the column's
//! name, which an error seldom has and Landfall never needs. So
//! `DatabaseErrorInformation::column_name()` is the SQLSTATE; `src/db/sqlstate.rs` reads it.
//!
//! To be removed, with the `[patch]` in `Cargo.toml`, once a release of diesel has `sqlstate()`.
//! All else is as on crates.io, less the bindings for Windows and 32 bits.

#[cfg(any(feature = "bundled", feature = "bundled_without_openssl"))]
extern crate pq_src;

#[allow(non_camel_case_types, non_upper_case_globals, non_snake_case)]
mod bindings {
    #[cfg(buildscript_run)]
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

#[cfg(not(buildscript_run))]
compile_error!("pq-sys relies on its build script: remove `[target.*.pq]` from `.cargo/config.toml`");

pub use bindings::*;

/// `PG_DIAG_SQLSTATE` and `PG_DIAG_COLUMN_NAME` of `postgres_ext.h`.
const SQLSTATE: std::os::raw::c_int = b'C' as _;
const COLUMN_NAME: std::os::raw::c_int = b'c' as _;

/// A field of an error; the SQLSTATE instead of the column's name.
///
/// # Safety
///
/// As libpq's: `res` is a result that has not been freed.
#[allow(non_snake_case)]
pub unsafe fn PQresultErrorField(
    res: *const PGresult,
    field: std::os::raw::c_int,
) -> *mut std::os::raw::c_char {
    bindings::PQresultErrorField(res, if field == COLUMN_NAME { SQLSTATE } else { field })
}

/// Connects. If the server asked for a password and then refused the connection, connects once more with errors
/// that begin with their SQLSTATE: only it tells a wrong password from, say, too many connections, whatever the
/// language of the server. Before a first attempt libpq takes no verbosity, except where the caller drives the
/// connection itself, timeouts and several hosts included.
///
/// # Safety
///
/// As libpq's: `conninfo` is a string that ends with a NUL.
#[allow(non_snake_case)]
pub unsafe fn PQconnectdb(conninfo: *const std::os::raw::c_char) -> *mut PGconn {
    let connection = bindings::PQconnectdb(conninfo);
    if !connection.is_null()
        && PQstatus(connection) == ConnStatusType::CONNECTION_BAD
        && PQconnectionUsedPassword(connection) != 0
    {
        PQsetErrorVerbosity(connection, PGVerbosity::PQERRORS_VERBOSE);
        PQreset(connection);
        PQsetErrorVerbosity(connection, PGVerbosity::PQERRORS_DEFAULT);
    }
    connection
}
