//! `landfall migrate`.

use super::Exit;
use super::database::Database;
use crate::cli::Migrate;

pub(super) fn run(args: &Migrate) -> anyhow::Result<Exit> {
    Database::open(&args.database)?.migrated()?;
    tracing::info!("the schema is up to date");
    Ok(Exit::Success)
}
