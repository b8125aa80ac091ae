//! `landfall roles`.

use diesel::PgConnection;

use super::database::Database;
use super::{Exit, rds_iam};
use crate::cli;
use crate::db::{self, Roles, SchemaError, is_password_refused};
use crate::ingest::FEEDS;

pub(super) fn run(args: &cli::Roles) -> anyhow::Result<Exit> {
    let mut connection = connect(args)?;
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

/// A connection of the administrator.
///
/// From Postgres 16 on, who creates a role remains a member of it, and RDS accepts only tokens from members of
/// `rds_iam`: once the roles log in with tokens, so does the administrator.
fn connect(args: &cli::Roles) -> anyhow::Result<PgConnection> {
    let mut database = Database::at(&args.database)?;
    match db::connect(&database.url) {
        Err(error) if is_password_refused(&error) && (args.rds_iam || database.url.is_at_rds()) => {
            tracing::info!("the password is refused: logging in with a token of IAM");
            database.url = rds_iam::with_tokens(database.url)?;
            database.connect()
        }
        connected => connected.map_err(|error| database.cannot_connect(&error)),
    }
}
