//! `landfall roles`.

use super::Exit;
use super::database::Database;
use crate::cli;
use crate::db::{self, Roles, SchemaError};
use crate::ingest::FEEDS;

pub(super) fn run(args: &cli::Roles) -> anyhow::Result<Exit> {
    let mut connection = Database::at(&args.database)?.connect()?;
    match db::check_tables(&mut connection, &[]) {
        // The owner creates them.
        Ok(()) | Err(SchemaError::Missing { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let feeds: Vec<&str> = FEEDS.iter().map(|feed| feed.name()).collect();
    let roles = Roles { owner: &args.owner, reader: &args.reader, rds_iam: args.rds_iam };
    db::set_up_roles(&mut connection, roles, &feeds)?;
    tracing::info!(owner = roles.owner, reader = roles.reader, "the roles are set up");
    Ok(Exit::Success)
}
