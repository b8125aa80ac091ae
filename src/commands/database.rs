//! The database a command works on: the one it is given, or the private one.

use anyhow::{Context, bail};
use diesel::PgConnection;

use crate::cli;
use crate::db::private::{PrivatePostgres, default_data_dir};
use crate::db::{self, DatabaseUrl};
use crate::landing::LandingError;

/// A database at hand; the private one stops with the last command that uses it.
pub(super) struct Database {
    pub(super) url: DatabaseUrl,
    private: Option<PrivatePostgres>,
}

impl Database {
    pub(super) fn open(args: &cli::Database) -> anyhow::Result<Self> {
        if let Some(url) = &args.url {
            return Ok(Self { url: url.clone(), private: None });
        }
        let data_dir = match &args.data_dir {
            Some(data_dir) => data_dir.clone(),
            None => default_data_dir()
                .context("there is no home directory to keep the private Postgres in: pass --data-dir, or set DATABASE_URL")?,
        };
        let private = PrivatePostgres::start(&data_dir)?;
        let url = DatabaseUrl::parse(private.url()).context("the private Postgres has no address")?;
        Ok(Self { url, private: Some(private) })
    }

    /// Adds what the private Postgres logged last to an error that may come of its end, such as a full disk.
    pub(super) fn explain(&self, error: LandingError) -> anyhow::Error {
        match (&error, &self.private) {
            (LandingError::Connection(_), Some(private)) => {
                let ending = private.log_ending();
                anyhow::Error::new(error).context(format!(
                    "the private Postgres has ended: solve what the end of its log says: {ending}"
                ))
            }
            _ => error.into(),
        }
    }

    /// A connection to the schema as it is: whoever only reads needs no right to change it.
    pub(super) fn connect(&self) -> anyhow::Result<PgConnection> {
        db::connect(&self.url).map_err(|error| {
            anyhow::anyhow!(
                "cannot connect to the database: {error}; check DATABASE_URL, and that the server is up"
            )
        })
    }

    /// A connection for questions, which need the schema as it should be, and no right to change it.
    pub(super) fn current(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.connect()?;
        if !db::is_current(&mut connection).unwrap_or(false) {
            bail!("the schema is not up to date: run `landfall migrate`, or import something");
        }
        Ok(connection)
    }

    /// A connection, with the schema up to date.
    pub(super) fn migrated(&self) -> anyhow::Result<PgConnection> {
        let mut connection = self.connect()?;
        // Where nothing is to be done, no right to do it is needed.
        if db::is_current(&mut connection).unwrap_or(false) {
            db::check_encoding(&mut connection)?;
            return Ok(connection);
        }
        for name in db::migrate(&mut connection)? {
            tracing::info!(name, "migrated");
        }
        Ok(connection)
    }
}
