//! Databases beside that of a single import.

use std::fs;

use anyhow::Result;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use landfall::db::{self, DatabaseUrl};

use crate::support::Bench;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    datname: String,
}

impl Bench {
    fn server(&self) -> Result<PgConnection> {
        Ok(db::connect(&self.url("landfall")?)?)
    }

    /// A copy of a database that nobody uses; an existing one is dropped.
    pub(crate) fn copy_of(&self, database: &str, name: &str) -> Result<DatabaseUrl> {
        let mut server = self.server()?;
        // Before Postgres 15 there is no other way than to copy the files, which is the faster one.
        let old = self.number(&self.url("landfall")?, "current_setting('server_version_num')")? < 150_000;
        let strategy = if old { "" } else { "STRATEGY file_copy" };
        server.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {database} {strategy}"))?;
        self.checkpoint()?;
        self.url(name)
    }

    /// Leaves nothing to do for reads and for Postgres' own vacuum, which would do it while something is measured.
    pub(crate) fn vacuum(&self, database: &DatabaseUrl) -> Result<()> {
        Ok(db::connect(database)?.batch_execute("VACUUM ANALYZE")?)
    }

    /// Pending writes should not slow down what comes next.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        Ok(self.server()?.batch_execute("CHECKPOINT")?)
    }

    /// Removes everything that was made for measuring.
    pub(crate) fn clear(&self) -> Result<()> {
        let mut server = self.server()?;
        let databases: Vec<Name> = sql_query(
            "SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('landfall', 'postgres')",
        )
        .load(&mut server)?;
        for Name { datname } in databases {
            server.batch_execute(&format!("DROP DATABASE {datname} WITH (FORCE)"))?;
        }
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            match path.is_dir() {
                true if path.ends_with("postgres") => {}
                true => fs::remove_dir_all(path)?,
                false => fs::remove_file(path)?,
            }
        }
        self.checkpoint()
    }
}
