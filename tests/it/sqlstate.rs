//! Errors are recognized by their codes, for every statement and in every language.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use landfall::db::sqlstate::{Cause, Sqlstate};

use crate::support::Database;

fn code(error: &diesel::result::Error) -> String {
    Sqlstate::of(error).map(|code| code.to_string()).unwrap_or_default()
}

#[test]
fn the_servers_errors_have_their_codes() {
    let database = Database::new();
    let mut connection = database.connect();
    for (statement, expected, cause) in [
        ("SELECT 1 / 0", "22012", Cause::Data),
        ("INSERT INTO spot_pools VALUES (1, 'x', 'y', 'y', 'y', 'y')", "23514", Cause::Data),
        ("SET statement_timeout = 1; SELECT pg_sleep(9)", "57014", Cause::Server),
        ("SET statement_timeout = 0; SELECT nonsense", "42703", Cause::Server),
        ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", "53100", Cause::Server),
    ] {
        let error = connection.batch_execute(statement).unwrap_err();
        assert_eq!((code(&error).as_str(), Cause::of(&error)), (expected, cause), "{statement}");
    }
    // Also for a statement with parameters, and one that is prepared.
    let error = sql_query("SELECT $1").bind::<Text, _>("a\0b").execute(&mut connection).unwrap_err();
    assert_eq!(code(&error), "22021");
    // Errors that do not come from the server have no code.
    assert_eq!(Sqlstate::of(&diesel::result::Error::NotFound), None);
}
