//! Advisory locks: what may be written at the same time.
//!
//! A transaction that writes rows holds its feed's lock shared and the locks of its scopes exclusively. So writers of
//! different scopes commit at the same time, and whoever takes the feed's lock exclusively, as migrations do, is alone.

use diesel::sql_types::{Array, Integer, Text};
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

/// Keeps Landfall's locks of feeds apart from those of others in the same database ("land").
pub(super) const LOCK_SPACE: i32 = 0x6c61_6e64;

/// A transaction that needs more locks of scopes takes the feed's lock exclusively instead: the server has space for some
/// thousand locks in all.
const MAX_SCOPE_LOCKS: usize = 64;

/// Takes a feed's lock exclusively until the transaction ends.
pub fn lock_feed(connection: &mut PgConnection, feed: &str) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
        .bind::<Integer, _>(LOCK_SPACE)
        .bind::<Text, _>(feed)
        .execute(connection)
        .map(drop)
}

/// Takes the locks of some scopes of a feed until the transaction ends; an empty scope is one, too.
///
/// What the transaction reads of these scopes afterwards shows all that was committed before, and stays true.
pub fn lock_scopes<'s>(
    connection: &mut PgConnection,
    feed: &str,
    scopes: impl IntoIterator<Item = &'s str>,
) -> QueryResult<()> {
    let mut scopes: Vec<&str> = scopes.into_iter().collect();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.len() > MAX_SCOPE_LOCKS {
        return lock_feed(connection, feed);
    }
    sql_query("SELECT pg_advisory_xact_lock_shared($1, hashtext($2))")
        .bind::<Integer, _>(LOCK_SPACE)
        .bind::<Text, _>(feed)
        .execute(connection)?;
    // Whoever takes several takes them in the order of their numbers, so that no two wait for each other.
    sql_query(
        "SELECT pg_advisory_xact_lock(number)
         FROM (
             SELECT DISTINCT hashtextextended('landfall ' || $1 || ' ' || scope, 0) AS number
             FROM unnest($2) AS scope
             ORDER BY number
         ) AS numbers",
    )
    .bind::<Text, _>(feed)
    .bind::<Array<Text>, _>(scopes)
    .execute(connection)
    .map(drop)
}

/// Takes a lock by its name, until the connection is closed.
pub fn lock_until_closed(connection: &mut PgConnection, name: &str) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_lock(hashtextextended('landfall ' || $1, 0))")
        .bind::<Text, _>(name)
        .execute(connection)
        .map(drop)
}
