//! The migrations, built into the binary.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, SimpleConnection, get_default_instrumentation};
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Integer, Text};
use diesel::{Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;

use super::locks::LOCK_SPACE;
use super::sqlstate::{Sqlstate, advice};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The oldest supported Postgres, as `server_version_num`.
const MIN_SERVER_VERSION: i32 = 130_000;

/// How long a migration waits for a lock. While it waits for a table, all later queries of the table wait as well.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The server is too old.
    #[error("the database runs Postgres {0}: Landfall needs 13 or newer")]
    TooOld(i32),
    /// The database cannot store every text; it is still empty.
    #[error(
        "the database has the encoding {0}, which cannot store every key and name: create another with `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`"
    )]
    Encoding(String),
    /// Another client held a lock for too long; nothing was changed.
    #[error(
        "cannot migrate the database: an import, or another client, holds a lock that it needs; wait until that has ended (pg_stat_activity shows it) and run `landfall migrate` again: {0}"
    )]
    Locked(Box<dyn std::error::Error + Send + Sync>),
    /// A query failed.
    #[error("cannot query the database: {0}{hint}", hint = hint(.0))]
    Query(#[from] diesel::result::Error),
    /// A migration failed; it was rolled back.
    #[error("cannot migrate the database: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
}

fn hint(error: &diesel::result::Error) -> String {
    advice(error).map(|advice| format!("; {advice}")).unwrap_or_default()
}

/// Whether every migration of this program has run. Newer ones do not matter: they only add.
///
/// Needs only the privilege to read; fails if no migration has ever run.
pub fn is_current(connection: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let applied: Vec<Applied> =
        sql_query("SELECT version::text FROM __diesel_schema_migrations").load(connection)?;
    let embedded: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(diesel::result::Error::QueryBuilderError)?;
    Ok(embedded.iter().all(|migration| {
        let version = migration.name().version().to_string();
        applied.iter().any(|applied| applied.version == version)
    }))
}

/// Checks that the database can store every text: another encoding than UTF8 is an error while the database is
/// new, and a warning once it may have data.
///
/// # Errors
///
/// [`MigrateError::Encoding`], or the query's.
pub fn check_encoding(connection: &mut PgConnection) -> Result<(), MigrateError> {
    #[derive(QueryableByName)]
    struct Encoding {
        #[diesel(sql_type = Text)]
        encoding: String,
        #[diesel(sql_type = Bool)]
        is_new: bool,
    }
    let Encoding { encoding, is_new } = sql_query(
        "SELECT current_setting('server_encoding') AS encoding,
                to_regclass('__diesel_schema_migrations') IS NULL AS is_new",
    )
    .get_result(connection)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    if is_new {
        return Err(MigrateError::Encoding(encoding));
    }
    tracing::warn!(
        encoding,
        "the database's encoding cannot store every key and name: dumps with others are rejected; move to one with the encoding UTF8"
    );
    Ok(())
}

/// Runs the pending migrations and returns their names, oldest first.
///
/// Two processes may call this at once: the second waits, then finds nothing to do. No import writes meanwhile.
pub fn migrate(connection: &mut PgConnection) -> Result<Vec<String>, MigrateError> {
    migrate_within(connection, LOCK_TIMEOUT)
}

/// As [`migrate`], with another lock timeout.
pub fn migrate_within(
    connection: &mut PgConnection,
    lock_timeout: Duration,
) -> Result<Vec<String>, MigrateError> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    let Version { version } = sql_query("SELECT current_setting('server_version_num')::integer AS version")
        .get_result(connection)?;
    if version < MIN_SERVER_VERSION {
        return Err(MigrateError::TooOld(version / 10_000));
    }
    check_encoding(connection)?;
    // Another process may migrate for as long as that takes.
    connection
        .batch_execute("SET lock_timeout = 0; SELECT pg_advisory_lock(hashtext('landfall migrations'))")?;
    let migrated = migrate_locked(connection, lock_timeout);
    // The first error is the one to return; and a closed connection holds no lock.
    if let Err(error) = connection.batch_execute("SELECT pg_advisory_unlock_all(); RESET lock_timeout") {
        tracing::warn!(%error, "cannot release the lock of migrations: it is released with the connection");
    }
    migrated
}

fn migrate_locked(
    connection: &mut PgConnection,
    lock_timeout: Duration,
) -> Result<Vec<String>, MigrateError> {
    if !connection.has_pending_migration(MIGRATIONS).map_err(MigrateError::Migration)? {
        return Ok(Vec::new());
    }
    connection.batch_execute(&format!("SET lock_timeout = {}", lock_timeout.as_millis()))?;
    lock_feeds(connection).map_err(|error| match Sqlstate::of(&error) {
        Some(Sqlstate::LOCK_NOT_AVAILABLE) => MigrateError::Locked(error.into()),
        _ => error.into(),
    })?;
    // diesel_migrations keeps the error's text only.
    let code = Arc::new(Mutex::new(None));
    let seen = code.clone();
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event {
            seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(Sqlstate::of(error));
        }
    });
    let migrated = connection
        .run_pending_migrations(MIGRATIONS)
        .map(|names| names.iter().map(ToString::to_string).collect())
        .map_err(|error| match code.lock().unwrap_or_else(PoisonError::into_inner).flatten() {
            Some(Sqlstate::LOCK_NOT_AVAILABLE) => MigrateError::Locked(error),
            _ => MigrateError::Migration(error),
        });
    connection.set_instrumentation(get_default_instrumentation());
    migrated
}

/// Waits for running imports, and blocks others until the locks are released: a migration that derives data from
/// the rows must see all of them, also those of importers of an older version.
fn lock_feeds(connection: &mut PgConnection) -> QueryResult<()> {
    let has_ledger = sql::<Bool>("to_regclass('ledger') IS NOT NULL");
    if !diesel::select(has_ledger).get_result(connection)? {
        return Ok(());
    }
    sql_query(
        "SELECT pg_advisory_lock($1, hashtext(feed))
         FROM (SELECT DISTINCT feed FROM ledger ORDER BY feed) AS feeds",
    )
    .bind::<Integer, _>(LOCK_SPACE)
    .execute(connection)
    .map(drop)
}
