//! The migrations, built into the binary.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The oldest Postgres that Landfall runs on, as `server_version_num` writes it.
const OLDEST: i32 = 130_000;

/// Why the schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The server is too old.
    #[error("the database runs Postgres {0}: Landfall needs 13 or newer")]
    TooOld(i32),
    /// A query failed.
    #[error("cannot ask the database: {0}")]
    Query(#[from] diesel::result::Error),
    /// A migration failed; it was rolled back.
    #[error("cannot migrate the database: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Whether every migration of this program has run. Newer ones do not matter: they only add.
///
/// Needs no right but to read; fails where none has ever run.
pub fn is_current(connection: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Applied {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let applied: Vec<Applied> =
        sql_query("SELECT version::text FROM __diesel_schema_migrations").load(connection)?;
    let known: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(diesel::result::Error::QueryBuilderError)?;
    Ok(known.iter().all(|migration| {
        let version = migration.name().version().to_string();
        applied.iter().any(|applied| applied.version == version)
    }))
}

/// Runs the pending migrations and answers their names, oldest first.
///
/// Two processes may call this at once: the second waits, then finds nothing to do.
pub fn migrate(connection: &mut PgConnection) -> Result<Vec<String>, MigrateError> {
    let Version { version } = sql_query("SELECT current_setting('server_version_num')::integer AS version")
        .get_result(connection)?;
    if version < OLDEST {
        return Err(MigrateError::TooOld(version / 10_000));
    }
    connection.batch_execute("SELECT pg_advisory_lock(hashtext('landfall migrations'))")?;
    let migrated = connection
        .run_pending_migrations(MIGRATIONS)
        .map(|names| names.iter().map(ToString::to_string).collect())
        .map_err(MigrateError::Migration);
    connection.batch_execute("SELECT pg_advisory_unlock(hashtext('landfall migrations'))")?;
    migrated
}
