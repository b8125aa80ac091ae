//! The database of a command: the given one, or the private one.

use anyhow::{Context, bail};
use diesel::{ConnectionError, PgConnection};
use private_postgres::PrivatePostgres;

use super::{private, rds_iam};
use crate::cli;
use crate::db::{self, DatabaseUrl, is_password_refused};
use crate::ingest::IngestError;

/// An available database; the private one stops with the last command that uses it.
pub(super) struct Database {
    pub(super) url: DatabaseUrl,
    private: Option<PrivatePostgres>,
}

impl Database {
    pub(super) fn open(args: &cli::Database) -> anyhow::Result<Self> {
        if !args.rds_iam {
            return Self::at(&args.location);
        }
        let url = args
            .location
            .url
            .clone()
            .context("--rds-iam (LANDFALL_RDS_IAM) is for a database at RDS: set DATABASE_URL")?;
        Ok(Self { url: rds_iam::with_tokens(url)?, private: None })
    }

    /// The same without tokens.
    pub(super) fn at(args: &cli::DatabaseLocation) -> anyhow::Result<Self> {
        if let Some(url) = &args.url {
            return Ok(Self { url: url.clone(), private: None });
        }
        let private = private::start(args.data_dir.as_deref())?;
        let url = DatabaseUrl::parse(private.url()).context("the private Postgres has no address")?;
        Ok(Self { url, private: Some(private) })
    }

    /// Adds the end of the log of the private Postgres to an error that may be due to its end, such as a full disk.
    pub(super) fn explain(&self, error: IngestError) -> anyhow::Error {
        match (&error, &self.private) {
            (IngestError::Connection(_), Some(private)) => {
                let ending = private.log_ending();
                anyhow::Error::new(error).context(format!(
                    "the private Postgres has ended: solve what the end of its log says: {ending}"
                ))
            }
            _ => error.into(),
        }
    }

    /// A connection that does not migrate: commands that only read need no privilege to do so.
    pub(super) fn connect(&self) -> anyhow::Result<PgConnection> {
        db::connect(&self.url).map_err(|error| self.cannot_connect(&error))
    }

    /// The error of a connection that failed, with what to do about it.
    pub(super) fn cannot_connect(&self, error: &ConnectionError) -> anyhow::Error {
        let advice = advice(error, self.url.has_passwords());
        anyhow::anyhow!("cannot connect to the database: {error}; {advice}")
    }

    /// A connection for queries, which need a current schema, but no privilege to change it.
    pub(super) fn current(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.connect()?;
        db::check_tables(&mut connection, &["ledger", "__diesel_schema_migrations"])?;
        if !db::is_current(&mut connection)? {
            bail!("the schema is not up to date: run `landfall migrate`, or import something");
        }
        Ok(connection)
    }

    /// A connection, with the schema up to date.
    pub(super) fn migrated(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.connect()?;
        // If there is nothing to migrate, no privilege for that is needed.
        if db::is_current(&mut connection).unwrap_or(false) {
            db::check_encoding(&mut connection)?;
            return Ok(connection);
        }
        match db::check_tables(&mut connection, &["__diesel_schema_migrations"]) {
            Err(error) if !error.migration_helps() => return Err(error.into()),
            _ => {}
        }
        let names = db::migrate(&mut connection)?;
        if let Some(last) = names.last() {
            tracing::info!(migrations = names.len(), last, "migrated");
        }
        Ok(connection)
    }
}

/// Adds advice to an error for lack of a privilege. diesel has no kind for that, so this goes by the text; if the
/// messages of the server are not in English, there is no advice.
pub(super) fn with_advice(error: anyhow::Error) -> anyhow::Error {
    if !format!("{error:#}").contains("permission denied for ") {
        return error;
    }
    anyhow::anyhow!("{error:#}; grant the role what it lacks (docs/operations.md, Least privilege)")
}

/// What to do about a connection that fails. Where no password was asked for, libpq passes no code on, so this goes by
/// the text; if the messages of the server are not in English, the advice is the general one.
fn advice(error: &ConnectionError, by_token: bool) -> &'static str {
    let text = error.to_string();
    let has = |part: &str| text.contains(part);
    if is_password_refused(error) && by_token {
        "grant rds_iam to the role, allow rds-db:connect for it in IAM, and enable IAM database authentication (docs/operations.md, Least privilege)"
    } else if is_password_refused(error) {
        "correct user and password in DATABASE_URL; if the password was changed, restart with the new one"
    } else if has("database \"") && has("does not exist") {
        "create the database, or correct DATABASE_URL"
    } else if has("permission denied for database") {
        "GRANT CONNECT ON that DATABASE to the role"
    } else if has("authentication failed") || has("no password supplied") || has("role \"") {
        "correct user and password in DATABASE_URL (where it has none, PGUSER, PGPASSWORD and the password file count)"
    } else {
        "check DATABASE_URL, and that the server is up"
    }
}
